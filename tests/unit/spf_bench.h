/* SPDX-License-Identifier: ISC */
/* spf_bench.h - for tests: an SPF evaluation, with answers in any order. */
#ifndef TESTS_SPF_BENCH_H
#define TESTS_SPF_BENCH_H

#include "auth/spf.h"
#include "dns_held.h"

struct wait;

/* 1 and 20 terms (10 walked, 10 asked ahead) that are an mx with 10 hosts each,
 * the client's PTR and 10 names, the explanation. */
#define SPF_BENCH_QUESTIONS_MAX (1 + 2 * SPF_TERMS_MAX * \
    (1 + SPF_NAMES_MAX) + 1 + SPF_NAMES_MAX + 1)

/* Who asks: joe@example.org from 192.0.2.7, if nothing else is set. */
struct spf_asker {
	const char *client;
	const char *helo;
	const char *local;
	const char *domain;	/* NUL-terminated */
};

struct spf_bench {
	struct dns_source *zone;	/* what the answers are */
	struct dns_held held;		/* when they come */
	struct wait *wait;
	struct dns_view *view;
	struct spf *spf;
};

/* The verdict where all answers are there at once; *asked_r (NULL is allowed)
 * says how many questions it took. */
const struct spf_verdict *spf_bench_judge(struct arena *arena,
    const char *zone, const struct spf_asker *asker, size_t *asked_r);

/* An evaluation that has put its first questions. */
void spf_bench_init(struct spf_bench *bench, struct arena *arena,
    const char *zone, const struct spf_asker *asker);
void spf_bench_done(struct spf_bench *bench);

/* How many questions wait for their answer. */
size_t spf_bench_pending(struct spf_bench *bench);
/* One of them, the oldest is 0. */
struct dns_query *spf_bench_question(struct spf_bench *bench, size_t which);
/* Answer it as the zone has it. */
void spf_bench_release(struct spf_bench *bench, size_t which);

/* Go on to the verdict. pick(arg, n) says which of n questions is answered
 * next: it is called before each. */
const struct spf_verdict *spf_bench_finish(struct spf_bench *bench,
    size_t (*pick)(void *arg, size_t pending), void *arg);

/* For pick: the oldest, the newest, any by a generator (unsigned *seed). */
size_t spf_bench_oldest(void *arg, size_t pending);
size_t spf_bench_newest(void *arg, size_t pending);
size_t spf_bench_any(void *seed, size_t pending);

/* The same verdict, to the letter. */
void spf_bench_check_same(const char *story, const struct spf_verdict *verdict,
    const struct spf_verdict *wanted);

#endif
