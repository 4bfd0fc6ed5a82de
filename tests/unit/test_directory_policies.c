/* SPDX-License-Identifier: ISC */
/* test_directory_policies.c - what holds for addresses, kept as long as it is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "directories.h"
#include "directory/inquiry.h"
#include "directory/policies.h"
#include "directory_asked.h"
#include "mail/address.h"
#include "mail/limit.h"
#include "mail/policy.h"

/* Patience for a busy machine, and more than any outage here. */
#define AT_MOST_MS 60000
#define LONG_MS (24 * 3600 * INT64_C(1000))

#define WORLD "add class staff junk=no limits=out=7/1h\n" \
	"add class gold greylist=yes\n" \
	"add domain example.org class=staff\n" \
	"add user ann@example.org\nadd user bob@example.org class=gold\n" \
	"add user eve@example.org junk=yes\n"

/* "junk no (class staff), greylist no (default), out 7/1h", or why not. */
static const char *
show(struct arena *arena, const struct policy *policy)
{
	const char *origin = "";
	const struct limit *out = policy_limit(policy, "out",
	    POLICY_ANY_LEVEL, &origin);

	return arena_printf(arena, "%.*s: junk %s (%s), greylist %s (%s), "
	    "out %s", STR_ARG(policy->address), policy->values->junk ? "yes" :
	    "no", policy_origin(policy, "junk"), policy->values->greylist ?
	    "yes" : "no", policy_origin(policy, "greylist"), out != NULL ?
	    limit_print(arena, out) : "-");
}

static const char *
ask_in(struct policies *policies, struct arena *arena, const char *text,
    bool is_late)
{
	int64_t deadline_ms = clock_steady_ms() + AT_MOST_MS;
	struct wait *wait = wait_new();
	struct policies_query *query;
	enum policies_result result;
	const struct policy *policy;
	struct address address;
	const char *error, *why;

	address_parse_path(arena, str_from(text), &address, &why);
	query = policies_ask(policies, arena, &address, DIRECTORY_NOW,
	    deadline_ms, wait);
	while ((result = policies_look(query, is_late, &policy, &error)) ==
	    POLICIES_WAIT)
		if (wait_sleep(wait, deadline_ms) == 0)
			is_late = true;
	wait_unref(&wait);
	return result == POLICIES_FOUND ? show(arena, policy) : error;
}

static const char *
ask(const struct directory_asked *kept, const char *text)
{
	return ask_in(kept->policies, kept->lab->arena, text, false);
}

static struct policies_stats
stats(const struct directory_asked *kept)
{
	struct policies_stats stats;

	policies_count(kept->policies, &stats);
	return stats;
}

static const struct {
	const char *address, *text;
} expected[] = {
	{ "ann@example.org", "ann@example.org: junk no (class staff), "
	  "greylist no (default), out 7/1h" },
	{ "bob@example.org", "bob@example.org: junk yes (default), greylist "
	  "yes (class gold), out -" },
	{ "bob+x@example.org", "bob@example.org: junk yes (default), greylist "
	  "yes (class gold), out -" },
	{ "eve@example.org", "eve@example.org: junk yes (user), greylist no "
	  "(default), out 7/1h" },
	{ "x@example.org", "x@example.org: junk no (class staff), greylist no "
	  "(default), out 7/1h" },
	{ "x@else.example", "x@else.example: junk yes (default), greylist no "
	  "(default), out -" },
	{ "<>", ": junk yes (default), greylist no (default), out -" },
};

static void
what_was_asked_once_is_known(void **state)
{
	struct directory_asked kept = directory_asked_begin(state, WORLD, 1000,
	    LONG_MS);

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < ARRAY_LEN(expected); i++)
			assert_string_equal(ask(&kept, expected[i].address),
			    expected[i].text);
	assert_int_equal(stats(&kept).asked, 3 * ARRAY_LEN(expected));
	assert_int_equal(stats(&kept).count, ARRAY_LEN(expected));
	/* But for those that were a minute old by then. */
	assert_in_range(stats(&kept).hits, 1, 2 * ARRAY_LEN(expected));
	directory_asked_end(&kept);
}

