/* SPDX-License-Identifier: ISC */
/* test_policy_conn.c - connections: torn, pipelined, slow, gone, with rules that
 * answer late, never, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/net.h"
#include "base/vec.h"
#include "base/wait.h"
#include "mail/txn.h"
#include "policy_bench.h"
#include "policyd/conn.h"
#include "policyd/hearing.h"
#include "policyd/instances.h"
#include "policyd/request.h"
#include "policyd/rulebook.h"
#include "policyd/ruleset.h"

#define CLIENTS 4
#define PATIENCE_MS 60000
#define HELD_MAX 16

/* --- a rule that answers when the test lets it ---------------------------- */

/* A recipient "held-…" waits until it is released; any other is refused at once,
 * by its local part. */
static struct gate {
	pthread_mutex_t lock;
	struct wait *waits[HELD_MAX];	/* who waits, as references */
	char names[HELD_MAX][32];
	bool is_released[HELD_MAX];
	size_t count;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t
gate_place(const char *name)
{
	size_t i = 0;

	while (i < gate.count && strcmp(gate.names[i], name) != 0)
		i++;
	return i;
}

static bool
gate_passes(const char *name, struct wait *wait)
{
	bool passes;
	size_t i;

	pthread_mutex_lock(&gate.lock);
	i = gate_place(name);
	if (i == gate.count) {
		assert_in_range(i, 0, HELD_MAX - 1);
		snprintf(gate.names[i], sizeof(gate.names[i]), "%s", name);
		gate.is_released[i] = false;
		gate.waits[i] = wait_ref(wait);
		gate.count++;
	}
	passes = gate.is_released[i];
	pthread_mutex_unlock(&gate.lock);
	return passes;
}

static size_t
gate_count(void)
{
	size_t count;

	pthread_mutex_lock(&gate.lock);
	count = gate.count;
	pthread_mutex_unlock(&gate.lock);
	return count;
}

/* Wait until so many requests wait. */
static void
gate_await(size_t count)
{
	for (int i = 0; i < PATIENCE_MS && gate_count() < count; i++)
		usleep(1000);
	assert_int_equal(gate_count(), count);
}

static void
gate_release(const char *name)
{
	size_t i;

	pthread_mutex_lock(&gate.lock);
	i = gate_place(name);
	assert_in_range(i, 0, gate.count - 1);
	gate.is_released[i] = true;
	wait_post(gate.waits[i]);
	pthread_mutex_unlock(&gate.lock);
}

/* Answers may come when nobody waits any more, too. */
static void
gate_clear(void)
{
	for (size_t i = 0; i < gate.count; i++) {
		wait_post(gate.waits[i]);
		wait_unref(&gate.waits[i]);
	}
	gate.count = 0;
}

static enum rule_status
run_gate(struct rule_run *run, const char **error_r)
{
	const struct rcpt *rcpt = vec_at(&run->txn->rcpts, 0);
	const char *name = str_dup(run->txn->arena, rcpt->address.local);

	(void)error_r;
	if (strncmp(name, "held-", 5) == 0 && !gate_passes(name, run->wait))
		return RULE_WAIT;
	findings_add(run->findings, run->name, RESULT_FAIL, name)->suggested =
	    DECISION_REFUSE;
	return RULE_DONE;
}

static const struct rule gate_rule = { .name = "gate", .stages = POLICY_RCPT,
	.run = run_gate };

/* --- a loop with connections in a thread of its own ----------------------- */

struct host {
	struct arena *arena;
	struct rulebook *rulebook;
	struct rule_common common;
	struct ruleset_entry entry;
	struct instances *instances;
	struct wait_queue *queue;
	struct loop *loop;
	struct conns *conns;
	int clients[CLIENTS];
	int order[2];			/* a pipe: a byte stops it */
	int grace_ms;
	struct loop_watch *order_watch;
	pthread_t thread;
	atomic_int decided, unread;
	struct conns_stats stats;	/* at the end */
};

static struct rulebook *
give_rulebook(void *arg)
{
	struct host *host = arg;

	return rulebook_ref(host->rulebook);
}

static void
on_decided(void *arg, struct hearing *hearing, const struct ruling *ruling)
{
	struct host *host = arg;

	(void)hearing;
	(void)ruling;
	atomic_fetch_add(&host->decided, 1);
}

static void
on_unread(void *arg, const char *reason)
{
	struct host *host = arg;

	(void)reason;
	atomic_fetch_add(&host->unread, 1);
}

static void
on_stopped(void *arg)
{
	struct host *host = arg;

	loop_stop(host->loop);
}

static void
on_order(void *arg, uint32_t events)
{
	struct host *host = arg;
	char order;

	(void)events;
	if (read(host->order[0], &order, 1) == 1)
		conns_stop(host->conns, host->grace_ms, on_stopped,
		    host);
}

static void *
run_host(void *arg)
{
	struct host *host = arg;

	loop_run(host->loop);
	return NULL;
}

static void
add_client(struct host *host, int i)
{
	const int small = 4096;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	/* So that a client who does not read fills it soon. */
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	conns_add(host->conns, pair[0]);
	host->clients[i] = pair[1];
}

static void
host_begin(struct host *host, const char *settings, size_t max,
    int64_t idle_ms)
{
	struct conn_service service = { .rulebook = give_rulebook,
		.decided = on_decided, .unread = on_unread, .arg = host };
	const char *error = NULL;

	memset(host, 0, sizeof(*host));
	host->grace_ms = PATIENCE_MS;
	host->arena = arena_new(0);
	host->rulebook = policy_rulebook(host->arena, arena_printf(
	    host->arena, "policyd { mode enforce; %s }\n", settings), &error);
	assert_null(error);
	host->common = (struct rule_common){ .enabled = true,
		.on_error = ON_ERROR_DEFER };
	host->entry = (struct ruleset_entry){ .rule = &gate_rule,
		.settings = &host->common };
	rulebook_set_rules(host->rulebook, &host->entry, 1);
	host->instances = instances_new(65536);
	host->queue = wait_queue_new();
	host->loop = loop_new();
	service.loop = host->loop;
	service.queue = host->queue;
	service.instances = host->instances;
	host->conns = conns_new(&service);
	conns_limit(host->conns, max, idle_ms);
	for (int i = 0; i < CLIENTS; i++)
		add_client(host, i);
	assert_int_equal(pipe(host->order), 0);
	host->order_watch = loop_watch(host->loop, host->order[0], EPOLLIN,
	    on_order, host);
	assert_int_equal(pthread_create(&host->thread, NULL, run_host, host),
	    0);
}

static void
host_stop(struct host *host)
{
	assert_int_equal(write(host->order[1], "s", 1), 1);
}

static void
host_join(struct host *host)
{
	pthread_join(host->thread, NULL);
	conns_count(host->conns, &host->stats);
	loop_unwatch(&host->order_watch);
	conns_free(&host->conns);
	gate_clear();
	wait_queue_free(&host->queue);
	loop_free(&host->loop);
	instances_free(&host->instances);
	rulebook_unref(&host->rulebook);
	for (int i = 0; i < CLIENTS; i++)
		if (host->clients[i] >= 0)
			close(host->clients[i]);
	close(host->order[0]);
	close(host->order[1]);
	arena_free(&host->arena);
}

static void
host_end(struct host *host)
{
	host_stop(host);
	host_join(host);
}

/* --- the client ----------------------------------------------------------- */

static struct str
request(struct host *host, const char *local)
{
	return str_from(arena_printf(host->arena,
	    "request=smtpd_access_policy\nprotocol_state=RCPT\n"
	    "client_address=192.0.2.7\nrecipient=%s@example.org\n\n", local));
}

static void
say(struct host *host, int client, struct str text)
{
	assert_int_equal(net_write_all(host->clients[client], text.data,
	    text.len), 0);
}

static void
ask(struct host *host, int client, const char *local)
{
	say(host, client, request(host, local));
}

/* One answer up to its empty line; "" at the end of the connection. */
static const char *
hear(struct host *host, int client)
{
	struct buf text;
	char c;

	buf_init(&text, host->arena);
	for (;;) {
		struct pollfd ready = { .fd = host->clients[client],
		    .events = POLLIN };

		assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
		if (recv(host->clients[client], &c, 1, 0) != 1)
			return text.len == 0 ? "" : text.data;
		buf_add_char(&text, c);
		if (text.len > 1 && c == '\n' &&
		    text.data[text.len - 2] == '\n')
			return text.data;
	}
}

/* The local part by which it was refused. */
static void
expect(struct host *host, int client, const char *local)
{
	const char *answer = hear(host, client);
	const char *wanted = arena_printf(host->arena, "] refused: %s\n\n",
	    local);

	if (strncmp(answer, "action=550 5.7.1 [", 18) != 0 ||
	    strstr(answer, wanted) == NULL)
		fail_msg("client %d: '%s' instead of %s", client, answer,
		    local);
}

static bool
is_silent(struct host *host, int client)
{
	struct pollfd ready = { .fd = host->clients[client],
	    .events = POLLIN };

	return poll(&ready, 1, 0) == 0;
}

/* --- the tests ------------------------------------------------------------ */

static void
a_request_may_come_byte_by_byte(void **state)
{
	struct host host;
	struct str text;

	(void)state;
	host_begin(&host, "", 100, 600000);
	text = request(&host, "ann");
	for (size_t i = 0; i < text.len; i++) {
		assert_true(is_silent(&host, 0));
		say(&host, 0, str_sub(text, i, 1));
		if (i % 16 == 0)
			usleep(500);
	}
	expect(&host, 0, "ann");
	host_end(&host);
	assert_int_equal(atomic_load(&host.decided), 1);
}

static void
requests_torn_at_each_byte_are_two_all_the_same(void **state)
{
	struct host host;
	struct str text;

	(void)state;
	host_begin(&host, "", 100, 600000);
	text = str_from(arena_printf(host.arena, "%s%s",
	    request(&host, "ann").data, request(&host, "bob").data));
	for (size_t i = 1; i < text.len; i++) {
		say(&host, 0, str_sub(text, 0, i));
		sched_yield();
		say(&host, 0, str_from_pos(text, i));
		expect(&host, 0, "ann");
		expect(&host, 0, "bob");
	}
	host_end(&host);
}

static void
a_waiting_request_holds_up_no_other_connection(void **state)
{
	struct host host;

	(void)state;
	host_begin(&host, "deadline 60s;", 100, 600000);
	ask(&host, 0, "held-a");
	ask(&host, 1, "held-b");
	gate_await(2);
	for (int i = 0; i < 100; i++) {
		ask(&host, 2, "quick");
		expect(&host, 2, "quick");
	}
	assert_true(is_silent(&host, 0));
	assert_true(is_silent(&host, 1));
	/* The later one may be answered first. */
	gate_release("held-b");
	expect(&host, 1, "held-b");
	assert_true(is_silent(&host, 0));
	gate_release("held-a");
	expect(&host, 0, "held-a");
	host_end(&host);
}

static void
pipelined_requests_are_answered_in_their_order(void **state)
{
	struct host host;

	(void)state;
	host_begin(&host, "deadline 60s;", 100, 600000);
	say(&host, 0, str_from(arena_printf(host.arena, "%s%s%s",
	    request(&host, "one").data, request(&host, "held-two").data,
	    request(&host, "three").data)));
	expect(&host, 0, "one");
	gate_await(1);
	/* More comes while one waits. */
	ask(&host, 0, "four");
	usleep(20000);
	assert_true(is_silent(&host, 0));
	gate_release("held-two");
	expect(&host, 0, "held-two");
	expect(&host, 0, "three");
	expect(&host, 0, "four");
	ask(&host, 0, "five");
	expect(&host, 0, "five");
	host_end(&host);
	assert_int_equal(atomic_load(&host.decided), 5);
}

static void
at_the_deadline_on_error_answers(void **state)
{
	struct host host;
	const char *answer;

	(void)state;
	host_begin(&host, "deadline 30ms;", 100, 600000);
	ask(&host, 0, "held-forever");
	answer = hear(&host, 0);
	if (strstr(answer, "action=451 4.7.1 [") != answer)
		fail_msg("%s", answer);
	/* The answer comes after all, and the next request is its own. */
	gate_release("held-forever");
	ask(&host, 0, "ann");
	expect(&host, 0, "ann");
	host_end(&host);
}

static void
what_is_no_request_is_answered_and_the_next_one_is_read(void **state)
{
	struct host host;
	struct buf long_one;

	(void)state;
	host_begin(&host, "", 100, 600000);
	buf_init(&long_one, host.arena);
	buf_add_text(&long_one, "request=smtpd_access_policy\nsender=");
	for (size_t i = 0; i < 3 * REQUEST_MAX; i++)
		buf_add_char(&long_one, 'a');
	buf_add_text(&long_one, "\n\n");
	const struct str bad[] = { STR("\n"), STR("GET / HTTP/1.1\n\n"),
		STR("request=junk\n\n"), STR("a=\0\n\n"),
		buf_str(&long_one) };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		say(&host, 0, bad[i]);
		assert_string_equal(hear(&host, 0), "action=DUNNO\n\n");
		ask(&host, 0, "ann");
		expect(&host, 0, "ann");
	}
	host_end(&host);
	assert_int_equal(atomic_load(&host.unread), ARRAY_LEN(bad));
}

