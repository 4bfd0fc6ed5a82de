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
#include "base/net.h"
#include "base/vec.h"
#include "redis_relay.h"
#include "store_trial.h"

#define MANY 200

/* Through a relay, connected. */
static struct redis_relay *
begin_relay(struct trial *trial)
{
	struct redis_relay *relay = redis_relay_start(trial->server);

	trial->settings.host = redis_relay_path(relay);
	trial_open(trial);
	trial_connect(trial);
	return relay;
}

static void
ask_many(struct trial *trial, struct store_call **calls)
{
	for (size_t i = 0; i < MANY; i++)
		calls[i] = trial_ask(trial, &op_once, 2, "n",
		    arena_printf(trial->arena, "name %zu", i), NULL);
}

/* Wait for all; how many ended so. */
static size_t
end_many(struct trial *trial, struct store_call **calls, const char *how)
{
	size_t found = 0;

	for (size_t i = 0; i < MANY; i++)
		found += strncmp(trial_answer(trial, &calls[i]), how,
		    strlen(how)) == 0;
	return found;
}

/* --- answers lost, garbled, doubled --- */

static void
an_answer_lost_after_the_server_acted_is_asked_for_again(void **state)
{
	struct trial *trial = trial_begin(state);
	struct redis_relay *relay = begin_relay(trial);
	struct store_call *call;

	call = trial_ask(trial, &op_once, 2, "n", "a", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1 first");
	redis_relay_set(relay, RELAY_SWALLOW);
	call = trial_ask(trial, &op_once, 2, "n", "b", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 2 again");
	assert_int_equal(trial_stats(trial).repeated, 1);
	assert_int_equal(trial_stats(trial).disconnects, 1);
	assert_int_equal(redis_relay_count(relay), 2);
	assert_null(store_degraded(trial->store));
	store_free(&trial->store);
	redis_relay_stop(&relay);
}

static void
what_makes_no_sense_ends_the_connection_not_the_calls(void **state)
{
	static const struct {
		const char *name;
		enum redis_relay_mode mode;
		const char *log;
	} cases[] = {
		{ "bytes of another protocol", RELAY_GARBAGE,
		  "what answers is no Redis server" },
		{ "a reply without an end", RELAY_ENDLESS,
		  "a reply is too long" },
		{ "a reply that nobody asked for", RELAY_TWICE,
		  "it says what nobody asked" },
		{ "a connection that ends", RELAY_SWALLOW,
		  "the server closed the connection" },
	};
	struct trial *trial = trial_begin(state);
	struct redis_relay *relay = begin_relay(trial);
	struct store_call *calls[MANY], *last;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* Something is asked all the time, so that it shows. */
		unsigned connections = redis_relay_count(relay);

		redis_server_say(trial->server, trial->arena, "FLUSHDB");
		redis_relay_set(relay, cases[i].mode);
		while (redis_relay_count(relay) == connections) {
			ask_many(trial, calls);
			if (end_many(trial, calls, "done ") != MANY)
				fail_msg("%s: not all done", cases[i].name);
		}
		last = trial_ask(trial, &op_read, 1, "n", NULL);
		assert_string_equal(trial_answer(trial, &last), "done 200");
		if (cases[i].mode == RELAY_TWICE)
			continue;	/* may come when nothing is asked */
		trial_has(trial->log, cases[i].log);
	}
	store_free(&trial->store);
	redis_relay_stop(&relay);
}

/* --- dead, hung, slow --- */

static void
calls_under_way_outlive_a_server_that_is_started_again(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY], *fresh;

	trial_open(trial);
	trial_connect(trial);
	redis_server_pause(trial->server);
	ask_many(trial, calls);
	trial_run_for(trial, 20);
	redis_server_kill(trial->server);
	trial_run_until_degraded(trial, "cannot connect");
	/* It was never sent: not done, and said so at once. */
	fresh = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_int_equal(store_call_answer(fresh)->status, STORE_DOWN);
	store_call_unref(&fresh);
	redis_server_start(trial->server, "");
	assert_int_equal(end_many(trial, calls, "done "), MANY);
	assert_int_equal(trial_stats(trial).repeated, MANY);
	fresh = trial_ask(trial, &op_read, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &fresh), "done 200");
}

