/* SPDX-License-Identifier: ISC */
/* dmarc_bench.h - for the tests of DMARC: what is judged and what comes of it,
 * as texts. */
#ifndef TESTS_DMARC_BENCH_H
#define TESTS_DMARC_BENCH_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct dkim_verdicts;
struct dmarc_verdict;
struct spf_verdict;

/* The same signature ten times. */
#define DMARC_TEN(identifier) identifier ", " identifier ", " identifier ", " \
	identifier ", " identifier ", " identifier ", " identifier ", " \
	identifier ", " identifier ", " identifier

struct dmarc_trial {
	const char *zone;	/* zone.h; NULL: an empty one */
	const char *author;	/* the author domain */
	const char *spf;	/* "pass example.org"; NULL: not judged */
	/* "fail example.org, pass example.net"; "": no signature; NULL: not
	 * judged. */
	const char *dkim;
	bool could_not_run;
};

/* These texts as verdicts; "" as the domain: none. NULL for NULL. */
const struct spf_verdict *dmarc_spf_of(struct arena *arena, const char *text);
const struct dkim_verdicts *dmarc_dkim_of(struct arena *arena,
    const char *text);

/* The verdict with the answers of the zone, all at hand, and how many questions
 * it took. A zone that cannot be read, a verdict that does not come, and one
 * that libopendmarc does not share fail the test. */
const struct dmarc_verdict *dmarc_trial_run(struct arena *arena,
    const struct dmarc_trial *trial, size_t *asked_r);

/* "pass p=reject spf dkim: none": the result, the tag that counts and its
 * policy, what is aligned, what is wished for; "undecided" where that is. */
const char *dmarc_say(struct arena *arena, const struct dmarc_verdict *verdict);

#endif
