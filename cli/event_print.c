/* SPDX-License-Identifier: ISC */
/* event_print.c - the event of a decision, told to people. */
#include "cli/event_print.h"

#include <stdio.h>

#include "base/arena.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "json/node.h"

static const char *
member(struct arena *arena, const struct node *object, const char *key)
{
	return clean_text(arena, node_text(object, key));
}

/* "a, b and 3 more"; "nobody" for an empty list. */
static const char *
list_text(struct arena *arena, const struct node *list, size_t count)
{
	size_t shown = list != NULL ? list->count : 0;
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < shown; i++)
		buf_printf(&out, "%s%s", i == 0 ? "" : ", ",
		    clean_text(arena, list->items[i].text));
	if (count > shown)
		buf_printf(&out, " and %zu more", count - shown);
	return out.len != 0 ? out.data : "nobody";
}

static const char *
client_text(struct arena *arena, const struct node *event)
{
	const struct node *client = node_find(event, "client");
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, node_text(client, "address") != NULL
	    ? member(arena, client, "address") : "this host");
	if (node_text(client, "name") != NULL)
		buf_printf(&out, " (%s)", member(arena, client, "name"));
	if (node_text(client, "helo") != NULL)
		buf_printf(&out, ", HELO %s", member(arena, client, "helo"));
	if (node_text(client, "tls") != NULL)
		buf_printf(&out, ", %s", member(arena, client, "tls"));
	if (node_text(event, "login") != NULL)
		buf_printf(&out, ", logged in as %s",
		    member(arena, event, "login"));
	return out.data;
}

static void
add_fact(struct table *table, const char *title, const char *text)
{
	if (*text != '\0')
		table_add(table, title, text);
}

/* What the daemon does not tell is left out. */
static void
add_number(struct table *table, const struct node *event, const char *title,
    const char *unit, const char *key)
{
	if (node_find(event, key) != NULL)
		add_fact(table, title, arena_printf(table->arena, "%.0f %s",
		    node_number(event, key), unit));
}

static const char *
time_text(struct arena *arena, const struct node *event)
{
	const char *text = arena_printf(arena, "%.1f ms, %.1f of them waiting",
	    node_number(event, "total_ms"), node_number(event, "waited_ms"));

	if (node_find(event, "dns_questions") == NULL)
		return text;
	return arena_printf(arena, "%s for %.0f DNS questions", text,
	    node_number(event, "dns_questions"));
}

/* "junk for bob@example.org, refuse were it for nobody else" */
static void
add_exceptions(struct table *table, const struct node *event)
{
	const struct node *list = node_find(event, "exceptions");
	struct arena *arena = table->arena;

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct node *one = &list->items[i];
		const char *decision = member(arena, one, "decision");
		const char *asked = member(arena, one, "asked");
		bool is_softer = !str_eq(str_from(decision),
		    str_from(asked)) && !str_is(str_from(decision), "ham");

		table_add(table, i == 0 ? "exceptions" : "", arena_printf(
		    arena, "%s for %s%s%s%s", decision,
		    member(arena, one, "recipient"), is_softer ? ", " : "",
		    is_softer ? asked : "", is_softer ?
		    " were it for nobody else" : ""));
	}
}

/* "17.2: junk from 5, refused from 15"; what would have changed it. */
static void
add_score(struct table *table, const struct node *event)
{
	const struct node *bounds = node_find(event, "bounds");
	double junk, refuse;
	struct buf text;

	if (bounds == NULL)
		return;
	junk = node_number(bounds, "junk");
	refuse = node_number(bounds, "refuse");
	buf_init(&text, table->arena);
	buf_printf(&text, "%.1f", node_number(event, "score"));
	if (junk > 0)
		buf_printf(&text, ": junk from %g", junk);
	if (refuse > 0)
		buf_printf(&text, "%s refused from %g", junk > 0 ? "," : ":",
		    refuse);
	if (node_is_true(bounds, "differ"))
		buf_add_text(&text, ", for other recipients later");
	add_fact(table, "score", text.data);
	add_fact(table, "else", member(table->arena, event, "without"));
}

