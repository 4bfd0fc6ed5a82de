/* SPDX-License-Identifier: ISC */
/* test_rules_lane_engine.c - what Hyperscan refuses costs the others
 * nothing, nor what is unlike them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/lane_engine.h"

#define COUNT 40
/* "Pattern is too large.", which it says after some work alone. */
#define LARGE "(?:a[^b]c.){400}"

struct lab {
	struct arena *arena;
	struct lane_expression expressions[COUNT];
	unsigned found[COUNT];
	size_t databases;
};

static int
setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct lab *lab = arena_zalloc(arena, sizeof(*lab));

	lab->arena = arena;
	for (int i = 0; i < COUNT; i++)
		lab->expressions[i].exact = arena_printf(arena, "word%d\\b",
		    i);
	*state = lab;
	if (!lane_engine_is_here())
		print_message("skipped: there is no Hyperscan here\n");
	return 0;
}

static int
teardown(void **state)
{
	struct arena *arena = ((struct lab *)*state)->arena;

	arena_free(&arena);
	return 0;
}

static void
on_found(void *arg, size_t id)
{
	((struct lab *)arg)->found[id]++;
}

static void
scan(struct lab *lab, struct str text)
{
	struct vec bytes;
	const char *error;

	vec_init(&bytes, lab->arena, sizeof(struct str));
	assert_int_equal(lane_engine_compile(lab->expressions, COUNT, 0, &bytes,
	    &error), 0);
	lab->databases = bytes.len;
	for (size_t i = 0; i < bytes.len; i++) {
		struct lane_database *database = lane_engine_load(lab->arena,
		    *(struct str *)vec_at(&bytes, i), &error);
		struct lane_engine_scratch *scratch =
		    lane_engine_scratch_new(lab->arena);

		assert_non_null(database);
		lane_engine_scratch_add(scratch, database);
		lane_engine_scan(database, scratch, text, on_found, lab);
	}
}

static void
a_large_one_gets_its_next_form(void **state)
{
	struct lab *lab = *state;

	if (!lane_engine_is_here())
		skip();
	lab->expressions[7] = (struct lane_expression){ .exact = LARGE,
		.plain = "a[^b]c" };
	lab->expressions[8] = (struct lane_expression){ .exact = "(?=x)",
		.plain = LARGE, .weak = "a.c" };
	lab->expressions[9] = (struct lane_expression){ .exact = LARGE,
		.plain = LARGE, .weak = LARGE };
	scan(lab, STR("word3 abc axc word39"));
	assert_int_equal(lab->expressions[3].way, LANE_EXACT);
	assert_int_equal(lab->expressions[7].way, LANE_CANDIDATE);
	assert_int_equal(lab->expressions[8].way, LANE_CANDIDATE);
	assert_int_equal(lab->expressions[9].way, LANE_ALONE);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(lab->found[i], i == 3 || i == 7 || i == 8 ||
		    i == 39);
	/* One of all the others, and one of a weak form. */
	assert_int_equal(lab->databases, 2);
}

static void
unlike_ones_have_databases_of_their_own(void **state)
{
	struct lab *lab = *state;

	if (!lane_engine_is_here())
		skip();
	for (size_t i = 0; i < COUNT; i++)
		lab->expressions[i].group = i % LANE_GROUPS;
	scan(lab, STR("word3 abc axc word39"));
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(lab->found[i], i == 3 || i == 39);
	assert_int_equal(lab->databases, LANE_GROUPS);
}

static void
where_all_are_refused_none_has_a_database(void **state)
{
	struct lab *lab = *state;

	if (!lane_engine_is_here())
		skip();
	for (size_t i = 0; i < COUNT; i++)
		lab->expressions[i].exact = arena_printf(lab->arena,
		    "(?=%zu)", i);
	scan(lab, STR("0"));
	assert_int_equal(lab->databases, 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(lab->expressions[i].way, LANE_ALONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_large_one_gets_its_next_form,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    unlike_ones_have_databases_of_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    where_all_are_refused_none_has_a_database, setup,
		    teardown),
	};

	return cmocka_run_group_tests_name("rules_lane_engine", tests, NULL,
	    NULL);
}
