/* SPDX-License-Identifier: ISC */
/* test_rules_phrases.c - lists of phrases in one pass, beside a naive search for
 * each phrase. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "../fuzz/rules_dice.h"
#include "../fuzz/rules_phrases.h"
#include "fixture.h"
#include "growth.h"
#include "rules/phrase_tree.h"
#include "rules/phrases.h"
#include "rules_bench.h"

#define ROUNDS 200
#define LISTS 5

/* Few words, so that phrases stand there often, overlap, and begin alike; some
 * fold to the same. */
static const char *const pool[] = { "a", "A", "b", "l", "I", "1", "ab",
	"\u0430", "pay\u00adpal", "paypal", "PayPal", "longer than that",
	"eightlet", "nineletter", "Stra\u00dfe", "\u4e2d\u6587" };
#define POOL (sizeof(pool) / sizeof(pool[0]))

static struct str
roll_text(struct dice *dice, size_t most, const char *between)
{
	size_t count = 1 + dice_roll(dice, most);
	struct buf out;

	buf_init(&out, dice->arena);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_text(&out, between);
		buf_add_text(&out, pool[dice_roll(dice, POOL)]);
	}
	return buf_str(&out);
}

struct rolled {
	struct phrase_list *list;
	bool is_exact;
	struct vec phrases;		/* struct str: those that were taken */
};

static void
roll_list(struct dice *dice, struct phrase_book *book, const char *name,
    struct rolled *rolled)
{
	size_t count = dice_roll(dice, 12);
	const char *error;

	rolled->is_exact = dice_roll(dice, 3) == 0;
	rolled->list = phrase_list(book, str_from(name), rolled->is_exact);
	vec_init(&rolled->phrases, dice->arena, sizeof(struct str));
	for (size_t i = 0; i < count; i++) {
		struct str phrase = roll_text(dice, 4, " ");

		if (phrase_list_add(rolled->list, phrase, &error) != 0)
			*(struct str *)vec_push(&rolled->phrases) = phrase;
	}
}

static void
count_calls(void *arg, size_t number)
{
	size_t *times = arg;

	assert_true(number > 0);
	++*times;
}

/* The list at these places, by the book and by the naive search. */
static void
compare(struct rules_bench *bench, struct phrase_book *book,
    const struct rolled *rolled, const struct vec *places)
{
	const struct phrase_places *there = phrase_places(book, places,
	    rolled->is_exact);
	size_t wanted, wanted_times, times = 0;
	struct vec texts;

	vec_init(&texts, bench->arena, sizeof(struct str));
	for (size_t i = 0; i < places->len; i++) {
		const struct vec *some = view_texts(bench->view,
		    vec_at(places, i));

		for (size_t t = 0; t < some->len; t++)
			*(struct str *)vec_push(&texts) =
			    *(struct str *)vec_at(some, t);
	}
	wanted = phrases_naive(bench->arena, &rolled->phrases, &texts,
	    rolled->is_exact, &wanted_times);
	assert_int_equal(phrases_count(bench->view, rolled->list, there),
	    wanted);
	phrases_each(bench->view, rolled->list, there, count_calls, &times);
	assert_int_equal(times, wanted_times);
}

static void
play(uint64_t seed)
{
	static const char *const names[LISTS] = { "v", "w", "x", "y", "z" };
	struct rules_bench bench;
	struct dice dice;
	struct rolled lists[LISTS];
	struct phrase_book *book;
	struct vec both, subject;

	rules_bench_begin(&bench);
	dice = (struct dice){ seed, bench.arena };
	book = phrase_book_new(bench.arena);
	vec_init(&both, bench.arena, sizeof(struct place));
	vec_init(&subject, bench.arena, sizeof(struct place));
	((struct place *)vec_push(&both))->kind = PLACE_subject;
	((struct place *)vec_push(&both))->kind = PLACE_text;
	((struct place *)vec_push(&subject))->kind = PLACE_subject;
	for (size_t i = 0; i < LISTS; i++)
		roll_list(&dice, book, names[i], &lists[i]);
	for (size_t i = 0; i < LISTS; i++) {
		phrase_places(book, &both, lists[i].is_exact);
		phrase_places(book, &subject, lists[i].is_exact);
	}
	rules_bench_message(&bench, str_from(arena_printf(bench.arena,
	    "Subject: %s\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n%s\n",
	    roll_text(&dice, 3, " ").data, roll_text(&dice, 300, ",\n").data)));
	for (size_t i = 0; i < LISTS; i++) {
		compare(&bench, book, &lists[i], &both);
		compare(&bench, book, &lists[i], &subject);
	}
	rules_bench_end(&bench);
}

