/* SPDX-License-Identifier: ISC */
/* test_policy_throttle_store.c - limits that are near, that change, and that
 * many clients run into at once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ann.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"
#include "mail/verdict.h"
#include "policyd/hearing.h"
#include "stores.h"
#include "throttle_bench.h"

#define OURS "host { host_id mx1; }\ndomain example.org { }\n"

/* --- a limit that is near ------------------------------------------------- */

static void
count_near(void *arg, enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_WARN && strstr(line, "limit is near: \"out of "
	    "ann@example.org: ") != NULL)
		++*(size_t *)arg;
}

static void
who_comes_near_a_limit_is_told_of_once_a_window(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	size_t near = 0;

	log_set_sink(count_near, &near);
	throttle_bench_begin(&bench, OURS "throttle out { limit 10/1h; "
	    "soft 80; }", lab->store);
	ann_sends_many(&bench, 7, "DUNNO");
	assert_int_equal(near, 0);
	ann_sends(&bench, "DUNNO");
	assert_int_equal(near, 1);
	ann_sends_many(&bench, 2, "DUNNO");
	ann_sends_many(&bench, 5, "450");
	assert_int_equal(near, 1);
	throttle_bench_at(2 * 3600);
	ann_sends_many(&bench, 10, "DUNNO");
	assert_int_equal(near, 2);
	throttle_bench_end(&bench);
	log_set_sink(NULL, NULL);
}

/* --- configurations that change ------------------------------------------- */

static void
a_limit_that_changes_keeps_what_was_used(void **state)
{
	static const char *const confs[] = {
		OURS "throttle out { limit 5/1h; }",
		OURS "throttle out { limit 7/1h; }",
		OURS "throttle out { limit 6/1h; }",
		OURS "throttle out { limit 100/1d 9/1h; action reject; }",
	};
	static const size_t passes[] = { 5, 2, 0, 2 };
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		throttle_bench_begin(&bench, confs[i], lab->store);
		bench.messages = 100 * i;
		ann_sends_many(&bench, passes[i], "DUNNO");
		ann_sends(&bench, i == 3 ? "550" : "450");
		throttle_bench_end(&bench);
	}
}

/* So many tries at a time under a limit, and how many pass. */
static const struct change {
	const char *name;
	struct {
		int64_t at_s;
		const char *limit;
		size_t tries, passes;
	} steps[4];
} changes[] = {
	{ "an hour made two keeps what was used, for two", {
		{ 0, "5/1h", 6, 5 },
		{ 1800, "7/2h", 3, 2 },
		{ 5400, "7/2h", 1, 0 },
		{ 7380, "7/2h", 6, 5 } } },
	{ "a day made an hour counts what was used in the last hour", {
		{ 0, "5/1d", 3, 3 },
		{ 5 * 3600, "5/1d", 3, 2 },
		{ 5 * 3600 + 60, "5/1h", 6, 3 } } },
	{ "an hour made a day keeps what was used", {
		{ 0, "3/1h", 3, 3 },
		{ 60, "5/1d", 3, 2 },
		{ 12 * 3600, "5/1d", 1, 0 } } },
	{ "a day behind an hour begins at zero, the hour goes on", {
		{ 0, "3/1h", 4, 3 },
		{ 60, "3/1h 4/1d", 2, 0 },
		{ 3720, "3/1h 4/1d", 4, 3 },
		{ 7500, "3/1h 4/1d", 4, 1 } } },
	{ "an hour in front of a day counts what the day did", {
		{ 0, "5/1d", 3, 3 },
		{ 60, "4/1h 5/1d", 3, 1 } } },
	{ "an hour that goes leaves what it counted", {
		{ 0, "3/1h 5/1d", 4, 3 },
		{ 60, "5/1d", 4, 2 } } },
};

static size_t
try_at(const struct store_lab *lab, const char *limit, int64_t at_s,
    size_t tries, size_t *messages)
{
	struct throttle_bench bench;
	size_t passed;

	throttle_bench_begin(&bench, arena_printf(lab->arena,
	    OURS "throttle out { limit %s; }", limit), lab->store);
	throttle_bench_at(at_s);
	bench.messages = *messages;
	passed = ann_tries(&bench, tries);
	*messages = bench.messages;
	throttle_bench_end(&bench);
	return passed;
}

static void
a_window_that_changes_keeps_what_was_used(void **state)
{
	const struct store_lab *lab = *state;
	size_t messages = 0;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		/* Each case begins ten days after the one before. */
		int64_t begin_s = (int64_t)i * 10 * 86400;

		for (size_t j = 0; j < ARRAY_LEN(changes[i].steps) &&
		    changes[i].steps[j].limit != NULL; j++) {
			size_t passed = try_at(lab, changes[i].steps[j].limit,
			    begin_s + changes[i].steps[j].at_s,
			    changes[i].steps[j].tries, &messages);

			if (passed != changes[i].steps[j].passes)
				fail_msg("%s: step %zu: %zu passed",
				    changes[i].name, j, passed);
		}
	}
}

static void
in_observe_mode_all_passes_and_is_counted(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, "policyd { mode observe; }\n" OURS
	    "throttle out { limit 2/1h; }", lab->store);
	ann_sends_many(&bench, 2, "DUNNO");
	assert_int_equal(bench.policy.ruling->verdict->decision,
	    DECISION_HAM);
	ann_sends(&bench, "DUNNO");
	assert_int_equal(bench.policy.ruling->verdict->decision,
	    DECISION_DEFER);
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "outbound limit of ann@example.org reached: 2 messages per hour, "
	    "3 used"));
	throttle_bench_end(&bench);
	throttle_bench_begin(&bench, OURS "throttle out { limit 3/1h; }",
	    lab->store);
	bench.messages = 100;
	ann_sends(&bench, "450");
	throttle_bench_end(&bench);
}

/* --- many at once --------------------------------------------------------- */

#define RACERS 16
#define RACE_MESSAGES 10
#define RACE_LIMIT 50

struct racer {
	struct throttle_bench bench;
	struct store *store;
	size_t passed;
};

static void *
race(void *arg)
{
	const struct throttle_mail mail = { .login = "ann@example.org",
	    .is_blind = true };
	struct racer *racer = arg;

	for (size_t i = 0; i < RACE_MESSAGES; i++)
		racer->passed += strcmp(throttle_bench_send(&racer->bench,
		    &mail), "DUNNO") == 0;
	return NULL;
}

/* Sixteen daemons that share a store. */
static void
racing_clients_never_pass_one_more(void **state)
{
	struct racer racers[RACERS] = { 0 };
	pthread_t threads[RACERS];
	size_t passed = 0;

	(void)state;
	for (size_t i = 0; i < RACERS; i++) {
		racers[i].store = stores_connect();
		throttle_bench_begin(&racers[i].bench, OURS
		    "throttle out { limit 50/1h 60/1d; }", racers[i].store);
		racers[i].bench.messages = 1000 * i;
	}
	for (size_t i = 0; i < RACERS; i++)
		pthread_create(&threads[i], NULL, race, &racers[i]);
	for (size_t i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < RACERS; i++) {
		passed += racers[i].passed;
		throttle_bench_end(&racers[i].bench);
		store_free(&racers[i].store);
	}
	assert_int_equal(passed, RACE_LIMIT);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(who_comes_near_a_limit_is_told_of_once_a_window),
		STORE_TEST(a_limit_that_changes_keeps_what_was_used),
		STORE_TEST(a_window_that_changes_keeps_what_was_used),
		STORE_TEST(in_observe_mode_all_passes_and_is_counted),
		SHARED_TEST(racing_clients_never_pass_one_more),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
