/* SPDX-License-Identifier: ISC */
/* main.c - mailreeve, the command line: finds the command and runs it. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/output.h"

static void
print_overview(struct arena *arena, const char *prefix, FILE *to)
{
	struct buf out;

	buf_init(&out, arena);
	command_overview(prefix, &out);
	fputs(out.data, to);
}

/* Is it the first word of commands that have two? */
static bool
is_family(const char *word)
{
	const struct command *const *command = command_table();
	size_t len = strlen(word);

	for (; *command != NULL; command++)
		if (strncmp((*command)->name, word, len) == 0 &&
		    (*command)->name[len] == ' ')
			return true;
	return false;
}

/* No command begins like this; of a family, only the second word is wrong. */
static int
refuse(struct arena *arena, const char *const *words)
{
	const struct command *const *command = command_table();
	bool has_family = is_family(words[0]);
	const char *typed = words[0];
	struct suggest suggest;

	if (has_family && words[1] != NULL &&
	    (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0)) {
		print_overview(arena, words[0], stdout);
		return CLI_OK;
	}
	if (has_family && (words[1] == NULL || words[1][0] == '-')) {
		print_overview(arena, words[0], stderr);
		return CLI_USAGE;
	}
	if (has_family)
		typed = arena_printf(arena, "%s %s", words[0], words[1]);
	suggest_begin(&suggest, str_from(typed));
	for (; *command != NULL; command++) {
		const char *name = (*command)->name;

		if (!(*command)->is_hidden)
			suggest_offer(&suggest, has_family ? name
			    : arena_strndup(arena, name, strcspn(name, " ")));
	}
	if (suggest_best(&suggest) != NULL)
		cli_error("unknown command '%s', did you mean '%s'?", typed,
		    suggest_best(&suggest));
	else
		cli_error("unknown command '%s', 'mailreeve %s' lists them",
		    typed, !has_family ? "help" : arena_printf(arena,
		    "%s --help", words[0]));
	return CLI_USAGE;
}

/* Words that people try before they know that these are commands. */
static const char *const *
translate(const char *const *words)
{
	static const char *const to_help[] = { "help", NULL };
	static const char *const to_version[] = { "version", NULL };

	if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)
		return to_help;
	if (strcmp(words[0], "--version") == 0 || strcmp(words[0], "-V") == 0)
		return to_version;
	return words;
}

static int
run_command(struct arena *arena, const char *const *words)
{
	struct command_run run = { .arena = arena };
	bool wants_help;
	struct buf help;
	size_t used;
	int result;

	words = translate(words);
	run.command = command_find(words, &used);
	if (run.command == NULL)
		return refuse(arena, words);
	result = command_parse(&run, words + used, &wants_help);
	if (result != CLI_OK)
		return result;
	if (!wants_help)
		return run.command->run(&run);
	buf_init(&help, arena);
	command_help(run.command, &help);
	fputs(help.data, stdout);
	return CLI_OK;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	int result = CLI_USAGE;

	/* For the widths of characters; what we print is UTF-8 anyway. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc > 1)
		result = run_command(arena, (const char *const *)argv + 1);
	else
		print_overview(arena, NULL, stderr);
	arena_free(&arena);
	/* A full disk must not look like success. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_error("cannot write the output: %s", strerror(errno));
		return CLI_FAILED;
	}
	return result;
}
