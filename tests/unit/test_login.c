/* SPDX-License-Identifier: ISC */
/* test_login.c - login maps as postmap reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/address.h"
#include "mail/login.h"
#include "scratch.h"

static struct address
address_of(struct arena *arena, const char *text)
{
	struct address address;
	const char *error = NULL;

	if (address_parse_path(arena, str_from(text), &address, &error) < 0)
		fail_msg("'%s': %s", text, error);
	return address;
}

struct login_case {
	const char *login, *address;
	bool may;
};

static void
check_cases(struct arena *arena, const struct login_map *logins,
    const struct login_case *cases, size_t count)
{
	assert_non_null(logins);
	for (size_t i = 0; i < count; i++) {
		struct address address = address_of(arena, cases[i].address);

		if (login_may_use(logins, cases[i].login, &address) !=
		    cases[i].may)
			fail_msg("%s as %s", cases[i].login,
			    cases[i].address);
	}
}

/* Who may use what by a map given as text. */
static void
the_map_alone_decides_by_the_first_entry_found(void **state)
{
	static const char map[] =
	    "# owners\n"
	    "alice@example.org   alice, boss@example.org\n"
	    "Bob@Example.ORG\tBOB@example.org\n"
	    "sales@example.org alice bob@example.org,,\tcarol\n"
	    "long@example.org\n"
	    "# a comment inside\n"
	    "\n"
	    "   first,\n"
	    "\tsecond\n"
	    "\"john doe\"@example.org john\n"
	    "a+b@example.org exact\n"
	    "@example.com postmaster@example.com\n"
	    "info@example.com info\n"
	    "crlf@example.net crlf\r\n"
	    "last@example.net last";
	static const struct login_case cases[] = {
		{ "alice", "alice@example.org", true },
		{ "boss@example.org", "alice@example.org", true },
		{ "ALICE", "Alice@EXAMPLE.org", true },
		{ "alic", "alice@example.org", false },
		{ "alice@example.org", "alice@example.org", false },
		{ "bob@example.org", "bob@example.org", true },
		{ "alice", "sales@example.org", true },
		{ "bob@example.org", "sales@example.org", true },
		{ "carol", "sales@example.org", true },
		{ "", "sales@example.org", false },
		{ "first", "long@example.org", true },
		{ "second", "long@example.org", true },
		{ "#", "long@example.org", false },
		{ "comment", "long@example.org", false },
		{ "john", "<\"john doe\"@example.org>", true },
		{ "john", "john@example.org", false },
		/* The extension, then without it, then the domain. */
		{ "alice", "alice+lists@example.org", true },
		{ "exact", "a+b@example.org", true },
		{ "exact", "a@example.org", false },
		{ "postmaster@example.com", "anybody@example.com", true },
		{ "postmaster@example.com", "any+body@example.com", true },
		{ "info", "info@example.com", true },
		{ "info", "info+x@example.com", true },
		{ "postmaster@example.com", "info@example.com", false },
		{ "postmaster@example.com", "x@sub.example.com", false },
		{ "crlf", "crlf@example.net", true },
		{ "last", "last@example.net", true },
		{ "nobody@example.net", "other@example.net", false },
		{ "alice", "", false },
	};
	struct arena *arena = *state;
	const char *error = NULL;
	struct login_map *logins = login_map_parse(arena, "map", str_from(map),
	    '+', &error);

	check_cases(arena, logins, cases, ARRAY_LEN(cases));
}

static void
without_a_delimiter_an_extension_is_part_of_the_name(void **state)
{
	struct arena *arena = *state;
	const char *error;
	struct login_map *logins = login_map_parse(arena, "map",
	    STR("alice@example.org alice\n"), '\0', &error);
	struct address plain = address_of(arena, "alice@example.org");
	struct address extended = address_of(arena, "alice+x@example.org");

	assert_true(login_may_use(logins, "alice", &plain));
	assert_false(login_may_use(logins, "alice", &extended));
}

