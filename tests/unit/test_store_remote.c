/* SPDX-License-Identifier: ISC */
/* test_store_remote.c - the memory of another daemon, which comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/net.h"
#include "base/vec.h"
#include "base/wait.h"
#include "fixture.h"
#include "memory_host.h"
#include "redis_server.h"
#include "store/charge.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/remote.h"

#define PATIENCE_MS 60000
#define MANY 1000

struct lab {
	struct arena *arena;
	struct memory_host *host;
	struct store *store;
	int64_t now_ms;
	int tries;
};

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	lab->host = memory_host_new();
	lab->now_ms = clock_now_ms();
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	store_free(&lab->store);
	memory_host_free(&lab->host);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

#define LAB(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void
open_client(struct lab *lab, int64_t timeout_ms)
{
	const struct store_settings settings = memory_host_settings(lab->host,
	    timeout_ms);
	const char *error = "";

	lab->store = remote_open_shared(&settings, lab->arena, &error);
	if (lab->store == NULL)
		fail_msg("%s", error);
}

static void
connect_client(struct lab *lab, int64_t timeout_ms)
{
	open_client(lab, timeout_ms);
	redis_server_await(lab->store);
}

/* One more in a counter without limit. */
static struct store_call *
charge(struct lab *lab, struct store *store, const char *name,
    struct wait *wait)
{
	const struct charge_item item = { STR("mr:{t}:limit:a"), 3600000, -1,
	    1 };
	const struct charge one = { .name = str_from(arena_printf(lab->arena,
	    "mr:{t}:charge:%s", name)), .now_ms = lab->now_ms, .items = &item,
	    .item_count = 1 };

	return charge_ask(store, lab->arena, &one, wait);
}

static const struct store_answer *
answer_to(struct store_call *call, struct wait *wait)
{
	const struct store_answer *answer;

	while ((answer = store_call_answer(call)) == NULL)
		assert_int_equal(wait_sleep(wait, clock_steady_ms() +
		    PATIENCE_MS), 1);
	return answer;
}

/* Charge, and wait: "done 3", "done 3 again", "down why". */
static const char *
say_charge(struct lab *lab, struct store *store, const char *name)
{
	struct wait *wait = wait_new();
	struct store_call *call = charge(lab, store, name, wait);
	const struct store_answer *answer = answer_to(call, wait);
	struct charge_result result;
	const char *error = answer->error, *said;

	if (answer->status == STORE_DONE && charge_read(lab->arena, answer,
	    &result, &error) == 0)
		said = arena_printf(lab->arena, "done %d%s",
		    (int)result.items[0].used,
		    result.is_repeat ? " again" : "");
	else
		said = arena_printf(lab->arena, "%s %s",
		    store_status_text(answer->status), error);
	store_call_unref(&call);
	wait_unref(&wait);
	return said;
}

static void
has(const char *text, const char *part)
{
	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("'%s' is not in: %s", part, text);
}

/* Ask under new names until the answer has part in it. */
static void
charge_until(struct lab *lab, const char *part)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	const char *said;

	do
		said = say_charge(lab, lab->store, arena_printf(lab->arena,
		    "try%d", lab->tries++));
	while (strstr(said, part) == NULL && clock_steady_ms() < until_ms);
	has(said, part);
}

/* What is asked before that is known would wait for its return. */
static void
await_trouble(struct lab *lab, const char *part)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	const char *text;

	while (((text = store_degraded(lab->store)) == NULL ||
	    strstr(text, part) == NULL) && clock_steady_ms() < until_ms)
		usleep(1000);
	has(text, part);
}

/* --- while it is there ---------------------------------------------------- */

static void
many_under_way_are_answered_in_their_order(void **state)
{
	struct lab *lab = *state;
	struct store_call *calls[MANY];
	struct wait *wait = wait_new();

	connect_client(lab, PATIENCE_MS);
	for (int i = 0; i < MANY; i++)
		calls[i] = charge(lab, lab->store, arena_printf(lab->arena,
		    "%d", i), wait);
	for (int i = 0; i < MANY; i++) {
		struct charge_result result;
		const char *error;

		assert_int_equal(charge_read(lab->arena,
		    answer_to(calls[i], wait), &result, &error), 0);
		assert_int_equal(result.items[0].used, i + 1);
		store_call_unref(&calls[i]);
	}
	wait_unref(&wait);
	memory_host_pause(lab->host);
	assert_int_equal(memory_host_stats(lab->host).requests, MANY);
	assert_int_equal(memory_host_stats(lab->host).accepted, 1);
	memory_host_resume(lab->host);
}

