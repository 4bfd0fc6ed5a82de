/* SPDX-License-Identifier: ISC */
/* policy_load.h - how a policy source is built: what the builders share. */
#ifndef MAIL_POLICY_LOAD_H
#define MAIL_POLICY_LOAD_H

#include "mail/policy_private.h"
#include "mail/policy_source.h"

struct conf;

/* A policy source that is being built. */
struct policy_load {
	struct arena *arena;
	const struct conf *conf;
	/* Does this section set the row of policy_rows()? NULL: conf knows. */
	bool (*has_value)(const void *section, size_t row);
	struct policy_source *source;
	struct map *classes;	/* struct class_section, by name */
	struct map *sections;	/* struct domain_section, by domain name */
	struct map *aliases;	/* struct alias, by canonical address */
	struct map *limits;	/* struct policy_limits, by the pointer to
				 * their section */
	const char **error_r;
};

/* -1, with the reason "file:12: text"; key NULL: where the section begins. */
int policy_load_fail(struct policy_load *load, const void *section,
    const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One step of "user > class > domain > global". */
struct policy_level {
	const char *origin;	/* "class staff"; NULL: there is no such step */
	const void *section;	/* its struct, for conf_origin */
	const struct policy_values *values;
};

struct policy_level policy_level_global(const struct policy_load *load);
struct policy_level policy_level_domain(const struct policy_load *load,
    const struct domain_section *section);
/* The class by name, which section asks for; no step when name is NULL. -1:
 * there is no such class. */
int policy_level_class(struct policy_load *load, const char *name,
    const void *section, struct policy_level *level_r);

/* The values of all levels together, the weakest first: the global one, which
 * has a value for each row. */
const struct policy_effective *policy_combine(struct policy_load *load,
    const struct policy_level *levels, size_t count);

/* What stands as `limits` on this level; NULL: nothing. */
const struct policy_limits *policy_limits_of(struct policy_load *load,
    const struct policy_level *level);
/* For the check of a section: do its `limits` parse? */
int policy_limits_check(const struct policy_values *values,
    struct arena *arena, const char **key_r, const char **error_r);

/* Users, then aliases, once the domains are there. */
int policy_load_people(struct policy_load *load);

#endif