static void
all_lists_find_what_each_phrase_by_itself_finds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		play(seed);
}

static void
a_phrase_keeps_its_number_and_a_list_its_name(void **state)
{
	struct arena *arena = *state;
	struct phrase_book *book = phrase_book_new(arena);
	struct phrase_list *list = phrase_list(book, STR("x"), false);
	const char *error = NULL;

	assert_int_equal(phrase_list_add(list, STR("Wire transfer"), &error),
	    1);
	assert_int_equal(phrase_list_add(list, STR("wire"), &error), 2);
	assert_int_equal(phrase_list_add(list, STR("wire, TRANSFER!"),
	    &error), 1);
	assert_ptr_equal(phrase_list(book, STR("x"), false), list);
	assert_ptr_not_equal(phrase_list(book, STR("x"), true), list);
	assert_int_equal(phrase_list_add(phrase_list(book, STR("y"), false),
	    STR("wire"), &error), 1);
	assert_int_equal(phrase_list_add(list, STR("--"), &error), 0);
	assert_string_equal(error, "'--' has no letter");
	assert_int_equal(phrase_list_add(list, STR("a b c d e f g h"),
	    &error), 3);
	assert_int_equal(phrase_list_add(list, STR("a b c d e f g h i"),
	    &error), 0);
	assert_string_equal(error, "'a b c d e f g h i' has more than 8 "
	    "words");
}

static struct fold_words
words_of(struct arena *arena, const char *text)
{
	struct fold_words words;

	fold_words(arena, str_from(text), true, &words);
	return words;
}

static void
sum_up(void *arg, uint32_t mark)
{
	*(uint64_t *)arg += mark;
}

/* So many that the table grows often, and each is still found, and no other. */
static void
a_tree_of_thousands(void **state)
{
	struct arena *arena = *state;
	struct phrase_tree tree;
	struct fold_words words;
	uint64_t sum = 0;

	phrase_tree_init(&tree, arena);
	for (uint32_t i = 1; i <= 20000; i++) {
		words = words_of(arena, arena_printf(arena, "w%u x%u", i,
		    i % 7));
		assert_int_equal(*phrase_tree_mark(&tree, &words), 0);
		*phrase_tree_mark(&tree, &words) = i;
	}
	for (uint32_t i = 1; i <= 20000; i++) {
		phrase_tree_find(&tree, arena, str_from(arena_printf(arena,
		    "w%u w%u x9", i, i)), true, sum_up, &sum);
		assert_int_equal(sum, 0);
		phrase_tree_find(&tree, arena, str_from(arena_printf(arena,
		    "w%u x%u w1 x2", i, i % 7)), true, sum_up, &sum);
		assert_int_equal(sum, i);
		sum = 0;
	}
}

/* Phrases of a's, up to the longest: each word of the text begins all of them. */
static void
find_in(struct arena *arena, struct str text)
{
	struct phrase_tree tree;
	struct fold_words words;
	struct buf phrase;
	uint64_t sum = 0;

	phrase_tree_init(&tree, arena);
	buf_init(&phrase, arena);
	for (uint32_t i = 1; i <= PHRASES_WORDS_MAX; i++) {
		buf_add_text(&phrase, "a ");
		fold_words(arena, buf_str(&phrase), false, &words);
		*phrase_tree_mark(&tree, &words) = i;
	}
	phrase_tree_find(&tree, arena, text, false, sum_up, &sum);
}

static void
time_grows_with_the_text(void **state)
{
	static const char *const pieces[] = { "a ", "a b ", "b", "\u0430 ",
	    "a a a a a a a b ", "a\u2019", "a a a a \u0430 ",
	    "                                                  \u2019" };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		grows_with_input("", pieces[i], find_in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    all_lists_find_what_each_phrase_by_itself_finds),
		ARENA_TEST(a_phrase_keeps_its_number_and_a_list_its_name),
		ARENA_TEST(a_tree_of_thousands),
		cmocka_unit_test(time_grows_with_the_text),
	};

	return cmocka_run_group_tests_name("rules_phrases", tests, NULL,
	    NULL);
}
