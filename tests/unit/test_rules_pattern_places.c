/* SPDX-License-Identifier: ISC */
/* test_rules_pattern_places.c - where patterns may match, seen from octets: the
 * windows that a text must have, the places where a match may begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"
#include "rules/lane_windows.h"
#include "rules/pattern.h"
#include "rules/pattern_starts.h"
#include "rules/pattern_window.h"

/* --- windows -------------------------------------------------------------- */

static bool
may_match(struct arena *arena, const struct pattern_window *of_pattern,
    size_t count, struct str text)
{
	struct lane_windows *windows = lane_windows_new(arena);
	struct lane_seen seen;

	/* The one that is asked for is not the first. */
	lane_windows_add(windows, NULL, 0);
	lane_windows_add(windows, of_pattern, count);
	lane_windows_look(windows, text, &seen);
	assert_true(lane_windows_met(windows, 0, &seen));
	return lane_windows_met(windows, 1, &seen);
}

static void
windows_that_must_stand(void **state)
{
	static const struct {
		const char *sentence, *pattern, *text;
		bool may;
	} cases[] = {
		{ "a word", "viagra", "buy viagra now", true },
		{ "in any case", "viagra", "VIAGRA", true },
		{ "another one", "viagra", "buy vigara now", false },
		{ "at the end of the text", "viagrapills", "viagrapills",
		    true },
		{ "longer than the text", "viagrapills", "viagrap", false },
		{ "short, at the end", "vjxq", "a vjxq", true },
		{ "cut at the end", "vjxq", "a vjx", false },
		{ "an empty text", "viagra", "", false },
		{ "letters of many forms", "v(?:[i1]|\\xc3[\\xac-\\xaf])agra",
		    "v\xc3\xad" "agra", true },
		{ "and none of them", "v(?:[i1]|\\xc3[\\xac-\\xaf])agra",
		    "voagra", false },
		{ "something between letters", "v\\W?i\\W?a\\W?g\\W?r\\W?a",
		    "v.ia*gra", true },
		{ "a letter between letters", "v\\W?i\\W?a\\W?g\\W?r\\W?a",
		    "vxiagra", false },
		{ "what is in front does not count", "(?:^|\\s|.*)viagra",
		    "viagra", true },
		{ "one of alternatives", "viagra|cialis|levitra", "x cialis",
		    true },
		{ "none of alternatives", "viagra|cialis|levitra", "x cealis",
		    false },
		{ "one in a group that must be", "a?(?:viagra|levitra).*",
		    "levitra", true },
		{ "none in a group that must be", "a?(?:viagra|levitra).*",
		    "le vitra", false },
		{ "a group that may be missing is not needed",
		    "(?:viagra)?levitra", "levitra", true },
		{ "repeats", "(?:vjq){2,3}", "vjqvjq", true },
		{ "too few repeats", "(?:vjq){2,3}", "vjq vjq", false },
		{ "look-around asks for nothing", "(?!cialis)(?=v)viagra(?<!x)",
		    "viagra", true },
		{ "flags change nothing", "(?i)vi(?-i:agra)", "VIAGRA", true },
		{ "repeats of what may be empty", "(?:v?j?q?){3}xkzw", "xkzw",
		    true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct pattern_window *windows = NULL;
		size_t count = pattern_windows(*state,
		    str_from(cases[i].pattern), &windows);

		if (count == 0 || may_match(*state, windows, count,
		    str_from(cases[i].text)) != cases[i].may)
			fail_msg("%s: %zu", cases[i].sentence, count);
	}
}

static void
what_is_common_or_not_understood_has_no_windows(void **state)
{
	static const char *const patterns[] = {
		"", "e", ".*", "[a-z]{8}", "viagra|", "(?:viagra)?", "(viagra)\\1",
		"(?1)viagra(x)", "viagra(*ACCEPT)", "(?(?=v)viagra|cialis)",
		"[[:alpha:]]viagra", "viagra(",
		"vjxa|vjxb|vjxc|vjxd|vjxe|vjxf|vjxg|vjxh|vjxi|vjxj|vjxk|vjxl|"
		    "kqxm|wqxn|zqxo|jqxp|.qxq....|z.......",
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		const struct pattern_window *windows;

		if (pattern_windows(*state, str_from(patterns[i]), &windows) != 0)
			fail_msg("%s", patterns[i]);
	}
}

static void
there_is_room_for_so_many_windows(void **state)
{
	struct arena *arena = *state;
	struct lane_windows *windows = lane_windows_new(arena);
	const struct pattern_window *of_pattern = NULL;
	struct lane_seen seen;
	size_t count = pattern_windows(arena, STR("viagra"), &of_pattern);

	assert_int_equal(count, 1);
	for (size_t i = 0; i <= LANE_WINDOWS_BLOCKS * 64; i++)
		lane_windows_add(windows, of_pattern, count);
	lane_windows_look(windows, STR("cialis"), &seen);
	assert_false(lane_windows_met(windows, 0, &seen));
	assert_false(lane_windows_met(windows, LANE_WINDOWS_BLOCKS * 64 - 1,
	    &seen));
	assert_true(lane_windows_met(windows, LANE_WINDOWS_BLOCKS * 64,
	    &seen));
	lane_windows_look(windows, STR("viagra"), &seen);
	assert_true(lane_windows_met(windows, 0, &seen));
	assert_true(lane_windows_met(windows, LANE_WINDOWS_BLOCKS * 64 - 1,
	    &seen));
}

/* --- starts --------------------------------------------------------------- */

#define NOWHERE SIZE_MAX

static void
places_where_a_match_may_begin(void **state)
{
	static const struct {
		const char *sentence, *pattern, *text;
		size_t at, place;
	} cases[] = {
		{ "a word", "name|city", "your Name", 0, 5 },
		{ "behind the first", "name|city", "name, city", 1, 6 },
		{ "nowhere", "name|city", "your town", 0, NOWHERE },
		{ "behind the end", "name", "name", 5, NOWHERE },
		{ "at the end", "name", "name", 0, 0 },
		{ "too near to the end", "name", "name", 1, NOWHERE },
		{ "an empty text", "name", "", 0, NOWHERE },
		{ "what may be missing", "(?:full )?name", "name", 0, 0 },
		{ "and is there", "(?:full )?name", "full name", 0, 0 },
		{ "short words and more", "(?:age|sex)(?:,| )+x", "sex, x", 0,
		    0 },
		{ "repeats", "(?:ab){2,}", "abab", 0, 0 },
		{ "any number of them", "(?:a|b)*cdef", "abcdef", 0, 0 },
		{ "anchors and look-around are nothing", "\\b(?!x)(?<=y)name",
		    "name", 0, 0 },
		{ "octets of Latin-1", "[\xe4\xc4]rger", "\xe4rger", 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pattern_starts *starts = pattern_starts_new(*state,
		    str_from(cases[i].pattern));
		size_t place;

		if (starts == NULL)
			fail_msg("%s: none", cases[i].sentence);
		place = pattern_starts_find(starts, str_from(cases[i].text),
		    cases[i].at);
		if (place != cases[i].place)
			fail_msg("%s: %zu", cases[i].sentence, place);
	}
}

static void
what_begins_anywhere_has_no_starts(void **state)
{
	static const char *const patterns[] = {
		"", "abc", "abcd|efg", "....", "..cd", "[^a][^b]me", "a.*",
		"(name)\\1(?1)", "name(*ACCEPT)", "(?(?=n)name|city)",
		"(?:name)?", "(?:a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?p?){9}",
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		if (pattern_starts_new(*state, str_from(patterns[i])) != NULL)
			fail_msg("%s", patterns[i]);
}

/* A pattern that is long enough to be tried at its starts. */
static struct pattern *
long_pattern(struct arena *arena, const char *front)
{
	struct pattern_source source = { .flags = PATTERN_CASELESS };
	const char *error;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, front);
	for (int i = 0; i < 100; i++)
		buf_printf(&text, "|word%02dx", i);
	source.text = buf_str(&text);
	return pattern_compile(arena, &source, &error);
}

static void
long_patterns_match_where_they_should(void **state)
{
	static const struct {
		const char *sentence, *text, *found;
		enum pattern_result result;
	} cases[] = {
		{ "nowhere", "no such thing", "", PATTERN_NO },
		{ "at the second place", "word77 WORD78X word79x", "WORD78X",
		    PATTERN_YES },
		{ "what looks back", "name full name", "name",
		    PATTERN_YES },
		{ "what looks back in vain", "a name", "", PATTERN_NO },
	};
	struct arena *arena = *state;
	struct pattern *pattern = long_pattern(arena, "(?<=full )name");
	struct pattern_scratch *scratch = pattern_scratch_new(arena, 100000);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str found = STR("");
		size_t at = 0;

		if (pattern_match(pattern, scratch, str_from(cases[i].text),
		    &at, &found) != cases[i].result ||
		    !str_is(found, cases[i].found))
			fail_msg("%s: '%.*s'", cases[i].sentence,
			    STR_ARG(found));
	}
}

static void
behind_many_places_it_matches_all_the_same(void **state)
{
	struct arena *arena = *state;
	struct pattern *pattern = long_pattern(arena, "name");
	struct pattern_scratch *scratch = pattern_scratch_new(arena, 100000);
	struct str text = str_from(arena_printf(arena, "%.*sword42x",
	    STR_ARG(fixture_repeat(arena, "word42 ", 1000))));
	struct str found;
	size_t at = 0;

	assert_int_equal(pattern_match(pattern, scratch, text, &at, &found),
	    PATTERN_YES);
	assert_string_equal(found.data, "word42x");
	assert_int_equal(at, text.len);
}

static void
what_takes_too_long_at_a_place_is_told(void **state)
{
	struct arena *arena = *state;
	struct pattern *pattern = long_pattern(arena, "name(?:a*)*b");
	struct pattern_scratch *scratch = pattern_scratch_new(arena, 1000);
	struct str text = str_from(arena_printf(arena, "name%.*s",
	    STR_ARG(fixture_repeat(arena, "a", 60))));

	assert_int_equal(pattern_match(pattern, scratch, text, NULL, NULL),
	    PATTERN_LIMIT);
	/* The next match has all its steps again. */
	assert_int_equal(pattern_match(pattern, scratch, STR("nameb"), NULL,
	    NULL), PATTERN_YES);
}

/* --- time ----------------------------------------------------------------- */

static void
look_for_windows(struct arena *arena, struct str text)
{
	const struct pattern_window *windows;

	(void)pattern_windows(arena, text, &windows);
}

static void
look_for_starts(struct arena *arena, struct str text)
{
	(void)pattern_starts_new(arena, text);
}

static void
match_long(struct arena *arena, struct str text)
{
	struct pattern *pattern = long_pattern(arena, "name");

	(void)pattern_match(pattern, pattern_scratch_new(arena, 1000), text,
	    NULL, NULL);
}

static void
see_windows(struct arena *arena, struct str text)
{
	const struct pattern_window *windows = NULL;
	size_t count = pattern_windows(arena, STR("v\\W?i\\W?agra"),
	    &windows);

	(void)may_match(arena, windows, count, text);
}

static void
looking_takes_time_in_proportion(void **state)
{
	static const char *const pieces[] = {
		"(", "(?:", "((((((((((a))))))))))", "a|", "a{1,", "\\b", "a?",
		"\\b(?:a|", "(?=a)", "(?i", "a", "(?:|)", "[ab]{0,9}", "(a|b)+",
		"abcd|", "[",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		grows_with_input("", pieces[i], look_for_windows);
		grows_with_input("", pieces[i], look_for_starts);
	}
	grows_with_input("", "word42 ", match_long);
	grows_with_input("", "v.i.", see_windows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(windows_that_must_stand),
		ARENA_TEST(
		    what_is_common_or_not_understood_has_no_windows),
		ARENA_TEST(there_is_room_for_so_many_windows),
		ARENA_TEST(places_where_a_match_may_begin),
		ARENA_TEST(what_begins_anywhere_has_no_starts),
		ARENA_TEST(long_patterns_match_where_they_should),
		ARENA_TEST(behind_many_places_it_matches_all_the_same),
		ARENA_TEST(what_takes_too_long_at_a_place_is_told),
		ARENA_TEST(looking_takes_time_in_proportion),
	};

	return cmocka_run_group_tests_name("rules_pattern_places", tests, NULL,
	    NULL);
}
