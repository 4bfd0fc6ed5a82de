/* SPDX-License-Identifier: ISC */
/* conn_host.c - for tests: policyd's connections, with clients of theirs. */
#include "conn_host.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/net.h"
#include "base/vec.h"
#include "base/wait.h"
#include "gate.h"
#include "policy_bench.h"
#include "policyd/hearing.h"
#include "policyd/instances.h"
#include "policyd/rulebook.h"

#define PATIENCE_MS 60000

/* --- the host ------------------------------------------------------------- */

static struct rulebook *
give_rulebook(void *arg)
{
	struct conn_host *host = arg;

	return rulebook_ref(host->rulebook);
}

static void
on_decided(void *arg, struct hearing *hearing, const struct ruling *ruling)
{
	struct conn_host *host = arg;

	(void)hearing;
	(void)ruling;
	atomic_fetch_add(&host->decided, 1);
}

static void
on_unread(void *arg, const char *reason)
{
	struct conn_host *host = arg;

	(void)reason;
	atomic_fetch_add(&host->unread, 1);
}

static void
on_stopped(void *arg)
{
	struct conn_host *host = arg;

	loop_stop(host->loop);
}

static void
on_order(void *arg, uint32_t events)
{
	struct conn_host *host = arg;
	char order;

	(void)events;
	if (read(host->order[0], &order, 1) == 1)
		conns_stop(host->conns, host->grace_ms, on_stopped,
		    host);
}

static void *
run_host(void *arg)
{
	struct conn_host *host = arg;

	loop_run(host->loop);
	return NULL;
}

static void
add_client(struct conn_host *host, int i)
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

void
conn_host_begin(struct conn_host *host, const char *settings, size_t max,
    int64_t idle_ms)
{
	struct conn_service service = { .protocol = &policy_protocol,
		.arg = &host->service };
	const char *error = NULL;

	memset(host, 0, sizeof(*host));
	host->grace_ms = PATIENCE_MS;
	host->arena = arena_new(0);
	host->rulebook = policy_rulebook(host->arena, arena_printf(
	    host->arena, "policyd { mode enforce; %s }\n", settings), &error);
	assert_null(error);
	host->common = (struct rule_common){ .enabled = true,
		.on_error = ON_ERROR_DEFER };
	host->entry = (struct rulechain_entry){ .rule = &gate_rule,
		.settings = &host->common };
	rulebook_set_rules(host->rulebook, &host->entry, 1);
	host->instances = instances_new(65536);
	host->queue = wait_queue_new();
	host->loop = loop_new();
	service.loop = host->loop;
	service.queue = host->queue;
	host->service = (struct policy_service){ .rulebook = give_rulebook,
		.instances = host->instances, .decided = on_decided,
		.unread = on_unread, .arg = host };
	host->conns = conns_new(&service);
	conns_limit(host->conns, max, idle_ms);
	for (int i = 0; i < CONN_HOST_CLIENTS; i++)
		add_client(host, i);
	assert_int_equal(pipe(host->order), 0);
	host->order_watch = loop_watch(host->loop, host->order[0], EPOLLIN,
	    on_order, host);
	assert_int_equal(pthread_create(&host->thread, NULL, run_host, host),
	    0);
}

void
conn_host_stop(struct conn_host *host)
{
	assert_int_equal(write(host->order[1], "s", 1), 1);
}

void
conn_host_join(struct conn_host *host)
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
	for (int i = 0; i < CONN_HOST_CLIENTS; i++)
		if (host->clients[i] >= 0)
			close(host->clients[i]);
	close(host->order[0]);
	close(host->order[1]);
	arena_free(&host->arena);
}

void
conn_host_end(struct conn_host *host)
{
	conn_host_stop(host);
	conn_host_join(host);
}

/* --- the client ----------------------------------------------------------- */

struct str
conn_host_request(struct conn_host *host, const char *local)
{
	return str_from(arena_printf(host->arena,
	    "request=smtpd_access_policy\nprotocol_state=RCPT\n"
	    "client_address=192.0.2.7\nrecipient=%s@example.org\n\n", local));
}

void
conn_host_say(struct conn_host *host, int client, struct str text)
{
	assert_int_equal(net_write_all(host->clients[client], text.data,
	    text.len), 0);
}

void
conn_host_ask(struct conn_host *host, int client, const char *local)
{
	conn_host_say(host, client, conn_host_request(host, local));
}

const char *
conn_host_hear(struct conn_host *host, int client)
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

void
conn_host_expect(struct conn_host *host, int client, const char *local)
{
	const char *answer = conn_host_hear(host, client);
	const char *wanted = arena_printf(host->arena, "] refused: %s\n\n",
	    local);

	if (strncmp(answer, "action=550 5.7.1 [", 18) != 0 ||
	    strstr(answer, wanted) == NULL)
		fail_msg("client %d: '%s' instead of %s", client, answer,
		    local);
}

bool
conn_host_is_silent(struct conn_host *host, int client)
{
	struct pollfd ready = { .fd = host->clients[client],
	    .events = POLLIN };

	return poll(&ready, 1, 0) == 0;
}