static void
a_change_is_in_force_everywhere(void **state)
{
	static const struct {
		const char *lines, *text;
	} steps[] = {
		{ "set user ann@example.org junk=yes", "junk yes (user)" },
		{ "set user ann@example.org junk= class=gold",
		  "greylist yes (class gold)" },
		{ "set class gold greylist=no", "greylist no (class gold)" },
		{ "set domain example.org junk=no", "junk no (domain "
		  "example.org)" },
		{ "put policy global limits=out=3/1h", "out 3/1h" },
		{ "delete user ann@example.org", "junk no (class staff)" },
	};
	struct directory_asked kept = directory_asked_begin(state, WORLD, 1000,
	    LONG_MS);

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

		ask(&kept, "ann@example.org");
		directories_must_do(kept.lab, steps[i].lines);
		while (strstr(ask(&kept, "ann@example.org"),
		    steps[i].text) == NULL) {
			if (clock_steady_ms() > until_ms)
				fail_msg("%s: %s", steps[i].lines,
				    ask(&kept, "ann@example.org"));
			usleep(1000);
		}
	}
	directory_asked_end(&kept);
}

static void
memory_is_bounded_and_answers_stay_right(void **state)
{
	enum { MOST = 50, MANY = 400 };
	struct directory_asked kept = directory_asked_begin(state, WORLD, MOST,
	    LONG_MS);

	for (int i = 0; i < MANY; i++) {
		const char *address = arena_printf(kept.lab->arena,
		    "x%d@example.org", i % 2 == 0 ? i : i % 40);

		assert_string_equal(ask(&kept, address),
		    arena_printf(kept.lab->arena, "%s: junk no (class staff), "
		    "greylist no (default), out 7/1h", address));
		assert_in_range(stats(&kept).count, 1, MOST);
	}
	/* All have the same values: each half has them once. */
	assert_in_range(stats(&kept).shared, 1, 2);
	directory_asked_end(&kept);
}

/* The values of before are not kept for ever. */
static void
changes_do_not_pile_up(void **state)
{
	enum { MOST = 8, CHANGES = 60 };
	struct directory_asked kept = directory_asked_begin(state, WORLD, MOST,
	    LONG_MS);

	for (int i = 0; i < CHANGES; i++) {
		const char *text = arena_printf(kept.lab->arena, "out %d/1h",
		    i + 1);
		int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

		directories_must_do(kept.lab, arena_printf(kept.lab->arena,
		    "set user ann@example.org limits=out=%d/1h", i + 1));
		while (strstr(ask(&kept, "ann@example.org"), text) == NULL) {
			assert_true(clock_steady_ms() < until_ms);
			usleep(1000);
		}
	}
	/* Each half has as many as it is written, and a promoted one. */
	assert_in_range(stats(&kept).shared, 1, 2 * (4 * MOST / 2 + 1));
	assert_int_equal(stats(&kept).count <= MOST, 1);
	directory_asked_end(&kept);
}

/* What was found lives as long as who asked, whatever became of the rest. */
static void
an_answer_outlives_what_is_forgotten(void **state)
{
	struct directory_asked kept = directory_asked_begin(state, WORLD, 2,
	    LONG_MS);
	struct arena *arena = arena_new(0);
	struct address address;
	const struct policy *policy;
	struct policies_query *query;
	const char *error;

	ask(&kept, "ann@example.org");
	address_parse_path(arena, STR("ann@example.org"), &address, &error);
	query = policies_ask(kept.policies, arena, &address, DIRECTORY_NOW,
	    clock_steady_ms() + AT_MOST_MS, NULL);
	while (policies_look(query, false, &policy, &error) == POLICIES_WAIT)
		usleep(1000);
	for (int i = 0; i < 20; i++)
		ask(&kept, arena_printf(kept.lab->arena, "u%d@else.example",
		    i));
	assert_string_equal(show(arena, policy), expected[0].text);
	directory_asked_end(&kept);
	assert_string_equal(show(arena, policy), expected[0].text);
	arena_free(&arena);
}

