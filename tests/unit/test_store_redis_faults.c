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
#include "store_probe.h"

#define MANY 200

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
ask_many(struct probe *probe, struct store_call **calls)
{
	for (size_t i = 0; i < MANY; i++)
		calls[i] = probe_ask(probe, &op_once, 2, "n",
		    arena_printf(probe->arena, "name %zu", i), NULL);
}

/* Wait for all; how many ended so. */
static size_t
end_many(struct probe *probe, struct store_call **calls, const char *how)
{
	size_t found = 0;

	for (size_t i = 0; i < MANY; i++)
		found += strncmp(probe_answer(probe, &calls[i]), how,
		    strlen(how)) == 0;
	return found;
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
	store_free(&probe->store);
	redis_relay_stop(&relay);
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
	struct store_call *calls[MANY], *last;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* Something is asked all the time, so that it shows. */
		unsigned connections = redis_relay_count(relay);

		redis_server_say(probe->server, probe->arena, "FLUSHDB");
		redis_relay_set(relay, cases[i].mode);
		while (redis_relay_count(relay) == connections) {
			ask_many(probe, calls);
			if (end_many(probe, calls, "done ") != MANY)
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
	store_free(&probe->store);
	redis_relay_stop(&relay);
}

/* --- dead, hung, slow --- */

static void
calls_under_way_outlive_a_server_that_is_started_again(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[MANY], *fresh;

	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	ask_many(probe, calls);
	probe_run_for(probe, 20);
	redis_server_kill(probe->server);
	probe_run_until_degraded(probe, "cannot connect");
	/* It was never sent: not done, and said so at once. */
	fresh = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_int_equal(store_call_answer(fresh)->status, STORE_DOWN);
	store_call_unref(&fresh);
	redis_server_start(probe->server, "");
	assert_int_equal(end_many(probe, calls, "done "), MANY);
	assert_int_equal(probe_stats(probe).repeated, MANY);
	fresh = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &fresh), "done 200");
}

static void
without_a_server_what_was_sent_times_out(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[MANY];

	probe->settings.timeout_ms = 1000;
	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	ask_many(probe, calls);
	probe_run_for(probe, 20);
	redis_server_kill(probe->server);
	assert_int_equal(end_many(probe, calls, "timeout "), MANY);
	assert_int_equal(probe_stats(probe).timeouts, MANY);
	assert_int_equal(probe_stats(probe).under_way, 0);
}

static void
a_server_that_hangs_for_a_moment_loses_nothing(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[MANY];

	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	ask_many(probe, calls);
	probe_run_for(probe, 300);
	redis_server_resume(probe->server);
	assert_int_equal(end_many(probe, calls, "done "), MANY);
	assert_int_equal(probe_stats(probe).connects, 1);
	assert_int_equal(probe_stats(probe).repeated, 0);
}

static void
a_server_that_hangs_is_given_up_and_found_again(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[MANY], *call;

	probe->settings.timeout_ms = 200;
	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	ask_many(probe, calls);
	assert_int_equal(end_many(probe, calls, "timeout "), MANY);
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
	struct store_call *calls[MANY], *first;
	int64_t until_ms = clock_steady_ms() + 60000;

	probe->settings.timeout_ms = 4000;
	probe_open(probe);
	probe_connect(probe);
	/* So that the script is known. */
	first = probe_ask(probe, &op_once, 2, "m", "name", NULL);
	assert_string_equal(probe_answer(probe, &first), "done 1 first");
	ask_many(probe, calls);
	probe_run_for(probe, 5);
	while (strcmp(redis_server_say(probe->server, probe->arena, "GET n"),
	    "200") != 0 && clock_steady_ms() < until_ms)
		usleep(1000);
	/* The loop does not run, and the time of the calls goes by. */
	usleep(4100 * 1000);
	assert_int_equal(end_many(probe, calls, "done "), MANY);
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
	store_free(&probe->store);
	redis_relay_stop(&relay);
}

static void
a_slow_server_serves_all(void **state)
{
	struct probe *probe = probe_begin(state);
	struct redis_relay *relay = begin_relay(probe);
	struct store_call *calls[MANY];

	redis_relay_delay(relay, 200);
	ask_many(probe, calls);
	assert_int_equal(end_many(probe, calls, "done "), MANY);
	assert_int_equal(probe_stats(probe).repeated, 0);
	assert_int_equal(probe_stats(probe).latency_counts[0], 0);
	store_free(&probe->store);
	redis_relay_stop(&relay);
}

/* --- it cannot --- */

static void
a_server_out_of_memory_refuses_what_writes(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe_open(probe);
	probe_connect(probe);
	redis_server_say(probe->server, probe->arena,
	    "CONFIG SET maxmemory 1000");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	probe_has(probe_answer(probe, &call), "refused unix:/");
	probe_has(store_degraded(probe->store),
	    "it is out of memory; raise its maxmemory");
	redis_server_say(probe->server, probe->arena,
	    "CONFIG SET maxmemory 0");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	assert_null(store_degraded(probe->store));
}

