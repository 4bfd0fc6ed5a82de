/* SPDX-License-Identifier: ISC */
/* test_store_redis.c - the store in Redis: questions and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wait.h"
#include "store_probe.h"

/* --- answers --- */

static void
an_operation_gets_its_words_and_gives_values(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe_open(probe);
	call = probe_ask(probe, &op_echo, 2, "mr:{a}:1", "mr:{a}:2", "x",
	    "", "z", NULL);
	assert_string_equal(probe_answer(probe, &call),
	    "done mr:{a}:1 mr:{a}:2 x  z");
	call = probe_ask(probe, &op_echo, 0, NULL);
	assert_string_equal(probe_answer(probe, &call), "done");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	assert_null(store_degraded(probe->store));
}

static void
any_byte_may_be_in_words_and_values(void **state)
{
	struct probe *probe = probe_begin(state);
	char all[256], *big = arena_zalloc(probe->arena, 300000);
	struct str words[2] = { { all, 256 }, { big, 300000 } };
	const struct store_request request = { &op_echo, words, 1,
		words + 1, 1 };
	const struct store_answer *answer;
	struct store_call *call;

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	probe_open(probe);
	call = store_ask(probe->store, &request, NULL);
	while (store_call_answer(call) == NULL)
		probe_run_for(probe, 1);
	answer = store_call_answer(call);
	assert_int_equal(answer->status, STORE_DONE);
	assert_int_equal(answer->count, 2);
	assert_true(str_eq(answer->values[0], words[0]));
	assert_true(str_eq(answer->values[1], words[1]));
	store_call_unref(&call);
}

static void
an_answer_posts_the_wait(void **state)
{
	struct probe *probe = probe_begin(state);
	struct wait *wait = wait_new();
	struct str key = STR("k");
	const struct store_request request = { &op_read, &key, 1, NULL, 0 };
	struct store_call *call;

	probe_open(probe);
	call = store_ask(probe->store, &request, wait);
	assert_int_equal(wait_sleep(wait, 0), 0);
	while (store_call_answer(call) == NULL)
		probe_run_for(probe, 1);
	assert_int_equal(wait_sleep(wait, 0), 1);
	store_call_unref(&call);
	wait_unref(&wait);
}

static void
an_answer_that_is_no_array_is_refused(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe_open(probe);
	call = probe_ask(probe, &op_number, 0, NULL);
	probe_has(probe_answer(probe, &call),
	    "its answer makes no sense");
	assert_non_null(store_degraded(probe->store));
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	assert_null(store_degraded(probe->store));
}

/* --- many --- */

#define MANY 10000

static size_t
count_answers(struct probe *probe, struct store_call **calls, size_t count,
    enum store_status status)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		while (store_call_answer(calls[i]) == NULL)
			probe_run_for(probe, 1);
		found += store_call_answer(calls[i])->status == status;
		store_call_unref(&calls[i]);
	}
	return found;
}

static void
ten_thousand_are_under_way_and_not_one_more(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call **calls = calloc(MANY, sizeof(*calls)), *more;

	probe_open(probe);
	probe_connect(probe);
	for (size_t i = 0; i < MANY; i++)
		calls[i] = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_int_equal(probe_stats(probe).under_way, MANY);
	more = probe_ask(probe, &op_add, 1, "n", NULL);
	probe_has(probe_answer(probe, &more),
	    "down ");
	assert_int_equal(count_answers(probe, calls, MANY, STORE_DONE), MANY);
	more = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &more), "done 10001");
	assert_int_equal(probe_stats(probe).under_way, 0);
	assert_int_equal(probe_stats(probe).done, MANY + 1);
	assert_int_equal(probe_stats(probe).downs, 1);
	free(calls);
}

static void
what_is_asked_before_the_connection_stands_waits_for_it(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[100];

	probe_open(probe);
	assert_non_null(store_degraded(probe->store));
	for (size_t i = 0; i < 100; i++)
		calls[i] = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_int_equal(count_answers(probe, calls, 100, STORE_DONE), 100);
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "GET n"), "100");
}

static void
a_server_gets_a_script_it_does_not_know_once(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[500];
	const char *stats;

	probe_open(probe);
	probe_connect(probe);
	for (int round = 0; round < 3; round++) {
		redis_server_say(probe->server, probe->arena,
		    "SCRIPT FLUSH\nCONFIG RESETSTAT");
		for (size_t i = 0; i < 500; i++)
			calls[i] = i % 2 == 0 ?
			    probe_ask(probe, &op_add, 1, "n", NULL) :
			    probe_ask(probe, &op_read, 1, "n", NULL);
		assert_int_equal(count_answers(probe, calls, 500,
		    STORE_DONE), 500);
		stats = redis_server_say(probe->server, probe->arena,
		    "INFO commandstats");
		probe_has(stats, "cmdstat_eval:calls=2,");
	}
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "GET n"), "750");
}

