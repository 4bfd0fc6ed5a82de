/* SPDX-License-Identifier: ISC */
/* test_rules_lane.c - many patterns in one pass: the same answers as PCRE2 one by
 * one, with databases and without; and their cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "growth.h"
#include "rules/lane.h"
#include "rules/pattern_needs.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_weaken.h"
#include "rules/scratch.h"

#define LIMIT 100000

/* A lane, its answers and those of PCRE2 one by one. */
struct lab {
	struct arena *arena;
	char folder[64];
	struct vec patterns;	/* struct lane_pattern */
	struct lanes *lanes;
	struct lane *lane;
	struct lane_scratch *scratch;
	struct pattern_scratch *pattern_scratch;
	unsigned char *found;
	size_t limited;
};

static int
setup(void **state)
{
	struct arena *arena = arena_new(0);
	struct lab *lab = arena_zalloc(arena, sizeof(*lab));

	lab->arena = arena;
	strcpy(lab->folder, "/tmp/mailreeve-lanes-XXXXXX");
	assert_non_null(mkdtemp(lab->folder));
	vec_init(&lab->patterns, arena, sizeof(struct lane_pattern));
	lab->pattern_scratch = pattern_scratch_new(arena, LIMIT);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;
	struct arena *arena = lab->arena;

	assert_int_equal(system(arena_printf(arena, "rm -r %s", lab->folder)),
	    0);
	arena_free(&arena);
	return 0;
}

static void
add(struct lab *lab, const char *text, unsigned flags)
{
	struct lane_pattern *pattern = vec_push(&lab->patterns);
	const char *error = NULL;

	pattern->source.text = str_from(text);
	pattern->source.flags = flags;
	pattern->pattern = pattern_compile(lab->arena, &pattern->source,
	    &error);
	if (pattern->pattern == NULL)
		fail_msg("%s: %s", text, error);
}

static enum lanes_state
open_lanes(struct lab *lab)
{
	const char *error;
	enum lanes_state state;

	lab->lanes = lanes_new(lab->arena);
	lab->lane = lanes_add(lab->lanes, lab->patterns.items,
	    lab->patterns.len);
	state = lanes_load(lab->lanes, lab->folder, &error);
	lab->scratch = lane_scratch_new(lab->lanes, lab->arena);
	lab->found = arena_alloc(lab->arena, lab->patterns.len);
	return state;
}