static void
tell_facts(struct buf *out, const struct node *event)
{
	struct arena *arena = out->arena;
	bool is_done = str_eq(str_from(node_text(event, "decision")),
	    str_from(node_text(event, "done")));
	struct table table;

	table_init(&table, arena, 2);
	add_fact(&table, "queue id", member(arena, event, "queue_id"));
	add_fact(&table, "stage", member(arena, event, "stage"));
	add_fact(&table, "direction", member(arena, event, "direction"));
	add_fact(&table, "client", client_text(arena, event));
	add_fact(&table, "sender", arena_printf(arena, "<%s>",
	    member(arena, event, "sender")));
	add_fact(&table, "recipients", list_text(arena,
	    node_find(event, "recipients"),
	    (size_t)node_number(event, "recipient_count")));
	add_score(&table, event);
	add_exceptions(&table, event);
	if (node_find(event, "from") != NULL)
		add_fact(&table, "author", list_text(arena,
		    node_find(event, "from"), 0));
	add_fact(&table, "message id", member(arena, event, "message_id"));
	add_number(&table, event, "size", "bytes", "size_bytes");
	/* Postfix says 0 when the client declared none (RFC 1870). */
	if (node_number(event, "declared_size") > 0)
		add_number(&table, event, "declared size", "bytes",
		    "declared_size");
	add_fact(&table, is_done ? "reply" : "would reply",
	    member(arena, event, "reply"));
	if (node_text(event, "reply") == NULL || !is_done)
		add_fact(&table, "told Postfix", member(arena, event,
		    "action"));
	add_fact(&table, "time taken", time_text(arena, event));
	table_print(&table, out);
}

static void
add_points(struct buf *words, double score)
{
	if (score < 0 || score > 0)
		buf_printf(words, "%s(score %+g)", words->len != 0 ? " " : "",
		    score);
}

static void
tell_findings(struct buf *out, const char *title, const struct node *findings)
{
	struct arena *arena = out->arena;
	struct table table;

	table_init(&table, arena, 3);
	for (size_t i = 0; findings != NULL && i < findings->count; i++) {
		const struct node *finding = &findings->items[i];
		const char *suggested = node_text(finding, "suggested");
		struct buf words;

		buf_init(&words, arena);
		buf_add_text(&words, member(arena, finding, "reason"));
		add_points(&words, node_number(finding, "score"));
		if (suggested != NULL && !str_is(str_from(suggested), "ham"))
			buf_printf(&words, " %s→ %s",
			    node_is_true(finding, "dry_run") ? "(dry run) " :
			    "", clean_text(arena, suggested));
		table_add(&table, member(arena, finding, "check"),
		    member(arena, finding, "result"), words.data);
	}
	buf_printf(out, "\n  %s\n", title);
	table_print(&table, out);
}

static void
tell_actions(struct buf *out, const struct node *actions)
{
	struct arena *arena = out->arena;
	struct table table;

	if (actions == NULL || actions->count == 0)
		return;
	table_init(&table, arena, 2);
	for (size_t i = 0; i < actions->count; i++) {
		const struct node *action = &actions->items[i];
		const char *prefix = node_is_true(action, "failed")
		    ? "failed: " : node_is_true(action, "dry_run")
		    ? "dry run: " : "";

		table_add(&table, member(arena, action, "action"),
		    arena_printf(arena, "%s%s", prefix,
		    member(arena, action, "detail")));
	}
	buf_add_text(out, "\n  Actions\n");
	table_print(&table, out);
}

void
event_print(struct arena *arena, const struct node *event)
{
	const char *decision = node_text(event, "decision");
	enum output_style style = str_is(str_from(decision), "ham")
	    ? STYLE_GOOD : STYLE_WARN;
	struct buf out;

	output_print(STYLE_BOLD, "%s  %s", member(arena, event, "time"),
	    member(arena, event, "id"));
	printf("  %s on %s\n", member(arena, event, "daemon"),
	    member(arena, event, "host"));
	buf_init(&out, arena);
	output_wrap(&out, "  ", str_from(member(arena, event, "sentence")));
	output_print(style, "%s", out.data);
	buf_clear(&out);
	tell_facts(&out, event);
	tell_findings(&out, node_find(event, "stage") != NULL ? "Rules"
	    : "Checks", node_find(event, "findings"));
	tell_actions(&out, node_find(event, "actions"));
	printf("%s\n", out.data);
}
