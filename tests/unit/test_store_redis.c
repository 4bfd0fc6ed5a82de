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
#include "base/log.h"
#include "base/loop.h"
#include "base/wait.h"
#include "store_trial.h"

/* --- answers --- */

static void
an_operation_gets_its_words_and_gives_values(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial_open(trial);
	call = trial_ask(trial, &op_echo, 2, "mr:{a}:1", "mr:{a}:2", "x",
	    "", "z", NULL);
	assert_string_equal(trial_answer(trial, &call),
	    "done mr:{a}:1 mr:{a}:2 x  z");
	call = trial_ask(trial, &op_echo, 0, NULL);
	assert_string_equal(trial_answer(trial, &call), "done");
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
	assert_null(store_degraded(trial->store));
}

static void
any_byte_may_be_in_words_and_values(void **state)
{
	struct trial *trial = trial_begin(state);
	char all[256], *big = arena_zalloc(trial->arena, 300000);
	struct str words[2] = { { all, 256 }, { big, 300000 } };
	const struct store_request request = { &op_echo, words, 1,
		words + 1, 1 };
	const struct store_answer *answer;
	struct store_call *call;

	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	trial_open(trial);
	call = store_ask(trial->store, &request, NULL);
	while (store_call_answer(call) == NULL)
		trial_run_for(trial, 1);
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
	struct trial *trial = trial_begin(state);
	struct wait *wait = wait_new();
	struct str key = STR("k");
	const struct store_request request = { &op_read, &key, 1, NULL, 0 };
	struct store_call *call;

	trial_open(trial);
	call = store_ask(trial->store, &request, wait);
	assert_int_equal(wait_sleep(wait, 0), 0);
	while (store_call_answer(call) == NULL)
		trial_run_for(trial, 1);
	assert_int_equal(wait_sleep(wait, 0), 1);
	store_call_unref(&call);
	wait_unref(&wait);
}

static void
an_answer_that_is_no_array_is_refused(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial_open(trial);
	call = trial_ask(trial, &op_number, 0, NULL);
	trial_has(trial_answer(trial, &call),
	    "its answer makes no sense");
	assert_non_null(store_degraded(trial->store));
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
	assert_null(store_degraded(trial->store));
}

/* --- many --- */

#define MANY 10000

static size_t
count_answers(struct trial *trial, struct store_call **calls, size_t count,
    enum store_status status)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		while (store_call_answer(calls[i]) == NULL)
			trial_run_for(trial, 1);
		found += store_call_answer(calls[i])->status == status;
		store_call_unref(&calls[i]);
	}
	return found;
}

static void
ten_thousand_are_under_way_and_not_one_more(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call **calls = calloc(MANY, sizeof(*calls)), *more;

	trial_open(trial);
	trial_connect(trial);
	for (size_t i = 0; i < MANY; i++)
		calls[i] = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_int_equal(trial_stats(trial).under_way, MANY);
	more = trial_ask(trial, &op_add, 1, "n", NULL);
	trial_has(trial_answer(trial, &more),
	    "down ");
	assert_int_equal(count_answers(trial, calls, MANY, STORE_DONE), MANY);
	more = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &more), "done 10001");
	assert_int_equal(trial_stats(trial).under_way, 0);
	assert_int_equal(trial_stats(trial).done, MANY + 1);
	assert_int_equal(trial_stats(trial).downs, 1);
	free(calls);
}

static void
what_is_asked_before_the_connection_stands_waits_for_it(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[100];

	trial_open(trial);
	assert_non_null(store_degraded(trial->store));
	for (size_t i = 0; i < 100; i++)
		calls[i] = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_int_equal(count_answers(trial, calls, 100, STORE_DONE), 100);
	assert_string_equal(redis_server_say(trial->server, trial->arena,
	    "GET n"), "100");
}

static void
a_server_gets_a_script_it_does_not_know_once(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[500];
	const char *stats;

	trial_open(trial);
	trial_connect(trial);
	for (int round = 0; round < 3; round++) {
		redis_server_say(trial->server, trial->arena,
		    "SCRIPT FLUSH\nCONFIG RESETSTAT");
		for (size_t i = 0; i < 500; i++)
			calls[i] = i % 2 == 0 ?
			    trial_ask(trial, &op_add, 1, "n", NULL) :
			    trial_ask(trial, &op_read, 1, "n", NULL);
		assert_int_equal(count_answers(trial, calls, 500,
		    STORE_DONE), 500);
		stats = redis_server_say(trial->server, trial->arena,
		    "INFO commandstats");
		trial_has(stats, "cmdstat_eval:calls=2,");
	}
	assert_string_equal(redis_server_say(trial->server, trial->arena,
	    "GET n"), "750");
}