static const char replica[] = "replicaof 127.0.0.1 1";

static void
a_replica_is_asked_again_until_it_takes_over(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[MANY];

	probe_open(probe);
	probe_connect(probe);
	redis_server_say(probe->server, probe->arena,
	    "REPLICAOF 127.0.0.1 1");
	ask_many(probe, calls);
	probe_run_until_degraded(probe, "it is a replica and takes no writes; "
	    "name the primary in `where`");
	redis_server_say(probe->server, probe->arena, "REPLICAOF NO ONE");
	assert_int_equal(end_many(probe, calls, "done "), MANY);
	assert_true(probe_stats(probe).connects > 1);
	assert_null(store_degraded(probe->store));
}

static void
a_replica_that_stays_one_refuses(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[MANY];

	redis_server_kill(probe->server);
	redis_server_start(probe->server, replica);
	probe->settings.timeout_ms = 2000;
	probe_open(probe);
	probe_connect(probe);
	/* The server says of each that it is not done; but at its deadline it
	 * may just have been asked for again. */
	do {
		ask_many(probe, calls);
	} while (end_many(probe, calls, "refused unix:/") == 0);
	probe_has(store_degraded(probe->store), "it is a replica");
	assert_int_equal(probe_stats(probe).done, 0);
}

static void
a_server_that_loads_is_waited_for(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	/* Entries that take it two seconds. */
	redis_server_say(probe->server, probe->arena,
	    "DEBUG POPULATE 20000 key 10\nSAVE");
	redis_server_kill(probe->server);
	redis_server_start(probe->server, "key-load-delay 100\n"
	    "loading-process-events-interval-bytes 1024");
	probe_open(probe);
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	probe_has(probe->log, "it still loads its data; wait");
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "DBSIZE"), "20001");
}

static void
a_server_busy_with_a_script_says_so(void **state)
{
	static const char busy[] = "EVAL \"while true do end\" 0\r\n";
	struct probe *probe = probe_begin(state);
	const char *error;
	int fd;

	redis_server_say(probe->server, probe->arena,
	    "CONFIG SET busy-reply-threshold 1");
	probe_open(probe);
	probe_connect(probe);
	fd = net_connect_unix(redis_server_path(probe->server), 60000,
	    probe->arena, &error);
	assert_int_equal(net_write_all(fd, busy, sizeof(busy) - 1), 0);
	probe_ask_until(probe, &op_read, "n", "it is busy with somebody's "
	    "script; SCRIPT KILL there ends that");
	redis_server_say(probe->server, probe->arena, "SCRIPT KILL");
	probe_ask_until(probe, &op_read, "n", "done none");
	assert_null(store_degraded(probe->store));
	close(fd);
}

static void
a_node_of_a_cluster_is_named_as_such(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	redis_server_kill(probe->server);
	redis_server_start(probe->server, arena_printf(probe->arena,
	    "cluster-enabled yes\ncluster-port %u",
	    redis_server_tls_port(probe->server)));
	probe_open(probe);
	call = probe_ask(probe, &op_add, 1, "mr:{a}:n", NULL);
	probe_has(probe_answer(probe, &call), "it is one node of a cluster; "
	    "name a single server in `where`");
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
	store_free(&probe->store);
	redis_relay_stop(&relay);
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
	store_free(&probe->store);
	redis_relay_stop(&relay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(an_answer_lost_after_the_server_acted_is_asked_for_again),
		PROBE(what_makes_no_sense_ends_the_connection_not_the_calls),
		PROBE(calls_under_way_outlive_a_server_that_is_started_again),
		PROBE(without_a_server_what_was_sent_times_out),
		PROBE(a_server_that_hangs_for_a_moment_loses_nothing),
		PROBE(a_server_that_hangs_is_given_up_and_found_again),
		PROBE(what_came_while_we_were_held_up_is_not_late),
		PROBE(late_answers_are_not_taken_for_those_of_others),
		PROBE(a_slow_server_serves_all),
		PROBE(a_server_out_of_memory_refuses_what_writes),
		PROBE(a_replica_is_asked_again_until_it_takes_over),
		PROBE(a_replica_that_stays_one_refuses),
		PROBE(a_server_that_loads_is_waited_for),
		PROBE(a_server_busy_with_a_script_says_so),
		PROBE(a_node_of_a_cluster_is_named_as_such),
		PROBE(a_connection_closed_while_idle_is_no_trouble),
		PROBE(attempts_to_connect_come_more_and_more_seldom),
		PROBE(a_server_that_hangs_does_not_make_memory_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