/* Its end is looked for across all cuts. */
static void
a_request_that_is_too_long_ends_where_it_ends(void **state)
{
	struct host host;

	(void)state;
	host_begin(&host, "", 100, 600000);
	for (size_t len = REQUEST_MAX - 4; len < REQUEST_MAX + 4; len++) {
		char *text = arena_alloc(host.arena, len);
		const char *answer;

		memset(text, 'a', len);
		memcpy(text, "request=smtpd_access_policy\nsender=", 35);
		memcpy(text + len - 2, "\n\n", 2);
		for (size_t at = 0; at < len;) {
			size_t part = at + 3000 < len ? 3000 : len - at;

			if (at + 3000 >= len && part > 1)
				part = 1;
			say(&host, 1, str_of(text + at, part));
			at += part;
		}
		answer = hear(&host, 1);
		assert_string_equal(answer, "action=DUNNO\n\n");
		ask(&host, 1, "ann");
		expect(&host, 1, "ann");
	}
	host_end(&host);
	/* The last byte that fits is byte 16,384. */
	assert_int_equal(atomic_load(&host.unread), 3);
}

static void
a_client_that_closes_its_side_gets_its_answers(void **state)
{
	struct host host;

	(void)state;
	host_begin(&host, "deadline 60s;", 100, 600000);
	ask(&host, 0, "held-a");
	ask(&host, 0, "bob");
	gate_await(1);
	shutdown(host.clients[0], SHUT_WR);
	gate_release("held-a");
	expect(&host, 0, "held-a");
	expect(&host, 0, "bob");
	assert_string_equal(hear(&host, 0), "");
	host_end(&host);
}