/* False: there is no Hyperscan here. */
static bool
compile_lanes(struct lab *lab)
{
	const char *error = NULL;

	if (open_lanes(lab) == LANES_WITHOUT) {
		print_message("skipped: there is no Hyperscan here\n");
		return false;
	}
	if (lanes_compile(lab->lanes, lab->folder, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(open_lanes(lab), LANES_READY);
	return true;
}

static void
on_found(void *arg, size_t number)
{
	((struct lab *)arg)->found[number]++;
}

static void
on_limit(void *arg, size_t number)
{
	struct lab *lab = arg;

	lab->found[number] = 2;
	lab->limited++;
}

static void
ask(struct lab *lab, struct str text)
{
	memset(lab->found, 0, lab->patterns.len);
	lab->limited = 0;
	lane_match(lab->lane, lab->scratch, lab->pattern_scratch, text,
	    on_found, on_limit, lab);
}

/* Each pattern's answer is PCRE2's, and comes once. */
static void
compare(struct lab *lab, const char *name, struct str text)
{
	ask(lab, text);
	for (size_t i = 0; i < lab->patterns.len; i++) {
		struct lane_pattern *pattern = vec_at(&lab->patterns, i);
		enum pattern_result result = pattern_match(pattern->pattern,
		    lab->pattern_scratch, text, NULL, NULL);

		if (result != PATTERN_LIMIT &&
		    lab->found[i] != (result == PATTERN_YES))
			fail_msg("%s: /%.*s/ (%u): %d, PCRE2 alone: %d", name,
			    STR_ARG(pattern->source.text),
			    pattern->source.flags, lab->found[i], result);
	}
}

/* --- the same answers ------------------------------------------------------- */

static const struct {
	const char *text;
	unsigned flags;
} patterns[] = {
	{ "viagra", PATTERN_CASELESS }, { "\\bfree\\b", 0 },
	{ "^From", PATTERN_MULTILINE }, { "end$", 0 }, { "a.b", 0 },
	{ "a.b", PATTERN_DOTALL }, { "(?<!x)money", 0 }, { "(a+)b\\1", 0 },
	{ "(?:buy|get)\\s+(?:now|here)", PATTERN_CASELESS },
	{ "colou?r", 0 }, { "v[i1]agra", 0 }, { "[^\\x00-\\x7f]{2}", 0 },
	{ "stra\xdf" "e", PATTERN_CASELESS }, { "\xc4" "rger", PATTERN_CASELESS },
	{ "[\xe4\xf6]h", PATTERN_CASELESS }, { "[^\xe4" "a-z]h", PATTERN_CASELESS },
	{ "(?i:\xc4)h", 0 }, { "b\\x{456}t", 0 }, { "", 0 }, { "x*", 0 },
	{ "\\d{3,}", 0 }, { "a { b", PATTERN_EXTENDED }, { "ab # c",
	    PATTERN_EXTENDED }, { "\\Aabc", 0 }, { "xyz\\Z", 0 },
	{ "xyz\\z", 0 }, { "\\Rz", 0 }, { "a\\Kz", 0 }, { "p{,2}q", 0 },
	{ "(?i)K\\s", 0 }, { "a\\x00b", 0 }, { "(?>a+)b", 0 }, { "a++b", 0 },
	{ "(?(?=a)ab|cd)", 0 }, { "(x)(?1)y", 0 }, { "[[:punct:]]{3}", 0 },
	{ "foo(?=bar)", 0 }, { "(?|one|two) three", 0 }, { "\\p{Lu}\\xe4", 0 },
	{ "\\h\\H\\v", 0 }, { "[\xe4\\w-]h", PATTERN_CASELESS },
	{ "[-\xe4]h", PATTERN_CASELESS }, { "[[:^alpha:]]z\\W", 0 },
	{ "(?:^|\\W)(?=[mM])(?!money)(?:[mM]|[\\xc3][\\x91-\\x93]|rn|&#77;)"
	    "(?:[oO0]|[\\xc3][\\x92-\\x96]|[\\xce][\\x9f\\xbf])(?:[nN]|[\\xc3]"
	    "[\\x91\\xb1]|[\\xce][\\x9d])(?:[eE3]|[\\xc3][\\x88-\\x8b])[yY]"
	    "(?:$|\\W)", PATTERN_CASELESS },
};

/* Of UTF-8; their database is another one. */
static const char *const utf_patterns[] = {
	"viagra", "\\bfree\\b", "^\\w+$", "\xc3\xa4rger", "\\x{456}", ".\xd0\xb6",
	"k\\W", "s\\b", "[\xc3\xa4\xc3\xb6]h", "(?<=\xc3\xa4)h", "\\p{Cyrillic}{3}",
};

static const struct str texts[] = {
	{ "", 0 }, { "\n", 1 }, { "Buy  NOW! vIaGrA for free.", 26 },
	{ "x\nFrom me\nthe end", 17 }, { "the end\n", 8 }, { "a\nb axb", 7 },
	{ "xmoney", 6 }, { "my money aabaa", 14 }, { "color v1agra", 12 },
	{ "Stra\xdf" "e \xe4rger \xc4h \xd6H", 16 },
	{ "\xc4h \xe4h zh", 8 }, { "b\xd1\x96t", 4 }, { "a{b ab 1234", 11 },
	{ "abc xyz", 7 }, { "abcxyz\n", 7 }, { "ab\r\nz az", 8 },
	{ "ppq k\n\xe2\x84\xaa ", 10 }, { "a\0b aab ab cd xxy", 17 },
	{ "!!! foobar two three A\xe4 z\xff", 26 },
	{ " a\v\x85 \xa0x\n", 8 }, { " m0n3y ", 7 },
	{ " \xc3\x91 rn\xce\xbf\xc3\xb1\xc3\x89y!", 14 },
	{ "&#77;oney money ", 16 }, { "M\xce\x9f\xce\x9d\xc3\x88Y", 8 },
	{ "\xc3\x84rger \xd0\x86 \xd0\x96\xd0\xb6\xd0\xb6", 17 },
	{ "\xc3\xa4h\xe2\x84\xaa \xc5\xbf free", 14 },
	{ "\xff free \xc3\xa4h viagra \xd0", 20 },
};

static void
add_all(struct lab *lab)
{
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		add(lab, patterns[i].text, patterns[i].flags);
	for (size_t i = 0; i < ARRAY_LEN(utf_patterns); i++)
		add(lab, utf_patterns[i], PATTERN_UTF | PATTERN_CASELESS);
}

static void
compare_all(struct lab *lab)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		compare(lab, arena_printf(lab->arena, "text %zu", i),
		    texts[i]);
}

static void
answers_are_those_of_each_alone(void **state)
{
	struct lab *lab = *state;

	add_all(lab);
	assert_int_not_equal(open_lanes(lab), LANES_READY);
	compare_all(lab);
	if (!compile_lanes(lab))
		skip();
	compare_all(lab);
}

static void
few_patterns_need_no_database(void **state)
{
	struct lab *lab = *state;

	add(lab, "viagra", 0);
	add(lab, "(?i)free", 0);
	if (open_lanes(lab) != LANES_WITHOUT)
		assert_int_equal(open_lanes(lab), LANES_READY);
	compare(lab, "few", STR("for FREE"));
	assert_int_equal(lanes_facts(lab->lanes).alone, 2);
}

static void
facts_tell_who_serves(void **state)
{
	struct lab *lab = *state;
	struct lanes_facts facts;

	for (int i = 0; i < 6; i++)
		add(lab, arena_printf(lab->arena, "word%d", i), 0);
	add(lab, "(?<!x)money", 0);
	add(lab, "a\\Kb", 0);
	if (!compile_lanes(lab))
		skip();
	facts = lanes_facts(lab->lanes);
	assert_int_equal(facts.exact, 6);
	assert_int_equal(facts.prefiltered, 1);
	assert_int_equal(facts.alone, 1);
	assert_true(facts.bytes > 0);
}

static void
a_limit_is_told(void **state)
{
	struct lab *lab = *state;
	struct str text = str_from(arena_printf(lab->arena, "%.*sb",
	    STR_ARG(fixture_repeat(lab->arena, "a", 60))));

	for (int i = 0; i < 6; i++)
		add(lab, arena_printf(lab->arena, "word%d", i), 0);
	/* Hyperscan cannot say, PCRE2 must try. */
	add(lab, "^(?=(a|a?)+$)a+b", 0);
	(void)open_lanes(lab);
	ask(lab, text);
	assert_int_equal(lab->limited, 1);
	assert_int_equal(lab->found[6], 2);
	if (!compile_lanes(lab))
		skip();
	ask(lab, text);
	assert_int_equal(lab->limited, 1);
}

/* --- the cache -------------------------------------------------------------- */

static const char *
cache_file(struct lab *lab)
{
	return arena_printf(lab->arena, "%s/%s", lab->folder,
	    lanes_cache_name(lab->lanes));
}

static void
add_words(struct lab *lab, int variant)
{
	lab->patterns.len = 0;
	for (int i = 0; i < 6; i++)
		add(lab, arena_printf(lab->arena, "word%d of %d", i, variant),
		    0);
}

static struct str
read_file(struct lab *lab, const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf buf;
	char piece[4096];
	size_t len;

	assert_non_null(file);
	buf_init(&buf, lab->arena);
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(&buf, piece, len);
	fclose(file);
	return buf_str(&buf);
}

static void
write_file(const char *path, struct str content)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file),
	    content.len);
	assert_int_equal(fclose(file), 0);
}

