/* SPDX-License-Identifier: ISC */
/* scan_story.c - what `scan --explain` tells: the message from end to end. */
#include <string.h>

#include "auth/dmarc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"
#include "mail/edit.h"
#include "mail/list_post.h"
#include "mail/origin.h"
#include "mail/txn.h"
#include "mail/verdict_score.h"
#include "milter/engine.h"

/*
 * In the order in which a postmaster asks: who says that they have sent it,
 * what of that is proved, what follows; then the details.
 */

#define STORY_INDENT "  "
#define STORY_FOLD "   "		/* lines of 78 stay within 80 */
#define STORY_NAMES_MAX 10

static void
add_heading(const struct scan_told *told, struct buf *out, const char *text)
{
	buf_printf(out, "\n%s\n", output_style(told->txn->arena,
	    told->scan->has_colour, STYLE_BOLD, text));
}

static void
add_paragraph(struct buf *out, const char *text)
{
	output_wrap(out, STORY_INDENT, str_from(text));
}

/* "Alice <alice@example.org>, bob@example.org and 3 more". */
static const char *
list_authors(struct txn *txn)
{
	size_t fields = txn_from_fields(txn);
	const struct vec *from = txn_from(txn);
	struct arena *arena = txn->arena;
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < from->len && i < STORY_NAMES_MAX; i++) {
		const struct address *author = vec_at(from, i);

		buf_add_text(&text, i == 0 ? "" : ", ");
		if (author->display.len != 0)
			buf_printf(&text, "%s ",
			    clean_str(arena, str_trim(author->display)));
		buf_printf(&text, "<%s>", clean_str(arena,
		    address_print(arena, author)));
	}
	if (from->len == 0)
		buf_add_text(&text, "nobody is named");
	else if (from->len > STORY_NAMES_MAX)
		buf_printf(&text, " and %zu more",
		    from->len - STORY_NAMES_MAX);
	if (fields > 1)
		buf_printf(&text, "; in %zu From fields", fields);
	if (txn_from_error(txn) != NULL)
		buf_printf(&text, "; cannot be read: %s",
		    clean_text(arena, txn_from_error(txn)));
	return text.data;
}

static const char *
list_rcpts(const struct txn *txn)
{
	struct buf text;

	buf_init(&text, txn->arena);
	for (size_t i = 0; i < txn->rcpts.len && i < STORY_NAMES_MAX; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ", ",
		    clean_text(txn->arena, ((struct rcpt *)vec_at(&txn->rcpts,
		    i))->path));
	if (txn->rcpts.len == 0)
		buf_add_text(&text, "not known");
	else if (txn->rcpts.len > STORY_NAMES_MAX)
		buf_printf(&text, " and %zu more",
		    txn->rcpts.len - STORY_NAMES_MAX);
	return text.data;
}

/* "192.0.2.1 (mail.example.net), HELO mail.example.net". */
static const char *
describe_host(struct arena *arena, const struct netaddr *address,
    const char *name, const char *helo)
{
	char number[NETADDR_TEXT_SIZE];
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, address->len != 0
	    ? netaddr_format(address, number) : "not known");
	if (name != NULL)
		buf_printf(&text, " (%s)", clean_text(arena, name));
	if (helo != NULL)
		buf_printf(&text, ", HELO %s", clean_text(arena, helo));
	return text.data;
}

static void
add_client(struct table *table, struct txn *txn)
{
	const struct origin *origin = origin_of(txn);
	const struct client *client = &txn->client;
	struct arena *arena = txn->arena;
	const char *host = describe_host(arena, &client->address,
	    client->name, client->helo);

	if (client->login != NULL)
		host = arena_printf(arena, "%s, logged in as %s", host,
		    clean_text(arena, client->login));
	table_add(table, "Client", host);
	if (origin->status == ORIGIN_RELAYED)
		table_add(table, "Origin", arena_printf(arena,
		    "%s, as the trusted relay %s tells", describe_host(arena,
		    &origin->address, origin->name, origin->helo),
		    clean_text(arena, origin->relay)));
	else if (origin->status == ORIGIN_UNKNOWN)
		table_add(table, "Origin",
		    "not known: the trusted relay does not tell");
}

