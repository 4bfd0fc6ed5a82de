/* SPDX-License-Identifier: ISC */
/* command.c - the table of commands, and what --help says of it. */
#include "cli/command.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/object_command.h"
#include "cli/output.h"

/* Longer than this, a line of options would not help anybody; and it is to fit
 * behind "Usage: ". */
#define USAGE_OPTIONS_MAX 40
#define USAGE_MAX 71

#define COMMAND(name) extern const struct command cmd_##name;
#include "cli/commands.list"
#undef COMMAND

static const struct command *const listed[] = {
#define COMMAND(name) &cmd_##name,
#include "cli/commands.list"
#undef COMMAND
};

/* Collected once, then never changed. */
static struct vec command_list;
static pthread_once_t command_list_once = PTHREAD_ONCE_INIT;

/* It lives as long as the process. */
static void
collect_commands(void)
{
	vec_init(&command_list, arena_new(0), sizeof(const struct command *));
	for (size_t i = 0; i < ARRAY_LEN(listed); i++)
		*(const struct command **)vec_push(&command_list) = listed[i];
	object_commands_add(&command_list);
	vec_push(&command_list);
}

const struct command *const *
command_table(void)
{
	pthread_once(&command_list_once, collect_commands);
	return command_list.items;
}

/* The number of words of name with which words begins, 0: not all of them. */
static size_t
match(const char *name, const char *const *words)
{
	struct str rest = str_from(name), word;
	size_t count = 0;

	while (str_cut(&rest, ' ', &word)) {
		if (words[count] == NULL || !str_is(word, words[count]))
			return 0;
		count++;
	}
	return count;
}

const struct command *
command_find(const char *const *words, size_t *used_r)
{
	const struct command *const *command = command_table();

	for (; *command != NULL; command++) {
		*used_r = match((*command)->name, words);
		if (*used_r != 0)
			return *command;
	}
	return NULL;
}

static void
add_option_usage(struct buf *out, const struct command_option *row)
{
	if (row->letter != '\0')
		buf_printf(out, " [-%c", row->letter);
	else
		buf_printf(out, " [--%s", row->name);
	if (row->argument != NULL)
		buf_printf(out, " %s", row->argument);
	buf_add_text(out, row->kind == OPTION_LIST ? "]..." : "]");
}

static const char *
join_usage(const struct command *command, const char *options,
    struct arena *arena)
{
	const char *arguments = command->arguments;

	return arena_printf(arena, "mailreeve %s%s%s%s", command->name,
	    options, arguments != NULL ? " " : "",
	    arguments != NULL ? arguments : "");
}

const char *
command_usage(const struct command *command, struct arena *arena)
{
	struct buf options;
	const char *usage;

	buf_init(&options, arena);
	for (size_t i = 0; i < command->row_count; i++)
		add_option_usage(&options, &command->rows[i]);
	usage = join_usage(command, options.data, arena);
	if (options.len <= USAGE_OPTIONS_MAX && strlen(usage) <= USAGE_MAX)
		return usage;
	return join_usage(command, " [OPTION...]", arena);
}

const char *
command_option_title(const struct command_option *row, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	if (row->letter != '\0')
		buf_printf(&out, "-%c, ", row->letter);
	buf_printf(&out, "--%s", row->name);
	if (row->argument != NULL)
		buf_printf(&out, " %s", row->argument);
	return out.data;
}

static void
add_paragraphs(struct buf *out, const char *text)
{
	const char *end;

	for (; text != NULL; text = end != NULL ? end + 2 : NULL) {
		size_t len;

		end = strstr(text, "\n\n");
		len = end != NULL ? (size_t)(end - text) : strlen(text);
		output_wrap(out, "", str_of(text, len));
		buf_add_char(out, '\n');
	}
}

static void
add_examples(struct buf *out, const char *examples)
{
	struct str rest = str_from(examples), line;

	if (examples == NULL)
		return;
	buf_printf(out, "\nExample%s:\n", str_find(rest, '\n') + 1 <
	    (ptrdiff_t)rest.len ? "s" : "");
	while (str_cut(&rest, '\n', &line))
		if (line.len != 0)
			buf_printf(out, "  mailreeve %.*s\n", STR_ARG(line));
}

void
command_help(const struct command *command, struct buf *out)
{
	struct table table;

	buf_printf(out, "Usage: %s\n\n", command_usage(command, out->arena));
	output_wrap(out, "", str_from(command->help));
	buf_add_char(out, '\n');
	add_paragraphs(out, command->text);
	buf_add_text(out, "Options:\n");
	table_init(&table, out->arena, 2);
	for (size_t i = 0; i < command->row_count; i++)
		table_add(&table,
		    command_option_title(&command->rows[i], out->arena),
		    command->rows[i].help);
	table_add(&table, "--help", "Print this text.");
	table_print(&table, out);
	if (command->add_help != NULL)
		command->add_help(command, out);
	add_examples(out, command->examples);
}

/* Is it one that begins with this word? NULL: one of commands.list. */
static bool
is_listed(const struct command *command, const char *prefix)
{
	size_t len = prefix != NULL ? strlen(prefix) : 0;

	if (command->is_hidden)
		return false;
	if (prefix == NULL)
		return !object_command_is(command);
	return strncmp(command->name, prefix, len) == 0 &&
	    command->name[len] == ' ';
}

void
command_overview(const char *prefix, struct buf *out)
{
	const struct command *const *command = command_table();
	struct table table;

	buf_printf(out, "Usage: mailreeve %s%sCOMMAND [OPTION...] "
	    "[ARGUMENT...]\n\nCommands:\n", prefix != NULL ? prefix : "",
	    prefix != NULL ? " " : "");
	table_init(&table, out->arena, 2);
	for (; *command != NULL; command++)
		if (is_listed(*command, prefix))
			table_add(&table, (*command)->name, (*command)->help);
	table_print(&table, out);
	if (prefix == NULL)
		object_commands_overview(out);
	buf_printf(out, "\n'mailreeve %s%sCOMMAND --help' says more.\n",
	    prefix != NULL ? prefix : "", prefix != NULL ? " " : "");
}
