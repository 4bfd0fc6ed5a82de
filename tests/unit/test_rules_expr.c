/* SPDX-License-Identifier: ISC */
/* test_rules_expr.c - expressions over rules, as Perl takes them (perlop). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "growth.h"
#include "rules/expr.h"

/* What the names are worth, and which were asked for. */
struct world {
	const struct vec *names;
	struct buf asked;
};

/* A_5 is 5, N_2 is -2, anything else 0. */
static double
value_of(void *arg, size_t number)
{
	struct world *world = arg;
	struct str name = *(struct str *)vec_at(world->names, number);
	double value = 0;

	buf_add_str(&world->asked, name);
	buf_add_char(&world->asked, ' ');
	if (name.len == 3 && name.data[1] == '_')
		value = name.data[2] - '0';
	return name.data[0] == 'N' ? -value : value;
}

static void
values_are_those_of_perl(void **state)
{
	static const struct {
		const char *sentence, *text;
		double value;
		const char *asked;
	} cases[] = {
		{ "a name", "A_5", 5, "A_5 " },
		{ "a name that is nothing", "X", 0, "X " },
		{ "a number", "3", 3, "" },
		{ "a number with a point", "0.25", 0.25, "" },
		{ "a number that begins with a point", ".5 + 0", 0.5, "" },
		{ "a number that ends with a point", "2. + 1", 3, "" },
		{ "blanks and line ends", "\t( A_1\n+ 2 ) ", 3, "A_1 " },

		{ "! gives 1 or 0", "!X + !A_5", 1, "X A_5 " },
		{ "! of !", "!!A_5", 1, "A_5 " },
		{ "! binds stronger than ==", "!A_5 == 0", 1, "A_5 " },
		{ "! binds stronger than *", "!X * 3", 3, "X " },
		{ "minus", "-A_5 + 2", -3, "A_5 " },
		{ "minus of minus", "- -3", 3, "" },
		{ "plus", "+3 - +2", 1, "" },
		{ "minus binds stronger than *", "2 * -3", -6, "" },

		{ "* before +", "2 + 3 * 4", 14, "" },
		{ "from left to right", "20 - 5 - 3", 12, "" },
		{ "division from left to right", "20 / 5 / 2", 2, "" },
		{ "division by nothing", "3 / X + 1", 1, "X " },
		{ "remainder", "7 % 3", 1, "" },
		{ "remainder of whole numbers", "7.9 % 3.9", 1, "" },
		{ "remainder has the sign of the right side", "-7 % 3", 2,
		    "" },
		{ "remainder of a negative right side", "7 % -3", -2, "" },
		{ "remainder by nothing", "7 % 0.5", 0, "" },
		{ "remainder of what is too large",
		    "999999999999999 * 999999999999999 % 7", 0, "" },
		{ "parentheses", "(2 + 3) * 4", 20, "" },

		{ "comparison gives 1", "A_5 > 4", 1, "A_5 " },
		{ "comparison gives 0", "A_5 < 5", 0, "A_5 " },
		{ "at most", "A_5 <= 5", 1, "A_5 " },
		{ "at least", "A_5 >= 6", 0, "A_5 " },
		{ "equal", "A_5 == 5", 1, "A_5 " },
		{ "not equal", "A_5 != 5", 0, "A_5 " },
		{ "+ before >", "A_1 + A_2 > 2", 1, "A_1 A_2 " },
		{ "> before ==", "3 > 2 == 1", 1, "" },
		{ "== before ^", "1 ^ 2 == 2", 0, "" },
		{ "exclusive or", "A_5 ^ 1", 4, "A_5 " },
		{ "exclusive or has no sign", "(-1 ^ 0) > 1", 1, "" },
		{ "exclusive or of truths", "!X ^ !A_5", 1, "X A_5 " },
		{ "^ before &&", "1 ^ 1 && A_5", 0, "" },

		{ "&& gives the right side", "A_1 && A_5", 5, "A_1 A_5 " },
		{ "&& stops at 0", "X && A_5", 0, "X " },
		{ "|| gives the left side", "A_5 || A_1", 5, "A_5 " },
		{ "|| goes on at 0", "X || A_1", 1, "X A_1 " },
		{ "&& before ||", "A_1 || X && X", 1, "A_1 " },
		{ "|| of && of ||", "(X || A_2) && (A_3 || X)", 3,
		    "X A_2 A_3 " },
		{ "a chain of &&", "A_1 && A_2 && X && A_3", 0,
		    "A_1 A_2 X " },
		{ "a chain of ||", "X || Y || A_2 || A_3", 2, "X Y A_2 " },
		{ "what is below 0 is true", "N_2 && A_3", 3, "N_2 A_3 " },
		{ "a sum of truths", "(A_1 + A_2 + !X) >= 4", 1,
		    "A_1 A_2 X " },

		{ "choice: yes", "A_1 ? A_2 : A_3", 2, "A_1 A_2 " },
		{ "choice: no", "X ? A_2 : A_3", 3, "X A_3 " },
		{ "choice from right to left", "X ? 1 : X ? 2 : 3", 3,
		    "X X " },
		{ "choice within choice", "A_1 ? X ? 1 : 2 : 3", 2,
		    "A_1 X " },
		{ "|| before ?", "X || A_1 ? 7 : 8", 7, "X A_1 " },

		{ "not", "not X", 1, "X " },
		{ "not binds weaker than ==", "not A_5 == 5", 0, "A_5 " },
		{ "not binds weaker than &&", "not A_1 && X", 1, "A_1 X " },
		{ "not binds stronger than and", "not X and A_2", 2,
		    "X A_2 " },
		{ "and", "A_1 and A_2", 2, "A_1 A_2 " },
		{ "and before or", "A_1 or X and X", 1, "A_1 " },
		{ "or weaker than ?", "X or A_1 ? 7 : 8", 7, "X A_1 " },
		{ "and stops at 0", "X and A_1", 0, "X " },
		{ "words within names", "nothing + android + order", 0,
		    "nothing android order " },
		{ "a name with points", "R.t && A_1", 0, "R.t " },

		{ "a name twice is asked twice by one number",
		    "A_1 + A_1", 2, "A_1 A_1 " },
		{ "all rules of a glob", "rules_matching(__FOO_*) + 1", 1,
		    "__FOO_* " },
		{ "a glob with blanks", "rules_matching( A?B )", 0, "A?B " },
		{ "rules_matching alone is a name", "rules_matching + 1", 1,
		    "rules_matching " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error;
		struct world world;
		struct expr *expr;
		struct vec names;
		double value;

		buf_init(&world.asked, arena);
		world.names = &names;
		if (expr_parse(arena, str_from(cases[i].text), &names, &expr,
		    &error) < 0)
			fail_msg("%s: %s", cases[i].sentence, error);
		value = expr_value(expr, value_of, &world);
		if (value < cases[i].value || value > cases[i].value ||
		    !str_is(buf_str(&world.asked), cases[i].asked))
			fail_msg("%s: %g, asked for %.*s", cases[i].sentence,
			    value, STR_ARG(buf_str(&world.asked)));
		arena_free(&arena);
	}
}

static void
what_cannot_be_read_is_an_error_with_its_place(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "at 1: the expression ends too early" },
		{ "A &&", "at 5: the expression ends too early" },
		{ "A && )", "at 6: a name, a number or \"(\" must stand "
		    "here" },
		{ "(A", "at 3: a closing parenthesis is missing" },
		{ "A)", "at 2: an operator must stand here" },
		{ "A B", "at 3: an operator must stand here" },
		{ "A & B", "at 3: an operator must stand here" },
		{ "A = B", "at 3: an operator must stand here" },
		{ "A ** B", "at 4: a name, a number or \"(\" must stand "
		    "here" },
		{ "A <=> B", "at 5: a name, a number or \"(\" must stand "
		    "here" },
		{ "A < B < C", "at 8: comparisons do not stand in a row" },
		{ "A == B != C", "at 10: comparisons do not stand in a row" },
		{ "A ? B", "at 6: \":\" is missing behind \"?\"" },
		{ "A : B", "at 3: an operator must stand here" },
		{ "3x", "at 1: this is no number" },
		{ "1.2.3", "at 1: this is no number" },
		{ ".", "at 1: this is no number" },
		{ "1234567890123456", "at 1: this is no number" },
		{ "and A", "at 1: nothing stands before this" },
		{ "A && or", "at 6: nothing stands before this" },
		{ "f(A)", "at 2: an operator must stand here" },
		{ "$x", "at 1: a name, a number or \"(\" must stand here" },
		{ "~A", "at 1: a name, a number or \"(\" must stand here" },
		{ "A; system", "at 2: an operator must stand here" },
		{ "A*", "at 3: the expression ends too early" },
		{ "rules_matching(A", "at 17: rules_matching() takes one name "
		    "with * and ?" },
		{ "rules_matching()", "at 16: rules_matching() takes one name "
		    "with * and ?" },
		{ "rules_matching(A, B)", "at 17: rules_matching() takes one "
		    "name with * and ?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = "it is read";
		struct expr *expr;
		struct vec names;

		if (expr_parse(arena, str_from(cases[i].text), &names, &expr,
		    &error) == 0 || strcmp(error, cases[i].error) != 0)
			fail_msg("%s: %s", cases[i].text, error);
		arena_free(&arena);
	}
}

