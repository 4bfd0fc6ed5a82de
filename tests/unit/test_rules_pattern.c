/* SPDX-License-Identifier: ISC */
/* test_rules_pattern.c - regular expressions: as Perl writes them, and what they
 * match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"
#include "rules/pattern.h"

#define LIMIT 100000

/* --- literals ------------------------------------------------------------- */

struct literal {
	const char *sentence, *text;
	const char *pattern;	/* NULL: it is refused */
	unsigned flags;
	const char *rest;	/* or part of the reason */
};

static const struct literal literals[] = {
	{ "between slashes", "/a b/", "a b", 0, "" },
	{ "with flags", "/a/is", "a", PATTERN_CASELESS | PATTERN_DOTALL, "" },
	{ "all flags", "/a/msixn", "a", PATTERN_MULTILINE | PATTERN_DOTALL |
	    PATTERN_CASELESS | PATTERN_EXTENDED | PATTERN_NO_CAPTURE, "" },
	{ "x twice", "/a/xx", "a", PATTERN_EXTENDED | PATTERN_EXTENDED_MORE,
	    "" },
	{ "flags that change nothing here", "/a/aapdlu", "a", 0, "" },
	{ "something behind it", "/a/i and /b/", "a", PATTERN_CASELESS,
	    " and /b/" },
	{ "braces", "m{a/b}i", "a/b", PATTERN_CASELESS, "" },
	{ "braces in braces", "m{a{2}b}", "a{2}b", 0, "" },
	{ "brackets", "m[a[bc]d]", "a[bc]d", 0, "" },
	{ "parentheses", "m(a(b)c)", "a(b)c", 0, "" },
	{ "angles", "m<a<b>c>", "a<b>c", 0, "" },
	{ "qr", "qr!a!", "a", 0, "" },
	{ "any sign", "m,a,i", "a", PATTERN_CASELESS, "" },
	{ "a closing bracket", "m}a}", "a", 0, "" },
	{ "a number sign", "m#a#", "a", 0, "" },
	{ "an octet above 127", "m\xa7" "a\xa7", "a", 0, "" },
	{ "an escaped delimiter keeps its backslash", "/a\\/b/", "a\\/b", 0,
	    "" },
	{ "an escaped bracket is no pair", "m{a\\{b}", "a\\{b", 0, "" },
	{ "an escaped backslash escapes nothing", "/a\\\\/", "a\\\\", 0, "" },
	{ "nothing between", "//", "", 0, "" },
	{ "nothing at all", "", NULL, 0, "stands between" },
	{ "no delimiter", "abc", NULL, 0, "stands between" },
	{ "m alone", "m", NULL, 0, "stands between" },
	{ "a backslash as delimiter", "m\\a\\", NULL, 0, "stands between" },
	{ "a letter as delimiter", "mxax", NULL, 0, "stands between" },
	{ "no end", "/abc", NULL, 0, "\"/\" is missing" },
	{ "its end is escaped", "/abc\\/", NULL, 0, "\"/\" is missing" },
	{ "a bracket is open", "m{a{b}", NULL, 0, "\"}\" is missing" },
	{ "a backslash ends it", "/a\\", NULL, 0, "\"/\" is missing" },
	{ "a flag that is none", "/a/iz", NULL, 0, "\"z\" behind" },
	{ "g is none in a rule", "/a/g", NULL, 0, "\"g\" behind" },
	{ "a three times", "/a/aaa", NULL, 0, "\"a\" behind the pattern is not "
	    "known so often" },
};

static void
literals_are_read(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(literals); i++) {
		const struct literal *literal = &literals[i];
		struct pattern_source source;
		const char *error = NULL;
		struct str rest;
		int result = pattern_read(*state, str_from(literal->text),
		    &source, &rest, &error);

		if (literal->pattern == NULL) {
			if (result == 0 || strstr(error, literal->rest) == NULL)
				fail_msg("%s: %s", literal->sentence,
				    result == 0 ? "taken" : error);
		} else if (result < 0 || source.flags != literal->flags ||
		    !str_is(source.text, literal->pattern) ||
		    !str_is(rest, literal->rest)) {
			fail_msg("%s: %s", literal->sentence,
			    result < 0 ? error : source.text.data);
		}
	}
}

