/* SPDX-License-Identifier: ISC */
/* test_store_redis_faults.c - the store in Redis when the server fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "redis_relay.h"
#include "store_probe.h"

/* Through a relay, connected. */
static struct redis_relay *
begin_relay(struct probe *probe)
{
	struct redis_relay *relay = redis_relay_start(probe->server);

	probe->settings.host = redis_relay_path(relay);
	probe_open(probe);
	probe_connect(probe);
	return relay;
}

static void
end_relay(struct probe *probe, struct redis_relay **relay)
{
	store_free(&probe->store);
	redis_relay_stop(relay);
}

/* --- answers lost, garbled, doubled --- */

static void
an_answer_lost_after_the_server_acted_is_asked_for_again(void **state)
{
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay = begin_relay(probe);
	struct store_call *call;

	call = probe_ask(probe, &op_once, 2, "n", "a", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1 first");
	redis_relay_set(relay, RELAY_SWALLOW);
	call = probe_ask(probe, &op_once, 2, "n", "b", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 2 again");
	assert_int_equal(probe_stats(probe).repeated, 1);
	assert_int_equal(probe_stats(probe).disconnects, 1);
	assert_int_equal(redis_relay_count(relay), 2);
	assert_null(store_degraded(probe->store));
	end_relay(probe, &relay);
}

static void
what_makes_no_sense_ends_the_connection_not_the_calls(void **state)
{
	static const struct {
		const char *name;
		enum redis_relay_mode mode;
		const char *log, *or;
	} cases[] = {
		{ "bytes of another protocol", RELAY_GARBAGE,
		  "what answers is no Redis server", NULL },
		{ "a reply without an end", RELAY_ENDLESS,
		  "a reply is too long", NULL },
		{ "a reply that nobody asked for", RELAY_TWICE,
		  "it says what nobody asked", NULL },
		/* It is reset where something was sent that nobody read. */
		{ "a connection that ends", RELAY_SWALLOW,
		  "the server closed the connection",
		  "Connection reset by peer" },
	};
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay = begin_relay(probe);
	struct store_call *calls[PROBE_MANY], *last;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* Something is asked all the time, so that it shows. */
		unsigned connections = redis_relay_count(relay);

		redis_server_say(probe->server, probe->arena, "FLUSHDB");
		redis_relay_set(relay, cases[i].mode);
		while (redis_relay_count(relay) == connections) {
			probe_ask_many(probe, calls);
			if (probe_end_many(probe, calls, "done ") != PROBE_MANY)
				fail_msg("%s: not all done", cases[i].name);
		}
		last = probe_ask(probe, &op_read, 1, "n", NULL);
		assert_string_equal(probe_answer(probe, &last), "done 200");
		if (cases[i].mode == RELAY_TWICE)
			continue;	/* may come when nothing is asked */
		if (cases[i].or == NULL ||
		    strstr(probe->log, cases[i].or) == NULL)
			probe_has(probe->log, cases[i].log);
	}
	end_relay(probe, &relay);
}

static unsigned
counted(struct probe *probe, const char *name)
{
	return (unsigned)atoi(redis_server_say(probe->server, probe->arena,
	    arena_printf(probe->arena, "GET %s", name)));
}

/* Of many calls the last leave with the next turn of the loop. */
static void
a_reply_to_what_has_not_left_yet_is_no_reply(void **state)
{
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay = begin_relay(probe);
	int64_t until_ms = clock_steady_ms() + 60000;
	struct store_call *calls[PROBE_MANY], *call;

	/* So that the script is known. */
	call = probe_ask(probe, &op_once, 2, "m", "name", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1 first");
	redis_relay_set(relay, RELAY_HOLD);
	probe_ask_many(probe, calls);
	while (counted(probe, "n") <= PROBE_MANY / 2 &&
	    clock_steady_ms() < until_ms)
		usleep(1000);
	assert_in_range(counted(probe, "n"), PROBE_MANY / 2 + 1,
	    PROBE_MANY - 1);
	redis_relay_set(relay, RELAY_TWICE);
	while (!redis_relay_passes(relay) && clock_steady_ms() < until_ms)
		usleep(1000);
	assert_int_equal(probe_end_many(probe, calls, "done "), PROBE_MANY);
	probe_has(probe->log, "it says what nobody asked");
	call = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 200");
	end_relay(probe, &relay);
}

/* --- dead, hung, slow --- */

static void
calls_under_way_outlive_a_server_that_is_started_again(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY], *fresh;

	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	probe_ask_many(probe, calls);
	probe_run_for(probe, 20);
	redis_server_kill(probe->server);
	probe_run_until_degraded(probe, "cannot connect");
	/* It was never sent: not done, and said so at once. */
	fresh = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_int_equal(store_call_answer(fresh)->status, STORE_DOWN);
	store_call_unref(&fresh);
	redis_server_start(probe->server, "");
	assert_int_equal(probe_end_many(probe, calls, "done "), PROBE_MANY);
	assert_int_equal(probe_stats(probe).repeated, PROBE_MANY);
	fresh = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &fresh), "done 200");
}

