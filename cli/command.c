/* SPDX-License-Identifier: ISC */
/* command.c - the table of commands, and what --help says of it. */
#include "cli/command.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/output.h"

/* Longer than this, a line of options would not help anybody. */
#define USAGE_OPTIONS_MAX 40

#define COMMAND(name) extern const struct command cmd_##name;
#include "cli/commands.list"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "cli/commands.list"
#undef COMMAND
	NULL,
};

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
	for (size_t i = 0; commands[i] != NULL; i++) {
		*used_r = match(commands[i]->name, words);
		if (*used_r != 0)
			return commands[i];
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

const char *
command_usage(const struct command *command, struct arena *arena)
{
	struct buf options, out;

	buf_init(&options, arena);
	for (size_t i = 0; i < command->row_count; i++)
		add_option_usage(&options, &command->rows[i]);
	if (options.len > USAGE_OPTIONS_MAX) {
		buf_clear(&options);
		buf_add_text(&options, " [OPTION...]");
	}
	buf_init(&out, arena);
	buf_printf(&out, "mailreeve %s%s", command->name, options.data);
	if (command->arguments != NULL)
		buf_printf(&out, " %s", command->arguments);
	return out.data;
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
}

void
command_overview(const char *prefix, struct buf *out)
{
	size_t len = prefix != NULL ? strlen(prefix) : 0;
	struct table table;

	buf_printf(out, "Usage: mailreeve %s%sCOMMAND [OPTION...] "
	    "[ARGUMENT...]\n\nCommands:\n", prefix != NULL ? prefix : "",
	    prefix != NULL ? " " : "");
	table_init(&table, out->arena, 2);
	for (size_t i = 0; commands[i] != NULL; i++) {
		const char *name = commands[i]->name;

		if (commands[i]->is_hidden || (prefix != NULL &&
		    (strncmp(name, prefix, len) != 0 || name[len] != ' ')))
			continue;
		table_add(&table, name, commands[i]->help);
	}
	table_print(&table, out);
	buf_add_text(out, "\n'mailreeve COMMAND --help' says more.\n");
}