/* What Mail::SpamAssassin::Util::compile_regexp 4.0.1 makes of them. */
static const struct literal wholes[] = {
	{ "between slashes", "/a b/i", "a b", PATTERN_CASELESS, "" },
	{ "the last delimiter ends it", "m{a}b}", "a}b", 0, "" },
	{ "brackets need not be in pairs", "m{[{]x}i", "[{]x", PATTERN_CASELESS,
	    "" },
	{ "blanks may delimit", "m ab ", "ab", 0, "" },
	{ "an escaped delimiter", "m!a\\!b!", "a\\!b", 0, "" },
	{ "an open delimiter inside", "/a/b/", NULL, 0, "needs a backslash" },
	{ "angles are looked at", "m<a>b>", NULL, 0, "needs a backslash" },
	{ "something behind it", "/a/ x", NULL, 0, "has no end" },
	{ "a flag that is none", "/a/g", NULL, 0, "\"g\" behind" },
	{ "no delimiter", "abc", NULL, 0, "stands between" },
	{ "nothing behind the delimiter", "/", NULL, 0, "has no end" },
};

static void
literals_are_read_whole(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
		const struct literal *literal = &wholes[i];
		struct pattern_source source;
		const char *error = NULL;
		int result = pattern_read_whole(*state,
		    str_from(literal->text), &source, &error);

		if (literal->pattern == NULL) {
			if (result == 0 || strstr(error, literal->rest) == NULL)
				fail_msg("%s: %s", literal->sentence,
				    result == 0 ? "taken" : error);
		} else if (result < 0 || source.flags != literal->flags ||
		    !str_is(source.text, literal->pattern)) {
			fail_msg("%s: %s", literal->sentence,
			    result < 0 ? error : source.text.data);
		}
	}
}

/* --- matching ------------------------------------------------------------- */

static struct pattern *
compile(struct arena *arena, struct str text, unsigned flags)
{
	struct pattern_source source = { text, flags };
	const char *error = NULL;
	struct pattern *pattern = pattern_compile(arena, &source, &error);

	if (pattern == NULL)
		fail_msg("%.*s: %s", STR_ARG(text), error);
	return pattern;
}

struct matched {
	const char *sentence, *pattern;
	unsigned flags;
	struct str text;
	const char *found;	/* NULL: no match */
};

#define UTF (PATTERN_UTF | PATTERN_CASELESS)

static const struct matched matches[] = {
	{ "a word", "b+", 0, STR("abbc"), "bb" },
	{ "nothing of it", "x", 0, STR("abbc"), NULL },
	{ "an empty text", "^$", 0, STR(""), "" },
	{ "a NUL in the text", "a.c", 0, STR("xa\0cx"), "a\0c" },
	{ "look-around", "(?<=a)b(?!c)", 0, STR("bcabcabd"), "b" },
	{ "{,3} is a quantifier (Perl 5.34)", "xa{,3}y", 0, STR("xaaay"),
	    "xaaay" },
	{ "so is { 1, 2 }", "xa{ 1, 2 }y", 0, STR("xaay"), "xaay" },
	{ "a brace alone is a brace", "a{,}b", 0, STR("a{,}b"), "a{,}b" },
	{ "\\x{456} in octets is its UTF-8", "b\\x{456}t", 0,
	    STR("b\xd1\x96t"), "b\xd1\x96t" },
	{ "and repeats as one", "\\x{456}{2}", 0, STR("\xd1\x96\xd1\x96"),
	    "\xd1\x96\xd1\x96" },
	{ "in a set too", "b[i\\x{456}]t", PATTERN_CASELESS,
	    STR("b\xd1\x96t"), "b\xd1\x96t" },
	{ "beside the others of the set", "b[i\\x{456}]t", PATTERN_CASELESS,
	    STR("bIt"), "bIt" },
	{ "alone in a set", "b[\\x{456}\\x{2022}]t", 0,
	    STR("b\xe2\x80\xa2t"), "b\xe2\x80\xa2t" },
	{ "what a set leaves out stays left out", "b[^i\\x{456}]t", 0,
	    STR("bit"), NULL },
	{ "\\N{U+e4} is an octet", "\\N{U+e4}", 0, STR("\xe4"), "\xe4" },
	{ "\\o{344}", "\\o{344}", 0, STR("\xe4"), "\xe4" },
	{ "a control", "\\cA", 0, STR("\x01"), "\x01" },
	{ "a control in front of a set", "\\c[[ab]", 0, STR("\x1b" "b"),
	    "\x1b" "b" },
	{ "comments hide brackets", "a(?#[)b", 0, STR("ab"), "ab" },
	{ "comments of /x do", "a # [\nb", PATTERN_EXTENDED, STR("ab"), "ab" },
	{ "a set that begins with its end", "[]a]+", 0, STR("x]a"), "]a" },
	{ "/n catches nothing by number", "(a)(?<n>b)\\1", PATTERN_NO_CAPTURE,
	    STR("abb"), "abb" },
	{ "/m", "^b$", PATTERN_MULTILINE, STR("a\nb\nc"), "b" },
	{ "/s", "a.b", PATTERN_DOTALL, STR("a\nb"), "a\nb" },
	{ "CR ends no line", "a$", PATTERN_MULTILINE, STR("a\rb"), NULL },
	{ "UTF-8: a letter of two octets is one", "^.$", UTF,
	    STR("\xc3\xa4"), "\xc3\xa4" },
	{ "UTF-8: its case", "\xc3\xa4", UTF, STR("\xc3\x84"), "\xc3\x84" },
	{ "UTF-8: \\w has all letters", "^\\w+$", UTF,
	    STR("\xd0\xb6\xc3\xa4"), "\xd0\xb6\xc3\xa4" },
	{ "UTF-8: \\x{456}", "\\x{456}", UTF, STR("\xd0\x86"), "\xd0\x86" },
	{ "UTF-8: octets that are none match nothing", "\xc3\xa4|.b", UTF,
	    STR("\xc3" "b\xe4"), NULL },
	{ "UTF-8: and hide nothing behind them", "abc", UTF,
	    STR("\xff\xfe abc \xff"), "abc" },
	{ "a place may be missing", "b$?c", 0, STR("abc"), "bc" },
	{ "or be asked for by a repeat", "b\\b+.", 0, STR("bb b!"), "b " },
	{ "{,1} of one", "x\\A{,1}b", 0, STR("xb"), "xb" },
	{ "a repeat behind a comment is of the place", "b$(?#c)?c", 0,
	    STR("bc"), "bc" },
	{ "behind a blank under /x too", "b ^ ?c", PATTERN_EXTENDED,
	    STR("bc"), "bc" },
	{ "so many times", "a\\b{2}!", 0, STR("a!"), "a!" },
	{ "the end of lines under /m, once or not", "b$?\nc",
	    PATTERN_MULTILINE, STR("b\nc"), "b\nc" },
	{ "\\K sets the start", "a\\Kb", 0, STR("ab"), "b" },
	{ "no verb turns UTF-8 on for octets", "\\xc3", 0, STR("\xc3"),
	    "\xc3" },
};

