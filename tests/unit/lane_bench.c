/* SPDX-License-Identifier: ISC */
/* lane_bench.c - for tests: a lane of some patterns and its answers. */
#include "lane_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "scratch.h"

int
lane_bench_setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct lane_bench *bench = arena_zalloc(arena, sizeof(*bench));

	bench->arena = arena;
	scratch_folder(bench->folder, "lanes");
	vec_init(&bench->patterns, arena, sizeof(struct lane_pattern));
	bench->pattern_scratch = pattern_scratch_new(arena, LANE_BENCH_LIMIT);
	*state = bench;
	return 0;
}

int
lane_bench_teardown(void **state)
{
	struct lane_bench *bench = *state;
	struct arena *arena = bench->arena;

	assert_int_equal(scratch_remove(bench->folder), 0);
	arena_free(&arena);
	return 0;
}

void
lane_bench_add(struct lane_bench *bench, const char *text, unsigned flags)
{
	struct lane_pattern *pattern = vec_push(&bench->patterns);
	const char *error = NULL;

	pattern->source.text = str_from(text);
	pattern->source.flags = flags;
	pattern->pattern = pattern_compile(bench->arena, &pattern->source,
	    &error);
	if (pattern->pattern == NULL)
		fail_msg("%s: %s", text, error);
}

void
lane_bench_add_words(struct lane_bench *bench, int variant)
{
	bench->patterns.len = 0;
	for (int i = 0; i < 6; i++)
		lane_bench_add(bench, arena_printf(bench->arena,
		    "word%d of %d", i, variant), 0);
}

enum lanes_state
lane_bench_open(struct lane_bench *bench)
{
	const char *error;
	enum lanes_state state;

	bench->lanes = lanes_new(bench->arena);
	bench->lane = lanes_add(bench->lanes, bench->patterns.items,
	    bench->patterns.len);
	state = lanes_load(bench->lanes, bench->folder, &error);
	bench->scratch = lane_scratch_new(bench->lanes, bench->arena);
	bench->found = arena_alloc(bench->arena, bench->patterns.len);
	return state;
}

bool
lane_bench_compile(struct lane_bench *bench)
{
	const char *error = NULL;

	if (lane_bench_open(bench) == LANES_WITHOUT) {
		print_message("skipped: there is no Hyperscan here\n");
		return false;
	}
	if (lanes_compile(bench->lanes, bench->folder, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(lane_bench_open(bench), LANES_READY);
	return true;
}

static void
on_found(void *arg, size_t number)
{
	((struct lane_bench *)arg)->found[number]++;
}

static void
on_limit(void *arg, size_t number)
{
	struct lane_bench *bench = arg;

	bench->found[number] = 2;
	bench->limited++;
}

void
lane_bench_ask(struct lane_bench *bench, struct str text)
{
	memset(bench->found, 0, bench->patterns.len);
	bench->limited = 0;
	lane_match(bench->lane, bench->scratch, bench->pattern_scratch, text,
	    on_found, on_limit, bench);
}

void
lane_bench_compare(struct lane_bench *bench, const char *name, struct str text)
{
	lane_bench_ask(bench, text);
	for (size_t i = 0; i < bench->patterns.len; i++) {
		struct lane_pattern *pattern = vec_at(&bench->patterns, i);
		enum pattern_result result = pattern_match(pattern->pattern,
		    bench->pattern_scratch, text, NULL, NULL);

		if (result != PATTERN_LIMIT &&
		    bench->found[i] != (result == PATTERN_YES))
			fail_msg("%s: /%.*s/ (%u): %d, PCRE2 alone: %d", name,
			    STR_ARG(pattern->source.text),
			    pattern->source.flags, bench->found[i], result);
	}
}