static void
without_a_server_what_was_sent_times_out(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY];

	trial->settings.timeout_ms = 1000;
	trial_open(trial);
	trial_connect(trial);
	redis_server_pause(trial->server);
	ask_many(trial, calls);
	trial_run_for(trial, 20);
	redis_server_kill(trial->server);
	assert_int_equal(end_many(trial, calls, "timeout "), MANY);
	assert_int_equal(trial_stats(trial).timeouts, MANY);
	assert_int_equal(trial_stats(trial).under_way, 0);
}

static void
a_server_that_hangs_for_a_moment_loses_nothing(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY];

	trial_open(trial);
	trial_connect(trial);
	redis_server_pause(trial->server);
	ask_many(trial, calls);
	trial_run_for(trial, 300);
	redis_server_resume(trial->server);
	assert_int_equal(end_many(trial, calls, "done "), MANY);
	assert_int_equal(trial_stats(trial).connects, 1);
	assert_int_equal(trial_stats(trial).repeated, 0);
}

static void
a_server_that_hangs_is_given_up_and_found_again(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY], *call;

	trial->settings.timeout_ms = 200;
	trial_open(trial);
	trial_connect(trial);
	redis_server_pause(trial->server);
	ask_many(trial, calls);
	assert_int_equal(end_many(trial, calls, "timeout "), MANY);
	trial_has(store_degraded(trial->store), "it answers too late");
	trial_run_until_degraded(trial, "it does not answer any more");
	/* Nobody needs to wait from now on. */
	call = trial_ask(trial, &op_read, 1, "n", NULL);
	assert_int_equal(store_call_answer(call)->status, STORE_DOWN);
	store_call_unref(&call);
	/* It still takes connections: that is no reason to wait for it. */
	trial_run_until_degraded(trial, "connected, but it does not answer");
	call = trial_ask(trial, &op_read, 1, "n", NULL);
	assert_int_equal(store_call_answer(call)->status, STORE_DOWN);
	store_call_unref(&call);
	redis_server_resume(trial->server);
	trial_connect(trial);
	trial_ask_until(trial, &op_add, "m", "done 1");
}

static void
what_came_while_we_were_held_up_is_not_late(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY], *first;
	int64_t until_ms = clock_steady_ms() + 60000;

	trial->settings.timeout_ms = 2000;
	trial_open(trial);
	/* So that the script is known. */
	first = trial_ask(trial, &op_once, 2, "m", "name", NULL);
	assert_string_equal(trial_answer(trial, &first), "done 1 first");
	ask_many(trial, calls);
	trial_run_for(trial, 5);
	while (strcmp(redis_server_say(trial->server, trial->arena, "GET n"),
	    "200") != 0 && clock_steady_ms() < until_ms)
		usleep(1000);
	/* The loop does not run, and the time of the calls goes by. */
	usleep(2100 * 1000);
	assert_int_equal(end_many(trial, calls, "done "), MANY);
}

static void
late_answers_are_not_taken_for_those_of_others(void **state)
{
	struct trial *trial = trial_begin(state);
	struct redis_relay *relay;
	struct store_call *call;

	trial->settings.timeout_ms = 400;
	relay = begin_relay(trial);
	redis_relay_set(relay, RELAY_HOLD);
	call = trial_ask(trial, &op_echo, 0, "late", NULL);
	trial_has(trial_answer(trial, &call), "timeout ");
	redis_relay_set(relay, RELAY_PASS);
	for (int i = 0; i < 20; i++) {
		const char *text = arena_printf(trial->arena, "%d", i);
		const char *answer;

		call = trial_ask(trial, &op_echo, 0, text, NULL);
		answer = trial_answer(trial, &call);
		if (strncmp(answer, "timeout ", 8) != 0)
			assert_string_equal(answer, arena_printf(trial->arena,
			    "done %s", text));
	}
	store_free(&trial->store);
	redis_relay_stop(&relay);
}