static void
texts_are_matched(void **state)
{
	struct pattern_scratch *scratch = pattern_scratch_new(*state, LIMIT);

	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		const struct matched *matched = &matches[i];
		struct pattern *pattern = compile(*state,
		    str_from(matched->pattern), matched->flags);
		struct str found = { NULL, 0 };
		enum pattern_result result = pattern_match(pattern, scratch,
		    matched->text, NULL, &found);

		if (result != (matched->found == NULL ? PATTERN_NO :
		    PATTERN_YES) || (matched->found != NULL &&
		    (found.len < strlen(matched->found) ||
		    memcmp(found.data, matched->found, found.len) != 0)))
			fail_msg("%s: %d '%.*s'", matched->sentence, result,
			    STR_ARG(found));
	}
}

static void
what_is_no_pattern_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *pattern, *reason;
	} cases[] = {
		{ "a(b", "at 3: missing closing parenthesis" },
		{ "a**", "at 2: quantifier does not follow" },
		{ "[a", "missing terminating ]" },
		{ "*a", "at 0: quantifier does not follow" },
		{ "(*UTF)a", "at 6: using UTF is disabled" },
		{ "[\\x{e4}-\\x{456}]", "a range that goes above \\x{ff}" },
		{ "(?{ print })", "at 2: unrecognized character" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern_source source = { str_from(cases[i].pattern),
			0 };
		const char *error = NULL;

		assert_null(pattern_compile(*state, &source, &error));
		if (strstr(error, cases[i].reason) == NULL)
			fail_msg("%s: %s", cases[i].pattern, error);
	}
}

static void
matches_follow_one_another(void **state)
{
	static const struct {
		const char *sentence, *pattern;
		unsigned flags;
		const char *text;
		size_t count;
	} cases[] = {
		{ "each once", "ab", 0, "ab ab xab", 3 },
		{ "they do not overlap", "aa", 0, "aaaaa", 2 },
		{ "empty ones too", "x*", 0, "abc", 4 },
		{ "what stands in front is seen", "(?<=a)b|a", 0, "abab", 4 },
		{ "UTF-8: empty ones are between letters", "", PATTERN_UTF,
		    "\xc3\xa4\xd0\xb6", 3 },
	};
	struct pattern_scratch *scratch = pattern_scratch_new(*state, LIMIT);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern *pattern = compile(*state,
		    str_from(cases[i].pattern), cases[i].flags);
		size_t at = 0, count = 0;

		while (pattern_match(pattern, scratch,
		    str_from(cases[i].text), &at, NULL) == PATTERN_YES)
			count++;
		if (count != cases[i].count)
			fail_msg("%s: %zu", cases[i].sentence, count);
	}
}

