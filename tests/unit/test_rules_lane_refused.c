/* SPDX-License-Identifier: ISC */
/* test_rules_lane_refused.c - Hyperscan refuses patterns as a whole and names
 * none: halves of them are tried, and no answer changes. Here it is made to
 * refuse; all else is its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <hs/hs.h>

#include "base/arena.h"
#include "fixture.h"
#include "lane_bench.h"

#define PATTERNS 40

/* What it refuses: more than so many at once, and the pattern with this in it,
 * alone too. */
static unsigned most;
static const char *hated;
static unsigned refused;

static bool
is_hated(const char *const *texts, unsigned count)
{
	for (unsigned i = 0; i < count && hated != NULL; i++)
		if (strstr(texts[i], hated) != NULL)
			return true;
	return false;
}

static hs_compile_error_t *
refuse(void)
{
	hs_compile_error_t *error = malloc(sizeof(*error));

	assert_non_null(error);
	error->message = strdup("It is too large.");
	error->expression = -1;
	refused++;
	return error;
}

/* In the place of the library's. */
hs_error_t
hs_compile_multi(const char *const *texts, const unsigned *flags,
    const unsigned *ids, unsigned count, unsigned mode,
    const hs_platform_info_t *platform, hs_database_t **database_r,
    hs_compile_error_t **error_r)
{
	hs_error_t (*real)(const char *const *, const unsigned *,
	    const unsigned *, unsigned, unsigned, const hs_platform_info_t *,
	    hs_database_t **, hs_compile_error_t **);

	if (count > most || is_hated(texts, count)) {
		*error_r = refuse();
		return HS_COMPILER_ERROR;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "hs_compile_multi");
	assert_non_null(real);
	return real(texts, flags, ids, count, mode, platform, database_r,
	    error_r);
}

static void
begin(struct lane_bench *bench, unsigned count, const char *word)
{
	most = count;
	hated = word;
	refused = 0;
	for (int i = 0; i < PATTERNS; i++)
		lane_bench_add(bench, arena_printf(bench->arena,
		    "word%02d of \\d+", i), 0);
}

static void
compare(struct lane_bench *bench)
{
	lane_bench_compare(bench, "none", STR("nothing of them"));
	lane_bench_compare(bench, "one", STR("here is word17 of 5"));
	lane_bench_compare(bench, "three",
	    STR("word00 of 1, word39 of 22, word20 of x, word21 of 333"));
}

static void
halves_are_tried_down_to_what_it_takes(void **state)
{
	struct lane_bench *bench = *state;

	begin(bench, 6, NULL);
	if (!lane_bench_compile(bench))
		return;
	assert_true(refused > 0);
	/* 40, 20, 10 are too many, 5 are not. */
	assert_int_equal(lanes_facts(bench->lanes).exact, PATTERNS);
	compare(bench);
}

static void
one_that_it_never_takes_is_left_to_pcre2(void **state)
{
	struct lane_bench *bench = *state;

	begin(bench, PATTERNS, "17");
	if (!lane_bench_compile(bench))
		return;
	assert_true(refused > 0);
	assert_int_equal(lanes_facts(bench->lanes).alone, 1);
	compare(bench);
}

static void
where_it_takes_none_pcre2_has_all(void **state)
{
	struct lane_bench *bench = *state;
	const char *error = NULL;

	begin(bench, 0, NULL);
	if (lane_bench_open(bench) == LANES_WITHOUT) {
		print_message("skipped: there is no Hyperscan here\n");
		return;
	}
	assert_int_equal(lanes_compile(bench->lanes, bench->folder, &error), 0);
	lane_bench_open(bench);
	assert_int_equal(lanes_facts(bench->lanes).exact, 0);
	compare(bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LANE_TEST(halves_are_tried_down_to_what_it_takes),
		LANE_TEST(one_that_it_never_takes_is_left_to_pcre2),
		LANE_TEST(where_it_takes_none_pcre2_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
