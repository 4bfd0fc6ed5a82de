/* SPDX-License-Identifier: ISC */
/* sa_read_private.h - what the files of the reader of SpamAssassin's language
 * share. */
#ifndef RULES_SA_READ_PRIVATE_H
#define RULES_SA_READ_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/sa_read.h"

struct arena;
struct map;

/* An if that is open. */
struct sa_if {
	bool was_skipped;
	size_t line;
};

/* A file under way. */
struct sa_file {
	const char *path;
	struct sa_file *outer;		/* that includes it */
	struct vec ifs;			/* struct sa_if */
	size_t too_deep;		/* further ones, that count as false */
	bool is_skipped;		/* by an if that does not hold */
	size_t notes;			/* so far */
	bool is_given_up;		/* there are too many of them */
};

struct sa_reader {
	struct draft *draft;
	struct arena *arena;		/* of draft */
	struct map *directives;		/* struct sa_directive */
	struct map *plugins;		/* struct sa_plugin, of those loaded */
	struct map *files;		/* by path: read already */
	struct sa_file *file;
	struct draft_origin origin;	/* of the line */
	struct str word;		/* of the line: its first, lower case */
	size_t bytes;			/* read in all */
	unsigned depth;			/* of includes */
};

/* One word that lines begin with (sa_directives.list). */
struct sa_directive {
	const char *name;
	void (*take)(struct sa_reader *reader,
	    const struct sa_directive *directive, struct str value);
	const char *argument;
};

/* The row of a word, NULL: there is none. */
const struct sa_directive *sa_directive_find(const struct sa_reader *reader,
    struct str word);
void sa_directives_init(struct sa_reader *reader);
/* Nobody knows the word of this line. */
void sa_note_unknown(struct sa_reader *reader);

/* Whether those of a name count as loaded, and their tests are answered. */
enum sa_plugin_state {
	SA_PLUGIN_ANSWERED,
	SA_PLUGIN_PARTLY,
	SA_PLUGIN_NET,		/* its tests ask the network */
	SA_PLUGIN_NOT,
	SA_PLUGIN_NO_RULES,	/* has none: nothing is missed */
};

struct sa_plugin {
	const char *name;		/* behind Mail::SpamAssassin::Plugin:: */
	enum sa_plugin_state state;
	bool is_stock;			/* loaded by Debian's *.pre */
	const char *features;		/* what `can` and `has` find, in blanks */
};

void sa_plugins_init(struct sa_reader *reader);
bool sa_plugin_is_loaded(const struct sa_reader *reader, struct str package);
/* can(PACKAGE::METHOD). */
bool sa_can(const struct sa_reader *reader, struct str name);
/* Does a condition hold? -1 with the reason. */
int sa_condition(struct sa_reader *reader, struct str text, bool *holds_r,
    const char **error_r);

/* A note about the line that is read. */
void sa_note(struct sa_reader *reader, enum draft_note_kind kind,
    struct str rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Lines of a file, with their if and include (sa_read_line.c); a file by its
 * path (sa_read.c). */
void sa_read_text(struct sa_reader *reader, char *text, size_t len);
int sa_read_file(struct sa_reader *reader, const char *path,
    const char **error_r);

/* Take a word off a line: data NULL where there is none. */
struct str sa_cut_word(struct str *rest);
/* Is it the name of a rule? Noted where it is none. */
bool sa_is_rule_name(struct str name);
/* The rule's name off value, checked; false: noted. What is behind it must not
 * be empty. */
bool sa_cut_rule(struct sa_reader *reader, struct str *value, struct str *name_r);

/* Functions of rows, by theme. */
#define SA_TAKES(name) \
	void name(struct sa_reader *reader, \
	    const struct sa_directive *directive, struct str value)
SA_TAKES(sa_take_header);	/* sa_read_rule.c */
SA_TAKES(sa_take_text);
SA_TAKES(sa_take_mimeheader);
SA_TAKES(sa_take_meta);
SA_TAKES(sa_take_uri_detail);
SA_TAKES(sa_take_askdns);
SA_TAKES(sa_take_reuse);
SA_TAKES(sa_take_score);	/* sa_read_attribute.c */
SA_TAKES(sa_take_describe);
SA_TAKES(sa_take_for_rule);
SA_TAKES(sa_take_priority);
SA_TAKES(sa_take_test);
SA_TAKES(sa_keep);		/* sa_read_option.c */
SA_TAKES(sa_keep_pattern);
SA_TAKES(sa_keep_names);
SA_TAKES(sa_keep_networks);
SA_TAKES(sa_keep_listed);
SA_TAKES(sa_drop);
SA_TAKES(sa_drop_first);
SA_TAKES(sa_drop_listed);
SA_TAKES(sa_clear);
SA_TAKES(sa_pass);
SA_TAKES(sa_ask_network);
SA_TAKES(sa_no_plugin);
SA_TAKES(sa_keep_number);	/* sa_read_value.c */
SA_TAKES(sa_keep_size);
SA_TAKES(sa_keep_bits);
SA_TAKES(sa_keep_yes);
SA_TAKES(sa_always_yes);
SA_TAKES(sa_keep_field);
SA_TAKES(sa_keep_pair);
SA_TAKES(sa_keep_signer);
SA_TAKES(sa_load_plugin);
SA_TAKES(sa_enable_compat);
#undef SA_TAKES

/* Replace the tags of the rules that ask for it (sa_read_replace.c). */
void sa_replace_tags(struct draft *draft);

#endif
