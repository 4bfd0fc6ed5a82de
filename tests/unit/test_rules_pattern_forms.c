/* SPDX-License-Identifier: ISC */
/* test_rules_pattern_forms.c - what is made of patterns before they are matched:
 * words that texts must have, weak forms, ends, plain ones of octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"
#include "rules/lane.h"
#include "rules/pattern_needs.h"
#include "rules/pattern_octets.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_tail.h"
#include "rules/pattern_weaken.h"

static void
words_that_must_stand(void **state)
{
	static const struct {
		const char *sentence, *pattern, *words;
		unsigned flags;
	} cases[] = {
		{ "a word", "viagra", "viagra", 0 },
		{ "in lower case", "ViAgRa", "viagra", 0 },
		{ "alternatives", "foo1|bar2", "foo1 bar2", 0 },
		{ "in a group, and around it", "x(?:foo|bar)y",
		    "xfooy xbary", 0 },
		{ "few letters of a set", "v[i1]ag", "viag v1ag", 0 },
		{ "many letters are any", "abcd[a-z]efghi", "efghi", 0 },
		{ "the longest", "abc.defgh.ijk", "defgh", 0 },
		{ "a letter that may be missing", "colou?r", "colour color",
		    0 },
		{ "more than once", "(?:abc)+d?", "abc", 0 },
		{ "just as often", "(?:ab){2}c", "ababc", 0 },
		{ "not at all", "(?:abc)*", "", 0 },
		{ "none of those looked around for", "(?=abc)(?<!def)(?!ghi)",
		    "", 0 },
		{ "one alternative is short", "abcdef|x", "", 0 },
		{ "one is anything", "abcdef|.*", "", 0 },
		{ "places are nothing", "^\\babc\\b$", "abc", 0 },
		{ "repeats of the last letter", "abcd*e", "abc", 0 },
		{ "braces that repeat nothing", "abc{d", "abc{d", 0 },
		{ "comments of /x", "abc # def\n d e", "abcde",
		    PATTERN_EXTENDED },
		{ "a repeat behind a blank under /x", "abcd *",
		    "abc", PATTERN_EXTENDED },
		{ "comments", "abc(?#def)de", "abcde", 0 },
		{ "a repeat behind one", "abcd(?#ef)?", "abcd abc", 0 },
		{ "hexadecimal", "ab\\x63d", "abcd", 0 },
		{ "Latin-1 has cases", "\xc4rger", "\xe4rger", 0 },
		{ "UTF-8: other letters are any", "abc\xc3\xa4" "defg", "defg",
		    PATTERN_UTF },
		{ "what stands behind \\1", "(a)\\12abc", "abc", 0 },
		{ "calls are not understood", "(abc)(?1)", "", 0 },
		{ "neither are verbs", "abc(*ACCEPT)def", "", 0 },
		{ "nor what is quoted", "\\Qabc*", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern_source source = { str_from(cases[i].pattern),
			cases[i].flags };
		struct needs_words words;
		char text[400] = "";

		pattern_needs(&source, &words);
		for (size_t j = 0; j < words.count; j++)
			snprintf(text + strlen(text), sizeof(text) -
			    strlen(text), "%s%.*s", j == 0 ? "" : " ",
			    words.words[j].len,
			    (const char *)words.words[j].octets);
		if (strcmp(text, cases[i].words) != 0)
			fail_msg("%s: '%s'", cases[i].sentence, text);
	}
}

static void
weak_patterns_match_more(void **state)
{
	static const struct {
		const char *sentence, *pattern, *weak;
	} cases[] = {
		{ "what is short stays", "a[bc]\\d{2}x", "a[bc]\\d{2,2}x" },
		{ "look-around is left out", "(?<!x)abc(?=d)(?!e)f", "abcf" },
		{ "anchors stay at the front", "^abcd", "^abcd" },
		{ "and are left out in groups", "(?:^|x)abc", "(?:|x)abc" },
		{ "a letter of many forms is sets",
		    "ab(?:[x]|\\xc3[\\x80-\\x81]|&#88;)c",
		    "ab(?:[\\x26\\x58\\x78\\xc3]"
		    "[\\x23\\x38\\x3b\\x80-\\x81]*)c" },
		{ "long repeats are any", "ab{3,90}c{2}d", "ab{3,}c{2,2}d" },
		{ "repeats of groups too", "(?:ab){3,7}cd", "(?:ab){2,}cd" },
		{ "ten pieces are enough", "abcdefghijklm", "abcdefghij" },
		{ "on every way", "(?:abcdefghijklm|vwxy)z",
		    "(?:abcdefghij|vwxy)" },
		{ "what may be missing is whole", "(?:abcdefghijklm)?xyz",
		    "(?:abcdefghijklm)?xyz" },
		{ "two pieces say nothing", "ab", NULL },
		{ "nor do sets of nearly all", "[^a].[^b]", NULL },
		{ "back-references are not understood", "(abc)d\\1", NULL },
		{ "nor are calls", "(abc)d(?1)", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = *state;
		struct str weak = STR("");
		bool is_weak = pattern_weaken(arena,
		    str_from(cases[i].pattern), &weak);

		if (is_weak != (cases[i].weak != NULL) ||
		    (is_weak && !str_is(weak, cases[i].weak)))
			fail_msg("%s: '%.*s'", cases[i].sentence,
			    STR_ARG(weak));
	}
}

static void
ends_behind_a_gap(void **state)
{
	static const struct {
		const char *sentence, *pattern, *tail;
	} cases[] = {
		{ "a word behind what most links begin with",
		    "^https?://\\S*takemeoff", "takemeoff" },
		{ "the last one", "^http:[^/]+/x{2,}[^?]*viagra", "viagra" },
		{ "a gap that ends", "^http:.{0,40}viagra", "viagra" },
		{ "a group may be one", "^http:(?:[^/]*/)?viagra", "viagra" },
		{ "one of some words", "^http:\\S+(?:viagra|cialis)$",
		    "(?:viagra|cialis)$" },
		{ "of the ends one that is rare", "^http:.*viagra.*[aeiou]",
		    "viagra.*[aeiou]" },
		{ "two octets are not", "^http:.*=\\w", NULL },
		{ "nor is nothing", "^http:.*", NULL },
		{ "look-around stays", "^http:.*(?<!v)iagra\\b",
		    "(?<!v)iagra\\b" },
		{ "a pattern that begins anywhere", "http:.*viagra", NULL },
		{ "a head of few octets", "^ab?.*viagra", NULL },
		{ "sets are no head", "^[a-z]{9}.*viagra", NULL },
		{ "nothing between", "^http:viagra", NULL },
		{ "other ways to match", "^http:.*viagra|x", NULL },
		{ "flags in the head hold behind it", "^(?i)http:.*viagra",
		    NULL },
		{ "back-references are not understood",
		    "^(http:).*viagra\\1", NULL },
		{ "nor are calls", "^(http:).*viagra(?1)", NULL },
		{ "nor a group that has no end", "^http:.*viagra(", NULL },
		{ "an empty one", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str tail = STR("");
		bool has = pattern_tail(str_from(cases[i].pattern), &tail);

		if (has != (cases[i].tail != NULL) ||
		    (has && !str_is(tail, cases[i].tail)))
			fail_msg("%s: '%.*s'", cases[i].sentence,
			    STR_ARG(tail));
	}
}