static void
without_a_map_a_login_owns_its_domain(void **state)
{
	static const struct login_case cases[] = {
		{ "alice@example.org", "alice@example.org", true },
		{ "alice@example.org", "bob@example.org", true },
		{ "alice@Example.Org", "bob@example.org", true },
		{ "alice@example.org", "alice@sub.example.org", false },
		{ "alice@sub.example.org", "alice@example.org", false },
		{ "alice@ample.org", "alice@example.org", false },
		{ "alice@example.org@example.com", "a@example.org", false },
		{ "alice", "alice@example.org", false },
		{ "example.org", "alice@example.org", false },
		{ "alice@", "alice", false },
		{ "", "alice@example.org", false },
	};
	struct arena *arena = *state;
	const char *error;
	struct login_map *logins = login_map_load(arena, NULL, '+', &error);

	check_cases(arena, logins, cases, ARRAY_LEN(cases));
}

static void
an_empty_map_lets_nobody_use_anything(void **state)
{
	static const char *const maps[] = { "", "\n", "# nothing\n\n  \n" };
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		const char *error = NULL;
		struct login_map *logins = login_map_parse(arena, "map",
		    str_from(maps[i]), '+', &error);
		struct address address = address_of(arena, "a@example.org");

		assert_non_null(logins);
		assert_false(login_may_use(logins, "a@example.org",
		    &address));
	}
}

