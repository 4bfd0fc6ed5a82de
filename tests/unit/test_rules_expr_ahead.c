/* SPDX-License-Identifier: ISC */
/* test_rules_expr_ahead.c - what is known of an expression before all of its names
 * are: its bounds, and what it needs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "rules/expr.h"

static struct expr *
parse(struct arena *arena, const char *text, struct vec *names)
{
	const char *error;
	struct expr *expr;

	if (expr_parse(arena, str_from(text), names, &expr, &error) < 0)
		fail_msg("%s: %s", text, error);
	return expr;
}

/* A3 is 3; M4 is 0 to 4; anything else 0. */
static struct expr_bounds
bounds_of(void *arg, size_t number)
{
	struct str name = *(struct str *)vec_at(arg, number);
	struct expr_bounds bounds = expr_bounds_of(0);

	if (name.len < 2)
		return bounds;
	bounds.most = name.data[1] - '0';
	if (name.data[0] == 'A')
		bounds.least = bounds.most;
	return bounds;
}

static void
bounds_are_as_narrow_as_what_is_known(void **state)
{
	static const struct {
		const char *sentence, *text;
		double least, most;
	} cases[] = {
		{ "what is known", "A3 + 2 * A2", 7, 7 },
		{ "what is not", "M4", 0, 4 },
		{ "not of it", "!M4", 0, 1 },
		{ "not of what is something", "!(M4 + 1)", 0, 0 },
		{ "a sum", "M4 + A1 + M2", 1, 7 },
		{ "a difference", "A5 - M2", 3, 5 },
		{ "a negative one", "-M4", -4, 0 },
		{ "a sum that cannot be enough", "M4 + A1 > 5", 0, 0 },
		{ "one that can", "M4 + A1 > 4", 0, 1 },
		{ "one that must", "M4 + A1 > 0", 1, 1 },
		{ "at most", "M4 <= 4", 1, 1 },
		{ "less", "M4 < 0", 0, 0 },
		{ "at least", "M4 >= 5", 0, 0 },
		{ "never equal", "M4 == A5", 0, 0 },
		{ "always unequal", "M4 != A5", 1, 1 },
		{ "perhaps equal", "M4 == M2", 0, 1 },
		{ "&& with nothing on its right", "M4 && X", 0, 0 },
		{ "&& with nothing on its left", "X && M4", 0, 0 },
		{ "&& with something on its right", "M4 && A3", 0, 3 },
		{ "&& with something on its left", "A3 && M4", 0, 4 },
		{ "|| with something on its right", "M4 || A3", 1, 4 },
		{ "... of which both are the same", "!M4 || A1", 1, 1 },
		{ "... which may be less than one", "M4 / 2 || A1", -HUGE_VAL,
		    HUGE_VAL },
		{ "|| with something on its left", "A3 || M4", 3, 3 },
		{ "|| with nothing on its right", "M4 || X", 0, 4 },
		{ "&& in a row", "M4 && M2 && M1 && X", 0, 0 },
		{ "&& of ||", "(M4 || M2) && (X || M1) && X", 0, 0 },
		{ "|| of &&", "(M4 && X) || (X && M2)", 0, 0 },
		{ "within a comparison", "(M4 && M2) > 2", 0, 0 },
		{ "a choice that is known", "A1 ? M4 && X : M2", 0, 0 },
		{ "the other choice", "X ? M4 : M2", 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct expr_bounds bounds;
		struct vec names;
		struct expr *expr = parse(arena, cases[i].text, &names);

		bounds = expr_bounds(expr, bounds_of, &names);
		if (bounds.least < cases[i].least ||
		    bounds.least > cases[i].least ||
		    bounds.most < cases[i].most ||
		    bounds.most > cases[i].most)
			fail_msg("%s: %g to %g", cases[i].sentence,
			    bounds.least, bounds.most);
		arena_free(&arena);
	}
}

/* The most that is looked at of the name A, anywhere. */
struct looked {
	struct vec names;
	uint32_t most;
};

static void
keep_most(void *arg, uint32_t name, uint32_t most)
{
	struct looked *looked = arg;

	if (str_is(*(struct str *)vec_at(&looked->names, name), "A") &&
	    looked->most < most)
		looked->most = most;
}

static void
values_count_as_far_as_they_are_compared(void **state)
{
	static const struct {
		const char *sentence, *text;
		uint32_t most;
	} cases[] = {
		{ "the whole value", "A", EXPR_COUNTS_ALL },
		{ "at least", "A >= 2", 2 },
		{ "more than", "A > 2", 3 },
		{ "less than", "A < 2", 2 },
		{ "at most", "A <= 2", 3 },
		{ "equal", "A == 2", 3 },
		{ "unequal", "A != 2", 3 },
		{ "more than a part", "A > 1.5", 2 },
		{ "at least a part", "A >= 1.5", 2 },
		{ "more than nothing", "A > 0", 1 },
		{ "at least nothing", "A >= 0", 1 },
		{ "more than there can be", "A > 99999999999",
		    EXPR_COUNTS_ALL },
		{ "not", "!A", 1 },
		{ "what must be so for the rest", "A && B", 1 },
		{ "what may be the value", "A || B", EXPR_COUNTS_ALL },
		{ "... of either side", "B || A", EXPR_COUNTS_ALL },
		{ "... and is compared", "(A || B) > 2", EXPR_COUNTS_ALL },
		{ "the right side of &&", "A >= 1 && A", EXPR_COUNTS_ALL },
		{ "a choice", "A ? 1 : B", 1 },
		{ "what is chosen", "B ? A : 2", EXPR_COUNTS_ALL },
		{ "a sum", "A + B > 2", EXPR_COUNTS_ALL },
		{ "a sum with a number", "A + 1 > 2", EXPR_COUNTS_ALL },
		{ "against another", "A > B", EXPR_COUNTS_ALL },
		{ "the most of several", "A >= 2 && B && A >= 7", 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct looked looked = { .most = 0 };

		expr_counts(parse(arena, cases[i].text, &looked.names),
		    keep_most, &looked);
		if (looked.most != cases[i].most)
			fail_msg("%s: %u", cases[i].sentence, looked.most);
		arena_free(&arena);
	}
}

static void
a_gate_is_the_first_name_without_which_there_is_nothing(void **state)
{
	static const struct {
		const char *sentence, *text;
		bool has_gate;		/* its first name */
	} cases[] = {
		{ "a name", "A", true },
		{ "&&", "A && B", true },
		{ "&& in a row", "A && !B && C > 2", true },
		{ "a number that is enough", "A >= 5 && A > B", true },
		{ "a number that nothing is too", "A < 5", false },
		{ "||", "A || B", false },
		{ "|| before &&", "(A || B) && C", false },
		{ "&& within ||", "A && B || C", false },
		{ "not", "!A && B", false },
		{ "a number first", "1 && A", false },
		{ "a sum", "A + B", false },
		{ "a product", "A * B", true },
		{ "a choice", "A ? B : 0", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		struct vec names;
		uint32_t gate = expr_gate(parse(arena, cases[i].text, &names));

		if (gate != (cases[i].has_gate ? 0 : EXPR_NO_NAME))
			fail_msg("%s: %u", cases[i].sentence, gate);
		arena_free(&arena);
	}
}

/* What begins with X is of no use; A3 costs 3. */
static size_t
cost_of(void *arg, size_t number)
{
	struct str name = *(struct str *)vec_at(arg, number);

	if (name.data[0] == 'X')
		return EXPR_NEEDS_NOTHING;
	return name.len > 1 ? (size_t)(name.data[1] - '0') : 1;
}

static void
an_expression_needs_some_of_its_names(void **state)
{
	static const struct {
		const char *sentence, *text, *names;
	} cases[] = {
		{ "a name", "A", "A " },
		{ "not", "!A", "-" },
		{ "a number", "1", "-" },
		{ "nothing at all", "0", "" },
		{ "what is never so", "0 && X", "" },
		{ "one of them", "A || B", "B A " },
		{ "each but once", "A || B || A", "A B " },
		{ "one of them, or what is not told", "A || X", "-" },
		{ "both: the cheaper one", "A3 && A2", "A2 " },
		{ "both: the one that is told", "X && A2 && !B", "A2 " },
		{ "both, of which one is a choice", "(A || B) && C3",
		    "B A " },
		{ "a sum", "A + B", "A B " },
		{ "a sum that is compared", "A + B > 1", "A B " },
		{ "a sum that is at least", "A + B >= 1", "A B " },
		{ "a sum that may be nothing", "A + B >= 0", "-" },
		{ "a sum that is less", "A + B < 1", "-" },
		{ "a sum that is equal", "A + B == 2", "A B " },
		{ "a sum that is nothing", "A + B == 0", "-" },
		{ "a sum that is something", "A + B != 0", "A B " },
		{ "a product", "A3 * A2", "A2 " },
		{ "a quotient", "A / B", "A " },
		{ "a remainder", "A % B", "A " },
		{ "a negative one", "-A", "A " },
		{ "a choice", "A ? B : C", "-" },
		{ "a comparison of names", "A > B", "-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		uint32_t numbers[EXPR_NEEDS_MAX];
		struct vec names;
		struct expr *expr = parse(arena, cases[i].text, &names);
		size_t count = expr_needs(expr, cost_of, &names, numbers);
		struct buf out;

		buf_init(&out, arena);
		if (count == EXPR_NEEDS_NOTHING)
			buf_add_char(&out, '-');
		for (size_t n = 0; count != EXPR_NEEDS_NOTHING && n < count;
		    n++)
			buf_printf(&out, "%.*s ", STR_ARG(
			    *(struct str *)vec_at(&names, numbers[n])));
		if (!str_is(buf_str(&out), cases[i].names))
			fail_msg("%s: \"%.*s\"", cases[i].sentence,
			    STR_ARG(buf_str(&out)));
		arena_free(&arena);
	}
}

/* "A0 || A1 || ..." of more names than are kept. */
static void
of_very_many_names_none_is_needed(void **state)
{
	struct arena *arena = *state;
	uint32_t numbers[EXPR_NEEDS_MAX];
	struct vec names;
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i <= EXPR_NEEDS_MAX; i++)
		buf_printf(&text, "%sA%zu", i > 0 ? " || " : "", i);
	assert_true(expr_needs(parse(arena, text.data, &names), cost_of,
	    &names, numbers) == EXPR_NEEDS_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_as_narrow_as_what_is_known),
		cmocka_unit_test(values_count_as_far_as_they_are_compared),
		cmocka_unit_test(an_expression_needs_some_of_its_names),
		cmocka_unit_test(
		    a_gate_is_the_first_name_without_which_there_is_nothing),
		ARENA_TEST(of_very_many_names_none_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
