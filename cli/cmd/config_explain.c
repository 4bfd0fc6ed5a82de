/* SPDX-License-Identifier: ISC */
/* config_explain.c - mailreeve config explain: what a setting is and may be. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"

#define INDENT "    "

/* The words as a path: "check dkim.minimum_bits" is check.dkim.minimum_bits. */
static const char *
join_path(const struct command_run *run)
{
	struct buf path;

	buf_init(&path, run->arena);
	for (size_t i = 0; i < run->arg_count; i++) {
		if (i != 0)
			buf_add_char(&path, '.');
		for (const char *c = run->args[i]; *c != '\0'; c++)
			buf_add_char(&path, *c == ' ' ? '.' : *c);
	}
	return path.data;
}

static bool
is_meant(const struct config_entry *entry, const char *path)
{
	return strcmp(entry->path, path) == 0 ||
	    (entry->row != NULL && strcmp(entry->row->key, path) == 0);
}

static void
print_wrapped(struct arena *arena, const char *text)
{
	struct buf out;

	buf_init(&out, arena);
	output_wrap(&out, INDENT, str_from(text));
	fputs(out.data, stdout);
}

static void
explain_section(const struct config_entry *entry, struct arena *arena)
{
	struct table table;
	struct buf out;

	output_print(STYLE_BOLD, "%s { }\n", config_title(entry->section,
	    arena));
	print_wrapped(arena, entry->section->help);
	buf_init(&out, arena);
	table_init(&table, arena, 2);
	for (size_t i = 0; i < entry->section->row_count; i++)
		table_add(&table, entry->section->rows[i].key,
		    entry->section->rows[i].help);
	table_print(&table, &out);
	fputs(out.data, stdout);
}

static const char *
describe_default(const struct config_entry *entry)
{
	if ((entry->row->flags & SETTING_REQUIRED) != 0)
		return "none, it must be set";
	if (config_is_inherited(entry->section, entry->row))
		return "inherited (user, class, domain, policy)";
	return entry->row->default_text != NULL ? entry->row->default_text
						: "none";
}

static void
explain_setting(const struct config_entry *entry, struct arena *arena)
{
	bool at_start = (entry->row->flags & SETTING_AT_START) != 0;

	output_print(STYLE_BOLD, "%s", entry->row->key);
	output_print(STYLE_PLAIN, "  in %s { }\n",
	    config_title(entry->section, arena));
	print_wrapped(arena, entry->row->help);
	output_print(STYLE_PLAIN,
	    INDENT "value    %s\n" INDENT "default  %s\n" INDENT "change   "
	    "%s\n", setting_describe(entry->row, arena),
	    describe_default(entry), at_start ? "holds after a restart"
					      : "holds after a reload");
}

/* "check iprev, check helo": the sections whose first word this is. */
static const char *
list_family(const struct vec *entries, const char *word, struct arena *arena)
{
	size_t len = strlen(word);
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < entries->len; i++) {
		const struct config_entry *entry = vec_at(entries, i);

		if (entry->row == NULL &&
		    strncmp(entry->path, word, len) == 0 &&
		    entry->path[len] == '.')
			buf_printf(&out, "%s%s", out.len != 0 ? ", " : "",
			    config_title(entry->section, arena));
	}
	return out.len != 0 ? out.data : NULL;
}

static int
refuse(const struct vec *entries, const char *path, struct arena *arena)
{
	const char *family = list_family(entries, path, arena);
	struct suggest suggest;

	if (family != NULL) {
		cli_error("'%s' begins several sections, name one of them: %s",
		    path, family);
		return CLI_FAILED;
	}
	suggest_begin(&suggest, str_from(path));
	for (size_t i = 0; i < entries->len; i++) {
		const struct config_entry *entry = vec_at(entries, i);

		suggest_offer(&suggest, entry->path);
		if (entry->row != NULL)
			suggest_offer(&suggest, entry->row->key);
	}
	if (suggest_best(&suggest) != NULL)
		cli_error("no setting or section '%s', did you mean '%s'?",
		    path, suggest_best(&suggest));
	else
		cli_error("no setting or section '%s', 'mailreeve config "
		    "sample' has them all", path);
	return CLI_FAILED;
}

static int
run_explain(struct command_run *run)
{
	struct vec entries = config_entries(run->arena);
	const char *path = join_path(run);
	size_t found = 0;

	for (size_t i = 0; i < entries.len; i++) {
		const struct config_entry *entry = vec_at(&entries, i);

		if (!is_meant(entry, path))
			continue;
		if (found++ != 0)
			putchar('\n');
		if (entry->row != NULL)
			explain_setting(entry, run->arena);
		else
			explain_section(entry, run->arena);
	}
	return found != 0 ? CLI_OK : refuse(&entries, path, run->arena);
}

const struct command cmd_config_explain = {
	.name = "config explain",
	.help = "Say what a setting or a section does, and what it may be.",
	.text = "KEY is a section (dns, or check dkim), a setting in it "
	    "(dns.timeout, or check dkim.minimum_bits), or a setting alone: "
	    "then every section that has it is explained.",
	.examples = "config explain check dmarc\n"
	    "config explain dns.timeout\n",
	.arguments = "KEY...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.run = run_explain,
};