static void
a_client_that_is_gone_harms_nobody(void **state)
{
	struct host host;
	struct str text;

	(void)state;
	host_begin(&host, "deadline 60s;", 100, 600000);
	text = request(&host, "ann");
	ask(&host, 0, "held-gone");
	say(&host, 1, str_sub(text, 0, text.len / 2));
	gate_await(1);
	close(host.clients[0]);
	close(host.clients[1]);
	host.clients[0] = host.clients[1] = -1;
	usleep(20000);
	gate_release("held-gone");
	ask(&host, 2, "ann");
	expect(&host, 2, "ann");
	host_end(&host);
	assert_int_equal(host.stats.torn, 1);
	assert_int_equal(host.stats.busy, 0);
}

/* He fills his own socket; others do not notice. */
static void
a_client_that_does_not_read_is_not_read_from(void **state)
{
	struct host host;
	struct str text;
	size_t sent = 0;

	(void)state;
	host_begin(&host, "", 100, 600000);
	text = request(&host, "ann");
	fcntl(host.clients[0], F_SETFL, O_NONBLOCK);
	for (int blocked = 0; blocked < 50;) {
		size_t at = sent % text.len;
		ssize_t done = send(host.clients[0], text.data + at,
		    text.len - at, MSG_NOSIGNAL);

		if (done > 0) {
			sent += (size_t)done;
			blocked = 0;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		blocked++;
		usleep(1000);
	}
	ask(&host, 1, "bob");
	expect(&host, 1, "bob");
	for (size_t i = 0; i < sent / text.len; i++)
		expect(&host, 0, "ann");
	host_end(&host);
}

static void
a_silent_connection_is_closed_a_waiting_one_is_not(void **state)
{
	struct host host;
	struct str text;

	(void)state;
	host_begin(&host, "deadline 60s;", 100, 4000);
	text = request(&host, "ann");
	ask(&host, 0, "held-a");
	say(&host, 1, str_sub(text, 0, 40));
	assert_string_equal(hear(&host, 2), "");
	assert_string_equal(hear(&host, 1), "");
	gate_release("held-a");
	expect(&host, 0, "held-a");
	host_end(&host);
	assert_true(host.stats.idle_closed >= 2);
}

static void
with_too_many_the_one_silent_for_the_longest_goes(void **state)
{
	struct host host;

	(void)state;
	/* The fourth client pushes the first out. */
	host_begin(&host, "", CLIENTS - 1, 600000);
	assert_string_equal(hear(&host, 0), "");
	for (int i = 1; i < CLIENTS; i++) {
		ask(&host, i, "ann");
		expect(&host, i, "ann");
	}
	host_end(&host);
	assert_int_equal(host.stats.pushed_out, 1);
	assert_int_equal(host.stats.accepted, CLIENTS);
}

static void
a_stop_answers_what_has_come(void **state)
{
	struct host host;
	struct str text;

	(void)state;
	host_begin(&host, "deadline 60s;", 100, 600000);
	text = request(&host, "torn");
	ask(&host, 0, "held-a");
	ask(&host, 0, "after-a");
	gate_await(1);
	say(&host, 2, str_sub(text, 0, text.len - 1));
	/* What lies in the socket at that moment has come, too. */
	ask(&host, 1, "one");
	ask(&host, 1, "two");
	host_stop(&host);
	expect(&host, 1, "one");
	expect(&host, 1, "two");
	assert_string_equal(hear(&host, 1), "");
	/* A request in pieces may be completed for a while. */
	say(&host, 2, str_from_pos(text, text.len - 1));
	expect(&host, 2, "torn");
	assert_string_equal(hear(&host, 2), "");
	gate_release("held-a");
	expect(&host, 0, "held-a");
	expect(&host, 0, "after-a");
	assert_string_equal(hear(&host, 0), "");
	host_join(&host);
	assert_int_equal(host.stats.open, 0);
}

static void
a_stop_does_not_wait_for_a_request_that_never_ends(void **state)
{
	struct host host;

	(void)state;
	host_begin(&host, "", 100, 600000);
	host.grace_ms = 50;
	say(&host, 0, STR("request=smtpd_access_policy\n"));
	host_end(&host);
	assert_int_equal(host.stats.open, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_may_come_byte_by_byte),
		cmocka_unit_test(
		    requests_torn_at_each_byte_are_two_all_the_same),
		cmocka_unit_test(
		    a_waiting_request_holds_up_no_other_connection),
		cmocka_unit_test(
		    pipelined_requests_are_answered_in_their_order),
		cmocka_unit_test(at_the_deadline_on_error_answers),
		cmocka_unit_test(
		    what_is_no_request_is_answered_and_the_next_one_is_read),
		cmocka_unit_test(
		    a_request_that_is_too_long_ends_where_it_ends),
		cmocka_unit_test(
		    a_client_that_closes_its_side_gets_its_answers),
		cmocka_unit_test(a_client_that_is_gone_harms_nobody),
		cmocka_unit_test(
		    a_client_that_does_not_read_is_not_read_from),
		cmocka_unit_test(
		    a_silent_connection_is_closed_a_waiting_one_is_not),
		cmocka_unit_test(
		    with_too_many_the_one_silent_for_the_longest_goes),
		cmocka_unit_test(a_stop_answers_what_has_come),
		cmocka_unit_test(
		    a_stop_does_not_wait_for_a_request_that_never_ends),
	};

	return cmocka_run_group_tests_name("policy_conn", tests, NULL, NULL);
}
