/* SPDX-License-Identifier: ISC */
/* test_rules_lanes_cache.c - the cache of databases: what is damaged is found and
 * made anew, what is old goes. */
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
#include <unistd.h>

#include "base/arena.h"
#include "lane_bench.h"
#include "rules/lanes_file.h"

static const char *
cache_file(struct lane_bench *bench)
{
	return arena_printf(bench->arena, "%s/%s", bench->folder,
	    lanes_cache_name(bench->lanes));
}

static struct str
read_file(struct lane_bench *bench, const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf buf;
	char piece[4096];
	size_t len;

	assert_non_null(file);
	buf_init(&buf, bench->arena);
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
is_damaged(struct lane_bench *bench, const char *what)
{
	const char *error = NULL;
	struct lanes *lanes = lanes_new(bench->arena);

	lanes_add(lanes, bench->patterns.items, bench->patterns.len);
	if (lanes_load(lanes, bench->folder, &error) != LANES_COMPILING ||
	    error == NULL)
		fail_msg("%s: it is taken", what);
	assert_int_equal(lanes_facts(lanes).exact, 0);
	assert_int_equal(lane_bench_open(bench), LANES_COMPILING);
	lane_bench_compare(bench, what, STR("a word3 of 1"));
	assert_int_equal(lanes_compile(bench->lanes, bench->folder, &error), 0);
	assert_int_equal(lane_bench_open(bench), LANES_READY);
}

static void
damage_is_found(void **state)
{
	struct lane_bench *bench = *state;
	const char *path;
	struct str good;

	lane_bench_add_words(bench, 1);
	if (!lane_bench_compile(bench))
		skip();
	path = cache_file(bench);
	good = read_file(bench, path);
	write_file(path, STR(""));
	is_damaged(bench, "an empty file");
	for (size_t i = 1; i < 12; i++) {
		size_t place = good.len * i / 12;
		char *flipped = arena_memdup(bench->arena, good.data, good.len);

		write_file(path, str_sub(good, 0, place));
		is_damaged(bench, "it is cut");
		flipped[place] ^= 0x10;
		write_file(path, str_of(flipped, good.len));
		is_damaged(bench, "a bit is flipped");
	}
	for (size_t place = 0; place < 96; place++) {
		char *flipped = arena_memdup(bench->arena, good.data, good.len);

		flipped[place] ^= 1;
		write_file(path, str_of(flipped, good.len));
		is_damaged(bench, "a bit of the header is flipped");
	}
	write_file(path, str_from(arena_printf(bench->arena, "%.*s",
	    (int)good.len, "x")));
	is_damaged(bench, "other things");
}

static void
another_set_of_patterns_has_another_file(void **state)
{
	struct lane_bench *bench = *state;
	const char *first, *error;
	struct str content;

	lane_bench_add_words(bench, 1);
	if (!lane_bench_compile(bench))
		skip();
	first = cache_file(bench);
	content = read_file(bench, first);
	lane_bench_add_words(bench, 2);
	assert_int_equal(lane_bench_open(bench), LANES_COMPILING);
	assert_string_not_equal(first, cache_file(bench));
	/* Under the other's name it is none. */
	write_file(cache_file(bench), content);
	is_damaged(bench, "the file of other patterns");
	/* Flags make another set as well. */
	((struct lane_pattern *)vec_at(&bench->patterns, 0))->source.flags =
	    PATTERN_CASELESS;
	assert_int_equal(lane_bench_open(bench), LANES_COMPILING);
	assert_int_equal(lanes_load(bench->lanes, "/proc/none", &error),
	    LANES_COMPILING);
}

/* A whole file of this key, whose content is not what Hyperscan takes. */
static void
write_content(struct lane_bench *bench, struct str content)
{
	const char *name = lanes_cache_name(bench->lanes), *error = NULL;
	unsigned char key[LANES_KEY_SIZE];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)(char_hex_value(name[2 * i]) << 4 |
		    char_hex_value(name[2 * i + 1]));
	if (lanes_file_write(bench->arena, bench->folder, name, key, content,
	    &error) < 0)
		fail_msg("%s", error);
}

