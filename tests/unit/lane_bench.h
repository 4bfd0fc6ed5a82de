/* SPDX-License-Identifier: ISC */
/* lane_bench.h - for tests: a lane of some patterns, its answers and those of
 * PCRE2 one by one. */
#ifndef TESTS_LANE_BENCH_H
#define TESTS_LANE_BENCH_H

#include <stdbool.h>

#include "base/str.h"
#include "base/vec.h"
#include "rules/lane.h"
#include "scratch.h"

#define LANE_BENCH_LIMIT 100000

struct lane_bench {
	struct arena *arena;
	char folder[SCRATCH_SIZE];		/* of the cache */
	struct vec patterns;		/* struct lane_pattern */
	struct lanes *lanes;
	struct lane *lane;
	struct lane_scratch *scratch;
	struct pattern_scratch *pattern_scratch;
	unsigned char *found;
	size_t limited;
};

/* Set up and tear down of cmocka: *state is one. */
int lane_bench_setup(void **state);
int lane_bench_teardown(void **state);
#define LANE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, lane_bench_setup, \
	    lane_bench_teardown)

/* One pattern more. */
void lane_bench_add(struct lane_bench *bench, const char *text,
    unsigned flags);
/* Some in the place of all, others for each variant: "word3 of 1". */
void lane_bench_add_words(struct lane_bench *bench, int variant);
/* A lane of them, with what the cache has. */
enum lanes_state lane_bench_open(struct lane_bench *bench);
/* With databases. False: there is no Hyperscan here. */
bool lane_bench_compile(struct lane_bench *bench);
/* Ask: found[i] is how often pattern i was told, 2 where its limit was. */
void lane_bench_ask(struct lane_bench *bench, struct str text);
/* Each pattern's answer is PCRE2's, and comes once. */
void lane_bench_compare(struct lane_bench *bench, const char *name,
    struct str text);

#endif
