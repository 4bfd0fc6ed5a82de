/* SPDX-License-Identifier: ISC */
/* dmarc.c - does the author's domain stand behind the message (RFC 9989)? */
#include "auth/dmarc.h"

#include "mail/origin.h"
#include "mail/policy.h"
#include "milter/check.h"
#include "milter/check/dmarc_author.h"
#include "milter/check/dmarc_indirect.h"
#include "milter/check/dmarc_ruling.h"
#include "milter/check/dmarc_words.h"
#include "milter/check/objection.h"

/*
 * The records are asked for while the body comes in; the verdict waits for the
 * checks spf and dkim. Mail of our own is not judged, nor what our own host
 * passes on: that was judged when it came.
 *
 * What follows from a fail, dmarc_ruling.c says. p=none changes nothing (RFC
 * 9989 5.4), so there are no scores.
 *
 * temperror: no answer of the DNS, or spf or dkim could not run. It follows
 * on_error, as it does everywhere, with one exception: where the domain asks for
 * reject and a later attempt may find that nothing fails, neither delivery nor
 * refusal is right, and on_temperror holds. What would be junk at worst, for it
 * came by a list, is junk then: a forger finds a name below most domains that
 * does not answer, signs as that, and must not gain by it. A body too large to
 * verify is as large the next time: junk.
 */

enum on_temperror { ON_TEMPERROR_PASS, ON_TEMPERROR_DEFER };

static const char *const on_temperror_words[] = { "pass", "defer", NULL };

struct dmarc_settings {
	struct check_common common;
	struct dmarc_wishes wishes;
	int on_temperror;
	int on_many_authors;
};

static struct dmarc_ruling
rule(const struct check_run *run, const struct dmarc_verdict *verdict,
    const char *unjudged, const enum decision **rcpts_r)
{
	const struct dmarc_settings *settings = run->settings;

	return dmarc_rule_all(run->txn, &settings->wishes, verdict, unjudged,
	    rcpts_r);
}

/* --- the finding --------------------------------------------------------- */

static void
report_fail(struct check_run *run, const struct dmarc_verdict *verdict,
    const char *unjudged)
{
	const enum decision *rcpts;
	struct dmarc_ruling ruling = rule(run, verdict, unjudged, &rcpts);
	struct arena *arena = run->txn->arena;
	struct finding *finding = findings_add(run->findings, run->name,
	    RESULT_FAIL, dmarc_words_reason(arena, verdict, &ruling));

	finding->suggested = ruling.decision;
	finding->rcpts = rcpts;
	if (ruling.decision == DECISION_REFUSE)
		finding->reply = dmarc_words_reply(arena, verdict);
	finding->auth = dmarc_words_auth(arena, verdict, &ruling);
	run->txn->auth.dmarc_override = ruling.override;
	run->txn->auth.dmarc_override_cause = ruling.because;
}

/* RFC 9989 7.2: a deferral is best done with 4xy. */
static const struct reply reply_undecided = { 451, "4.7.1",
	"the author's domain asks to refuse mail that it does not authenticate "
	"(DMARC), and whether it does cannot be found out now" };

/* Of a temperror, beside on_error. */
static enum decision
postpone(struct check_run *run, const struct dmarc_verdict *verdict,
    const char *unjudged)
{
	const struct dmarc_settings *settings = run->settings;
	const enum decision *rcpts;
	enum decision decision;

	if (!verdict->is_undecided)
		return DECISION_HAM;
	decision = rule(run, verdict, unjudged, &rcpts).decision;
	if (run->txn->body_left_out != NULL)
		return decision == DECISION_HAM ? DECISION_HAM : DECISION_JUNK;
	if (verdict->wish != DMARC_REJECT ||
	    settings->on_temperror == ON_TEMPERROR_PASS)
		return DECISION_HAM;
	return decision == DECISION_REFUSE ? DECISION_DEFER : decision;
}

static void
report_temperror(struct check_run *run, const struct dmarc_verdict *verdict,
    const char *unjudged)
{
	enum decision decision = postpone(run, verdict, unjudged);
	struct arena *arena = run->txn->arena;
	struct finding *finding = objection_temperror(run,
	    dmarc_words_reason(arena, verdict, NULL));

	finding->auth = dmarc_words_auth(arena, verdict, NULL);
	if (decision <= finding->suggested)
		return;
	finding->suggested = decision;
	finding->reply = decision == DECISION_DEFER ? &reply_undecided : NULL;
}

/* pass, none, permerror: nothing follows from it. */
static void
report_plain(struct check_run *run, const struct dmarc_verdict *verdict)
{
	static const struct dmarc_ruling delivered = { .decision = DECISION_HAM };

	findings_add(run->findings, run->name, verdict->result,
	    verdict->reason)->auth = dmarc_words_auth(run->txn->arena,
	    verdict, &delivered);
}

static const struct reply reply_many = { 550, "5.7.1",
	"From has more authors than can be authenticated (DMARC)" };

/* The domain that is shown may be one that was not judged (RFC 9989 11.5). */
static void
report_cut(struct check_run *run)
{
	const struct dmarc_settings *settings = run->settings;

	objection_raise(findings_add(run->findings, run->name,
	    RESULT_PERMERROR, "From has more authors than can be judged"),
	    settings->on_many_authors, &reply_many);
}

