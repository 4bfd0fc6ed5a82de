/* SPDX-License-Identifier: ISC */
/* verdict_score.c - what the sum of all scores asks for, and how it can differ. */
#include "mail/verdict_score.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"

/*
 * The sum is one more finding, so that verdict_of() need not know of it: who
 * wants a message refused, and who is spared, is decided there alone.
 */

#define TOLD_MAX 3		/* findings that the reason names */
#define WORDS_MAX 90		/* octets of what each of them says */
#define WITHOUT_MAX 10

/* Sums of decimal fractions: 0.1 and 0.2 reach 0.3. */
#define ROUNDING 1e-9

/* Who reaches what. */
struct sum {
	double score;
	double bound;		/* the one that decided */
	enum decision decision;
	enum decision *rcpts;	/* NULL: all ask for the same */
};

static double
add_up(const struct findings *findings, bool with_dry_runs)
{
	double score = 0;

	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *f = vec_at(&findings->items, i);

		if (!f->is_dry_run || with_dry_runs)
			score += f->score;
	}
	return score;
}

static bool
reaches(double score, double bound)
{
	return bound > 0 && score >= bound - ROUNDING;
}

static enum decision
ask(double score, const struct policy_values *values, double *bound_r)
{
	*bound_r = values->refuse_score;
	if (reaches(score, values->refuse_score))
		return DECISION_REFUSE;
	*bound_r = values->junk_score;
	return reaches(score, values->junk_score) ? DECISION_JUNK
						  : DECISION_HAM;
}

static bool
is_submitted(const struct txn *txn)
{
	return txn->direction == DIRECTION_OUTBOUND ||
	    txn->direction == DIRECTION_INTERNAL;
}

/* What came here is judged when it comes, not again when it goes on. */
static bool
is_judged(const struct txn *txn)
{
	return is_submitted(txn) ? txn->sender_policy->values->score_submitted
				 : txn->direction == DIRECTION_INBOUND;
}

/* Of a message to nobody (`mailreeve scan`) the global values hold. */
static const struct policy_values *
values_for_nobody(const struct txn *txn)
{
	const struct address nobody = { .local = STR(""), .domain = STR("") };

	return txn_policy(txn, &nobody)->values;
}

/* One reply for all: who sends is told, or it goes out. */
static struct sum
judge_submitted(const struct txn *txn, double score)
{
	const struct policy_values *values = txn->sender_policy->values;
	bool is_refused = reaches(score, values->refuse_score);

	return (struct sum){ .score = score, .bound = values->refuse_score,
	    .decision = is_refused ? DECISION_REFUSE : DECISION_HAM };
}

/* Refused where all want that; where they differ it is junk (DESIGN 5.17). */
static void
judge_rcpts(const struct txn *txn, struct sum *sum)
{
	size_t count = txn->rcpts.len;
	bool are_same = true;

	sum->rcpts = arena_alloc(txn->arena, count * sizeof(*sum->rcpts));
	for (size_t i = 0; i < count; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);
		double bound;

		sum->rcpts[i] = ask(sum->score, rcpt->policy->values, &bound);
		are_same = are_same && sum->rcpts[i] == sum->rcpts[0];
		if (sum->rcpts[i] > sum->decision ||
		    (sum->rcpts[i] == sum->decision && bound > sum->bound))
			sum->bound = bound;
		if (sum->rcpts[i] > sum->decision)
			sum->decision = sum->rcpts[i];
	}
	if (are_same)
		sum->rcpts = NULL;
	else
		sum->decision = DECISION_JUNK;
}

static struct sum
judge(const struct txn *txn, double score)
{
	struct sum sum = { .score = score };

	if (!is_judged(txn))
		return sum;
	if (is_submitted(txn))
		return judge_submitted(txn, score);
	if (txn->rcpts.len == 0)
		sum.decision = ask(score, values_for_nobody(txn), &sum.bound);
	else
		judge_rcpts(txn, &sum);
	return sum;
}

/* --- its words ------------------------------------------------------------ */

/* The next in the order of their scores, the highest first, among equals the
 * first; behind the one before; NULL: none adds anything. */
static const struct finding *
next_highest(const struct findings *findings, bool with_dry_runs,
    const struct finding *before)
{
	const struct finding *found = NULL;

	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *f = vec_at(&findings->items, i);
		bool is_behind = before == NULL || f->score < before->score ||
		    (f->score <= before->score && f > before);

		if (f->score > 0 && is_behind &&
		    (!f->is_dry_run || with_dry_runs) &&
		    (found == NULL || f->score > found->score))
			found = f;
	}
	return found;
}

/* Not in the middle of a character. */
static struct str
shorten(const char *text)
{
	struct str words = str_from(text);
	size_t len = WORDS_MAX;

	if (words.len <= WORDS_MAX)
		return words;
	while (len > 0 && ((unsigned char)words.data[len] & 0xc0) == 0x80)
		len--;
	return str_sub(words, 0, len);
}

static void
add_finding(struct buf *text, const struct finding *finding)
{
	const char *reason = finding->reason != NULL ? finding->reason : "";
	struct str words = shorten(reason);

	buf_add_text(text, finding->check);
	if (words.len == 0)
		return;
	buf_add_char(text, ' ');
	buf_add_str(text, words);
	if (words.len < strlen(reason))
		buf_add_text(text, "...");
}

/* As "%g" has it; most bounds are whole. */
static void
add_bound_text(struct buf *text, double bound)
{
	if (fabs(bound) < 1e6 && (double)(int64_t)bound == bound)
		buf_add_int(text, (int64_t)bound);
	else
		buf_printf(text, "%g", bound);
}