static void
add_list(struct table *table, struct txn *txn)
{
	const struct vec lists = list_post_domains(txn->arena, &txn->headers);
	struct buf text;

	buf_init(&text, txn->arena);
	for (size_t i = 0; i < lists.len; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ", ",
		    clean_str(txn->arena, *(struct str *)vec_at(&lists, i)));
	if (lists.len != 0)
		table_add(table, "List", text.data);
}

static void
tell_claims(const struct scan_told *told, struct buf *out)
{
	static const char *const directions[] = {
		[DIRECTION_INBOUND] = "inbound: nobody of ours hands it in",
		[DIRECTION_OUTBOUND] = "outbound: a login or a network of "
		    "ours hands it in",
		[DIRECTION_INTERNAL] = "internal: one of ours writes to "
		    "recipients of ours",
		[DIRECTION_FORWARDED] = "forwarded: this host sends mail of "
		    "others on",
	};
	struct txn *txn = told->txn;
	const char *sender = txn->sender_path;
	struct table table;

	add_heading(told, out, "Who claims to have sent it");
	table_init(&table, txn->arena, 2);
	table_add(&table, "From", list_authors(txn));
	table_add(&table, "MAIL FROM", sender[0] == '\0' ||
	    str_is(str_from(sender), "<>") ? "<>, the null sender"
	    : clean_text(txn->arena, sender));
	add_client(&table, txn);
	add_list(&table, txn);
	table_add(&table, "RCPT TO", list_rcpts(txn));
	table_add(&table, "Direction", directions[txn->direction]);
	table_print(&table, out);
	if (txn->has_bare_lines)
		add_paragraph(out, "A line without colon ends its header "
		    "early.");
}

/* The words of RFC 9990 for those who have not read it. Who the list or the
 * forwarder is has been told. */
static const char *
explain_override(const struct auth_facts *facts)
{
	static const char *const words[][2] = {
		{ "mailing_list", "it came by way of a mailing list" },
		{ "trusted_forwarder", "a trusted forwarder passed it on" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(facts->dmarc_override, words[i][0]) == 0)
			return words[i][1];
	return facts->dmarc_override_cause;
}

/* What is asked for by the author domain, or by the one above it, and why it is
 * not done (DESIGN 5.6). */
static const char *
describe_wish(struct txn *txn)
{
	static const char *const wishes[] = {
		[DMARC_NONE] = "asks for nothing to be done",
		[DMARC_QUARANTINE] = "asks to treat it as suspicious",
		[DMARC_REJECT] = "asks to reject it",
	};
	const struct dmarc_verdict *dmarc = txn->auth.dmarc;
	struct buf text;

	if (dmarc == NULL ||
	    (dmarc->result != RESULT_FAIL && !dmarc->is_undecided))
		return NULL;
	buf_init(&text, txn->arena);
	buf_printf(&text, "%s %s%s%s", clean_str(txn->arena,
	    dmarc->applied.record_domain), wishes[dmarc->applied.policy],
	    dmarc->applied.record.is_test ? ", under test (t=y): one step "
	    "less is due" : "",
	    dmarc->is_undecided ? " if nothing vouches for it, which is not "
	    "known now" : "");
	if (txn->auth.dmarc_override != NULL)
		buf_printf(&text, ", which is not done: %s (%s)",
		    explain_override(&txn->auth), txn->auth.dmarc_override);
	return text.data;
}

/* "junk instead of refuse, being for a postmaster, because of dmarc" */
static const char *
describe_verdict(struct arena *arena, const struct verdict *verdict)
{
	const struct finding *cause = verdict->cause;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, decision_text(verdict->decision));
	if (cause != NULL && cause->suggested != verdict->decision)
		buf_printf(&text, " instead of %s, being for a postmaster,",
		    decision_text(cause->suggested));
	if (cause != NULL)
		buf_printf(&text, " because of %s", cause->check);
	return text.data;
}

/* "17.2: junk from 5, refused from 15" */
static const char *
describe_score(struct txn *txn, const struct verdict *verdict)
{
	struct score_bounds bounds = verdict_bounds(txn);
	struct buf text;

	buf_init(&text, txn->arena);
	buf_printf(&text, "%.1f", verdict->score);
	if (!bounds.is_judged)
		buf_add_text(&text, ", which decides nothing here");
	else if (bounds.junk <= 0 && bounds.refuse <= 0)
		buf_add_text(&text, ", which decides nothing for them");
	if (bounds.is_judged && bounds.junk > 0)
		buf_printf(&text, ": junk from %g", bounds.junk);
	if (bounds.is_judged && bounds.refuse > 0)
		buf_printf(&text, "%s refused from %g",
		    bounds.junk > 0 ? "," : ":", bounds.refuse);
	if (bounds.differ)
		buf_add_text(&text, ", for other recipients later");
	return text.data;
}