static void
a_slow_server_serves_all(void **state)
{
	struct trial *trial = trial_begin(state);
	struct redis_relay *relay = begin_relay(trial);
	struct store_call *calls[MANY];

	redis_relay_delay(relay, 200);
	ask_many(trial, calls);
	assert_int_equal(end_many(trial, calls, "done "), MANY);
	assert_int_equal(trial_stats(trial).repeated, 0);
	assert_int_equal(trial_stats(trial).latency_counts[0], 0);
	store_free(&trial->store);
	redis_relay_stop(&relay);
}

/* --- it cannot --- */

static void
a_server_out_of_memory_refuses_what_writes(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial_open(trial);
	trial_connect(trial);
	redis_server_say(trial->server, trial->arena,
	    "CONFIG SET maxmemory 1000");
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	trial_has(trial_answer(trial, &call), "refused unix:/");
	trial_has(store_degraded(trial->store),
	    "it is out of memory; raise its maxmemory");
	redis_server_say(trial->server, trial->arena,
	    "CONFIG SET maxmemory 0");
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
	assert_null(store_degraded(trial->store));
}

static const char replica[] = "replicaof 127.0.0.1 1";

static void
a_replica_is_asked_again_until_it_takes_over(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY];

	trial_open(trial);
	trial_connect(trial);
	redis_server_say(trial->server, trial->arena,
	    "REPLICAOF 127.0.0.1 1");
	ask_many(trial, calls);
	trial_run_until_degraded(trial, "it is a replica and takes no writes; "
	    "name the primary in `where`");
	redis_server_say(trial->server, trial->arena, "REPLICAOF NO ONE");
	assert_int_equal(end_many(trial, calls, "done "), MANY);
	assert_true(trial_stats(trial).connects > 1);
	assert_null(store_degraded(trial->store));
}

static void
a_replica_that_stays_one_refuses(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[MANY];

	redis_server_kill(trial->server);
	redis_server_start(trial->server, replica);
	trial->settings.timeout_ms = 2000;
	trial_open(trial);
	trial_connect(trial);
	/* The server says of each that it is not done; but at its deadline it
	 * may just have been asked for again. */
	do {
		ask_many(trial, calls);
	} while (end_many(trial, calls, "refused unix:/") == 0);
	trial_has(store_degraded(trial->store), "it is a replica");
	assert_int_equal(trial_stats(trial).done, 0);
}

static void
a_server_that_loads_is_waited_for(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	/* Entries that take it two seconds. */
	redis_server_say(trial->server, trial->arena,
	    "DEBUG POPULATE 20000 key 10\nSAVE");
	redis_server_kill(trial->server);
	redis_server_start(trial->server, "key-load-delay 100\n"
	    "loading-process-events-interval-bytes 1024");
	trial_open(trial);
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
	trial_has(trial->log, "it still loads its data; wait");
	assert_string_equal(redis_server_say(trial->server, trial->arena,
	    "DBSIZE"), "20001");
}

static void
a_server_busy_with_a_script_says_so(void **state)
{
	static const char busy[] = "EVAL \"while true do end\" 0\r\n";
	struct trial *trial = trial_begin(state);
	const char *error;
	int fd;

	redis_server_say(trial->server, trial->arena,
	    "CONFIG SET busy-reply-threshold 1");
	trial_open(trial);
	trial_connect(trial);
	fd = net_connect_unix(redis_server_path(trial->server), 60000,
	    trial->arena, &error);
	assert_int_equal(net_write_all(fd, busy, sizeof(busy) - 1), 0);
	trial_ask_until(trial, &op_read, "n", "it is busy with somebody's "
	    "script; SCRIPT KILL there ends that");
	redis_server_say(trial->server, trial->arena, "SCRIPT KILL");
	trial_ask_until(trial, &op_read, "n", "done none");
	assert_null(store_degraded(trial->store));
	close(fd);
}