/* What postmap finds under key in the map at path, without its line end. */
static void
ask_postmap(const char *path, const char *key, char *answer, int size)
{
	char command[256];
	FILE *pipe;

	snprintf(command, sizeof(command),
	    "postmap -q '%s' texthash:%s 2>/dev/null", key, path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	if (fgets(answer, size, pipe) == NULL)
		answer[0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	pclose(pipe);
}

/* Postfix does not read a file that is younger than two seconds. */
static void
write_old_file(char *path, const char *text)
{
	const struct timespec times[2] = { { 1000000000, 0 },
		{ 1000000000, 0 } };
	int fd = scratch_file(path, "login");

	assert_int_equal(write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void
postmap_finds_the_same_logins_under_the_same_keys(void **state)
{
	static const char map[] =
	    "# comment\n"
	    "a@one.example one\n"
	    "B@One.Example Two, three\n"
	    "c@one.example\n"
	    "# inside\n"
	    "\n"
	    "\t four\t\n"
	    "   five\n"
	    "\"d e\"@one.example six\r\n"
	    "@two.example seven\n"
	    "A@one.example eight\n"
	    "f@one.example   nine   # ten";
	static const char *const keys[] = { "a@one.example", "b@one.example",
		"c@one.example", "\"d e\"@one.example", "f@one.example",
		"none@one.example", "# comment" };
	static const char *const logins[] = { "one", "two", "three", "four",
		"five", "six", "seven", "eight", "nine", "#", "ten" };
	char path[SCRATCH_SIZE], answer[256];
	struct arena *arena = *state;
	struct login_map *map_read;
	const char *error;

	write_old_file(path, map);
	ask_postmap(path, "a@one.example", answer, sizeof(answer));
	if (answer[0] == '\0') {
		unlink(path);
		printf("skipped: no postmap that works here\n");
		skip();
	}
	log_set_level(LOG_LEVEL_ERROR);
	map_read = login_map_load(arena, path, '\0', &error);
	log_set_level(LOG_LEVEL_INFO);
	assert_non_null(map_read);
	for (size_t i = 0; i < ARRAY_LEN(keys) * ARRAY_LEN(logins); i++) {
		const char *key = keys[i / ARRAY_LEN(logins)];
		const char *login = logins[i % ARRAY_LEN(logins)];
		struct address address = { .local = STR("none") };
		bool is_there = false;

		if (i % ARRAY_LEN(logins) == 0)
			ask_postmap(path, key, answer, sizeof(answer));
		for (char *word = strtok(strdupa(answer), ", \t\r\n");
		    word != NULL; word = strtok(NULL, ", \t\r\n"))
			is_there |= strcasecmp(word, login) == 0;
		if (strchr(key, '@') != NULL)
			address = address_of(arena, key);
		if (login_may_use(map_read, login, &address) != is_there)
			fail_msg("%s of %s: postmap has '%s'", login, key,
			    answer);
	}
	unlink(path);
}

struct seen {
	size_t count;
	char line[512];
};

static void
see_line(void *arg, enum log_level level, const char *line)
{
	struct seen *seen = arg;

	assert_int_equal(level, LOG_LEVEL_WARN);
	snprintf(seen->line, sizeof(seen->line), "%s", line);
	seen->count++;
}

static void
of_two_entries_the_first_holds_and_one_warning_tells(void **state)
{
	struct arena *arena = *state;
	struct seen seen = { 0 };
	struct login_map *logins;
	struct address address = address_of(arena, "a@example.org");
	const char *error;

	log_set_sink(see_line, &seen);
	logins = login_map_parse(arena, "map", STR("a@example.org one\n"
	    "b@example.org two\nA@example.org three\nb@example.org four\n"),
	    '+', &error);
	log_set_sink(NULL, NULL);
	assert_non_null(logins);
	assert_true(login_may_use(logins, "one", &address));
	assert_false(login_may_use(logins, "three", &address));
	assert_int_equal(seen.count, 1);
	assert_non_null(strstr(seen.line, "login_map map: 2 of"));
	assert_non_null(strstr(seen.line, "line 3"));
}

static void
an_error_names_file_and_line(void **state)
{
	static const struct {
		struct str text;
		const char *error;
	} cases[] = {
		{ STR("a@x y\nb@x\n"), "map:2: no logins behind the address" },
		{ STR("a@x\n# comment\n\nb@x y\n"),
		    "map:1: no logins behind the address" },
		{ STR(" a@x y\n"), "map:1: begins with white space, but there "
		    "is no line before to continue" },
		{ STR("a@x y\n\"b c@x y\n"), "map:2: a '\"' is left open" },
		{ STR("a@x: y\n"),
		    "map:1: the address ends with ':', as in an alias file" },
		{ STR("a@x y\nb@\0x y\n"), "map:2: a NUL byte" },
		{ STR("last@x"), "map:1: no logins behind the address" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *error = NULL;

		assert_null(login_map_parse(arena, "map", cases[i].text, '+',
		    &error));
		assert_string_equal(error, cases[i].error);
	}
}

static void
a_file_that_cannot_be_read_is_an_error(void **state)
{
	static const char *const paths[] = { "/nonexistent/map", "/" };
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *error = NULL;

		assert_null(login_map_load(arena, paths[i], '+', &error));
		assert_non_null(strstr(error, paths[i]));
	}
}

static void
write_map(char *path, size_t count)
{
	FILE *file = fdopen(scratch_file(path, "login"), "w");

	assert_non_null(file);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "user%zu@d%zu.example.org login%zu@example.org\n",
		    i, i % 997, i);
	assert_int_equal(fclose(file), 0);
}

static void
half_a_million_entries_load_and_are_found(void **state)
{
	enum { COUNT = 500000 };
	char path[SCRATCH_SIZE], text[64], login[64];
	struct arena *arena = *state;
	const char *error = NULL;
	struct login_map *logins;
	int64_t begin_ms;

	write_map(path, COUNT);
	begin_ms = clock_steady_ms();
	logins = login_map_load(arena, path, '+', &error);
	print_message("%d entries in %lld ms, %zu bytes\n", COUNT,
	    (long long)(clock_steady_ms() - begin_ms), arena_size(arena));
	unlink(path);
	if (logins == NULL)
		fail_msg("%s", error);
	for (size_t i = 0; i < COUNT; i += 4999) {
		struct address address;

		snprintf(text, sizeof(text), "user%zu@d%zu.example.org", i,
		    i % 997);
		snprintf(login, sizeof(login), "login%zu@example.org", i);
		address = address_of(arena, text);
		assert_true(login_may_use(logins, login, &address));
		assert_false(login_may_use(logins, "login@example.org",
		    &address));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(
		    the_map_alone_decides_by_the_first_entry_found),
		ARENA_TEST(
		    without_a_delimiter_an_extension_is_part_of_the_name),
		ARENA_TEST(without_a_map_a_login_owns_its_domain),
		ARENA_TEST(an_empty_map_lets_nobody_use_anything),
		ARENA_TEST(
		    postmap_finds_the_same_logins_under_the_same_keys),
		ARENA_TEST(
		    of_two_entries_the_first_holds_and_one_warning_tells),
		ARENA_TEST(an_error_names_file_and_line),
		ARENA_TEST(a_file_that_cannot_be_read_is_an_error),
		ARENA_TEST(half_a_million_entries_load_and_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