/* NUL ends nothing. */
static void
any_byte_may_stand_there(void **state)
{
	struct arena *arena = *state;
	const char *error;
	struct expr *expr;
	struct vec names;

	assert_int_equal(expr_parse(arena, STR("A\0B"), &names, &expr,
	    &error), -1);
	assert_string_equal(error, "at 2: an operator must stand here");
	assert_int_equal(expr_parse(arena, STR("\0"), &names, &expr,
	    &error), -1);
	assert_int_equal(expr_parse(arena, STR("\xff"), &names, &expr,
	    &error), -1);
}

static const char *
fault_of(struct arena *arena, const char *before, const char *inner,
    const char *behind, size_t count)
{
	const char *error = "";
	struct expr *expr;
	struct vec names;
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&text, before);
	buf_add_text(&text, inner);
	for (size_t i = 0; i < count; i++)
		buf_add_text(&text, behind);
	expr_parse(arena, buf_str(&text), &names, &expr, &error);
	return error;
}

static void
depth_and_length_are_bounded(void **state)
{
	static const struct {
		const char *before, *inner, *behind;
	} deep[] = {
		{ "(", "A", ")" }, { "!", "A", "" }, { "- ", "A", "" },
		{ "not ", "A", "" }, { "A ? ", "A", ": A" },
		{ "A ? A : ", "A", "" }, { "1 + (", "A", ")" },
		{ "A && (", "A", ")" }, { "(", "", "" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(deep); i++) {
		const char *error = fault_of(arena, deep[i].before,
		    deep[i].inner, deep[i].behind, 7000);

		if (strstr(error, "nested too deep") == NULL &&
		    strstr(error, "too much is left open") == NULL)
			fail_msg("%s: %s", deep[i].before, error);
		assert_true(deep[i].inner[0] == '\0' ||
		    fault_of(arena, deep[i].before, deep[i].inner,
		    deep[i].behind, 20)[0] == '\0');
	}
	assert_string_equal(fault_of(arena, "A + ", "A", "", 16000), "");
	assert_string_equal(fault_of(arena, "A && ", "A", "", 12000), "");
	assert_non_null(strstr(fault_of(arena, "A + ", "A", "", 17000),
	    "longer than is read"));
}

static void
read_all(struct arena *arena, struct str text)
{
	const char *error;
	struct expr *expr;
	struct vec names;

	expr_parse(arena, str_sub(text, 0, 65536), &names, &expr, &error);
}

static void
time_is_in_proportion(void **state)
{
	static const char *const pieces[] = { "A+", "(", "!", "A||", "A ", "1",
		"A?", "rules_matching(*)+", "\t", "aaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		grows_with_input("", pieces[i], read_all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_perl),
		cmocka_unit_test(
		    what_cannot_be_read_is_an_error_with_its_place),
		ARENA_TEST(any_byte_may_stand_there),
		ARENA_TEST(depth_and_length_are_bounded),
		cmocka_unit_test(time_is_in_proportion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
