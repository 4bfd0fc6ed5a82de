/* SPDX-License-Identifier: ISC */
/* rules_bench.h - for tests: a rule set of a few lines, and messages for it. */
#ifndef TESTS_RULES_BENCH_H
#define TESTS_RULES_BENCH_H

#include "base/str.h"
#include "mail/finding.h"
#include "rules/draft.h"
#include "rules/ruleset.h"
#include "rules/view.h"

struct site;

struct rules_bench {
	struct arena *arena;		/* of the test */
	struct arena *draft_arena;	/* NULL: the rule set has it */
	struct draft *draft;
	struct ruleset *ruleset;
	const struct site *site;
	struct txn *txn;		/* of the last message */
	struct findings findings;	/* of other checks: the test adds some */
	struct view *view;
	struct rules_result result;
};

/* An empty draft. Ends with rules_bench_end(). */
void rules_bench_begin(struct rules_bench *bench);
void rules_bench_end(struct rules_bench *bench);

/* A rule of the draft, which gives 1 where it has no score yet; where is a place
 * as native rules write it ("subject", "header from:addr") or "sa_...", with
 * "!" in front: where the pattern (/x/i) does not match. Its line is its number
 * among all, of file "test". */
struct draft_rule *rules_bench_pattern(struct rules_bench *bench,
    const char *name, const char *where, const char *pattern);
struct draft_rule *rules_bench_exists(struct rules_bench *bench,
    const char *name, const char *where);
struct draft_rule *rules_bench_call(struct rules_bench *bench,
    const char *name, const char *call);
struct draft_rule *rules_bench_meta(struct rules_bench *bench,
    const char *name, const char *expression);
void rules_bench_score(struct draft_rule *rule, double score);

/* Put the draft together. options NULL: the default ones. */
void rules_bench_load(struct rules_bench *bench,
    const struct ruleset_options *options);
/* An empty draft gets lines in the language of SpamAssassin, of file "test", and
 * is put together. */
void rules_bench_load_sa(struct rules_bench *bench, const char *lines);
/* "ERROR A: words\n" for each note, as the draft has them. */
struct str rules_bench_notes(struct rules_bench *bench);

/* A new message, from <> to nobody; without line ends at the end of the header
 * it has no body. LF becomes CRLF. */
void rules_bench_message(struct rules_bench *bench, struct str text);
/* Judge it: "A B*3 C=0.5 [__D]": what hits, how often, what it gives when that is
 * not 1, and what is inner. */
struct str rules_bench_judge(struct rules_bench *bench);
/* Judge it; the test fails unless R is all that hits, or when it is. */
void rules_bench_must_hit(struct rules_bench *bench, const char *sentence,
    bool hits);

#endif