static void
without_a_server_what_was_sent_times_out(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY];

	probe->settings.timeout_ms = 1000;
	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	probe_ask_many(probe, calls);
	probe_run_for(probe, 20);
	redis_server_kill(probe->server);
	assert_int_equal(probe_end_many(probe, calls, "timeout "), PROBE_MANY);
	assert_int_equal(probe_stats(probe).timeouts, PROBE_MANY);
	assert_int_equal(probe_stats(probe).under_way, 0);
}

static void
a_server_that_hangs_for_a_moment_loses_nothing(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY];

	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	probe_ask_many(probe, calls);
	probe_run_for(probe, 300);
	redis_server_resume(probe->server);
	assert_int_equal(probe_end_many(probe, calls, "done "), PROBE_MANY);
	assert_int_equal(probe_stats(probe).connects, 1);
	assert_int_equal(probe_stats(probe).repeated, 0);
}

static void
a_server_that_hangs_is_given_up_and_found_again(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY], *call;

	probe->settings.timeout_ms = 200;
	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	probe_ask_many(probe, calls);
	assert_int_equal(probe_end_many(probe, calls, "timeout "), PROBE_MANY);
	/* By now it may have been given up. */
	probe_has(probe->log, "it answers too late");
	probe_run_until_degraded(probe, "it does not answer any more");
	/* Nobody needs to wait from now on. */
	call = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_int_equal(store_call_answer(call)->status, STORE_DOWN);
	store_call_unref(&call);
	/* It still takes connections: that is no reason to wait for it. */
	probe_run_until_degraded(probe, "connected, but it does not answer");
	call = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_int_equal(store_call_answer(call)->status, STORE_DOWN);
	store_call_unref(&call);
	redis_server_resume(probe->server);
	probe_connect(probe);
	probe_ask_until(probe, &op_add, "m", "done 1");
}

static void
what_came_while_we_were_held_up_is_not_late(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[PROBE_MANY], *first;
	int64_t until_ms = clock_steady_ms() + 60000;

	probe->settings.timeout_ms = 4000;
	probe_open(probe);
	probe_connect(probe);
	/* So that the script is known. */
	first = probe_ask(probe, &op_once, 2, "m", "name", NULL);
	assert_string_equal(probe_answer(probe, &first), "done 1 first");
	probe_ask_many(probe, calls);
	probe_run_for(probe, 5);
	while (strcmp(redis_server_say(probe->server, probe->arena, "GET n"),
	    "200") != 0 && clock_steady_ms() < until_ms)
		usleep(1000);
	/* The loop does not run, and the time of the calls goes by. */
	usleep(4100 * 1000);
	assert_int_equal(probe_end_many(probe, calls, "done "), PROBE_MANY);
}