static void
groups_are_caught(void **state)
{
	struct pattern_scratch *scratch = pattern_scratch_new(*state, LIMIT);
	struct pattern *pattern = compile(*state,
	    STR("(a)(?<n>x)?|(?<n>b)(?<m>)"), 0);
	struct str empty;

	assert_int_equal(pattern_match(pattern, scratch, STR("..b"), NULL,
	    NULL), PATTERN_YES);
	assert_null(pattern_caught(scratch, 1).data);
	assert_true(str_is(pattern_caught(scratch, 3), "b"));
	assert_true(str_is(pattern_caught_as(pattern, scratch, "n"), "b"));
	empty = pattern_caught_as(pattern, scratch, "m");
	assert_non_null(empty.data);
	assert_int_equal(empty.len, 0);
	assert_null(pattern_caught_as(pattern, scratch, "none").data);
	assert_null(pattern_caught(scratch, 99).data);
	assert_int_equal(pattern_match(pattern, scratch, STR("zz"), NULL,
	    NULL), PATTERN_NO);
	assert_null(pattern_caught(scratch, 0).data);
}

static void
what_takes_too_long_is_not_known(void **state)
{
	struct pattern_scratch *scratch = pattern_scratch_new(*state, LIMIT);
	struct pattern *pattern = compile(*state, STR("^(a|a?)+$"), 0);
	struct str text = fixture_repeat(*state, "a", 60);

	text = str_from(arena_printf(*state, "%.*sb", STR_ARG(text)));
	assert_int_equal(pattern_match(pattern, scratch, text, NULL, NULL),
	    PATTERN_LIMIT);
	/* Deep, but not long: the stack of machine code does not suffice. */
	pattern = compile(*state, STR("^(?:(a)|b)*+$"), 0);
	assert_int_equal(pattern_match(pattern, scratch,
	    fixture_repeat(*state, "a", 50000), NULL, NULL), PATTERN_YES);
}

static void
large_patterns_are_folded(void **state)
{
	struct pattern_scratch *scratch = pattern_scratch_new(*state, LIMIT);
	struct buf text, subject;

	buf_init(&text, *state);
	buf_init(&subject, *state);
	buf_add_text(&text, "^(x)");
	for (int i = 0; i < 400; i++) {
		for (int j = 0; j < 10; j++)
			buf_add_text(&text, "(?:[aA@]|\\xc3[\\x80-\\x85]|"
			    "&#(?:65|97);|[0-3][5-9]a)");
		buf_add_text(&text, "|\\1y$|");
	}
	buf_add_text(&text, "(z)$");
	/* Without what is folded it would be too large. */
	assert_int_equal(pattern_match(compile(*state, buf_str(&text), 0),
	    scratch, STR("xaA@\xc3\x81&#65;" "06aaaaa"), NULL, NULL),
	    PATTERN_YES);
	assert_int_equal(pattern_match(compile(*state, buf_str(&text), 0),
	    scratch, STR("xaA@\xc3\x91&#65;06aaaaa"), NULL, NULL),
	    PATTERN_NO);
	assert_int_equal(pattern_match(compile(*state, buf_str(&text), 0),
	    scratch, STR("..z"), NULL, NULL), PATTERN_YES);
	assert_true(str_is(pattern_caught(scratch, 2), "z"));
}

/* --- Perl ------------------------------------------------------------------- */

/* Each of these is tried by Perl, under /aa as SpamAssassin has it, on every
 * octet alone and on every octet between an "a" and a "b". */
