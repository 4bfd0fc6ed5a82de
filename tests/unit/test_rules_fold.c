/* SPDX-License-Identifier: ISC */
/* test_rules_fold.c - words as an eye takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "fixture.h"
#include "growth.h"
#include "rules/fold.h"

/* Both texts give the same words. */
static const struct {
	const char *what, *one, *other;
} alike[] = {
	{ "case makes no difference", "PayPal INC", "paypal inc" },
	{ "a capital i is a small L to the eye", "PayPaI", "paypal" },
	{ "a one is a small L", "paypa1", "paypal" },
	{ "a zero is an o", "micr0s0ft", "Microsoft" },
	{ "accents are left out", "p\u00e1yp\u00e4l", "paypal" },
	{ "combining accents too", "pa\u0301ypa\u0308l", "paypal" },
	{ "a soft hyphen is not seen", "pay\u00adpal", "paypal" },
	{ "nor is a blank of no width", "via\u200bgra", "viagra" },
	{ "Cyrillic a and er look like Latin letters",
	    "P\u0430y\u0420\u0430l", "paypal" },
	{ "a Greek capital N in a Latin word", "\u039dETFLIX", "netflix" },
	{ "a word of Cyrillic letters that spells a Latin one",
	    "\u0440\u0430\u0443\u0440\u0430\u04cf", "paypal" },
	{ "letters of full width", "\uff36\uff29\uff21\uff27\uff32\uff21",
	    "viagra" },
	{ "mathematical letters", "\U0001d42f\U0001d422\U0001d41a\U0001d420"
	    "\U0001d42b\U0001d41a", "viagra" },
	{ "letters in circles", "\u24d1\u24d0\u24dd\u24da", "bank" },
	{ "a ligature is its letters", "con\ufb01rm", "confirm" },
	{ "the sharp s is two", "Stra\u00dfe", "STRASSE" },
	{ "a stroke through a letter is left out", "b\u00f8nus", "bonus" },
	{ "Cyrillic words fold their case",
	    "\u0414\u0415\u041d\u042c\u0413\u0418",
	    "\u0434\u0435\u043d\u044c\u0433\u0438" },
	{ "Greek words fold theirs",
	    "\u039d\u0397\u039c\u0391\u03a4\u0391",
	    "\u03bd\u03b7\u03bc\u03b1\u03c4\u03b1" },
	{ "what is between words makes no difference",
	    "wire,\t(transfer)\n", "wire transfer" },
};

/* The texts differ. */
static const struct {
	const char *what, *one, *other;
} different[] = {
	{ "other letters are others", "paypal", "payqal" },
	{ "words stay apart", "pay pal", "paypal" },
	{ "a hyphen ends a word", "pay-pal", "paypal" },
	{ "e and c are not alike", "bank", "bcnk" },
};

static void
test_alike(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		struct str one = fold_text(arena, str_from(alike[i].one));
		struct str other = fold_text(arena, str_from(alike[i].other));

		if (!str_eq(one, other))
			fail_msg("%s: '%.*s' and '%.*s'", alike[i].what,
			    STR_ARG(one), STR_ARG(other));
		assert_true(one.len > 0);
	}
}

static void
test_different(void **state)
{
	struct arena *arena = *state;

	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++)
		if (str_eq(fold_text(arena, str_from(different[i].one)),
		    fold_text(arena, str_from(different[i].other))))
			fail_msg("%s", different[i].what);
}

static void
test_octets_that_are_no_text_end_words(void **state)
{
	struct arena *arena = *state;
	struct fold_words words;

	fold_words(arena, STR("one\xfftwo\xc3(three\0four\xe2\x80"), false,
	    &words);
	assert_int_equal(words.items.len, 4);
	assert_true(str_is(fold_slice(&words, 1, 1), "two"));
	assert_true(str_is(fold_slice(&words, 0, 2), "one two"));
	fold_words(arena, STR(""), false, &words);
	assert_int_equal(words.items.len, 0);
	fold_words(arena, str_of(NULL, 0), true, &words);
	assert_int_equal(words.items.len, 0);
	assert_int_equal(words.text.len, 0);
	fold_words(arena, STR("\xcc\x81\xcc\x81 a"), false, &words);
	assert_int_equal(words.items.len, 1);
}

static void
test_exact_words_are_as_they_stand(void **state)
{
	struct arena *arena = *state;
	struct fold_words words;

	fold_words(arena, STR("PayPaI, p\u00e1ypal"), true, &words);
	assert_true(str_is(fold_slice(&words, 0, 2), "PayPaI p\u00e1ypal"));
}

static void
test_labels_of_domains(void **state)
{
	struct arena *arena = *state;

	assert_true(str_eq(fold_label(arena, STR("exarnple")),
	    fold_label(arena, STR("example"))));
	assert_true(str_eq(fold_label(arena, STR("vvidget-s")),
	    fold_label(arena, STR("widgets"))));
	assert_true(str_eq(fold_label(arena, STR("examp\u04cfe")),
	    fold_label(arena, STR("example"))));
}