/* "17.2 of 15: URI_IP a link to a bare address; SPF_FAIL ..." */
static const char *
describe(struct arena *arena, const struct findings *findings,
    const struct sum *sum, bool with_dry_runs)
{
	const struct finding *f = NULL;
	struct buf text;

	buf_init(&text, arena);
	buf_add_fixed(&text, sum->score, 1);
	buf_add_text(&text, " of ");
	add_bound_text(&text, sum->bound);
	for (int i = 0; i < TOLD_MAX; i++) {
		f = next_highest(findings, with_dry_runs, f);
		if (f == NULL)
			break;
		buf_add_text(&text, i == 0 ? ": " : "; ");
		add_finding(&text, f);
	}
	return text.data;
}

static void
add_sum(struct txn *txn, struct findings *findings, const struct sum *sum,
    bool is_dry_run)
{
	struct arena *arena = txn->arena;
	const char *words = describe(arena, findings, sum, is_dry_run);
	struct finding *finding = findings_add(findings, VERDICT_SCORE,
	    RESULT_FAIL, words);
	struct reply *reply;

	finding->suggested = sum->decision;
	finding->rcpts = sum->rcpts;
	finding->is_dry_run = is_dry_run;
	if (sum->decision != DECISION_REFUSE)
		return;
	reply = arena_zalloc(arena, sizeof(*reply));
	*reply = (struct reply){ 550, "5.7.1", str_concat(arena,
	    STR("score "), str_from(words), STR("")) };
	finding->reply = reply;
}

void
verdict_add_score(struct txn *txn, struct findings *findings)
{
	struct sum sum = judge(txn, add_up(findings, false));
	struct sum dry = judge(txn, add_up(findings, true));

	if (sum.decision != DECISION_HAM)
		add_sum(txn, findings, &sum, false);
	if (dry.decision > sum.decision)
		add_sum(txn, findings, &dry, true);
}

/* --- how it can differ ---------------------------------------------------- */

static void
add_bound(double *lowest, double bound, bool is_first, bool *differ)
{
	*differ |= !is_first && fabs(*lowest - bound) > ROUNDING;
	if (is_first || *lowest <= 0 || (bound > 0 && bound < *lowest))
		*lowest = bound;
}

struct score_bounds
verdict_bounds(struct txn *txn)
{
	struct score_bounds bounds = { .is_judged = is_judged(txn) };

	if (is_submitted(txn)) {
		bounds.refuse = txn->sender_policy->values->refuse_score;
		return bounds;
	}
	if (txn->rcpts.len == 0) {
		bounds.junk = values_for_nobody(txn)->junk_score;
		bounds.refuse = values_for_nobody(txn)->refuse_score;
	}
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		add_bound(&bounds.junk, rcpt->policy->values->junk_score,
		    i == 0, &bounds.differ);
		add_bound(&bounds.refuse, rcpt->policy->values->refuse_score,
		    i == 0, &bounds.differ);
	}
	return bounds;
}

static bool
is_among(const struct finding *finding, const struct finding *const *left_out,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (left_out[i] == finding)
			return true;
	return false;
}

/* A verdict over the findings but these. */
static const struct verdict *
judge_without(struct txn *txn, const struct findings *findings,
    const struct finding *const *left_out, size_t count, enum mode mode)
{
	struct findings rest;

	findings_init(&rest, txn->arena);
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *f = vec_at(&findings->items, i);

		if (!f->is_dry_run && strcmp(f->check, VERDICT_SCORE) != 0 &&
		    !is_among(f, left_out, count))
			*(struct finding *)vec_push(&rest.items) = *f;
	}
	verdict_add_score(txn, &rest);
	return verdict_of(txn, &rest, mode);
}

/* What decided; where that is the sum, what gave most to it and still does. */
static const struct finding *
find_cause(const struct findings *findings, const struct verdict *verdict,
    const struct finding *const *left_out, size_t count)
{
	const struct finding *f = NULL;

	if (strcmp(verdict->cause->check, VERDICT_SCORE) == 0) {
		do
			f = next_highest(findings, false, f);
		while (f != NULL && is_among(f, left_out, count));
		return f;
	}
	for (size_t i = 0; i < findings->items.len; i++) {
		f = vec_at(&findings->items, i);
		if (!f->is_dry_run && !is_among(f, left_out, count) &&
		    f->suggested == verdict->cause->suggested &&
		    f->reason == verdict->cause->reason &&
		    strcmp(f->check, verdict->cause->check) == 0)
			return f;
	}
	return NULL;
}

static const char *
tell_without(struct arena *arena, const struct finding *const *left_out,
    size_t count, enum decision decision)
{
	static const char *const words[] = {
		[DECISION_HAM] = "delivered",
		[DECISION_JUNK] = "junk",
		[DECISION_HOLD] = "held",
		[DECISION_DEFER] = "deferred",
		[DECISION_REFUSE] = "refused",
	};
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < count; i++) {
		buf_add_text(&text, i == 0 ? "without " :
		    i + 1 == count ? " and " : ", ");
		buf_add_text(&text, left_out[i]->check);
	}
	buf_add_text(&text, " it would be ");
	buf_add_text(&text, words[decision]);
	return text.data;
}

const char *
verdict_without(struct txn *txn, const struct findings *findings,
    const struct verdict *verdict)
{
	const struct finding *left_out[WITHOUT_MAX];
	const struct verdict *other = verdict;

	for (size_t count = 0; other->cause != NULL;) {
		const struct finding *cause;

		if (count == WITHOUT_MAX)
			return NULL;
		cause = find_cause(findings, other, left_out, count);
		if (cause == NULL)
			return NULL;
		left_out[count++] = cause;
		other = judge_without(txn, findings, left_out, count,
		    verdict->mode);
		if (other->decision < verdict->decision)
			return tell_without(txn->arena, left_out, count,
			    other->decision);
	}
	return NULL;
}