static const char *const kinds[] = {
	"\\s", "\\S", "\\w", "\\W", "\\d", "\\D", "\\h", "\\H", "\\v", "\\V",
	"\\R", "\\N", ".", "(?s).", "a\\b", "\\bb", "a\\B", "^.$", "^.\\z", "^.\\Z",
	"(?m)^b", "(?m)a$", "(?x) a . b", "[[:space:]]", "[[:alpha:]]",
	"[[:alnum:]]", "[[:upper:]]", "[[:lower:]]", "[[:punct:]]",
	"[[:cntrl:]]", "[[:print:]]", "[[:graph:]]", "[[:xdigit:]]",
	"[[:word:]]", "[[:blank:]]", "[[:ascii:]]", "[[:^punct:]]",
	"(?i)[[:upper:]]", "(?i)[[:lower:]]", "(?i)\\xe4", "(?i)\\xc4",
	"(?i)[\\xe0-\\xe6]", "(?i)[\\xc0-\\xff]", "(?i)[^\\xe0-\\xe6]",
	"(?i)[\\xd0-\\xdf]", "(?i)\\xd7", "(?i)\\xdf", "(?i)\\xff", "(?i)\\xb5",
	"(?i)k", "(?i)s", "(?i:\\xe4)\\w?", "\\xe4", "[\\xe4\\s]", "[^\\w\\s]",
	"(?i)(\\xe4).*?\\1|\\x{c4}b", "\\p{L}", "\\P{L}", "\\pL", "\\p{Lu}",
	"\\x{e4}", "\\o{344}", "\\344", "\\x4", "\\cI", "\\c[", "\\e", "\\t|\\a|\\f",
	"a{0,1}.{2}", "a{,1}\\W", "[\\b]", "[a-c\\d-]", "[]-a]", "(?^:\\xE4)",
	"(?i:[k-s]|\\xdd)", "\\Aa?\\xf7\\b|\\xf7\\z",
};

static const char perl[] =
    "perl -e 'for my $p (@ARGV) { my $r = qr/$p/aa;"
    " print map { (chr($_) =~ $r ? 1 : 0),"
    " ((\"a\" . chr($_) . \"b\") =~ $r ? 1 : 0) } 0..255; print \"\\n\" }'";

static void
octets_are_those_of_perl(void **state)
{
	struct pattern_scratch *scratch = pattern_scratch_new(*state, LIMIT);
	char line[600];
	struct buf command;
	FILE *answers;

	if (system("perl -v >/dev/null 2>&1") != 0) {
		print_message("skipped: there is no perl\n");
		skip();
	}
	buf_init(&command, *state);
	buf_add_text(&command, perl);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		buf_printf(&command, " '%s'", kinds[i]);
	answers = popen(command.data, "r");
	assert_non_null(answers);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct pattern *pattern = compile(*state, str_from(kinds[i]),
		    0);

		assert_non_null(fgets(line, sizeof(line), answers));
		assert_int_equal(strlen(line), 513);
		for (size_t j = 0; j < 512; j++) {
			char text[] = { 'a', (char)(j / 2), 'b' };
			bool is_match = pattern_match(pattern, scratch,
			    j % 2 == 0 ? str_of(text + 1, 1) :
			    str_of(text, 3), NULL, NULL) == PATTERN_YES;

			if (is_match != (line[j] == '1'))
				fail_msg("%s: octet %02zx%s: Perl says %c",
				    kinds[i], j / 2, j % 2 == 0 ? "" :
				    " between a and b", line[j]);
		}
	}
	assert_int_equal(pclose(answers), 0);
}

static void
read_slashes(struct arena *arena, struct str text)
{
	struct pattern_source source;
	const char *error;
	struct str rest;

	pattern_read(arena, text, &source, &rest, &error);
	pattern_read_whole(arena, text, &source, &error);
}

static void
compile_it(struct arena *arena, struct str text)
{
	struct pattern_source source = { text, 0 };
	const char *error;

	pattern_compile(arena, &source, &error);
}

static void
reading_takes_time_in_proportion(void **state)
{
	(void)state;
	grows_with_input("m{", "{", read_slashes);
	grows_with_input("m{", "\\{}", read_slashes);
	grows_with_input("/", "a\\/", read_slashes);
	grows_with_input("", "[", compile_it);
	grows_with_input("", "[:", compile_it);
	grows_with_input("", "\\p{", compile_it);
	grows_with_input("", "\\N{U+", compile_it);
	grows_with_input("", "(?#", compile_it);
	grows_with_input("", "a{ ", compile_it);
	grows_with_input("", "[\\x{456}]", compile_it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(literals_are_read),
		ARENA_TEST(literals_are_read_whole),
		ARENA_TEST(texts_are_matched),
		ARENA_TEST(what_is_no_pattern_is_refused_with_its_place),
		ARENA_TEST(matches_follow_one_another),
		ARENA_TEST(groups_are_caught),
		ARENA_TEST(what_takes_too_long_is_not_known),
		ARENA_TEST(large_patterns_are_folded),
		ARENA_TEST(octets_are_those_of_perl),
		cmocka_unit_test(reading_takes_time_in_proportion),
	};

	return cmocka_run_group_tests_name("rules_pattern", tests, NULL, NULL);
}
