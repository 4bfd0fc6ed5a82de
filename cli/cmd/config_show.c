/* SPDX-License-Identifier: ISC */
/* config_show.c - mailreeve config show: every value, and where it comes from. */
#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"

/* Values longer than this do not push the origins of the others away. */
#define VALUE_WIDTH_MAX 40

struct options {
	const char *config;
	bool changed;
};

static const struct command_option rows[] = {
	OPTION_CONFIG_ROW(struct options, config),
	OPTION_FLAG_ROW("changed", struct options, changed,
	    "Show only what stands in a file, no defaults."),
};

/* What is shown, and of what. */
struct show {
	struct arena *arena;
	const struct conf *conf;
	bool changed;
	const char *wanted_name;	/* NULL: every section */
	const char *wanted_label;	/* NULL: of any label */
	size_t shown;			/* sections */
};

/* A setting ready to print. */
struct line {
	const char *key, *value, *origin;
	enum output_style style;
};

static struct line
make_line(const struct show *show, const struct section *section,
    const struct setting *row, const void *values)
{
	struct line line = {
		.key = row->key,
		.value = setting_print(row, values, show->arena),
		.origin = conf_origin(show->conf, values, row->key),
		.style = STYLE_PLAIN,
	};

	if (line.origin != NULL)
		return line;
	line.style = STYLE_DIM;
	line.origin = "default";
	if (row->default_text == NULL)
		line.origin = "not set";
	if (config_is_inherited(section, row))
		line.origin = "inherited";
	/* What has no value of its own is a comment, so that the output stays
	 * a configuration that means the same. */
	if (strcmp(line.origin, "default") != 0) {
		line.key = arena_printf(show->arena, "#%s", row->key);
		line.value = "-";
	}
	return line;
}

static void
print_lines(const struct vec *lines, size_t depth)
{
	size_t key_width = 0, value_width = 0;

	for (size_t i = 0; i < lines->len; i++) {
		const struct line *line = vec_at(lines, i);
		size_t len = strlen(line->value);

		if (strlen(line->key) > key_width)
			key_width = strlen(line->key);
		if (len > value_width && len <= VALUE_WIDTH_MAX)
			value_width = len;
	}
	for (size_t i = 0; i < lines->len; i++) {
		const struct line *line = vec_at(lines, i);
		int gap = (int)value_width - (int)strlen(line->value);

		output_print(STYLE_PLAIN, "%.*s", (int)depth + 1, "\t\t\t\t");
		output_print(line->style, "%-*s %s;%*s", (int)key_width,
		    line->key, line->value, gap > 0 ? gap : 0, "");
		output_print(STYLE_DIM, " # %s\n", line->origin);
	}
}

static size_t
show_section(struct show *show, const struct section *section,
    const void *values, size_t depth);

static void
show_inner(struct show *show, const struct section *section,
    const void *values, size_t depth)
{
	const struct section *const *inner = section->inner;

	for (; inner != NULL && *inner != NULL; inner++) {
		const void *const *items;
		size_t count = conf_list(show->conf, *inner, values, &items);

		for (size_t i = 0; i < count; i++)
			show_section(show, *inner, items[i], depth + 1);
	}
}

static void
print_head(const struct show *show, const struct section *section,
    const void *values, size_t depth)
{
	struct buf head;

	buf_init(&head, show->arena);
	buf_add_text(&head, section->name);
	if (section->is_named || section->label != NULL)
		buf_add_char(&head, ' ');
	if (section->is_named)
		setting_quote(&head, *(const char *const *)values);
	else if (section->label != NULL)
		buf_add_text(&head, section->label);
	output_print(STYLE_PLAIN, "%.*s", (int)depth, "\t\t\t\t");
	output_print(STYLE_BOLD, "%s", head.data);
	output_print(STYLE_PLAIN, " {\n");
}

