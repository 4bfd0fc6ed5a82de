/* SPDX-License-Identifier: ISC */
/* dmarc_rcpts.c - for the check dmarc: what each recipient makes of a fail.
 *
 * A message is accepted or refused for all its recipients, and has one header:
 * so it is refused where all want that, and where they differ it is junk, never
 * the inbox of who would have refused it (DESIGN 5.17). Whoever wants it in the
 * inbox has it there.
 */
#include "milter/check/dmarc_ruling.h"

#include <stdbool.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail/txn_policy.h"

/* What was ruled already: recipients are many, wishes are few. */
struct bench {
	struct txn *txn;
	const struct dmarc_wishes *settings;
	const struct dmarc_verdict *verdict;
	const char *unjudged;
	struct {
		bool is_ruled;
		struct dmarc_ruling ruling;
	} cells[ON_REJECT_REFUSE + 1][ON_QUARANTINE_JUNK + 1];
};

static const struct dmarc_ruling *
rule_for(struct bench *bench, const struct policy *policy)
{
	struct dmarc_wishes wishes = *bench->settings;

	if (policy_says(policy, "dmarc_on_reject"))
		wishes.on_reject = policy->values->dmarc_on_reject;
	if (policy_says(policy, "dmarc_on_quarantine"))
		wishes.on_quarantine = policy->values->dmarc_on_quarantine;
	if (!bench->cells[wishes.on_reject][wishes.on_quarantine].is_ruled)
		bench->cells[wishes.on_reject][wishes.on_quarantine].ruling =
		    dmarc_rule(bench->txn, &wishes, bench->verdict,
		    bench->unjudged);
	bench->cells[wishes.on_reject][wishes.on_quarantine].is_ruled = true;
	return &bench->cells[wishes.on_reject][wishes.on_quarantine].ruling;
}

/* Of a message to nobody (`mailreeve scan`) the global values hold. */
static struct dmarc_ruling
rule_for_nobody(struct bench *bench)
{
	const struct address nobody = { .local = STR(""), .domain = STR("") };

	return *rule_for(bench, txn_policy(bench->txn, &nobody));
}

static struct dmarc_ruling
differ(const struct txn *txn, const enum decision *rcpts)
{
	struct dmarc_ruling ruling = { .decision = DECISION_JUNK };
	size_t refusing = 0;

	for (size_t i = 0; i < txn->rcpts.len; i++)
		refusing += rcpts[i] == DECISION_REFUSE ? 1 : 0;
	if (refusing == 0)
		return ruling;
	ruling.override = "local_policy";
	ruling.because = arena_printf(txn->arena, "%zu of %zu recipients "
	    "refuse it", refusing, txn->rcpts.len);
	return ruling;
}

struct dmarc_ruling
dmarc_rule_all(struct txn *txn, const struct dmarc_wishes *settings,
    const struct dmarc_verdict *verdict, const char *unjudged,
    const enum decision **rcpts_r)
{
	struct bench bench = { .txn = txn, .settings = settings,
	    .verdict = verdict, .unjudged = unjudged };
	struct dmarc_ruling first = { 0 };
	enum decision *rcpts;
	bool are_same = true;

	*rcpts_r = NULL;
	if (txn->rcpts.len == 0)
		return rule_for_nobody(&bench);
	rcpts = arena_alloc(txn->arena, txn->rcpts.len * sizeof(*rcpts));
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);
		const struct dmarc_ruling *own = rule_for(&bench,
		    rcpt->policy);

		if (i == 0)
			first = *own;
		rcpts[i] = own->decision;
		are_same = are_same && rcpts[i] == rcpts[0];
	}
	if (are_same)
		return first;
	*rcpts_r = rcpts;
	return differ(txn, rcpts);
}
