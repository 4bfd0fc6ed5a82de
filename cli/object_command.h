/* SPDX-License-Identifier: ISC */
/* object_command.h - the commands that every kind of the directory's objects
 * brings: "user add", "alias list".
 *
 * A file cmd/object_NAME.c ends in a verb_NAME; with each kind of kinds.list
 * that it fits it makes a command. Nothing here is about one kind alone.
 */
#ifndef CLI_OBJECT_COMMAND_H
#define CLI_OBJECT_COMMAND_H

#include "cli/command.h"

struct directory_kind;

/* All verbs fill this struct. */
struct object_options {
	const char *config;
	bool wants_json;
	bool is_dry_run;
	bool is_sure;			/* --yes */
	bool wants_effective;
	bool is_about_sending;		/* --sending */
	const char *domain, *prefix, *limit;
};

#define OBJECT_OPTION_CONFIG                                                 \
	OPTION_CONFIG_ROW(struct object_options, config)
#define OBJECT_OPTION_JSON(text)                                             \
	OPTION_FLAG_ROW("json", struct object_options, wants_json, text)
/* What every verb has that changes something. */
#define OBJECT_OPTIONS_CHANGE                                                \
	OBJECT_OPTION_CONFIG,                                                \
	OPTION_FLAG_ROW("dry-run", struct object_options, is_dry_run,        \
	    "Print what would change, and change nothing."),                 \
	OBJECT_OPTION_JSON("Print each change on one line of JSON, as "      \
	    "`mailreeve audit` does.")

struct object_verb {
	const char *name;		/* "add" */
	const char *help;		/* as that of a command */
	const char *text;
	bool has_name;			/* the object's name comes first */
	const char *arguments;		/* what comes behind it; NULL: nothing */
	size_t min_args, max_args;	/* of these */
	bool has_values;		/* they are KEY=VALUE */
	bool has_new_name;		/* they are another name */
	const struct command_option *rows;
	size_t row_count;
	/* Is there such a command, has it this option? NULL: always. */
	bool (*fits)(const struct directory_kind *kind);
	bool (*takes)(const struct directory_kind *kind, const char *option);
	int (*run)(struct command_run *run);
};

/* All of verbs.list; ends with NULL. */
extern const struct object_verb *const object_verbs[];

/* The kind of this word; NULL: there is none. */
const struct directory_kind *object_kind_find(const char *word);
/* There is one object of this kind, whose name nobody has to write; or each has
 * a name. */
bool object_is_single(const struct directory_kind *kind);
bool object_is_named(const struct directory_kind *kind);
/* So many words are its name. */
size_t object_name_words(const struct directory_kind *kind);
/* "ADDRESS", "LOGIN ADDRESS", "". Arena text. */
const char *object_arguments(const struct directory_kind *kind,
    struct arena *arena);

/* How to add one of them, or to set something of it, as the examples of a
 * command are written; NULL for other verbs. */
const char *object_examples(const struct directory_kind *kind,
    const struct object_verb *verb, struct arena *arena);

/* Append a struct command * for each. */
void object_commands_add(struct vec *commands);
bool object_command_is(const struct command *command);
const struct directory_kind *object_command_kind(
    const struct command *command);
const struct object_verb *object_command_verb(const struct command *command);
/* The part of the overview that tells of them. */
void object_commands_overview(struct buf *out);

#endif