static void
two_clients_and_the_daemon_itself_share_it(void **state)
{
	struct lab *lab = *state;
	struct store *first;

	connect_client(lab, PATIENCE_MS);
	first = lab->store;
	connect_client(lab, PATIENCE_MS);
	assert_string_equal(say_charge(lab, first, "a"), "done 1");
	assert_string_equal(say_charge(lab, lab->store, "b"), "done 2");
	assert_string_equal(say_charge(lab, first, "b"), "done 2 again");
	memory_host_pause(lab->host);
	assert_string_equal(say_charge(lab, memory_host_store(lab->host),
	    "c"), "done 3");
	memory_host_resume(lab->host);
	store_free(&first);
}

static void
what_it_refuses_is_told_in_its_words(void **state)
{
	struct lab *lab = *state;

	connect_client(lab, PATIENCE_MS);
	assert_string_equal(say_charge(lab, lab->store, "a"), "done 1");
	memory_host_pause(lab->host);
	memory_limit(memory_host_store(lab->host), 1);
	memory_host_resume(lab->host);
	has(say_charge(lab, lab->store, "b"),
	    "refused the memory of policyd (/");
	has(store_degraded(lab->store), "the memory for counters is full");
	memory_host_pause(lab->host);
	memory_limit(memory_host_store(lab->host), 1 << 20);
	memory_host_resume(lab->host);
	assert_string_equal(say_charge(lab, lab->store, "b"), "done 2");
	assert_null(store_degraded(lab->store));
}

static void
an_operation_of_another_version_is_refused(void **state)
{
	static const struct store_op newer = { "newer", "", 0, NULL };
	const struct store_request request = { &newer, NULL, 0, NULL, 0 };
	struct lab *lab = *state;
	struct wait *wait = wait_new();
	struct store_call *call;

	connect_client(lab, PATIENCE_MS);
	call = store_ask(lab->store, &request, wait);
	assert_int_equal(answer_to(call, wait)->status, STORE_REFUSED);
	has(answer_to(call, wait)->error, "both daemons must be of one "
	    "version");
	store_call_unref(&call);
	wait_unref(&wait);
}

/* --- while it is not ------------------------------------------------------ */

/* A host whose Postfix asks no policyd at all. */
static void
one_that_never_was_is_not_missed(void **state)
{
	struct lab *lab = *state;

	memory_host_stop(lab->host);
	open_client(lab, PATIENCE_MS);
	charge_until(lab, "down the memory of policyd (/");
	assert_null(store_degraded(lab->store));
	memory_host_start(lab->host);
	charge_until(lab, "done");
	assert_null(store_degraded(lab->store));
}

static void
one_that_was_there_is_missed_and_found_again(void **state)
{
	struct lab *lab = *state;

	connect_client(lab, PATIENCE_MS);
	assert_string_equal(say_charge(lab, lab->store, "a"), "done 1");
	memory_host_stop(lab->host);
	await_trouble(lab, "/store): cannot connect: No such file or "
	    "directory; is mailreeve-policyd running?");
	has(say_charge(lab, lab->store, "b"), "down the memory of policyd");
	memory_host_start(lab->host);
	charge_until(lab, "done 2");
	assert_null(store_degraded(lab->store));
	assert_string_equal(say_charge(lab, lab->store, "a"), "done 2 again");
}

/* Killed, it leaves its socket: whoever starts then is told, too. */
static void
one_that_left_its_socket_is_missed_from_the_start(void **state)
{
	struct lab *lab = *state;
	const char *error;
	int fd;

	memory_host_stop(lab->host);
	fd = net_listen_unix(memory_host_path(lab->host), 0660, lab->arena,
	    &error);
	close(fd);
	open_client(lab, PATIENCE_MS);
	charge_until(lab, "cannot connect: Connection refused; is "
	    "mailreeve-policyd running?");
	has(store_degraded(lab->store), "is mailreeve-policyd running?");
	memory_host_start(lab->host);
	charge_until(lab, "done");
}

