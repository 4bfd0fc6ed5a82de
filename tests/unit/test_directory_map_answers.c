/* SPDX-License-Identifier: ISC */
/* test_directory_map_answers.c - what was looked up is kept as long as it is
 * true, and for a time when the directory cannot be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/wait.h"
#include "directories.h"
#include "directory/inquiry.h"
#include "directory/map_answers.h"
#include "pgsql_server.h"

/* Patience for a busy machine, and more than any outage here. */
#define AT_MOST_MS 60000
#define LONG_MS (24 * 3600 * INT64_C(1000))
#define ROOM ((size_t)1 << 20)

#define WORLD "add domain one.example\nadd user ann@one.example\n" \
	"add domain two.example catch_all=ann@one.example\n"

struct kept {
	struct directory_lab *lab;
	struct inquiry *inquiry;
	struct map_answers *answers;
};

static struct kept
begin(void **state, size_t most_bytes, int64_t stale_ms)
{
	static const struct map_site site = { '+', "root@localhost" };
	const struct map_answers_limits limits = { most_bytes, stale_ms };
	struct kept kept = { .lab = *state };

	directories_must_do(kept.lab, WORLD);
	kept.inquiry = directories_inquiry(kept.lab);
	kept.answers = map_answers_new(kept.inquiry, &site, &limits);
	return kept;
}

static void
end(struct kept *kept)
{
	map_answers_free(&kept->answers);
	inquiry_free(&kept->inquiry);
}

/* The value, "-" for none, or why there is no answer. In lab's arena. */
static const char *
ask(const struct kept *kept, const char *map, const char *key)
{
	int64_t deadline_ms = clock_steady_ms() + AT_MOST_MS;
	struct arena *arena = arena_new(0);
	struct wait *wait = wait_new();
	struct map_answer answer = { 0 };
	struct map_query *query;
	enum map_state state;
	const char *error = "", *text;
	bool is_late = false;

	query = map_answers_ask(kept->answers, arena,
	    directory_map_find(map), str_from(key), DIRECTORY_NOW,
	    deadline_ms, wait);
	while ((state = map_answers_look(query, is_late, &answer, &error)) ==
	    MAP_WAIT)
		is_late = wait_sleep(wait, deadline_ms) == 0;
	text = state == MAP_UNAVAILABLE ? error :
	    answer.result == MAP_FOUND ? answer.text : "-";
	text = arena_strdup(kept->lab->arena, text);
	arena_free(&arena);
	wait_unref(&wait);
	return text;
}

static struct map_answers_stats
stats(const struct kept *kept)
{
	struct map_answers_stats stats;

	map_answers_count(kept->answers, &stats);
	return stats;
}

static void
await(const struct kept *kept, const char *key, const char *answer)
{
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

	while (strcmp(ask(kept, "mailboxes", key), answer) != 0) {
		if (clock_steady_ms() > until_ms)
			fail_msg("%s is never %s", key, answer);
		usleep(10000);
	}
}

static void
what_was_found_and_what_was_not_is_known(void **state)
{
	struct kept kept = begin(state, ROOM, LONG_MS);

	for (int i = 0; i < 10; i++) {
		assert_string_equal(ask(&kept, "mailboxes",
		    "Ann@one.example"), "ann@one.example");
		assert_string_equal(ask(&kept, "mailboxes",
		    "nobody@one.example"), "-");
		/* The same key of another map is another. */
		assert_string_equal(ask(&kept, "aliases", "ann@one.example"),
		    "-");
	}
	assert_int_equal(stats(&kept).asked, 30);
	assert_int_equal(stats(&kept).hits, 27);
	assert_int_equal(stats(&kept).count, 3);
	end(&kept);
}

static void
a_change_ends_what_is_known(void **state)
{
	struct kept kept = begin(state, ROOM, LONG_MS);

	assert_string_equal(ask(&kept, "mailboxes", "new@one.example"), "-");
	directories_must_do(kept.lab, "add user new@one.example\n");
	await(&kept, "new@one.example", "new@one.example");
	directories_must_do(kept.lab, "delete user new@one.example\n");
	await(&kept, "new@one.example", "-");
	end(&kept);
}

static void
names_that_nobody_has_fill_no_more_than_the_room(void **state)
{
	struct kept kept = begin(state, 65536, LONG_MS);
	size_t most = 0;

	for (int i = 0; i < 3000; i++) {
		const char *key = arena_printf(kept.lab->arena,
		    "x%d@two.example", i);

		assert_string_equal(ask(&kept, "aliases", key),
		    "ann@one.example");
		/* What is asked all the time stays. */
		assert_string_equal(ask(&kept, "domains", "two.example"),
		    "two.example");
		if (stats(&kept).bytes > most)
			most = stats(&kept).bytes;
	}
	assert_true(most < 4 * 65536);
	assert_true(stats(&kept).hits > 2900);
	assert_true(stats(&kept).count < 2000);
	end(&kept);
}

static void
what_no_key_can_be_is_not_even_asked(void **state)
{
	struct kept kept = begin(state, ROOM, LONG_MS);
	char *key = arena_zalloc(kept.lab->arena, 5001);

	memset(key, 'x', 5000);
	assert_string_equal(ask(&kept, "domains", key), "-");
	assert_int_equal(stats(&kept).asked, 0);
	assert_int_equal(stats(&kept).count, 0);
	end(&kept);
}

static void
the_last_answers_serve_while_it_cannot_be_asked(void **state)
{
	struct kept kept = begin(state, ROOM, LONG_MS);

	assert_string_equal(ask(&kept, "mailboxes", "ann@one.example"),
	    "ann@one.example");
	/* So what is known is no longer what is true. */
	directories_must_do(kept.lab, "add user new@one.example\n");
	await(&kept, "new@one.example", "new@one.example");
	pgsql_server_stop(directories_server());
	assert_non_null(strstr(ask(&kept, "mailboxes", "bob@one.example"),
	    "the directory is unavailable"));
	assert_string_equal(ask(&kept, "mailboxes", "ann@one.example"),
	    "ann@one.example");
	assert_true(stats(&kept).stale > 0);
	assert_int_equal(stats(&kept).unavailable, 1);
	pgsql_server_start(directories_server());
	await(&kept, "bob@one.example", "-");
	end(&kept);
}

static void
and_no_longer_than_they_may(void **state)
{
	struct kept kept = begin(state, ROOM, 1);

	await(&kept, "ann@one.example", "ann@one.example");
	pgsql_server_stop(directories_server());
	usleep(20000);
	assert_non_null(strstr(ask(&kept, "mailboxes", "ann@one.example"),
	    "the directory is unavailable"));
	pgsql_server_start(directories_server());
	await(&kept, "ann@one.example", "ann@one.example");
	end(&kept);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(what_was_found_and_what_was_not_is_known),
		DIRECTORY_TEST(a_change_ends_what_is_known),
		SQLITE_TEST(names_that_nobody_has_fill_no_more_than_the_room),
		SQLITE_TEST(what_no_key_can_be_is_not_even_asked),
		PGSQL_TEST(the_last_answers_serve_while_it_cannot_be_asked),
		PGSQL_TEST(and_no_longer_than_they_may),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