/* It counts as none, PCRE2 serves, and compiling makes it good again. */
static void
is_damaged(struct lab *lab, const char *what)
{
	const char *error = NULL;
	struct lanes *lanes = lanes_new(lab->arena);

	lanes_add(lanes, lab->patterns.items, lab->patterns.len);
	if (lanes_load(lanes, lab->folder, &error) != LANES_COMPILING ||
	    error == NULL)
		fail_msg("%s: it is taken", what);
	assert_int_equal(lanes_facts(lanes).exact, 0);
	assert_int_equal(open_lanes(lab), LANES_COMPILING);
	compare(lab, what, STR("a word3 of 1"));
	assert_int_equal(lanes_compile(lab->lanes, lab->folder, &error), 0);
	assert_int_equal(open_lanes(lab), LANES_READY);
}

static void
damage_is_found(void **state)
{
	struct lab *lab = *state;
	const char *path;
	struct str good;

	add_words(lab, 1);
	if (!compile_lanes(lab))
		skip();
	path = cache_file(lab);
	good = read_file(lab, path);
	write_file(path, STR(""));
	is_damaged(lab, "an empty file");
	for (size_t i = 1; i < 12; i++) {
		size_t place = good.len * i / 12;
		char *flipped = arena_memdup(lab->arena, good.data, good.len);

		write_file(path, str_sub(good, 0, place));
		is_damaged(lab, "it is cut");
		flipped[place] ^= 0x10;
		write_file(path, str_of(flipped, good.len));
		is_damaged(lab, "a bit is flipped");
	}
	for (size_t place = 0; place < 96; place++) {
		char *flipped = arena_memdup(lab->arena, good.data, good.len);

		flipped[place] ^= 1;
		write_file(path, str_of(flipped, good.len));
		is_damaged(lab, "a bit of the header is flipped");
	}
	write_file(path, str_from(arena_printf(lab->arena, "%.*s",
	    (int)good.len, "x")));
	is_damaged(lab, "other things");
}

