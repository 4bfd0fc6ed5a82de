/* SPDX-License-Identifier: ISC */
/* verdict_score.h - what the sum of all scores asks for, and how it can differ. */
#ifndef MAIL_VERDICT_SCORE_H
#define MAIL_VERDICT_SCORE_H

#include <stdbool.h>

#include "mail/verdict.h"

struct txn;

/* What the finding of verdict_add_score() is called. */
#define VERDICT_SCORE "score"

/* From where on the score decides: of the recipients' junk_score and
 * refuse_score the lowest; of a message to nobody the global ones; 0: never. Of
 * what is submitted here only the sender's refuse_score counts, and only where
 * its score_submitted says so. */
struct score_bounds {
	bool is_judged;		/* false: the score decides nothing */
	bool differ;		/* between the recipients */
	double junk, refuse;
};
struct score_bounds verdict_bounds(struct txn *txn);

/* Add what the sum of the findings asks for, when that is anything: junk or
 * refuse; each recipient by its own policy (struct finding, rcpts). Findings of
 * a dry run do not count; what they would add to it is a second finding, itself
 * a dry run. Once, behind all other findings. */
void verdict_add_score(struct txn *txn, struct findings *findings);

/* What would have changed the outcome: "without SPF_FAIL and URI_IP it would be
 * delivered". NULL: it is delivered, or no ten findings less would change it.
 * Arena text of txn. */
const char *verdict_without(struct txn *txn, const struct findings *findings,
    const struct verdict *verdict);

#endif