static void
what_is_asked_in_one_turn_is_written_in_one_piece(void **state)
{
	static const char reads[] = "total_reads_processed:";
	struct trial *trial = trial_begin(state);
	struct store_call *calls[60];
	const char *stats;

	trial_open(trial);
	calls[0] = trial_ask(trial, &op_read, 1, "n", NULL);
	trial_answer(trial, &calls[0]);
	redis_server_say(trial->server, trial->arena, "CONFIG RESETSTAT");
	for (size_t i = 0; i < 60; i++)
		calls[i] = trial_ask(trial, &op_read, 1, "n", NULL);
	assert_int_equal(count_answers(trial, calls, 60, STORE_DONE), 60);
	stats = redis_server_say(trial->server, trial->arena, "INFO stats");
	/* Ours, and those of who asks for the figures. */
	trial_has(stats, reads);
	assert_in_range(atoi(strstr(stats, reads) + strlen(reads)), 1, 5);
}

static void
scripts_forgotten_all_the_time_disturb_nobody(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *calls[60];

	trial_open(trial);
	for (size_t i = 0; i < 60; i++) {
		calls[i] = trial_ask(trial, &op_echo, 0,
		    arena_printf(trial->arena, "%zu", i), NULL);
		trial_run_for(trial, i % 3);
		redis_server_say(trial->server, trial->arena, "SCRIPT FLUSH");
	}
	for (size_t i = 0; i < 60; i++)
		assert_string_equal(trial_answer(trial, &calls[i]),
		    arena_printf(trial->arena, "done %zu", i));
}

/* --- nobody there --- */