/* What would have changed it. */
static void
add_without(const struct scan_told *told, struct table *table)
{
	const char *words = verdict_without(told->txn,
	    told->outcome->findings, told->outcome->verdict);

	if (words != NULL)
		table_add(table, "Else", clean_text(table->arena, words));
}

/* "for <ann@example.org>, refuse were it for nobody else" (DESIGN 5.17) */
static const char *
describe_exception(struct arena *arena, const struct rcpt *rcpt,
    const struct rcpt_verdict *own)
{
	const char *name = clean_text(arena, rcpt->path);

	if (own->decision == DECISION_HAM || own->asked <= own->decision)
		return arena_printf(arena, "for %s", name);
	return arena_printf(arena, "for %s, %s were it for nobody else",
	    name, decision_text(own->asked));
}

/* Those for whom something else holds than for the message, or alone would. */
static void
add_exceptions(const struct scan_told *told, struct table *table)
{
	const struct verdict *verdict = told->outcome->verdict;
	struct arena *arena = told->txn->arena;
	size_t count = 0;

	for (size_t i = 0; i < told->txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&told->txn->rcpts, i);

		const struct rcpt_verdict *own = &verdict->rcpts[i];

		if (own->decision == verdict->decision &&
		    own->asked <= verdict->decision)
			continue;
		if (count++ < STORY_NAMES_MAX)
			table_add(table, decision_text(own->decision),
			    describe_exception(arena, rcpt, own));
	}
	if (count > STORY_NAMES_MAX)
		table_add(table, "", arena_printf(arena, "and for %zu more",
		    count - STORY_NAMES_MAX));
}

static void
tell_outcome(const struct scan_told *told, struct buf *out)
{
	const struct verdict *verdict = told->outcome->verdict;
	const char *wish = describe_wish(told->txn);
	struct arena *arena = told->txn->arena;
	struct table table;

	add_heading(told, out, "What follows");
	table_init(&table, arena, 2);
	if (wish != NULL)
		table_add(&table, "DMARC", wish);
	table_add(&table, "Verdict", describe_verdict(arena, verdict));
	table_add(&table, "Score", describe_score(told->txn, verdict));
	add_without(told, &table);
	if (verdict->reply != NULL)
		table_add(&table, "Reply", arena_printf(arena, "%d %s %s",
		    verdict->reply->code, verdict->reply->enhanced,
		    clean_text(arena, verdict->reply->text)));
	add_exceptions(told, &table);
	table_print(&table, out);
	if (told->scan->is_observed)
		add_paragraph(out, "The configuration is in observe mode: of "
		    "this, nothing is done yet.");
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
		before = "\n" STORY_FOLD;
	}
	buf_add_char(out, '\n');
}

static void
tell_details(const struct scan_told *told, struct buf *out)
{
	const struct outcome *outcome = told->outcome;
	struct txn *txn = told->txn;
	char time_text[CLOCK_TEXT_SIZE];

	add_heading(told, out, "Findings");
	scan_add_findings(told, out);
	if (outcome->report_count != 0) {
		add_heading(told, out, "Actions");
		scan_add_actions(told, out);
	}
	if (txn->edits.len != 0)
		add_heading(told, out, "Changes to the message");
	for (size_t i = 0; i < txn->edits.len; i++)
		tell_edit(out, txn->arena, vec_at(&txn->edits, i));
	buf_printf(out, "\n%s, judged as of %s\nin %.1f ms, of which %.1f "
	    "waiting for answers to %zu DNS questions.\n\n", txn->id,
	    clock_format(txn->now_ms, time_text),
	    (double)outcome->total_us / 1000,
	    (double)outcome->waited_us / 1000, outcome->dns_questions);
}

void
scan_write_story(const struct scan_told *told, struct buf *out)
{
	scan_add_title(told, out);
	tell_claims(told, out);
	add_heading(told, out, "What proves it");
	scan_add_proof(told, out);
	tell_outcome(told, out);
	tell_details(told, out);
}
