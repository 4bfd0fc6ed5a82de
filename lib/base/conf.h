/* SPDX-License-Identifier: ISC */
/* conf.h - the configuration file: read, checked, and then never changed. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct section;

/* One configuration as it stood in its files when it was read. Immutable and
 * counted by reference: a transaction keeps the one it began with. */
struct conf;

#define CONF_DEFAULT_PATH "/etc/mailreeve/mailreeve.conf"

/* Read the file and all that it includes, and check every section that is in
 * sections (ends with NULL). Sections of others_sections (NULL, or ends with
 * NULL: those that another daemon owns) are passed over unread. NULL with the
 * reason ("file:line:column: unknown option 'greylsit', did you mean
 * 'greylist'?") in *error_r; the text lives in arena. */
struct conf *conf_load(const char *path, const struct section *const *sections,
    const struct section *const *others, struct arena *arena,
    const char **error_r);

/* The same from a text; name stands for the file in errors, and includes are
 * sought beside it. An empty text gives every default. */
struct conf *conf_parse(const char *name, const char *text,
    const struct section *const *sections, const struct section *const *others,
    struct arena *arena, const char **error_r);

struct conf *conf_ref(struct conf *conf);
void conf_unref(struct conf **conf);

/* The struct of a section that stands at most once; its defaults when it does
 * not stand there. Never NULL for a section that was given to conf_load. */
const void *conf_get(const struct conf *conf, const struct section *section);

/* Named sections in their order: all of them at the top level (parent NULL),
 * or those inside parent, which is a struct that this function gave. Names
 * differ by more than their case. */
size_t conf_list(const struct conf *conf, const struct section *section,
    const void *parent, const void *const **items_r);

/* Where this setting of the struct stands ("…/mailreeve.conf:12"), or NULL: it
 * is the default. key NULL: where the section begins. For `config show` and for
 * origins. */
const char *conf_origin(const struct conf *conf, const void *values,
    const char *key);

/* What is allowed but odd (an include that matches nothing, a section that was
 * passed over), "file:line:column: …"; i from 0 on, NULL: end. */
const char *conf_warning(const struct conf *conf, size_t i);

/* What differs from the configuration with which the daemon started, and holds
 * only after a restart (SETTING_AT_START): a line for the log each. Both were
 * read with the same sections. The number of texts, which are arena's. */
size_t conf_restart_wanted(const struct conf *running,
    const struct conf *fresh, struct arena *arena,
    const char *const **texts_r);

#endif