/* Flags of a plain form as Perl's letters; e: exact, c: caseless, 0: impossible
 * in ASCII. */
static const char *
write_octets(struct arena *arena, const struct pattern_octets *octets)
{
	return arena_printf(arena, "%.*s %s%s%s%s%s%s", STR_ARG(octets->text),
	    octets->is_exact ? "e" : "", octets->is_caseless ? "c" : "",
	    (octets->flags & PATTERN_CASELESS) != 0 ? "i" : "",
	    (octets->flags & PATTERN_MULTILINE) != 0 ? "m" : "",
	    (octets->flags & PATTERN_DOTALL) != 0 ? "s" : "",
	    octets->is_impossible ? "0" : "");
}

static const char *
write_plain(struct arena *arena, const char *pattern, unsigned flags)
{
	struct pattern_source source = { str_from(pattern), flags };
	struct pattern_octets octets;

	return pattern_octets(arena, &source, false, &octets) ?
	    write_octets(arena, &octets) : "none";
}

#define UTF PATTERN_UTF
#define UTF_I (PATTERN_UTF | PATTERN_CASELESS)

static void
plain_forms_match_more(void **state)
{
	static const struct {
		const char *sentence, *pattern;
		unsigned flags;
		const char *plain;
	} cases[] = {
		{ "a word is exact", "buy|get", UTF, "buy|get e" },
		{ "under /i as well", "sk", UTF_I, "sk eci" },
		{ "\\b stays at letters of ASCII", "\\bab\\b", UTF,
		    "\\bab\\b " },
		{ "also at each alternative", "\\b(?:a|b[01])\\b", UTF,
		    "\\b(?:a|b[\\x30-\\x31])\\b " },
		{ "not where one may be another", "\\b(?:a|\\.)\\b", UTF,
		    "(?:a|\\x2e) " },
		{ "nor where it may be missing", "\\b(?:a)?b\\b", UTF,
		    "(?:a)?b\\b " },
		{ "nor beside others", "\\b\\xe4\\b", UTF, "(?:\\xc3\\xa4) " },
		{ "nor in UTF-8 beside \\w", "\\w\\b", UTF,
		    "[\\x30-\\x39\\x41-\\x5a\\x5f\\x61-\\x7a\\x80-\\xff]"
		    "{1,4} " },
		{ "in octets it stays", "\\b\\.\\b", 0, "\\b\\x2e\\b " },
		{ "\\B is left out", "a\\Bb", UTF, "ab " },
		{ "look-around is left out", "(?<!x)a(?=\\bb|c)(?!d\\b)", UTF,
		    "a " },
		{ "\\1 is anything", "(a)\\1", UTF, "(?:a)[\\x00-\\xff]* " },
		{ "a letter has its cases", "\\xe4", UTF_I,
		    "(?:\\xc3\\x84|\\xc3\\xa4) eci" },
		{ "two are letters of ASCII", "\\x{17f}", UTF_I,
		    "(?:S|s|\\xc5\\xbf) eci" },
		{ "a set is its octets", "[a\\xe4]", UTF,
		    "[\\x61\\xa4\\xc3]{1,4} " },
		{ "in a wide one under /i s and k", "[\\x{80}-\\x{fff}]",
		    UTF_I, "[\\x4b\\x53\\x6b\\x73\\x80-\\xff]{1,4} ci" },
		{ "what is left out stays out", "[^a]", UTF,
		    "[\\x00-\\x60\\x62-\\xff]{1,4} " },
		{ "in both cases", "[^a]", UTF_I,
		    "[\\x00-\\x40\\x42-\\x60\\x62-\\xff]{1,4} ci" },
		{ "if it is of ASCII", "[^\\xe4]", UTF, "[\\x00-\\xff]{1,4} " },
		{ "capital letters", "\\p{Lu}", UTF,
		    "[\\x41-\\x5a\\x80-\\xff]{1,4} " },
		{ "all but these", "[^\\p{Lu}]", UTF,
		    "[\\x00-\\x40\\x5b-\\xff]{1,4} " },
		{ "long repeats are any", "a[^.]{0,60}b{2,9}", UTF,
		    "a[\\x00-\\x2d\\x2f-\\xff]*b{2,} " },
		{ "groups are plain ones", "(?<n>a)(?>b)++(?:c)*?", UTF,
		    "(?:a)(?:b)+(?:c)* e" },
		{ "/x goes", "a b # c\n[ ]", UTF | PATTERN_EXTENDED,
		    "ab\\x20 e" },
		{ "so do comments", "a(?#b)c", UTF, "ac e" },
		{ "what stands behind them is of what is in front",
		    "a(?:b)(?#c)(?#d){0}", UTF, "a(?:b){0,0} e" },
		{ "(?i) in front is a flag", "(?i)a", UTF, "a eci" },
		{ "elsewhere s may be another letter", "a(?i:s)", UTF,
		    "a(?i:[\\x73\\x80-\\xff]{1,4}) " },
		{ "the dot", "a.", UTF,
		    "a[\\x00-\\x09\\x0b-\\xff]{1,4} " },
		{ "with /s", "a.", UTF | PATTERN_DOTALL,
		    "a[\\x00-\\xff]{1,4} s" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *plain = write_plain(*state, cases[i].pattern,
		    cases[i].flags);

		if (strcmp(plain, cases[i].plain) != 0)
			fail_msg("%s: '%s'", cases[i].sentence, plain);
	}
}

static void
forms_for_ascii_are_exact(void **state)
{
	static const struct {
		const char *sentence, *pattern;
		unsigned flags;
		const char *form;
	} cases[] = {
		{ "of a class its octets of ASCII", "\\w+\\d", UTF,
		    "[\\x30-\\x39\\x41-\\x5a\\x5f\\x61-\\x7a]+[\\x30-\\x39] e" },
		{ "of those left out as well", "[^\\w-]\\S", UTF,
		    "[\\x00-\\x2c\\x2e-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\x7f]"
		    "[\\x00-\\x08\\x0e-\\x1f\\x21-\\x7f] e" },
		{ "the dot", ".", UTF, "[\\x00-\\x09\\x0b-\\x7f] e" },
		{ "\\b stays", "\\b(?:a|\\.)\\b", UTF, "\\b(?:a|\\x2e)\\b e" },
		{ "\\B goes", "a\\Bb", UTF, "ab " },
		{ "so does look-around", "a(?=b)", UTF, "a " },
		{ "long repeats stay", "a{2,9}[^.]{0,80}", UTF,
		    "a{2,9}[\\x00-\\x2d\\x2f-\\x7f]{0,80} e" },
		{ "those do not that are too long", "a{2,101}", UTF,
		    "a{2,} " },
		{ "nor do many", "(?:a{2,30}b){9,11}", UTF,
		    "(?:a{2,}b){8,} " },
		{ "a dot that is a line's end elsewhere", "a.(?s:.)", UTF,
		    "a[\\x00-\\x7f](?s:[\\x00-\\x7f]) " },
		{ "capital letters", "[^\\p{Lu}]\\p{Lu}", UTF,
		    "[\\x00-\\x40\\x5b-\\x7f][\\x41-\\x5a] e" },
		{ "under /i they are not known", "\\p{Lu}", UTF_I,
		    "[\\x00-\\x7f] ci" },
		{ "nor are other properties", "\\p{L}", UTF, "[\\x00-\\x7f] " },
		{ "nor what is not one", "[^\\p{L}]", UTF, "[\\x00-\\x7f] " },
		{ "a wide range under /i may have s and k", "[\\x{80}-\\x{fff}]",
		    UTF_I, "[\\x4b\\x53\\x6b\\x73] ci" },
		{ "a letter that is s under /i", "\\x{17f}", UTF_I,
		    "[\\x53\\x73] eci" },
		{ "left out, it is not sure", "[^\\x{17f}]", UTF_I,
		    "[\\x00-\\x7f] ci" },
		{ "another letter is none", "a|\\xe4", UTF, "a|\\xff e" },
		{ "nor is a class of them", "[\\xe4\\xf6]?a", UTF, "\\xff?a e" },
		{ "it may be needed", "a\\xe4", UTF, "a\\xff e0" },
		{ "in a group", "a(?:\\xe4|[\\xf6]b)c", UTF,
		    "a(?:\\xff|\\xffb)c e0" },
		{ "not in every alternative", "(?:\\xe4|b)c|\\xf6", UTF,
		    "(?:\\xff|b)c|\\xff e" },
		{ "or not at all", "(?:\\xe4)*a(?:b\\xe4){0,3}", UTF,
		    "(?:\\xff)*a(?:b\\xff){0,3} e" },
		{ "in front of a group", "\\xe4(?:a|b)", UTF,
		    "\\xff(?:a|b) e0" },
		{ "looked for it is left out", "a(?!\\xe4)", UTF, "a " },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern_source source = { str_from(cases[i].pattern),
			cases[i].flags };
		struct pattern_octets octets;
		const char *form;

		assert_true(pattern_octets(*state, &source, true, &octets));
		form = write_octets(*state, &octets);
		if (strcmp(form, cases[i].form) != 0)
			fail_msg("%s: '%s'", cases[i].sentence, form);
	}
}

static void
what_is_not_understood_has_no_plain_form(void **state)
{
	static const char *const patterns[] = {
		"(?(?=a)b|c)", "(a)(?1)", "(*ACCEPT)", "\\Qa\\E", "\\X", "(?x: a)",
		"[[:<:]]a", "(a)\\g{1}", "(?^:a)",
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		assert_string_equal(write_plain(*state, patterns[i], UTF),
		    "none");
}

static void
what_repeats_cost_is_told(void **state)
{
	static const struct {
		const char *pattern;
		size_t pieces;
		uint64_t repeats;
	} cases[] = {
		{ "abc", 3, 0 }, { "a{10}", 1, 9 }, { "a*", 1, 0 },
		{ "(?:ab{1,5}){100}", 2, 598 }, { "(?=a{99})b", 2, 0 },
		{ "(?:(?:a{0,1024}){99}){99}", 1, 10036223 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern_source source = { str_from(cases[i].pattern),
			UTF };
		struct pattern_octets octets;

		assert_true(pattern_octets(*state, &source, false, &octets));
		assert_int_equal(octets.pieces, cases[i].pieces);
		assert_int_equal(octets.repeats, cases[i].repeats);
	}
}

static void
look_into(struct arena *arena, struct str text)
{
	struct pattern_source source = { text, 0 };
	struct needs_words words;
	struct pattern_octets octets;
	bool is_approximate;
	struct str weak;

	pattern_needs(&source, &words);
	(void)pattern_perl_for_lane(arena, &source, &weak, &is_approximate);
	(void)pattern_weaken(arena, text, &weak);
	(void)pattern_tail(text, &weak);
	(void)pattern_perl_fold(arena, &source, text, &weak);
	(void)pattern_octets(arena, &source, false, &octets);
	source.flags = UTF_I;
	(void)pattern_octets(arena, &source, false, &octets);
	(void)pattern_octets(arena, &source, true, &octets);
}

static void
on_answer(void *arg, size_t number)
{
	(void)arg;
	(void)number;
}

static void
ask_needs(struct arena *arena, struct str text)
{
	struct lanes *lanes = lanes_new(arena);
	struct lane_pattern few[16];
	struct lane_scratch *scratch;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(few); i++) {
		few[i].source = (struct pattern_source){ STR("xyz."), 0 };
		few[i].pattern = pattern_compile(arena, &few[i].source,
		    &error);
	}
	struct lane *lane = lanes_add(lanes, few, ARRAY_LEN(few));
	scratch = lane_scratch_new(lanes, arena);
	lane_match(lane, scratch, pattern_scratch_new(arena, 100000), text,
	    on_answer, on_answer, NULL);
}

static void
looking_takes_time_in_proportion(void **state)
{
	(void)state;
	grows_with_input("", "(", look_into);
	grows_with_input("", "(?:", look_into);
	grows_with_input("", "((((((((((a))))))))))", look_into);
	grows_with_input("", "(?:abcdefghijklmnopqrstuvwxyz)", look_into);
	grows_with_input("", "[", look_into);
	grows_with_input("", "a|", look_into);
	grows_with_input("", "a{1,", look_into);
	grows_with_input("", "(?<a", look_into);
	grows_with_input("", "\\b", look_into);
	grows_with_input("", "\\b(?:a|", look_into);
	grows_with_input("", "(?=a)", look_into);
	grows_with_input("[", "\xc3\xa4", look_into);
	grows_with_input("", "(?i", look_into);
	grows_with_input("", "[\\xe4-\\xe6]", look_into);
	grows_with_input("", "\\p{", look_into);
	grows_with_input("^http:", "a*", look_into);
	grows_with_input("^http:", "(?:a*", look_into);
	grows_with_input("", "ab", ask_needs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(words_that_must_stand),
		ARENA_TEST(weak_patterns_match_more),
		ARENA_TEST(ends_behind_a_gap),
		ARENA_TEST(plain_forms_match_more),
		ARENA_TEST(forms_for_ascii_are_exact),
		ARENA_TEST(what_is_not_understood_has_no_plain_form),
		ARENA_TEST(what_repeats_cost_is_told),
		ARENA_TEST(looking_takes_time_in_proportion),
	};

	return cmocka_run_group_tests_name("rules_pattern_forms", tests, NULL,
	    NULL);
}