/* A word of ASCII is read by a table, with a soft hyphen in it letter by letter,
 * which gives the same. */
static void
test_both_ways_to_fold_give_the_same(void **state)
{
	static const char octets[] = "aAbIil10oOzZ9-_. @[`{/:\0\n";
	struct arena *arena = *state;
	unsigned seed = 1;

	for (size_t round = 0; round < 300; round++) {
		struct fold_words words, others;
		struct buf text, other;

		buf_init(&text, arena);
		buf_init(&other, arena);
		for (size_t i = 0; i < round % 70; i++) {
			char c = octets[(seed >> 16) % sizeof(octets)];

			seed = seed * 1103515245u + 12345u;
			buf_add_char(&text, c);
			buf_add_char(&other, c);
			buf_add_text(&other, "\u00ad");
		}
		fold_words(arena, buf_str(&text), false, &words);
		fold_words(arena, buf_str(&other), false, &others);
		assert_true(str_eq(words.text, others.text));
		assert_int_equal(words.items.len, others.items.len);
		for (size_t i = 0; i < words.items.len; i++)
			assert_memory_equal(vec_at(&words.items, i),
			    vec_at(&others.items, i),
			    sizeof(struct fold_word));
	}
}

static const struct {
	const char *what, *text, *script;
	unsigned share;
} shares[] = {
	{ "letters of ASCII are of no other script", "Hello", "Cyrl", 0 },
	{ "nor are they their own script's here", "Hello", "Latn", 0 },
	{ "half of the letters", "ab \u0430\u0431 12 --", "Cyrl", 50 },
	{ "the other half is not", "ab \u0430\u0431", "Grek", 0 },
	{ "letters of Latin beyond ASCII are", "a\u00e4", "Latn", 50 },
	{ "all letters, by the script's long name", "\u4e2d\u6587!", "Han",
	    100 },
	{ "octets that are no text are no letters", "\xff\xc3(\u0430\xe2\x80",
	    "Cyrl", 100 },
	{ "no letters at all", "\u2014 12", "Cyrl", 0 },
};

static void
test_shares_of_scripts(void **state)
{
	struct arena *arena = *state;
	struct fold_scripts scripts;

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		unsigned share;

		fold_scripts(arena, str_from(shares[i].text), &scripts);
		share = fold_share(&scripts, fold_script(shares[i].script));
		if (share != shares[i].share)
			fail_msg("%s: %u", shares[i].what, share);
	}
	assert_int_equal(fold_script("no such script"), -1);
	assert_int_equal(fold_share(&scripts, -1), 0);
}

static const struct {
	const char *what, *text;
	size_t count;
} mixes[] = {
	{ "no word of ASCII", "one two three", 0 },
	{ "a Cyrillic letter in a word of Latin ones", "p\u0430ypal", 1 },
	{ "at its begin and at its end", "\u0430b b\u0430", 2 },
	{ "a word of Cyrillic letters alone", "\u0430\u0440 b", 0 },
	{ "a hyphen parts words", "a-\u0430 \u0430-a", 0 },
	{ "digits are no letters of a script", "1\u0430", 0 },
	{ "a letter that looks like none of ASCII", "a\u0436", 0 },
	{ "accents are of Latin words", "p\u00e1ypal", 0 },
	{ "far behind other words", "one two three four five six seven eight "
	    "nine ten eleven twelve thirteen p\u0430ypal x\u0435y z", 2 },
	{ "octets that are no text part words", "a\xff\u0430", 0 },
	{ "a quotation mark does", "a\u2019\u0430 b\u2019", 0 },
};

static void
test_words_that_mix_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
		if (fold_mixed(str_from(mixes[i].text)) != mixes[i].count)
			fail_msg("%s: %zu", mixes[i].what,
			    fold_mixed(str_from(mixes[i].text)));
}

static void
fold(struct arena *arena, struct str text)
{
	struct fold_words words;

	fold_words(arena, text, false, &words);
}

static void
mixed(struct arena *arena, struct str text)
{
	(void)arena;
	fold_mixed(text);
}

/* Words that never end, and letters that are all left out. */
static void
test_time_grows_with_the_text(void **state)
{
	static const char *const pieces[] = { "a", "\u0301", "\u0430a",
	    "\xff", " a", "\u200b" };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		grows_with_input("", pieces[i], fold);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		grows_with_input("", pieces[i], mixed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(test_alike),
		ARENA_TEST(test_different),
		ARENA_TEST(test_octets_that_are_no_text_end_words),
		ARENA_TEST(test_exact_words_are_as_they_stand),
		ARENA_TEST(test_labels_of_domains),
		ARENA_TEST(test_both_ways_to_fold_give_the_same),
		ARENA_TEST(test_shares_of_scripts),
		cmocka_unit_test(test_words_that_mix_scripts),
		cmocka_unit_test(test_time_grows_with_the_text),
	};

	return cmocka_run_group_tests_name("rules_fold", tests, NULL, NULL);
}