/* --- the check ----------------------------------------------------------- */

/* Why the message is not judged, or NULL: it is. */
static const char *
find_excuse(struct txn *txn)
{
	switch (direction_of(txn)) {
	case DIRECTION_OUTBOUND:
	case DIRECTION_INTERNAL:
		return "the message is our own";
	case DIRECTION_FORWARDED:
		return "our own host passes it on";
	case DIRECTION_INBOUND:
		break;
	}
	return netlist_has(txn->site->signing_networks,
	    &origin_of(txn)->address) ? "the client is in signing_networks"
				      : NULL;
}

static enum check_status
excuse(struct check_run *run, const char *why)
{
	findings_add(run->findings, run->name, RESULT_NONE, why);
	return CHECK_DONE;
}

/* What is off or has no subject (no client address) is not judged; what could
 * not run is another matter. */
static bool
was_not_judged(enum check_state state, const void *facts)
{
	return state != CHECK_STATE_FAILED && facts == NULL;
}

static enum check_status
conclude(struct check_run *run, const struct dmarc_verdict *verdict,
    const char *unjudged)
{
	run->txn->auth.dmarc = verdict;
	if (verdict->result == RESULT_FAIL)
		report_fail(run, verdict, unjudged);
	else if (verdict->result == RESULT_TEMPERROR)
		report_temperror(run, verdict, unjudged);
	else
		report_plain(run, verdict);
	if (dmarc_author_is_cut(run->state))
		report_cut(run);
	return CHECK_DONE;
}

static enum check_status
dmarc_run(struct check_run *run, const char **error_r)
{
	enum check_state spf = check_state_of(run, "spf");
	enum check_state dkim = check_state_of(run, "dkim");
	const struct auth_facts *facts = &run->txn->auth;
	bool has_no_spf = was_not_judged(spf, facts->spf);
	bool has_no_dkim = was_not_judged(dkim, facts->dkim);
	const struct dmarc_verdict *verdict;
	const char *why;

	(void)error_r;
	if (run->state == NULL) {
		why = find_excuse(run->txn);
		if (why != NULL)
			return excuse(run, why);
		run->state = dmarc_author_new(run->txn, run->dns);
	}
	dmarc_author_prepare(run->state);
	if (spf == CHECK_STATE_RUNNING || dkim == CHECK_STATE_RUNNING)
		return CHECK_WAIT;
	if (has_no_spf && has_no_dkim)
		return excuse(run, "neither SPF nor DKIM was judged");
	verdict = dmarc_author_judge(run->state, facts->spf, facts->dkim,
	    spf == CHECK_STATE_FAILED || dkim == CHECK_STATE_FAILED);
	if (verdict == NULL || (verdict->wish == DMARC_REJECT &&
	    !dmarc_indirect_knows(run->txn, run->ours)))
		return CHECK_WAIT;
	return conclude(run, verdict, has_no_spf ? "SPF was not judged" :
	    has_no_dkim ? "DKIM was not judged" : NULL);
}

static const struct setting rows[] = {
	CHECK_COMMON_ROWS(struct dmarc_settings, "pass"),
	SETTING_WORD_ROW("on_reject", struct dmarc_settings, wishes.on_reject,
	    policy_on_reject_words, "refuse-unless-indirect",
	    "What to do with a message that fails where the author's domain "
	    "asks for reject: quarantine is junk; refuse-unless-indirect is "
	    "junk when the signature of its mailing list stands, else a "
	    "refusal. Without SPF or DKIM it is junk at most. What "
	    "dmarc_on_reject says of a recipient goes before this."),
	SETTING_WORD_ROW("on_quarantine", struct dmarc_settings,
	    wishes.on_quarantine, policy_on_quarantine_words, "junk",
	    "What to do with a message that fails where the author's domain "
	    "asks for quarantine. What dmarc_on_quarantine says of a "
	    "recipient goes before this."),
	SETTING_WORD_ROW("on_trusted_forwarder", struct dmarc_settings,
	    wishes.on_trusted_forwarder, policy_on_quarantine_words, "junk",
	    "What to do at most with a message that fails when "
	    "trusted_forwarders of the section host passed it on or signed "
	    "it."),
	SETTING_WORD_ROW("on_temperror", struct dmarc_settings, on_temperror,
	    on_temperror_words, "defer",
	    "What to do with a message whose author's domain asks for reject, "
	    "when whether it fails cannot be found out now: defer, or junk "
	    "where it would not be refused; any other without result follows "
	    "on_error."),
	SETTING_WORD_ROW("on_many_authors", struct dmarc_settings,
	    on_many_authors, objection_words, "junk",
	    "What to do with a message whose From has authors of more than "
	    "four domains, or more than twenty: not all are judged."),
};

static const struct section section = {
	.name = "check",
	.label = "dmarc",
	.help = "Does a domain in From stand behind the message, by SPF or "
	    "DKIM (RFC 9989), and what does it wish to happen if not? Needs "
	    "the checks spf and dkim.",
	.size = sizeof(struct dmarc_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct check check_dmarc = {
	.name = "dmarc",
	.first_stage = STAGE_HEADERS,
	.section = &section,
	.run = dmarc_run,
};