static void
one_that_hangs_costs_the_time_of_an_operation(void **state)
{
	struct lab *lab = *state;

	connect_client(lab, 50);
	memory_host_pause(lab->host);
	has(say_charge(lab, lab->store, "a"), "timeout the memory of policyd");
	has(store_degraded(lab->store), "it answers too late");
	memory_host_resume(lab->host);
	charge_until(lab, "done");
	assert_null(store_degraded(lab->store));
}

/* --- a lost answer -------------------------------------------------------- */

static void
hears(int fd, const char *said)
{
	char got[256];
	size_t done = 0;

	while (done < strlen(said)) {
		ssize_t more = recv(fd, got + done, strlen(said) - done, 0);

		assert_true(more > 0);
		done += (size_t)more;
	}
	assert_memory_equal(got, said, strlen(said));
}

/* The first client, greeted as ours would be. */
static int
greet(int listener)
{
	static const char welcome[] = "*1\r\n$9\r\nmailreeve\r\n";
	int fd;

	/* net_listen_unix() gives one that does not wait. */
	do {
		fd = accept(listener, NULL, NULL);
		usleep(1000);
	} while (fd < 0);
	hears(fd, "*4\r\n$5\r\nHELLO\r\n$1\r\n2\r\n$7\r\nSETNAME\r\n"
	    "$9\r\nmailreeve\r\n");
	assert_int_equal(send(fd, welcome, strlen(welcome), 0),
	    strlen(welcome));
	return fd;
}

/* What a dying daemon leaves of its answer. */
static const struct {
	const char *name, *last_words;
} ends[] = {
	{ "nothing", "" },
	{ "the begin of an answer", "*5\r\n$1\r\n1\r\n$" },
	{ "words of somebody else", "HTTP/1.1 400 Bad Request\r\n" },
	{ "an answer without end", "$1000000000\r\nabc" },
};

/* It had acted, and its answer is lost: the next one is asked again, and says
 * that it was done before. */
static void
a_lost_answer_is_asked_again_and_counts_once(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const char *name = arena_printf(lab->arena, "lost%zu", i);
		struct wait *wait = wait_new();
		struct store_call *call;
		struct charge_result result;
		const char *error;
		int listener, fd;

		print_message("%s\n", ends[i].name);
		memory_host_stop(lab->host);
		listener = net_listen_unix(memory_host_path(lab->host), 0660,
		    lab->arena, &error);
		open_client(lab, PATIENCE_MS);
		fd = greet(listener);
		redis_server_await(lab->store);
		call = charge(lab, lab->store, name, wait);
		hears(fd, "*");
		say_charge(lab, memory_host_store(lab->host), name);
		send(fd, ends[i].last_words, strlen(ends[i].last_words),
		    MSG_NOSIGNAL);
		close(listener);
		unlink(memory_host_path(lab->host));
		memory_host_start(lab->host);
		close(fd);
		assert_int_equal(charge_read(lab->arena, answer_to(call,
		    wait), &result, &error), 0);
		assert_true(result.is_repeat);
		assert_int_equal(result.items[0].used, i + 1);
		store_call_unref(&call);
		wait_unref(&wait);
		store_free(&lab->store);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LAB(many_under_way_are_answered_in_their_order),
		LAB(two_clients_and_the_daemon_itself_share_it),
		LAB(what_it_refuses_is_told_in_its_words),
		LAB(an_operation_of_another_version_is_refused),
		LAB(one_that_never_was_is_not_missed),
		LAB(one_that_was_there_is_missed_and_found_again),
		LAB(one_that_left_its_socket_is_missed_from_the_start),
		LAB(one_that_hangs_costs_the_time_of_an_operation),
		LAB(a_lost_answer_is_asked_again_and_counts_once),
	};

	log_set_sink(fixture_log_is_dropped, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
