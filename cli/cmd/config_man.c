/* SPDX-License-Identifier: ISC */
/* config_man.c - mailreeve config man: the tables as parts of the manual. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"

/* Does a sentence end before the blank at c? mandoc wants each on a line. */
static bool
ends_sentence(const char *text, const char *c)
{
	return c != text && strchr(".?!", c[-1]) != NULL &&
	    c[1] >= 'A' && c[1] <= 'Z';
}

/* A character that roff shall not read as its own. */
static void
add_char(struct buf *out, const char *text, const char *c)
{
	bool is_word_start = c == text || c[-1] == ' ' || c[-1] == '[';

	if (*c == '\\')
		buf_add_text(out, "\\e");
	else if (*c == '"')
		buf_add_text(out, "\\(dq");
	else if (*c == '-' && (is_word_start || c[-1] == '-'))
		buf_add_text(out, "\\-");	/* an option, not a hyphen */
	else
		buf_add_char(out, *c);
}

/* A text as lines of roff that no macro can be read into. */
static void
add_text(struct buf *out, const char *text)
{
	buf_add_text(out, "\\&");
	for (const char *c = text; *c != '\0'; c++)
		if (*c == '\n' || (*c == ' ' && ends_sentence(text, c)))
			buf_add_text(out, "\n\\&");
		else
			add_char(out, text, c);
	buf_add_char(out, '\n');
}

/* A text as one argument of a macro. */
static void
add_argument(struct buf *out, const char *text)
{
	buf_add_text(out, "\"\\&");
	for (const char *c = text; *c != '\0'; c++)
		add_char(out, text, c);
	buf_add_char(out, '"');
}

static void
add_setting(struct buf *out, const struct section *section,
    const struct setting *row)
{
	buf_printf(out, ".It Ic %s\n", row->key);
	add_text(out, row->help);
	if (row->kind != SETTING_TEXT)
		add_text(out, arena_printf(out->arena, "It takes %s.",
		    setting_describe(row, out->arena)));
	if ((row->flags & SETTING_REQUIRED) != 0)
		add_text(out, "It must be set.");
	else if (config_is_inherited(section, row))
		add_text(out, "Where it is not set, it is inherited.");
	else if (row->default_text != NULL) {
		buf_add_text(out, "The default is\n.Li ");
		add_argument(out, row->default_text);
		buf_add_text(out, " .\n");
	}
	if ((row->flags & SETTING_AT_START) != 0)
		add_text(out, "A change holds after a restart.");
}

/* above: the section that this one stands in, or NULL. */
static void
add_section(struct buf *out, const struct section *section, const char *above)
{
	const struct section *const *inner = section->inner;
	const char *title = config_title(section, out->arena);

	buf_printf(out, ".Ss %s\n", title);
	add_text(out, section->help);
	if (above != NULL)
		add_text(out, arena_printf(out->arena,
		    "It stands inside of %s.", above));
	buf_add_text(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < section->row_count; i++)
		add_setting(out, section, &section->rows[i]);
	buf_add_text(out, ".El\n");
	for (; inner != NULL && *inner != NULL; inner++)
		add_section(out, *inner, title);
}

static void
add_option(struct buf *out, const struct command_option *row)
{
	buf_add_text(out, ".It ");
	if (row->letter != '\0')
		buf_printf(out, "Fl %c%s%s , ", row->letter,
		    row->argument != NULL ? " Ar " : "",
		    row->argument != NULL ? row->argument : "");
	buf_printf(out, "Fl Fl %s", row->name);
	if (row->argument != NULL)
		buf_printf(out, " Ar %s", row->argument);
	buf_add_char(out, '\n');
	add_text(out, row->help);
}

static void
add_command(struct buf *out, const struct command *command)
{
	const char *end;

	buf_printf(out, ".Ss %s\n", command->name);
	buf_add_text(out, ".D1 ");
	add_argument(out, command_usage(command, out->arena));
	buf_add_text(out, "\n.Pp\n");
	add_text(out, command->help);
	for (const char *text = command->text; text != NULL;
	    text = end != NULL ? end + 2 : NULL) {
		end = strstr(text, "\n\n");
		buf_add_text(out, ".Pp\n");
		add_text(out, end == NULL ? text : arena_strndup(out->arena,
		    text, (size_t)(end - text)));
	}
	if (command->row_count == 0)
		return;
	buf_add_text(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < command->row_count; i++)
		add_option(out, &command->rows[i]);
	buf_add_text(out, ".El\n");
}

static int
run_man(struct command_run *run)
{
	const struct section *const *section = config_sections();
	struct buf out;

	buf_init(&out, run->arena);
	if (strcmp(run->args[0], "conf") == 0) {
		for (; *section != NULL; section++)
			add_section(&out, *section, NULL);
	} else if (strcmp(run->args[0], "cli") == 0) {
		for (size_t i = 0; commands[i] != NULL; i++)
			if (!commands[i]->is_hidden)
				add_command(&out, commands[i]);
	} else {
		cli_error("config man: conf or cli, not '%s'", run->args[0]);
		return CLI_USAGE;
	}
	fputs(out.data, stdout);
	return CLI_OK;
}

const struct command cmd_config_man = {
	.name = "config man",
	.help = "Print the tables of the manual pages, for the build.",
	.arguments = "conf|cli",
	.min_args = 1,
	.max_args = 1,
	.is_hidden = true,
	.run = run_man,
};
