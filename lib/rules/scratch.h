/* SPDX-License-Identifier: ISC */
/* scratch.h - what threads need while they judge, used again by the next. */
#ifndef RULES_SCRATCH_H
#define RULES_SCRATCH_H

struct arena;
struct judge_tables;
struct lane_scratch;
struct lanes;
struct pattern_scratch;
struct scratch_pool;

struct rules_scratch {
	struct arena *arena;
	struct lane_scratch *lane;
	struct pattern_scratch *pattern;
	struct pattern_scratch *aside;	/* of the view, for places and calls */
	struct judge_tables *tables;	/* judge.c; NULL at first */
};

/* For the lanes of a rule set, whose databases are loaded; lives as long as
 * arena, which must not be freed while one is acquired. */
struct scratch_pool *scratch_pool_new(struct arena *arena,
    const struct lanes *lanes, unsigned match_limit);
/* One that no other thread has; made where none is free. As many stay as were in
 * use at once. */
struct rules_scratch *scratch_acquire(struct scratch_pool *pool);
void scratch_release(struct scratch_pool *pool, struct rules_scratch *scratch);

#endif