static void
in_an_outage_the_last_answers_serve(void **state)
{
	struct directory_asked kept = directory_asked_begin(state, WORLD, 1000,
	    LONG_MS);
	int64_t until_ms;

	assert_string_equal(ask(&kept, "ann@example.org"), expected[0].text);
	directory_asked_take_away(&kept);
	for (int i = 0; i < 3; i++)
		assert_string_equal(ask(&kept, "ann@example.org"),
		    expected[0].text);
	assert_non_null(strstr(ask(&kept, "bob@example.org"),
	    "the directory is unavailable: "));
	directories_give_back(kept.lab);
	directories_must_do(kept.lab, "set user ann@example.org junk=yes");
	until_ms = clock_steady_ms() + AT_MOST_MS;
	while (strstr(ask(&kept, "ann@example.org"), "junk yes (user)") ==
	    NULL || strstr(ask(&kept, "bob@example.org"), "gold") == NULL) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(1000);
	}
	directory_asked_end(&kept);
}

static void
but_not_for_ever(void **state)
{
	struct directory_asked kept = directory_asked_begin(state, WORLD, 1000,
	    1);
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

	ask(&kept, "ann@example.org");
	directory_asked_take_away(&kept);
	while (strstr(ask(&kept, "ann@example.org"),
	    "the directory is unavailable: ") == NULL) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(1000);
	}
	directories_give_back(kept.lab);
	while (strcmp(ask(&kept, "ann@example.org"), expected[0].text) != 0) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(1000);
	}
	directory_asked_end(&kept);
}

/* Who has no time left gets what is known, or hears that nothing is. */
static void
who_is_late_does_not_wait(void **state)
{
	struct directory_asked kept = directory_asked_begin(state, WORLD, 1000,
	    LONG_MS);
	struct db *db = directory_db(kept.lab->directory);
	struct db_error error;

	ask(&kept, "ann@example.org");
	assert_int_equal(db_begin(db, DB_TXN_WRITE, kept.lab->arena, &error),
	    0);
	assert_int_equal(db_script(db, kept.lab->arena,
	    "LOCK TABLE users, generation", &error), 0);
	assert_string_equal(ask_in(kept.policies, kept.lab->arena,
	    "ann@example.org", true), expected[0].text);
	assert_string_equal(ask_in(kept.policies, kept.lab->arena,
	    "bob@example.org", true),
	    "the directory is unavailable: no answer in time");
	db_rollback(db);
	directory_asked_end(&kept);
}

/* --- many threads ---------------------------------------------------------- */

static void *
hammer(void *arg)
{
	struct directory_asked *kept = arg;
	intptr_t wrong = 0;

	for (int i = 0; i < 300; i++) {
		struct arena *arena = arena_new(0);
		const char *address = arena_printf(arena, "x%d@example.org",
		    i * 7 % 60);
		const char *got = ask_in(kept->policies, arena, address,
		    false);

		wrong += strstr(got, "class staff") == NULL;
		arena_free(&arena);
	}
	return (void *)wrong;
}

static void
threads_share_it(void **state)
{
	struct directory_asked kept = directory_asked_begin(state, WORLD, 20,
	    LONG_MS);
	pthread_t threads[4];
	void *wrong;

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer,
		    &kept), 0);
	directories_must_do(kept.lab, "set user ann@example.org junk=yes");
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	directory_asked_end(&kept);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(what_was_asked_once_is_known),
		DIRECTORY_TEST(a_change_is_in_force_everywhere),
		DIRECTORY_TEST(memory_is_bounded_and_answers_stay_right),
		DIRECTORY_TEST(changes_do_not_pile_up),
		DIRECTORY_TEST(an_answer_outlives_what_is_forgotten),
		DIRECTORY_TEST(in_an_outage_the_last_answers_serve),
		DIRECTORY_TEST(but_not_for_ever),
		PGSQL_TEST(who_is_late_does_not_wait),
		DIRECTORY_TEST(threads_share_it),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