static void
a_node_of_a_cluster_is_named_as_such(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	redis_server_kill(trial->server);
	redis_server_start(trial->server, arena_printf(trial->arena,
	    "cluster-enabled yes\ncluster-port %u",
	    redis_server_tls_port(trial->server)));
	trial_open(trial);
	call = trial_ask(trial, &op_add, 1, "mr:{a}:n", NULL);
	trial_has(trial_answer(trial, &call), "it is one node of a cluster; "
	    "name a single server in `where`");
}

/* --- how it comes back --- */

static void
a_connection_closed_while_idle_is_no_trouble(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial_open(trial);
	trial_connect(trial);
	for (unsigned i = 1; i <= 3; i++) {
		redis_server_say(trial->server, trial->arena,
		    "CLIENT KILL TYPE normal SKIPME yes");
		while (trial_stats(trial).connects != i + 1)
			trial_run_for(trial, 1);
		call = trial_ask(trial, &op_echo, 0, "x", NULL);
		assert_string_equal(trial_answer(trial, &call), "done x");
	}
	assert_int_equal(trial_stats(trial).disconnects, 3);
	assert_string_equal(trial->log, "");
}

static void
attempts_to_connect_come_more_and_more_seldom(void **state)
{
	struct trial *trial = trial_begin(state);
	struct redis_relay *relay = begin_relay(trial);
	int64_t began_ms = clock_steady_ms();
	unsigned attempts, most;

	redis_server_kill(trial->server);
	trial_run_for(trial, 1500);
	attempts = redis_relay_count(relay) - 1;
	/* Pauses of 0, 25, 50, ... 1000 ms at least. */
	most = 8 + (unsigned)((clock_steady_ms() - began_ms) / 1000);
	if (attempts < 2 || attempts > most)
		fail_msg("%u attempts, not 2 to %u", attempts, most);
	/* Each of them is the same trouble: one line, or two. */
	assert_true(strlen(trial->log) < 400);
	store_free(&trial->store);
	redis_relay_stop(&relay);
}

/* --- memory --- */

static void
a_server_that_hangs_does_not_make_memory_grow(void **state)
{
	struct trial *trial = trial_begin(state);
	struct redis_relay *relay;
	struct store_call *call;
	size_t down = 0;

	trial->settings.timeout_ms = 20000;
	relay = begin_relay(trial);
	redis_relay_set(relay, RELAY_HOLD);
	for (size_t i = 0; i < 15000; i++) {
		call = trial_ask(trial, &op_echo, 0, "x", NULL);
		down += store_call_answer(call) != NULL;
		store_call_unref(&call);
	}
	assert_int_equal(down, 5000);
	assert_int_equal(trial_stats(trial).under_way, 10000);
	store_free(&trial->store);
	redis_relay_stop(&relay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRIAL(an_answer_lost_after_the_server_acted_is_asked_for_again),
		TRIAL(what_makes_no_sense_ends_the_connection_not_the_calls),
		TRIAL(calls_under_way_outlive_a_server_that_is_started_again),
		TRIAL(without_a_server_what_was_sent_times_out),
		TRIAL(a_server_that_hangs_for_a_moment_loses_nothing),
		TRIAL(a_server_that_hangs_is_given_up_and_found_again),
		TRIAL(what_came_while_we_were_held_up_is_not_late),
		TRIAL(late_answers_are_not_taken_for_those_of_others),
		TRIAL(a_slow_server_serves_all),
		TRIAL(a_server_out_of_memory_refuses_what_writes),
		TRIAL(a_replica_is_asked_again_until_it_takes_over),
		TRIAL(a_replica_that_stays_one_refuses),
		TRIAL(a_server_that_loads_is_waited_for),
		TRIAL(a_server_busy_with_a_script_says_so),
		TRIAL(a_node_of_a_cluster_is_named_as_such),
		TRIAL(a_connection_closed_while_idle_is_no_trouble),
		TRIAL(attempts_to_connect_come_more_and_more_seldom),
		TRIAL(a_server_that_hangs_does_not_make_memory_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