static void
what_is_asked_in_one_turn_is_written_in_one_piece(void **state)
{
	static const char reads[] = "total_reads_processed:";
	struct probe *probe = probe_begin(state);
	struct store_call *calls[60];
	const char *stats;

	probe_open(probe);
	calls[0] = probe_ask(probe, &op_read, 1, "n", NULL);
	probe_answer(probe, &calls[0]);
	redis_server_say(probe->server, probe->arena, "CONFIG RESETSTAT");
	for (size_t i = 0; i < 60; i++)
		calls[i] = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_int_equal(count_answers(probe, calls, 60, STORE_DONE), 60);
	stats = redis_server_say(probe->server, probe->arena, "INFO stats");
	/* Ours, and those of who asks for the figures. */
	probe_has(stats, reads);
	assert_in_range(atoi(strstr(stats, reads) + strlen(reads)), 1, 5);
}

/* Who tells others of it in the same turn flushes first. */
static void
what_is_flushed_is_there_before_the_turn_ends(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;
	int64_t until_ms = clock_steady_ms() + 60000;

	probe_open(probe);
	/* So that the script is known. */
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	store_flush(probe->store);
	while (strcmp(redis_server_say(probe->server, probe->arena, "GET n"),
	    "2") != 0 && clock_steady_ms() < until_ms)
		usleep(1000);
	assert_string_equal(redis_server_say(probe->server, probe->arena,
	    "GET n"), "2");
	assert_string_equal(probe_answer(probe, &call), "done 2");
}

static void
scripts_forgotten_all_the_time_disturb_nobody(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *calls[60];

	probe_open(probe);
	for (size_t i = 0; i < 60; i++) {
		calls[i] = probe_ask(probe, &op_echo, 0,
		    arena_printf(probe->arena, "%zu", i), NULL);
		probe_run_for(probe, i % 3);
		redis_server_say(probe->server, probe->arena, "SCRIPT FLUSH");
	}
	for (size_t i = 0; i < 60; i++)
		assert_string_equal(probe_answer(probe, &calls[i]),
		    arena_printf(probe->arena, "done %zu", i));
}

/* --- nobody there --- */

