/* SPDX-License-Identifier: ISC */
/* options.c - the words of the command line, by the command's table. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/output.h"

/* The command line while it is read. */
struct reader {
	struct command_run *run;
	const char *const *words;	/* those not read yet */
	char *values;			/* the command's struct */
	struct vec *lists;		/* one for each row */
	bool *is_given;			/* one for each row */
	struct vec args;
	bool wants_help;
};

static int
fail(const struct reader *reader, const char *reason)
{
	const char *name = reader->run->command->name;

	cli_error("%s: %s\n'mailreeve %s --help' says more.", name, reason,
	    name);
	return CLI_USAGE;
}

static int
fail_unknown(const struct reader *reader, struct str name, const char *dashes)
{
	const struct command *command = reader->run->command;
	struct suggest suggest;
	struct buf reason;

	suggest_begin(&suggest, name);
	for (size_t i = 0; i < command->row_count; i++)
		suggest_offer(&suggest, command->rows[i].name);
	buf_init(&reason, reader->run->arena);
	buf_printf(&reason, "unknown option '%s%.*s'", dashes, STR_ARG(name));
	if (suggest_best(&suggest) != NULL)
		buf_printf(&reason, ", did you mean '--%s'?",
		    suggest_best(&suggest));
	return fail(reader, reason.data);
}

static int
store(struct reader *reader, size_t i, const char *value)
{
	const struct command_option *row = &reader->run->command->rows[i];
	char *field = reader->values + row->offset;

	if (row->kind != OPTION_LIST && reader->is_given[i])
		return fail(reader, arena_printf(reader->run->arena,
		    "option '--%s' is given twice", row->name));
	reader->is_given[i] = true;
	if (row->kind == OPTION_FLAG)
		*(bool *)field = true;
	else if (row->kind == OPTION_TEXT)
		*(const char **)(void *)field = value;
	else
		*(const char **)vec_push(&reader->lists[i]) = value;
	return CLI_OK;
}

/* value: what stood behind '=' or a letter; NULL: nothing. */
static int
read_option(struct reader *reader, size_t i, const char *value)
{
	const struct command_option *row = &reader->run->command->rows[i];

	if (row->kind == OPTION_FLAG && value != NULL)
		return fail(reader, arena_printf(reader->run->arena,
		    "option '--%s' takes no value", row->name));
	if (row->kind != OPTION_FLAG && value == NULL) {
		value = *reader->words;
		if (value == NULL)
			return fail(reader, arena_printf(reader->run->arena,
			    "option '--%s' needs a value: --%s %s", row->name,
			    row->name, row->argument));
		reader->words++;
	}
	return store(reader, i, value);
}

static int
read_long(struct reader *reader, const char *word)
{
	const struct command *command = reader->run->command;
	const char *equals = strchr(word, '=');
	struct str name = str_from(word);

	if (equals != NULL)
		name.len = (size_t)(equals - word);
	if (str_is(name, "help")) {
		reader->wants_help = true;
		return CLI_OK;
	}
	for (size_t i = 0; i < command->row_count; i++)
		if (str_is(name, command->rows[i].name))
			return read_option(reader, i,
			    equals != NULL ? equals + 1 : NULL);
	return fail_unknown(reader, name, "--");
}

/* "-c FILE", "-cFILE"; flags may stand together: "-ab". */
static int
read_letters(struct reader *reader, const char *letters)
{
	const struct command *command = reader->run->command;

	for (; *letters != '\0'; letters++) {
		size_t i = 0;
		int result;

		while (i < command->row_count &&
		    command->rows[i].letter != *letters)
			i++;
		if (i == command->row_count && *letters == 'h') {
			reader->wants_help = true;
			continue;
		}
		if (i == command->row_count)
			return fail_unknown(reader, str_of(letters, 1), "-");
		if (command->rows[i].kind != OPTION_FLAG)
			return read_option(reader, i,
			    letters[1] != '\0' ? letters + 1 : NULL);
		result = read_option(reader, i, NULL);
		if (result != CLI_OK)
			return result;
	}
	return CLI_OK;
}

static int
read_words(struct reader *reader)
{
	bool has_ended = false;
	int result = CLI_OK;

	while (result == CLI_OK && *reader->words != NULL) {
		const char *word = *reader->words++;

		/* A single '-' is an argument: standard input. */
		if (has_ended || word[0] != '-' || word[1] == '\0')
			*(const char **)vec_push(&reader->args) = word;
		else if (strcmp(word, "--") == 0)
			has_ended = true;
		else if (word[1] == '-')
			result = read_long(reader, word + 2);
		else
			result = read_letters(reader, word + 1);
	}
	return result;
}

static int
check_args(const struct reader *reader)
{
	const struct command *command = reader->run->command;

	if (reader->args.len < command->min_args)
		return fail(reader, arena_printf(reader->run->arena,
		    "an argument is missing: %s",
		    command_usage(command, reader->run->arena)));
	if (reader->args.len > command->max_args)
		return fail(reader, arena_printf(reader->run->arena,
		    "unexpected argument '%s'", *(const char **)vec_at(
		    &reader->args, command->max_args)));
	return CLI_OK;
}

static void
finish(struct reader *reader)
{
	const struct command *command = reader->run->command;

	for (size_t i = 0; i < command->row_count; i++) {
		char *field = reader->values + command->rows[i].offset;

		if (command->rows[i].kind == OPTION_LIST)
			*(struct setting_list *)(void *)field =
			    (struct setting_list){ reader->lists[i].len,
				reader->lists[i].items };
	}
	reader->run->options = reader->values;
	reader->run->args = reader->args.items;
	reader->run->arg_count = reader->args.len;
}

int
command_parse(struct command_run *run, const char *const *words,
    bool *wants_help_r)
{
	const struct command *command = run->command;
	struct arena *arena = run->arena;
	struct reader reader = { .run = run, .words = words };
	int result;

	reader.values = arena_zalloc(arena, command->options_size);
	reader.is_given = arena_zalloc(arena, command->row_count);
	reader.lists = arena_zalloc(arena,
	    command->row_count * sizeof(*reader.lists));
	for (size_t i = 0; i < command->row_count; i++)
		vec_init(&reader.lists[i], arena, sizeof(const char *));
	vec_init(&reader.args, arena, sizeof(const char *));
	result = read_words(&reader);
	*wants_help_r = reader.wants_help;
	if (result != CLI_OK || reader.wants_help)
		return result;
	finish(&reader);
	return check_args(&reader);
}