static void
another_set_of_patterns_has_another_file(void **state)
{
	struct lab *lab = *state;
	const char *first, *error;
	struct str content;

	add_words(lab, 1);
	if (!compile_lanes(lab))
		skip();
	first = cache_file(lab);
	content = read_file(lab, first);
	add_words(lab, 2);
	assert_int_equal(open_lanes(lab), LANES_COMPILING);
	assert_string_not_equal(first, cache_file(lab));
	/* Under the other's name it is none. */
	write_file(cache_file(lab), content);
	is_damaged(lab, "the file of other patterns");
	/* Flags make another set as well. */
	((struct lane_pattern *)vec_at(&lab->patterns, 0))->source.flags =
	    PATTERN_CASELESS;
	assert_int_equal(open_lanes(lab), LANES_COMPILING);
	assert_int_equal(lanes_load(lab->lanes, "/proc/none", &error),
	    LANES_COMPILING);
}

static void
what_cannot_be_read_is_told(void **state)
{
	struct lab *lab = *state;
	const char *path, *error = NULL;

	add_words(lab, 1);
	if (open_lanes(lab) == LANES_WITHOUT)
		skip();
	path = cache_file(lab);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(lanes_load(lab->lanes, lab->folder, &error),
	    LANES_FAILED);
	assert_non_null(strstr(error, "Is a directory"));
	error = NULL;
	assert_int_equal(lanes_compile(lab->lanes, lab->folder, &error), -1);
	assert_non_null(error);
	assert_int_equal(rmdir(path), 0);
	/* A pipe is not waited for. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(lanes_load(lab->lanes, lab->folder, &error),
	    LANES_FAILED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(lanes_compile(lab->lanes, "/proc/none/x", &error),
	    -1);
	compare(lab, "without", STR("word1 of 1"));
}

static size_t
count_files(const char *folder, const char *end)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += str_has_suffix_nocase(str_from(entry->d_name),
		    str_from(end));
	closedir(dir);
	return count;
}

static void
the_newest_files_are_kept(void **state)
{
	struct lab *lab = *state;

	for (int i = 0; i < 5; i++) {
		struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		    { .tv_sec = 1000 + i } };

		add_words(lab, i);
		if (!compile_lanes(lab))
			skip();
		utimensat(AT_FDCWD, cache_file(lab), times, 0);
	}
	assert_int_equal(count_files(lab->folder, ".lanes"), 3);
	add_words(lab, 4);
	assert_int_equal(open_lanes(lab), LANES_READY);
	add_words(lab, 0);
	assert_int_equal(open_lanes(lab), LANES_COMPILING);
}

static void
what_the_dead_left_is_removed(void **state)
{
	struct lab *lab = *state;

	write_file(arena_printf(lab->arena, "%s/half.lanes.tmp", lab->folder),
	    STR("half"));
	add_words(lab, 1);
	if (!compile_lanes(lab))
		skip();
	assert_int_equal(count_files(lab->folder, ".tmp"), 0);
	assert_int_equal(count_files(lab->folder, ".lanes"), 1);
}

/* Compilers that are killed at any moment leave nothing that hurts; of several
 * at once each ends well. */
static void
compilers_may_die_and_meet(void **state)
{
	struct lab *lab = *state;
	pid_t pids[4];

	add_all(lab);
	if (open_lanes(lab) == LANES_WITHOUT)
		skip();
	for (size_t i = 0; i < 2 * ARRAY_LEN(pids); i++) {
		pid_t *pid = &pids[i % ARRAY_LEN(pids)];
		const char *error;
		int status;

		*pid = fork();
		if (*pid == 0)
			_exit(lanes_compile(lab->lanes, lab->folder, &error) <
			    0);
		if (i < ARRAY_LEN(pids)) {
			usleep(1000 * (useconds_t)(1 + 7 * i * i));
			kill(*pid, SIGKILL);
			assert_int_equal(waitpid(*pid, &status, 0), *pid);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_files(lab->folder, ".tmp"), 0);
	assert_int_equal(open_lanes(lab), LANES_READY);
	compare_all(lab);
}

/* --- scratches -------------------------------------------------------------- */

static void
scratches_are_used_again(void **state)
{
	struct lab *lab = *state;
	struct rules_scratch *one, *two;
	struct scratch_pool *pool;

	add_words(lab, 1);
	(void)open_lanes(lab);
	pool = scratch_pool_new(lab->arena, lab->lanes, LIMIT);
	one = scratch_acquire(pool);
	two = scratch_acquire(pool);
	assert_ptr_not_equal(one, two);
	scratch_release(pool, one);
	assert_ptr_equal(scratch_acquire(pool), one);
	lab->scratch = two->lane;
	lab->pattern_scratch = two->pattern;
	compare(lab, "another scratch", STR("word2 of 1"));
	scratch_release(pool, one);
	scratch_release(pool, two);
	lab->pattern_scratch = NULL;
}

/* --- what texts need, and weak patterns ------------------------------------- */

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
		struct arena *arena = ((struct lab *)*state)->arena;
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
look_into(struct arena *arena, struct str text)
{
	struct pattern_source source = { text, 0 };
	struct needs_words words;
	bool is_approximate;
	struct str weak;

	pattern_needs(&source, &words);
	(void)pattern_perl_for_lane(arena, &source, &weak, &is_approximate);
	(void)pattern_weaken(arena, text, &weak);
	(void)pattern_perl_fold(arena, &source, text, &weak);
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
	lane_match(lane, scratch, pattern_scratch_new(arena, LIMIT), text,
	    on_found, on_limit, NULL);
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
	grows_with_input("", "(?i", look_into);
	grows_with_input("", "[\\xe4-\\xe6]", look_into);
	grows_with_input("", "\\p{", look_into);
	grows_with_input("", "ab", ask_needs);
}

#define LANE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LANE_TEST(answers_are_those_of_each_alone),
		LANE_TEST(few_patterns_need_no_database),
		LANE_TEST(facts_tell_who_serves),
		LANE_TEST(a_limit_is_told),
		LANE_TEST(damage_is_found),
		LANE_TEST(another_set_of_patterns_has_another_file),
		LANE_TEST(what_cannot_be_read_is_told),
		LANE_TEST(the_newest_files_are_kept),
		LANE_TEST(what_the_dead_left_is_removed),
		LANE_TEST(compilers_may_die_and_meet),
		LANE_TEST(scratches_are_used_again),
		LANE_TEST(words_that_must_stand),
		LANE_TEST(weak_patterns_match_more),
		cmocka_unit_test(looking_takes_time_in_proportion),
	};

	return cmocka_run_group_tests_name("rules_lane", tests, NULL, NULL);
}
