/* SPDX-License-Identifier: ISC */
/* verdict.c - from findings and policy to what is done with the message. */
#include "mail/verdict.h"

#include "base/arena.h"
#include "mail/policy.h"
#include "mail/txn.h"

/* An SMTP reply line has 512 octets (RFC 5321 4.5.3.1.5), with the codes. */
#define REPLY_TEXT_MAX 400

/* Who answers for the host must be reachable by those whom it refuses (RFC 5321
 * 4.5.1, RFC 2142). */
static bool
has_only_postmasters(const struct txn *txn)
{
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		if (!str_is_nocase(rcpt->address.local, "postmaster") &&
		    !str_is_nocase(rcpt->address.local, "abuse"))
			return false;
	}
	return txn->rcpts.len != 0 && !txn->has_more_rcpts;
}

bool
verdict_is_for_postmaster(const struct txn *txn)
{
	return txn->direction != DIRECTION_OUTBOUND &&
	    has_only_postmasters(txn);
}

/* What this finding asks for: those who answer for the host are not kept from
 * its mail, but what could not be examined may come again later. */
static enum decision
ask_of(const struct finding *finding, bool is_for_postmaster)
{
	if (!is_for_postmaster || finding->suggested < DECISION_DEFER)
		return finding->suggested;
	return finding->has_failed ? DECISION_DEFER : DECISION_JUNK;
}

const char *
mode_text(enum mode mode)
{
	return mode == MODE_ENFORCE ? "enforce" : "observe";
}

static const struct finding *
strongest(const struct findings *findings, bool is_dry_run,
    bool is_for_postmaster, enum decision *decision_r)
{
	const struct finding *found = NULL;

	*decision_r = DECISION_HAM;
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *f = vec_at(&findings->items, i);
		enum decision ask = ask_of(f, is_for_postmaster);

		if (f->is_dry_run == is_dry_run && ask > *decision_r) {
			found = f;
			*decision_r = ask;
		}
	}
	return found;
}

static double
total_score(const struct findings *findings)
{
	double score = 0;

	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *f = vec_at(&findings->items, i);

		score += f->is_dry_run ? 0 : f->score;
	}
	return score_rounded(score);
}

/* Printable ASCII in one line: a reason may quote what a stranger wrote. */
static const char *
reply_text(struct txn *txn, const char *outcome, const char *words)
{
	struct buf text;

	buf_init(&text, txn->arena);
	buf_add_char(&text, '[');
	buf_add_text(&text, txn->id);
	buf_add_text(&text, "] ");
	buf_add_text(&text, outcome);
	buf_add_text(&text, ": ");
	buf_add(&text, words, strnlen(words, REPLY_TEXT_MAX));
	for (char *c = text.data; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text.data;
}

static const struct reply *
make_reply(struct txn *txn, enum decision decision,
    const struct finding *cause)
{
	bool is_refused = decision == DECISION_REFUSE;
	struct reply *reply = arena_zalloc(txn->arena, sizeof(*reply));
	const char *words = cause->reason;

	*reply = is_refused ? (struct reply){ 550, "5.7.1", NULL }
			    : (struct reply){ 451, "4.7.1", NULL };
	if (cause->reply != NULL) {
		words = cause->reply->text;
		if (cause->suggested == decision)
			*reply = *cause->reply;
	} else if (cause->has_failed) {
		words = "a check could not run";
	}
	reply->text = reply_text(txn,
	    is_refused ? "refused" : "try again later",
	    words != NULL ? words : cause->check);
	return reply;
}

/* What the findings ask for the recipient number i. */
static enum decision
ask_for(const struct findings *findings, bool is_for_postmaster, size_t i)
{
	enum decision most = DECISION_HAM;

	for (size_t k = 0; k < findings->items.len; k++) {
		const struct finding *f = vec_at(&findings->items, k);
		enum decision ask = f->rcpts != NULL ? f->rcpts[i]
		    : ask_of(f, is_for_postmaster);

		if (!f->is_dry_run && ask > most)
			most = ask;
	}
	return most;
}

/* One message, one header: who would hold, defer or refuse it alone gets it as
 * junk (DESIGN 5.17). What is more than junk holds for all. */
static void
judge_rcpt(struct rcpt_verdict *own, const struct rcpt *rcpt,
    enum decision decision)
{
	own->decision = decision;
	if (decision != DECISION_JUNK)
		return;
	if (own->asked == DECISION_HAM || !rcpt->policy->values->junk)
		own->decision = DECISION_HAM;
}

static const struct rcpt_verdict *
judge_rcpts(const struct txn *txn, const struct findings *findings,
    bool is_for_postmaster, enum decision decision)
{
	struct rcpt_verdict *rcpts = arena_zalloc(txn->arena,
	    (txn->rcpts.len + 1) * sizeof(*rcpts));

	for (size_t i = 0; i < txn->rcpts.len; i++) {
		rcpts[i].asked = ask_for(findings, is_for_postmaster, i);
		judge_rcpt(&rcpts[i], vec_at(&txn->rcpts, i), decision);
	}
	return rcpts;
}

static void
add_done(struct buf *text, enum decision decision, const struct finding *cause)
{
	static const char *const done[] = {
		[DECISION_HAM] = "delivered",
		[DECISION_JUNK] = "marked as junk",
		[DECISION_HOLD] = "held",
		[DECISION_DEFER] = "deferred",
		[DECISION_REFUSE] = "refused",
	};

	buf_add_text(text, done[decision]);
	if (cause == NULL)
		return;
	if (cause->suggested != decision)
		buf_printf(text, " instead of %s, being for a postmaster,",
		    done[cause->suggested]);
	buf_add_text(text, " because ");
	buf_add_text(text, cause->check);
	if (cause->reason != NULL) {
		buf_add_text(text, ": ");
		buf_add_text(text, cause->reason);
	}
}

static const char *
explain(struct txn *txn, const struct verdict *verdict,
    const struct finding *dry_cause, enum decision dry)
{
	bool is_observed = verdict->mode == MODE_OBSERVE &&
	    verdict->cause != NULL;
	struct buf text;

	buf_init(&text, txn->arena);
	buf_add_text(&text, is_observed ? "would be " : "");
	add_done(&text, verdict->decision, verdict->cause);
	buf_add_text(&text, verdict->cause == NULL ? ": no check objects" : "");
	if (dry > verdict->decision) {
		buf_add_text(&text, "; without its dry run it would be ");
		add_done(&text, dry, dry_cause);
	}
	buf_add_text(&text, is_observed ? " (observe mode: delivered)" : "");
	return text.data;
}

const struct verdict *
verdict_of(struct txn *txn, const struct findings *findings, enum mode mode)
{
	bool is_for_postmaster = verdict_is_for_postmaster(txn);
	struct verdict *verdict = arena_zalloc(txn->arena, sizeof(*verdict));
	const struct finding *dry_cause;
	enum decision dry;

	verdict->mode = mode;
	verdict->score = total_score(findings);
	verdict->cause = strongest(findings, false, is_for_postmaster,
	    &verdict->decision);
	dry_cause = strongest(findings, true, is_for_postmaster, &dry);
	verdict->done = mode == MODE_OBSERVE ? DECISION_HAM
					     : verdict->decision;
	if (verdict->decision >= DECISION_DEFER)
		verdict->reply = make_reply(txn, verdict->decision,
		    verdict->cause);
	verdict->rcpts = judge_rcpts(txn, findings, is_for_postmaster,
	    verdict->decision);
	verdict->sentence = explain(txn, verdict, dry_cause, dry);
	return verdict;
}
