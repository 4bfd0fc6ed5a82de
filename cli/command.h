/* SPDX-License-Identifier: ISC */
/* command.h - what a command is: a file of cmd/ ends in a cmd_NAME like this. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/setting.h"
#include "base/vec.h"

struct arena;
struct buf;

/* How a command ends. */
enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum command_option_kind {
	OPTION_FLAG,	/* bool */
	OPTION_TEXT,	/* const char *, the last word; NULL: not given */
	OPTION_LIST,	/* struct setting_list: may be given many times */
};

/* An option: --name, --name=value or --name value, and -l where it has a
 * letter. A row of a command's table, which fills the command's struct. */
struct command_option {
	const char *name;
	enum command_option_kind kind;
	size_t offset;
	const char *argument;		/* "FILE"; NULL of a flag */
	const char *help;		/* one sentence */
	char letter;			/* '\0': none */
};

/* Row constructors, type-checked like those of settings. `.letter = 'c'` may
 * stand behind the last argument. */
#define OPTION_FLAG_ROW(n, type, member, text, ...)                          \
	{ .name = n, .kind = OPTION_FLAG, .help = text,                      \
	  .offset = SETTING_FIELD(type, member, bool), __VA_ARGS__ }
#define OPTION_TEXT_ROW(n, type, member, arg, text, ...)                     \
	{ .name = n, .kind = OPTION_TEXT, .argument = arg, .help = text,     \
	  .offset = SETTING_FIELD(type, member, const char *), __VA_ARGS__ }
#define OPTION_LIST_ROW(n, type, member, arg, text, ...)                     \
	{ .name = n, .kind = OPTION_LIST, .argument = arg, .help = text,     \
	  .offset = SETTING_FIELD(type, member, struct setting_list),        \
	  __VA_ARGS__ }
/* What every command has that reads the configuration; see cli/config.h. */
#define OPTION_CONFIG_ROW(type, member)                                      \
	OPTION_TEXT_ROW("config", type, member, "FILE",                      \
	    "Read this configuration instead of "                            \
	    "/etc/mailreeve/mailreeve.conf.", .letter = 'c')

/* One run of a command. */
struct command_run {
	const struct command *command;
	struct arena *arena;		/* freed when the command has ended */
	const void *options;		/* the command's struct, filled in */
	size_t arg_count;		/* the words that are not options */
	const char *const *args;
};

struct command {
	const char *name;		/* "status", "config check" */
	const char *help;		/* one sentence for the overview */
	const char *text;		/* paragraphs for --help and the manual,
					 * separated by an empty line; NULL */
	const char *arguments;		/* "FILE...", "[SECTION]"; NULL: none */
	const char *examples;		/* lines without "mailreeve", ended by
					 * LF each; NULL */
	size_t min_args, max_args;	/* SIZE_MAX: any number */
	const struct command_option *rows;
	size_t row_count;
	size_t options_size;		/* of the struct that the rows fill */
	bool is_hidden;			/* not in the overview */
	/* More for --help, behind the options; NULL: nothing. */
	void (*add_help)(const struct command *command, struct buf *out);
	/* Output goes to stdout, trouble to cli_error(). An enum cli_exit. */
	int (*run)(struct command_run *run);
};

/* All of commands.list, in its order, then those of the directory's kinds
 * (object_command.h); ends with NULL. */
const struct command *const *command_table(void);

/* Fill options and args of the run from the words behind the command's name.
 * CLI_OK, or CLI_USAGE: it has said why. *wants_help_r: --help stood there. */
int command_parse(struct command_run *run, const char *const *words,
    bool *wants_help_r);

/* "mailreeve config show [-c FILE] [--changed] [SECTION]", with many options
 * "[OPTION...]"; and "-c, --config FILE". Arena text. */
const char *command_usage(const struct command *command, struct arena *arena);
const char *command_option_title(const struct command_option *row,
    struct arena *arena);

/* The text of --help: of one command, and of the program (prefix: only of the
 * commands that begin with it, "config"; NULL: of all). */
void command_help(const struct command *command, struct buf *out);
void command_overview(const char *prefix, struct buf *out);

/* The command whose name the words begin with; its number of words in *used_r.
 * NULL: there is none. */
const struct command *command_find(const char *const *words, size_t *used_r);

#endif
