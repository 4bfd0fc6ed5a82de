/* SPDX-License-Identifier: ISC */
/* limits.c - mailreeve limits: what an address has used of its limits. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "cli/clean.h"
#include "cli/limits.h"
#include "cli/output.h"
#include "json/node.h"

struct limits_options {
	struct daemon_options daemon;
};

static const struct command_option rows[] = {
	DAEMON_OPTION_ROWS(struct limits_options, daemon),
};

static const char *
member(struct arena *arena, const struct node *limit, const char *key)
{
	return clean_text(arena, node_text(limit, key));
}

static void
add_amounts(struct buf *text, const struct node *limit)
{
	struct arena *arena = text->arena;
	const char *unit = member(arena, limit, "unit");

	if (node_text(limit, "limit") == NULL)
		buf_printf(text, "unlimited %s", unit);
	else
		buf_printf(text, "%s of %s %s per %s", member(arena, limit,
		    "used"), member(arena, limit, "limit"), unit,
		    member(arena, limit, "window"));
}

/* "12 of 100 messages per hour, ann@example.org (by class staff)" */
static const char *
limit_text(struct arena *arena, const struct node *limit)
{
	const char *origin = member(arena, limit, "origin");
	const char *next = member(arena, limit, "next");
	struct buf text;

	buf_init(&text, arena);
	add_amounts(&text, limit);
	buf_printf(&text, ", %s", member(arena, limit, "who"));
	if (strcmp(origin, "throttle") != 0)
		buf_printf(&text, " (by %s)", origin);
	if (node_text(limit, "soft") != NULL)
		buf_printf(&text, ", notice at %s %%", member(arena, limit,
		    "soft"));
	if (node_is_true(limit, "dry_run"))
		buf_add_text(&text, ", dry run");
	if (strcmp(next, "never") == 0)
		buf_add_text(&text, "; nothing may pass");
	else if (*next != '\0')
		buf_printf(&text, "; next possible at %.10s %.5s UTC", next,
		    next + strlen("2026-11-20T"));
	return text.data;
}

static void
print(struct arena *arena, const struct node *limits)
{
	struct table table;
	struct buf out;

	if (limits == NULL || limits->count == 0) {
		puts("no limit applies to this address");
		return;
	}
	table_init(&table, arena, 2);
	buf_init(&out, arena);
	for (size_t i = 0; i < limits->count; i++)
		table_add(&table, member(arena, &limits->items[i],
		    "throttle"), limit_text(arena, &limits->items[i]));
	table_print(&table, &out);
	fputs(out.data, stdout);
}

static int
run_limits(struct command_run *run)
{
	const struct limits_options *options = run->options;
	struct daemon_answers answers;
	int result = limits_ask(run, &options->daemon, "limits", &answers);
	const struct daemon_answer *answer = &answers.items[0];

	if (result != CLI_OK)
		return result;
	if (options->daemon.wants_json)
		fwrite(answer->text.data, 1, answer->text.len, stdout);
	else
		print(run->arena, node_find(answer->node, "limits"));
	return CLI_OK;
}

const struct command cmd_limits = {
	.name = "limits",
	.help = "Show the limits that apply to an address, and what is used.",
	.text = "Every limit of a section throttle that applies to ADDRESS as "
	    "a login or as a recipient: what is used of it, where its amount "
	    "stands, and when more is possible. NAME names one throttle. "
	    "Limits of clients depend on the client and are not shown.\n\n"
	    "Exit status: 0 when policyd has answered, 1 when it has not or "
	    "cannot ask its store, 2 when the configuration is wrong.",
	.examples = "limits ann@example.org\n"
	    "limits ann@example.org outbound\n",
	.arguments = "ADDRESS [NAME]",
	.min_args = 1,
	.max_args = 2,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct limits_options),
	.run = run_limits,
};
