/* SPDX-License-Identifier: ISC */
/* config_man.c - mailreeve config man: the tables as parts of the manual. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/object_command.h"
#include "cli/output.h"
#include "cli/roff.h"
#include "directory/kind.h"
#include "mail/policy.h"

static void
add_setting(struct buf *out, const struct setting *row, bool is_inherited)
{
	buf_printf(out, ".It Ic %s\n", row->key);
	roff_text(out, row->help);
	if (row->kind != SETTING_TEXT)
		roff_text(out, arena_printf(out->arena, "It takes %s.",
		    setting_describe(row, out->arena)));
	if ((row->flags & SETTING_REQUIRED) != 0)
		roff_text(out, "It must be set.");
	else if (is_inherited)
		roff_text(out, "Where it is not set, it is inherited.");
	else if (row->default_text != NULL) {
		buf_add_text(out, "The default is\n.Li ");
		roff_argument(out, row->default_text);
		buf_add_text(out, " .\n");
	}
	if ((row->flags & SETTING_AT_START) != 0)
		roff_text(out, "A change holds after a restart.");
}

/* above: the section that this one stands in, or NULL. */
static void
add_section(struct buf *out, const struct section *section, const char *above)
{
	const struct section *const *inner = section->inner;
	const char *title = config_title(section, out->arena);

	buf_printf(out, ".Ss %s\n", title);
	roff_text(out, section->help);
	if (above != NULL)
		roff_text(out, arena_printf(out->arena,
		    "It stands inside of %s.", above));
	buf_add_text(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < section->row_count; i++)
		add_setting(out, &section->rows[i], config_is_inherited(section,
		    &section->rows[i]));
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
	roff_text(out, row->help);
}

static void
add_options(struct buf *out, const struct command *command)
{
	if (command->row_count == 0)
		return;
	buf_add_text(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < command->row_count; i++)
		add_option(out, &command->rows[i]);
	buf_add_text(out, ".El\n");
}

static void
add_examples(struct buf *out, const char *examples)
{
	struct str rest = str_from(examples), line;

	if (examples == NULL)
		return;
	/* Literal: a line that is copied stays one. */
	buf_add_text(out, ".Pp\nFor example:\n.Bd -literal\n");
	while (str_cut(&rest, '\n', &line))
		if (line.len != 0)
			roff_text(out, arena_printf(out->arena,
			    "mailreeve %.*s", STR_ARG(line)));
	buf_add_text(out, ".Ed\n");
}

static void
add_command(struct buf *out, const struct command *command)
{
	const char *end;

	buf_printf(out, ".Ss %s\n", command->name);
	buf_add_text(out, ".D1 ");
	roff_argument(out, command_usage(command, out->arena));
	buf_add_text(out, "\n.Pp\n");
	roff_text(out, command->help);
	for (const char *text = command->text; text != NULL;
	    text = end != NULL ? end + 2 : NULL) {
		end = strstr(text, "\n\n");
		buf_add_text(out, ".Pp\n");
		roff_text(out, end == NULL ? text : arena_strndup(out->arena,
		    text, (size_t)(end - text)));
	}
	add_options(out, command);
	add_examples(out, command->examples);
}

static void
add_commands(struct buf *out)
{
	const struct command *const *command = command_table();

	for (; *command != NULL; command++)
		if (!(*command)->is_hidden && !object_command_is(*command))
			add_command(out, *command);
}

/* --- the directory's objects: each verb once, each kind once --------------- */

/* "domain, user, alias"; of those that the verb does not fit, none. */
static const char *
kinds_of(const struct object_verb *verb, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		if (verb->fits == NULL || verb->fits(directory_kinds[i]))
			buf_printf(&out, "%s%s", out.len != 0 ? ", " : "",
			    directory_kind_word(directory_kinds[i]));
	return out.data;
}

static void
add_verb(struct buf *out, const struct object_verb *verb)
{
	struct arena *arena = out->arena;
	const struct command command = {
		.name = arena_printf(arena, "KIND %s", verb->name),
		.help = verb->help,
		.text = arena_printf(arena, "KIND is one of %s.\n\n%s",
		    kinds_of(verb, arena), verb->text),
		.arguments = arena_printf(arena, "%s%s%s",
		    verb->has_name ? "NAME..." : "",
		    verb->has_new_name ? " NEW-NAME..." :
		    verb->arguments != NULL ? " " : "",
		    verb->arguments != NULL ? verb->arguments : ""),
		.rows = verb->rows,
		.row_count = verb->row_count,
	};

	add_command(out, &command);
}

static void
add_rows(struct buf *out, const struct setting *rows, size_t count,
    bool is_inherited)
{
	buf_add_text(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < count; i++)
		add_setting(out, &rows[i], is_inherited);
	buf_add_text(out, ".El\n");
}

static void
add_kind(struct buf *out, const struct directory_kind *kind)
{
	const char *word = directory_kind_word(kind);
	const char *name = object_arguments(kind, out->arena);

	buf_printf(out, ".Ss Objects: %s\n", word);
	roff_text(out, kind->help);
	if (*name != '\0')
		roff_text(out, arena_printf(out->arena, "Its name is %s.",
		    name));
	if (kind->has_policy)
		roff_text(out, "Policy values may stand in it.");
	if (kind->row_count > kind->derived_count + object_name_words(kind) &&
	    !object_is_single(kind))
		add_rows(out, kind->rows, kind->row_count -
		    kind->derived_count, false);
}

static void
add_objects(struct buf *out)
{
	size_t count;
	const struct setting *policies = policy_rows(&count);

	for (size_t i = 0; object_verbs[i] != NULL; i++)
		add_verb(out, object_verbs[i]);
	for (size_t i = 0; directory_kinds[i] != NULL; i++)
		add_kind(out, directory_kinds[i]);
	buf_add_text(out, ".Ss Policy values\n");
	add_rows(out, policies, count, true);
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
		add_commands(&out);
		add_objects(&out);
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