static void
a_whole_file_that_does_not_load_is_made_anew(void **state)
{
	/* Ways of six patterns, one database of so many octets. */
	static const struct {
		const char *sentence;
		struct str content;
	} cases[] = {
		{ "nothing", { "", 0 } },
		{ "a way that there is not", { "\2\2\2\2\2\7\0\0\0\0\0\0\0\0",
		    14 } },
		{ "a database that is none", { "\2\2\2\2\2\2"
		    "\1\0\0\0\0\0\0\0" "\4\0\0\0\0\0\0\0" "none", 26 } },
		{ "one that is longer than the file", { "\2\2\2\2\2\2"
		    "\1\0\0\0\0\0\0\0" "\4\0\0\0\0\0\0\1" "none", 26 } },
		{ "more than there is", { "\0\0\0\0\0\0"
		    "\0\0\0\0\0\0\0\0" "more", 18 } },
	};
	struct lane_bench *bench = *state;

	lane_bench_add_words(bench, 1);
	if (!lane_bench_compile(bench))
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(unlink(cache_file(bench)), 0);
		write_content(bench, cases[i].content);
		is_damaged(bench, cases[i].sentence);
	}
}

static void
what_cannot_be_read_is_told(void **state)
{
	struct lane_bench *bench = *state;
	const char *path, *error = NULL;

	lane_bench_add_words(bench, 1);
	if (lane_bench_open(bench) == LANES_WITHOUT)
		skip();
	path = cache_file(bench);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(lanes_load(bench->lanes, bench->folder, &error),
	    LANES_FAILED);
	assert_non_null(strstr(error, "Is a directory"));
	error = NULL;
	assert_int_equal(lanes_compile(bench->lanes, bench->folder, &error), -1);
	assert_non_null(error);
	assert_int_equal(rmdir(path), 0);
	/* A pipe is not waited for. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(lanes_load(bench->lanes, bench->folder, &error),
	    LANES_FAILED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(lanes_compile(bench->lanes, "/proc/none/x", &error),
	    -1);
	lane_bench_compare(bench, "without", STR("word1 of 1"));
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
	struct lane_bench *bench = *state;

	for (int i = 0; i < 5; i++) {
		struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		    { .tv_sec = 1000 + i } };

		lane_bench_add_words(bench, i);
		if (!lane_bench_compile(bench))
			skip();
		utimensat(AT_FDCWD, cache_file(bench), times, 0);
	}
	assert_int_equal(count_files(bench->folder, ".lanes"), 3);
	lane_bench_add_words(bench, 4);
	assert_int_equal(lane_bench_open(bench), LANES_READY);
	lane_bench_add_words(bench, 0);
	assert_int_equal(lane_bench_open(bench), LANES_COMPILING);
}

static void
what_the_dead_left_is_removed(void **state)
{
	struct lane_bench *bench = *state;

	write_file(arena_printf(bench->arena, "%s/half.lanes.tmp", bench->folder),
	    STR("half"));
	lane_bench_add_words(bench, 1);
	if (!lane_bench_compile(bench))
		skip();
	assert_int_equal(count_files(bench->folder, ".tmp"), 0);
	assert_int_equal(count_files(bench->folder, ".lanes"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LANE_TEST(damage_is_found),
		LANE_TEST(another_set_of_patterns_has_another_file),
		LANE_TEST(a_whole_file_that_does_not_load_is_made_anew),
		LANE_TEST(what_cannot_be_read_is_told),
		LANE_TEST(the_newest_files_are_kept),
		LANE_TEST(what_the_dead_left_is_removed),
	};

	return cmocka_run_group_tests_name("rules_lanes_cache", tests, NULL,
	    NULL);
}
