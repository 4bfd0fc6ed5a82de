/* SPDX-License-Identifier: ISC */
/* config_sample.c - mailreeve config sample: a file with every setting. */
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"

/* What is written for a setting that has no default. */
static const char *
example(const struct setting *row)
{
	switch (row->kind) {
	case SETTING_BOOL:
		return "no";
	case SETTING_WORD:
		return row->words[0];
	case SETTING_TEXT:
	case SETTING_LIST:
		return "VALUE";
	case SETTING_INT:
	case SETTING_SIZE:
	case SETTING_DURATION:
	case SETTING_REAL:
		break;
	}
	return "0";
}

static void
add_value(struct buf *out, const struct setting *row)
{
	if (row->default_text == NULL)
		buf_add_text(out, example(row));
	else if (row->kind == SETTING_LIST)
		buf_add_text(out, row->default_text);
	else
		setting_quote(out, row->default_text);
}

/* " (a whole number from 1 to 10; required)"; the kind is left out where the
 * value shows it. */
static void
add_kind(struct buf *out, const struct setting *row)
{
	bool is_required = (row->flags & SETTING_REQUIRED) != 0;
	bool is_plain = row->kind == SETTING_TEXT || row->kind == SETTING_BOOL;

	if (is_plain && !is_required)
		return;
	buf_printf(out, " (%s%s%s)",
	    is_plain ? "" : setting_describe(row, out->arena),
	    is_plain || !is_required ? "" : "; ",
	    is_required ? "required" : "");
}

/* Prose begins with "# ", a setting that may be switched on with "#". */
static void
add_setting(struct buf *out, const struct setting *row, const char *tabs)
{
	struct buf prose;

	buf_init(&prose, out->arena);
	buf_add_text(&prose, row->help);
	add_kind(&prose, row);
	output_wrap(out, arena_printf(out->arena, "%s# ", tabs),
	    buf_str(&prose));
	buf_printf(out, "%s#%s ", tabs, row->key);
	add_value(out, row);
	buf_add_text(out, ";\n");
}

/* Named sections are examples: what they say is commented out whole. */
static void
add_section(struct buf *out, const struct section *section, const char *tabs)
{
	const struct section *const *inner = section->inner;
	const char *mark = section->is_named ? "#" : "";
	const char *within = arena_printf(out->arena, "%s\t", tabs);

	output_wrap(out, arena_printf(out->arena, "%s# ", tabs),
	    str_from(section->help));
	buf_printf(out, "%s%s%s {\n", tabs, mark,
	    config_title(section, out->arena));
	for (size_t i = 0; i < section->row_count; i++) {
		if (i != 0)
			buf_add_char(out, '\n');
		add_setting(out, &section->rows[i], within);
	}
	for (; inner != NULL && *inner != NULL; inner++) {
		buf_add_char(out, '\n');
		add_section(out, *inner, within);
	}
	buf_printf(out, "%s%s}\n", tabs, mark);
}

static int
run_sample(struct command_run *run)
{
	const struct section *const *section = config_sections();
	struct buf out;

	buf_init(&out, run->arena);
	output_wrap(&out, "# ", STR("The configuration of Mailreeve: every "
	    "setting with its default. A line that begins with # and a blank "
	    "explains; one that begins with # alone is a setting to change "
	    "and switch on. See mailreeve.conf(5); 'mailreeve config check' "
	    "tells whether a change is right."));
	for (; *section != NULL; section++) {
		buf_add_char(&out, '\n');
		add_section(&out, *section, "");
	}
	fputs(out.data, stdout);
	return CLI_OK;
}

const struct command cmd_config_sample = {
	.name = "config sample",
	.help = "Print a configuration file with every setting, commented.",
	.text = "Every section with every setting at its default, switched "
	    "off, under a comment that explains it. As it is, the file means "
	    "the same as an empty one.",
	.run = run_sample,
};