static size_t
show_section(struct show *show, const struct section *section,
    const void *values, size_t depth)
{
	struct vec lines;

	vec_init(&lines, show->arena, sizeof(struct line));
	for (size_t i = 0; i < section->row_count; i++) {
		const struct setting *row = &section->rows[i];

		if (!show->changed ||
		    conf_origin(show->conf, values, row->key) != NULL)
			*(struct line *)vec_push(&lines) =
			    make_line(show, section, row, values);
	}
	if (show->changed && conf_origin(show->conf, values, NULL) == NULL)
		return 0;
	print_head(show, section, values, depth);
	print_lines(&lines, depth);
	show_inner(show, section, values, depth);
	output_print(STYLE_PLAIN, "%.*s}\n", (int)depth, "\t\t\t\t");
	return 1;
}

static bool
is_wanted(const struct show *show, const struct section *section,
    const void *values)
{
	const char *label = section->is_named
	    ? *(const char *const *)values : section->label;

	if (show->wanted_name == NULL)
		return true;
	if (strcmp(section->name, show->wanted_name) != 0)
		return false;
	return show->wanted_label == NULL || (label != NULL &&
	    str_is_nocase(str_from(label), show->wanted_label));
}

static void
show_all(struct show *show)
{
	const struct section *const *section = config_sections();

	for (; *section != NULL; section++) {
		const void *single = NULL, *const *items = &single;
		size_t count = 1;

		if ((*section)->is_named)
			count = conf_list(show->conf, *section, NULL, &items);
		else
			single = conf_get(show->conf, *section);
		for (size_t i = 0; i < count; i++)
			if (is_wanted(show, *section, items[i]))
				show->shown += show_section(show, *section,
				    items[i], 0);
	}
}

/* "check" "dkim", or in one word "check dkim" or check.dkim. */
static void
read_wanted(struct show *show, const struct command_run *run)
{
	size_t len;

	if (run->arg_count == 0)
		return;
	len = strcspn(run->args[0], " .");
	show->wanted_name = arena_strndup(show->arena, run->args[0], len);
	if (run->args[0][len] != '\0')
		show->wanted_label = run->args[0] + len + 1;
	if (run->arg_count == 2)
		show->wanted_label = run->args[1];
}

static int
check_wanted(const struct show *show)
{
	const struct section *const *section = config_sections();
	struct suggest suggest;

	if (show->wanted_name == NULL)
		return CLI_OK;
	suggest_begin(&suggest, str_from(show->wanted_name));
	for (; *section != NULL; section++) {
		if (strcmp((*section)->name, show->wanted_name) == 0)
			return CLI_OK;
		suggest_offer(&suggest, (*section)->name);
	}
	if (suggest_best(&suggest) != NULL)
		cli_error("no section '%s', did you mean '%s'?",
		    show->wanted_name, suggest_best(&suggest));
	else
		cli_error("no section '%s'", show->wanted_name);
	return CLI_USAGE;
}

static int
run_show(struct command_run *run)
{
	const struct options *options = run->options;
	struct show show = { .arena = run->arena,
	    .changed = options->changed };
	struct conf *conf;

	read_wanted(&show, run);
	if (check_wanted(&show) != CLI_OK)
		return CLI_USAGE;
	conf = config_load(options->config, run->arena);
	if (conf == NULL)
		return CLI_USAGE;
	show.conf = conf;
	show_all(&show);
	conf_unref(&conf);
	if (show.shown != 0 || show.wanted_label == NULL)
		return CLI_OK;
	cli_error("no section '%s %s'%s", show.wanted_name, show.wanted_label,
	    show.changed ? " in the files" : "");
	return CLI_FAILED;
}

const struct command cmd_config_show = {
	.name = "config show",
	.help = "Print every setting with its value and its origin.",
	.text = "Prints what holds: for each setting the file and line where "
	    "it stands, or \"default\". What is printed is a configuration "
	    "itself. With SECTION, such as dns, or check dkim, or domain "
	    "example.org, only that one.",
	.examples = "config show --changed\n"
	    "config show check dmarc\n",
	.arguments = "[SECTION [NAME]]",
	.max_args = 2,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_show,
};