static void
without_a_server_a_call_fails_at_once_and_later_it_works(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;
	const char *answer;

	redis_server_kill(trial->server);
	trial_open(trial);
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	answer = trial_answer(trial, &call);
	trial_has(answer, "down unix:/");
	trial_has(answer, "cannot connect: Connection refused; is the server "
	    "running?");
	/* From here on nobody needs to wait. */
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_non_null(store_call_answer(call));
	store_call_unref(&call);
	trial_has(store_degraded(trial->store), "Connection refused");
	trial_has(trial->log, "Connection refused");
	redis_server_start(trial->server, "");
	trial_connect(trial);
	trial_has(trial->log, "it works again");
	call = trial_ask(trial, &op_add, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
}

static void
it_is_reached_by_tcp_by_address_and_by_name(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial->settings.kind = STORE_WHERE_TCP;
	trial->settings.port = (uint16_t)redis_server_port(trial->server);
	for (size_t i = 0; i < 2; i++) {
		trial->settings.host = hosts[i];
		trial_open(trial);
		call = trial_ask(trial, &op_echo, 0, "x", NULL);
		assert_string_equal(trial_answer(trial, &call), "done x");
		store_free(&trial->store);
	}
}

static void
a_name_that_is_not_there_says_so(void **state)
{
	struct trial *trial = trial_begin(state);

	trial->settings.kind = STORE_WHERE_TCP;
	trial->settings.host = "no-such-host.invalid";
	trial->settings.port = 6379;
	trial->settings.where = "redis:no-such-host.invalid";
	trial_open(trial);
	trial_run_until_degraded(trial, "redis:no-such-host.invalid: ");
}

static void
what_is_no_plain_address_is_looked_up(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	trial->settings.kind = STORE_WHERE_TCP;
	/* 127.0.0.1, as the host's own resolver reads it. */
	trial->settings.host = "127.1";
	trial->settings.port = (uint16_t)redis_server_port(trial->server);
	trial_open(trial);
	call = trial_ask(trial, &op_echo, 0, "x", NULL);
	assert_string_equal(trial_answer(trial, &call), "done x");
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
	struct trial *trial = trial_begin(state);
	struct store_call *call;

	if (!has_ipv6()) {
		print_message("skipped: this host has no ::1\n");
		skip();
	}
	redis_server_kill(trial->server);
	redis_server_start(trial->server, "bind ::1");
	trial->settings.kind = STORE_WHERE_TCP;
	trial->settings.host = "localhost";
	trial->settings.port = (uint16_t)redis_server_port(trial->server);
	trial_open(trial);
	call = trial_ask(trial, &op_echo, 0, "x", NULL);
	assert_string_equal(trial_answer(trial, &call), "done x");
	assert_string_equal(trial->log, "");
}

/* --- the end --- */

static void
what_is_under_way_at_the_end_is_answered(void **state)
{
	struct trial *trial = trial_begin(state);
	struct store_call *sent, *waiting;

	trial_open(trial);
	waiting = trial_ask(trial, &op_add, 1, "n", NULL);
	store_free(&trial->store);
	assert_int_equal(store_call_answer(waiting)->status, STORE_DOWN);
	trial_open(trial);
	trial_connect(trial);
	redis_server_pause(trial->server);
	sent = trial_ask(trial, &op_add, 1, "n", NULL);
	trial_run_for(trial, 20);
	store_free(&trial->store);
	redis_server_resume(trial->server);
	assert_int_equal(store_call_answer(sent)->status, STORE_DOWN);
	store_call_unref(&sent);
	store_call_unref(&waiting);
}

static void
what_nobody_wants_any_more_is_not_sent(void **state)
{
	struct trial *trial = trial_begin(state);
	struct wait *wait = wait_new();
	struct str keys[] = { STR("wanted"), STR("unwanted") };
	const struct store_request silent = { &op_add, &keys[0], 1, NULL, 0 };
	const struct store_request dropped = { &op_add, &keys[1], 1, NULL, 0 };
	struct store_call *call;

	trial_open(trial);
	call = store_ask(trial->store, &silent, NULL);
	store_call_unref(&call);
	call = store_ask(trial->store, &dropped, wait);
	store_call_unref(&call);
	call = trial_ask(trial, &op_read, 1, "wanted", NULL);
	assert_string_equal(trial_answer(trial, &call), "done 1");
	call = trial_ask(trial, &op_read, 1, "unwanted", NULL);
	assert_string_equal(trial_answer(trial, &call), "done none");
	wait_unref(&wait);
}

static void
two_stores_share_a_loop_and_a_server(void **state)
{
	struct trial *trial = trial_begin(state), second;
	struct store_call *calls[20];

	trial_open(trial);
	second = *trial;
	trial_open(&second);
	for (size_t i = 0; i < 20; i++)
		calls[i] = trial_ask(i % 2 == 0 ? trial : &second, &op_add, 1,
		    "n", NULL);
	assert_int_equal(count_answers(trial, calls, 20, STORE_DONE), 20);
	assert_int_equal(trial_stats(trial).done, 10);
	assert_int_equal(trial_stats(&second).done, 10);
	store_free(&second.store);
	calls[0] = trial_ask(trial, &op_read, 1, "n", NULL);
	assert_string_equal(trial_answer(trial, &calls[0]), "done 20");
}

static void
memory_is_none_of_its_places(void **state)
{
	struct trial *trial = trial_begin(state);
	const char *error;

	trial->settings.kind = STORE_WHERE_MEMORY;
	assert_null(redis_open(&trial->settings, trial->loop, trial->arena,
	    &error));
	assert_string_equal(error, "memory is no Redis server");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRIAL(an_operation_gets_its_words_and_gives_values),
		TRIAL(any_byte_may_be_in_words_and_values),
		TRIAL(an_answer_posts_the_wait),
		TRIAL(an_answer_that_is_no_array_is_refused),
		TRIAL(ten_thousand_are_under_way_and_not_one_more),
		TRIAL(what_is_asked_before_the_connection_stands_waits_for_it),
		TRIAL(a_server_gets_a_script_it_does_not_know_once),
		TRIAL(what_is_asked_in_one_turn_is_written_in_one_piece),
		TRIAL(scripts_forgotten_all_the_time_disturb_nobody),
		TRIAL(without_a_server_a_call_fails_at_once_and_later_it_works),
		TRIAL(it_is_reached_by_tcp_by_address_and_by_name),
		TRIAL(a_name_that_is_not_there_says_so),
		TRIAL(what_is_no_plain_address_is_looked_up),
		TRIAL(of_several_addresses_one_that_answers_is_enough),
		TRIAL(what_is_under_way_at_the_end_is_answered),
		TRIAL(what_nobody_wants_any_more_is_not_sent),
		TRIAL(two_stores_share_a_loop_and_a_server),
		TRIAL(memory_is_none_of_its_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
