/* SPDX-License-Identifier: ISC */
/* scan_story.c - what `scan --explain` tells: the message from end to end. */
#include "auth/dkim.h"
#include "base/arena.h"
#include "base/clock.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"
#include "mail/edit.h"
#include "mail/txn.h"
#include "milter/engine.h"

#define STORY_INDENT "  "
#define STORY_NAMES_MAX 10

static void
add_paragraph(struct buf *out, const char *text)
{
	output_wrap(out, STORY_INDENT, str_from(text));
}

static void
tell_client(struct buf *out, const struct txn *txn)
{
	const struct client *client = &txn->client;
	char address[NETADDR_TEXT_SIZE];
	struct buf text;

	buf_init(&text, txn->arena);
	if (client->address.len != 0)
		buf_printf(&text, "It comes from the client %s",
		    netaddr_format(&client->address, address));
	else
		buf_add_text(&text, "Which client it comes from is not known");
	if (client->name != NULL)
		buf_printf(&text, " (%s)", clean_text(txn->arena,
		    client->name));
	if (client->helo != NULL)
		buf_printf(&text, ", which says HELO %s",
		    clean_text(txn->arena, client->helo));
	if (client->login != NULL)
		buf_printf(&text, ", logged in as %s",
		    clean_text(txn->arena, client->login));
	buf_add_char(&text, '.');
	add_paragraph(out, text.data);
}

static void
tell_addresses(struct buf *out, struct txn *txn)
{
	struct arena *arena = txn->arena;
	const struct vec *from = txn_from(txn);
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text, "The envelope says from %s to ",
	    clean_text(arena, txn->sender_path));
	for (size_t i = 0; i < txn->rcpts.len && i < STORY_NAMES_MAX; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ", ",
		    clean_text(arena, ((struct rcpt *)vec_at(&txn->rcpts,
		    i))->path));
	if (txn->rcpts.len == 0)
		buf_add_text(&text, "nobody");
	else if (txn->rcpts.len > STORY_NAMES_MAX)
		buf_printf(&text, " and %zu more",
		    txn->rcpts.len - STORY_NAMES_MAX);
	buf_add_text(&text, "; its author is ");
	for (size_t i = 0; i < from->len && i < STORY_NAMES_MAX; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ", ",
		    clean_str(arena, address_print(arena, vec_at(from, i))));
	if (from->len == 0)
		buf_add_text(&text, "not named");
	buf_add_char(&text, '.');
	add_paragraph(out, text.data);
}

static void
tell_direction(struct buf *out, const struct txn *txn)
{
	static const char *const sentences[] = {
		[DIRECTION_INBOUND] = "It is inbound: nobody of ours hands "
		    "it in.",
		[DIRECTION_OUTBOUND] = "It is outbound: a login or a network "
		    "of ours hands it in.",
		[DIRECTION_INTERNAL] = "It is internal: one of ours writes to "
		    "recipients of ours.",
		[DIRECTION_FORWARDED] = "It is forwarded: this host sends "
		    "mail of others on.",
	};
	char time_text[CLOCK_TEXT_SIZE];

	add_paragraph(out, arena_printf(txn->arena, "%s It is judged as of "
	    "%s.%s", sentences[txn->direction],
	    clock_format(txn->now_ms, time_text), txn->has_bare_lines
	    ? " A line without colon ends its header early." : ""));
}

/* What the findings of dkim leave out, but its owner wants to know. */
static void
tell_signatures(struct buf *out, struct arena *arena,
    const struct dkim_verdicts *dkim)
{
	struct table table;

	if (dkim == NULL || dkim->count == 0)
		return;
	table_init(&table, arena, 4);
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_verdict *verdict = &dkim->verdicts[i];

		table_add(&table, clean_text(arena, verdict->domain),
		    clean_text(arena, verdict->selector),
		    clean_text(arena, verdict->algorithm),
		    verdict->reason == NULL ? result_text(verdict->result)
		    : arena_printf(arena, "%s: %s",
		    result_text(verdict->result),
		    clean_text(arena, verdict->reason)));
	}
	buf_add_text(out, "\nSignatures\n");
	table_print(&table, out);
}

static void
tell_verdict(struct buf *out, struct txn *txn, const struct verdict *verdict)
{
	struct arena *arena = txn->arena;

	add_paragraph(out, arena_printf(arena, "%s, score %g: %s.",
	    decision_text(verdict->decision), verdict->score,
	    clean_text(arena, verdict->sentence)));
	if (verdict->reply != NULL)
		add_paragraph(out, arena_printf(arena, "The client is told: "
		    "%d %s %s", verdict->reply->code, verdict->reply->enhanced,
		    clean_text(arena, verdict->reply->text)));
}

/* The field as it will stand in the message, its folds kept. */
static void
tell_edit(struct buf *out, struct arena *arena, const struct edit *edit)
{
	struct str rest = edit->value, line;
	const char *before = ": ";

	buf_printf(out, STORY_INDENT "%s %s", edit_kind_text(edit->kind),
	    clean_str(arena, edit->name));
	while (rest.len != 0 && str_cut(&rest, '\n', &line)) {
		buf_printf(out, "%s%s", before,
		    clean_str(arena, str_trim(line)));
		before = "\n" STORY_INDENT STORY_INDENT STORY_INDENT;
	}
	buf_add_char(out, '\n');
}

static void
tell_changes(struct buf *out, struct txn *txn, const struct outcome *outcome)
{
	buf_add_text(out, "\nActions\n");
	if (outcome->report_count == 0)
		add_paragraph(out, "None.");
	scan_add_actions(out, txn->arena, outcome);
	if (txn->edits.len == 0)
		return;
	buf_add_text(out, "\nChanges to the message\n");
	for (size_t i = 0; i < txn->edits.len; i++)
		tell_edit(out, txn->arena, vec_at(&txn->edits, i));
}

void
scan_write_story(struct buf *out, const char *file, struct txn *txn,
    const struct outcome *outcome)
{
	buf_printf(out, "%s (id %s)\n", clean_text(txn->arena, file),
	    txn->id);
	tell_client(out, txn);
	tell_addresses(out, txn);
	tell_direction(out, txn);
	buf_add_text(out, "\nChecks\n");
	scan_add_findings(out, txn->arena, outcome->findings);
	tell_signatures(out, txn->arena, txn->auth.dkim);
	buf_add_text(out, "\nVerdict\n");
	tell_verdict(out, txn, outcome->verdict);
	tell_changes(out, txn, outcome);
	buf_printf(out, "\nIt took %.1f ms, %.1f of them waiting for answers "
	    "to %zu DNS questions.\n", (double)outcome->total_us / 1000,
	    (double)outcome->waited_us / 1000, outcome->dns_questions);
}