static void
late_answers_are_not_taken_for_those_of_others(void **state)
{
	struct probe *probe = probe_begin(state);
	int64_t until_ms = clock_steady_ms() + 60000;
	struct redis_relay *relay;
	struct store_call *call;
	int done = 0;

	probe->settings.timeout_ms = 400;
	relay = begin_relay(probe);
	redis_relay_set(relay, RELAY_HOLD);
	call = probe_ask(probe, &op_echo, 0, "late", NULL);
	probe_has(probe_answer(probe, &call), "timeout ");
	redis_relay_set(relay, RELAY_PASS);
	for (int i = 0; done < 20 && clock_steady_ms() < until_ms; i++) {
		const char *text = arena_printf(probe->arena, "%d", i);
		const char *answer;

		call = probe_ask(probe, &op_echo, 0, text, NULL);
		answer = probe_answer(probe, &call);
		if (strncmp(answer, "done ", 5) != 0)
			continue;	/* late again, or given up */
		assert_string_equal(answer, arena_printf(probe->arena,
		    "done %s", text));
		done++;
	}
	assert_int_equal(done, 20);
	end_relay(probe, &relay);
}

static void
a_slow_server_serves_all(void **state)
{
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay = begin_relay(probe);
	struct store_call *calls[PROBE_MANY];

	redis_relay_delay(relay, 200);
	probe_ask_many(probe, calls);
	assert_int_equal(probe_end_many(probe, calls, "done "), PROBE_MANY);
	assert_int_equal(probe_stats(probe).repeated, 0);
	assert_int_equal(probe_stats(probe).latency_counts[0], 0);
	end_relay(probe, &relay);
}

/* --- how it comes back --- */

static void
a_connection_closed_while_idle_is_no_trouble(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe_open(probe);
	probe_connect(probe);
	for (unsigned i = 1; i <= 3; i++) {
		redis_server_say(probe->server, probe->arena,
		    "CLIENT KILL TYPE normal SKIPME yes");
		while (probe_stats(probe).connects != i + 1)
			probe_run_for(probe, 1);
		call = probe_ask(probe, &op_echo, 0, "x", NULL);
		assert_string_equal(probe_answer(probe, &call), "done x");
	}
	assert_int_equal(probe_stats(probe).disconnects, 3);
	assert_string_equal(probe->log, "");
}

static bool
has_tried_six_times(void *relay)
{
	return redis_relay_count(relay) >= 1 + 6;
}

static void
attempts_to_connect_come_more_and_more_seldom(void **state)
{
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay = begin_relay(probe);
	int64_t began_ms = clock_steady_ms();

	redis_server_kill(probe->server);
	probe_run_until(probe, has_tried_six_times, relay);
	/* Pauses of 0, 25, 50, 100, 200, 400 ms at least. */
	assert_in_range(clock_steady_ms() - began_ms, 700, 60000);
	/* Each of them is the same trouble: one line, or two. */
	assert_true(strlen(probe->log) < 400);
	end_relay(probe, &relay);
}

/* --- memory --- */

static void
a_server_that_hangs_does_not_make_memory_grow(void **state)
{
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay;
	struct store_call *call;
	size_t down = 0;

	probe->settings.timeout_ms = 20000;
	relay = begin_relay(probe);
	redis_relay_set(relay, RELAY_HOLD);
	for (size_t i = 0; i < 15000; i++) {
		call = probe_ask(probe, &op_echo, 0, "x", NULL);
		down += store_call_answer(call) != NULL;
		store_call_unref(&call);
	}
	assert_int_equal(down, 5000);
	assert_int_equal(probe_stats(probe).under_way, 10000);
	end_relay(probe, &relay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(an_answer_lost_after_the_server_acted_is_asked_for_again),
		PROBE(what_makes_no_sense_ends_the_connection_not_the_calls),
		PROBE(a_reply_to_what_has_not_left_yet_is_no_reply),
		PROBE(calls_under_way_outlive_a_server_that_is_started_again),
		PROBE(without_a_server_what_was_sent_times_out),
		PROBE(a_server_that_hangs_for_a_moment_loses_nothing),
		PROBE(a_server_that_hangs_is_given_up_and_found_again),
		PROBE(what_came_while_we_were_held_up_is_not_late),
		PROBE(late_answers_are_not_taken_for_those_of_others),
		PROBE(a_slow_server_serves_all),
		PROBE(a_connection_closed_while_idle_is_no_trouble),
		PROBE(attempts_to_connect_come_more_and_more_seldom),
		PROBE(a_server_that_hangs_does_not_make_memory_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