static void
without_a_server_a_call_fails_at_once_and_later_it_works(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;
	const char *answer;

	redis_server_kill(probe->server);
	probe_open(probe);
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	answer = probe_answer(probe, &call);
	probe_has(answer, "down unix:/");
	probe_has(answer, "cannot connect: Connection refused; is the server "
	    "running?");
	/* From here on nobody needs to wait. */
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_non_null(store_call_answer(call));
	store_call_unref(&call);
	probe_has(store_degraded(probe->store), "Connection refused");
	probe_has(probe->log, "Connection refused");
	redis_server_start(probe->server, "");
	probe_connect(probe);
	probe_has(probe->log, "it works again");
	call = probe_ask(probe, &op_add, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
}

static void
it_is_reached_by_tcp_by_address_and_by_name(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe->settings.kind = STORE_WHERE_TCP;
	probe->settings.port = (uint16_t)redis_server_port(probe->server);
	for (size_t i = 0; i < 2; i++) {
		probe->settings.host = hosts[i];
		probe_open(probe);
		probe_connect(probe);
		call = probe_ask(probe, &op_echo, 0, "x", NULL);
		assert_string_equal(probe_answer(probe, &call), "done x");
		store_free(&probe->store);
	}
}

static void
a_name_that_is_not_there_says_so(void **state)
{
	struct probe *probe = probe_begin(state);

	probe->settings.kind = STORE_WHERE_TCP;
	probe->settings.host = "no-such-host.invalid";
	probe->settings.port = 6379;
	probe->settings.where = "redis:no-such-host.invalid";
	probe_open(probe);
	probe_run_until_degraded(probe, "redis:no-such-host.invalid: ");
}

static void
what_is_no_plain_address_is_looked_up(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	probe->settings.kind = STORE_WHERE_TCP;
	/* 127.0.0.1, as the host's own resolver reads it. */
	probe->settings.host = "127.1";
	probe->settings.port = (uint16_t)redis_server_port(probe->server);
	probe_open(probe);
	probe_connect(probe);
	call = probe_ask(probe, &op_echo, 0, "x", NULL);
	assert_string_equal(probe_answer(probe, &call), "done x");
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address,
	    sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void
of_several_addresses_one_that_answers_is_enough(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *call;

	if (!has_ipv6()) {
		print_message("skipped: this host has no ::1\n");
		skip();
	}
	redis_server_kill(probe->server);
	redis_server_start(probe->server, "bind ::1");
	probe->settings.kind = STORE_WHERE_TCP;
	probe->settings.host = "localhost";
	probe->settings.port = (uint16_t)redis_server_port(probe->server);
	probe_open(probe);
	call = probe_ask(probe, &op_echo, 0, "x", NULL);
	assert_string_equal(probe_answer(probe, &call), "done x");
	assert_string_equal(probe->log, "");
}

/* --- the end --- */

static void
what_is_under_way_at_the_end_is_answered(void **state)
{
	struct probe *probe = probe_begin(state);
	struct store_call *sent, *waiting;

	probe_open(probe);
	waiting = probe_ask(probe, &op_add, 1, "n", NULL);
	store_free(&probe->store);
	assert_int_equal(store_call_answer(waiting)->status, STORE_DOWN);
	probe_open(probe);
	probe_connect(probe);
	redis_server_pause(probe->server);
	sent = probe_ask(probe, &op_add, 1, "n", NULL);
	probe_run_for(probe, 20);
	store_free(&probe->store);
	redis_server_resume(probe->server);
	assert_int_equal(store_call_answer(sent)->status, STORE_DOWN);
	store_call_unref(&sent);
	store_call_unref(&waiting);
}

static void
what_nobody_wants_any_more_is_not_sent(void **state)
{
	struct probe *probe = probe_begin(state);
	struct wait *wait = wait_new();
	struct str keys[] = { STR("wanted"), STR("unwanted") };
	const struct store_request silent = { &op_add, &keys[0], 1, NULL, 0 };
	const struct store_request dropped = { &op_add, &keys[1], 1, NULL, 0 };
	struct store_call *call;

	probe_open(probe);
	call = store_ask(probe->store, &silent, NULL);
	store_call_unref(&call);
	call = store_ask(probe->store, &dropped, wait);
	store_call_unref(&call);
	call = probe_ask(probe, &op_read, 1, "wanted", NULL);
	assert_string_equal(probe_answer(probe, &call), "done 1");
	call = probe_ask(probe, &op_read, 1, "unwanted", NULL);
	assert_string_equal(probe_answer(probe, &call), "done none");
	wait_unref(&wait);
}

static void
two_stores_share_a_loop_and_a_server(void **state)
{
	struct probe *probe = probe_begin(state), second;
	struct store_call *calls[20];

	probe_open(probe);
	second = *probe;
	probe_open(&second);
	for (size_t i = 0; i < 20; i++)
		calls[i] = probe_ask(i % 2 == 0 ? probe : &second, &op_add, 1,
		    "n", NULL);
	assert_int_equal(count_answers(probe, calls, 20, STORE_DONE), 20);
	assert_int_equal(probe_stats(probe).done, 10);
	assert_int_equal(probe_stats(&second).done, 10);
	store_free(&second.store);
	calls[0] = probe_ask(probe, &op_read, 1, "n", NULL);
	assert_string_equal(probe_answer(probe, &calls[0]), "done 20");
}

static void
memory_is_none_of_its_places(void **state)
{
	struct probe *probe = probe_begin(state);
	const char *error;

	probe->settings.kind = STORE_WHERE_MEMORY;
	assert_null(redis_open(&probe->settings, probe->loop, probe->arena,
	    &error));
	assert_string_equal(error, "memory is no Redis server");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE(an_operation_gets_its_words_and_gives_values),
		PROBE(any_byte_may_be_in_words_and_values),
		PROBE(an_answer_posts_the_wait),
		PROBE(an_answer_that_is_no_array_is_refused),
		PROBE(ten_thousand_are_under_way_and_not_one_more),
		PROBE(what_is_asked_before_the_connection_stands_waits_for_it),
		PROBE(a_server_gets_a_script_it_does_not_know_once),
		PROBE(what_is_asked_in_one_turn_is_written_in_one_piece),
		PROBE(what_is_flushed_is_there_before_the_turn_ends),
		PROBE(scripts_forgotten_all_the_time_disturb_nobody),
		PROBE(without_a_server_a_call_fails_at_once_and_later_it_works),
		PROBE(it_is_reached_by_tcp_by_address_and_by_name),
		PROBE(a_name_that_is_not_there_says_so),
		PROBE(what_is_no_plain_address_is_looked_up),
		PROBE(of_several_addresses_one_that_answers_is_enough),
		PROBE(what_is_under_way_at_the_end_is_answered),
		PROBE(what_nobody_wants_any_more_is_not_sent),
		PROBE(two_stores_share_a_loop_and_a_server),
		PROBE(memory_is_none_of_its_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
