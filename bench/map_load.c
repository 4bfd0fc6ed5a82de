/* SPDX-License-Identifier: ISC */
/* map_load.c - looks keys up in a socketmap service as smtpd would; prints
 * JSON. */
/*
 * usage: bench-map-load SOCKET MAP CONNECTIONS USERS SECONDS PID
 *
 * Each connection has one look-up under way (socketmap_table(5)). USERS are
 * those of bench-policy-load, each in turn; PID is the service.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_options.h"
#include "load_proc.h"
#include "load_session.h"
#include "policy_request.h"

enum { CONNECTIONS_MAX = 256, TEXT_MAX = 512, STEP = 7919, PATIENCE_MS =
    10000 };

struct client {
	int fd;
	size_t got;			/* bytes of the answer */
	char answer[TEXT_MAX];
};

struct bench {
	const char *map;
	struct load_hop service;
	unsigned connections;
	uint64_t users;
	double seconds;
	pid_t pid;
	int epoll;
	uint64_t asked, answers, found;
	struct client clients[CONNECTIONS_MAX];
};

static void
fail(const char *what)
{
	fprintf(stderr, "bench-map-load: %s\n", what);
	exit(1);
}

static void
ask(struct bench *bench, struct client *client)
{
	uint64_t user = bench->asked++ * STEP % bench->users;
	char request[TEXT_MAX], text[TEXT_MAX];
	int len = snprintf(request, sizeof(request), "%s u%07" PRIu64
	    "@d%05" PRIu64 ".bench.example", bench->map, user,
	    user / POLICY_USERS_A_DOMAIN);

	len = snprintf(text, sizeof(text), "%d:%.400s,", len, request);
	client->got = 0;
	if (send(client->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		fail("a look-up was not taken");
}

/* "9:OK answer,": these answers are short, and come in one piece or more. */
static bool
is_whole(const struct client *client)
{
	const char *colon = memchr(client->answer, ':', client->got);

	return colon != NULL && client->got == (size_t)(colon -
	    client->answer) + 2 + strtoul(client->answer, NULL, 10);
}

static void
hear(struct bench *bench, struct client *client)
{
	ssize_t got = recv(client->fd, client->answer + client->got,
	    sizeof(client->answer) - client->got - 1, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0)
		fail("a connection was closed, or an answer is too long");
	client->got += (size_t)got;
	client->answer[client->got] = '\0';
	if (!is_whole(client))
		return;
	bench->answers++;
	bench->found += strstr(client->answer, ":OK ") != NULL;
	ask(bench, client);
}

static void
serve(struct bench *bench, uint64_t until_us)
{
	struct epoll_event events[64];
	int count;

	while (load_now_us() < until_us) {
		count = epoll_wait(bench->epoll, events, 64, PATIENCE_MS);
		if (count == 0)
			fail("no answer came");
		for (int i = 0; i < count; i++)
			hear(bench, events[i].data.ptr);
	}
}

static void
connect_one(struct bench *bench, struct client *client)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	client->fd = socket(bench->service.addr.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd,
	    (const struct sockaddr *)&bench->service.addr,
	    bench->service.addr_len) < 0 ||
	    epoll_ctl(bench->epoll, EPOLL_CTL_ADD, client->fd, &event) < 0)
		fail(strerror(errno));
}

static void
measure(struct bench *bench)
{
	struct load_usage before, after;
	uint64_t began_us;
	double seconds;

	bench->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < bench->connections; i++) {
		connect_one(bench, &bench->clients[i]);
		ask(bench, &bench->clients[i]);
	}
	load_proc_read(&bench->pid, 1, &before);
	began_us = load_now_us();
	serve(bench, began_us + (uint64_t)(bench->seconds * 1e6));
	seconds = (double)(load_now_us() - began_us) / 1e6;
	load_proc_read(&bench->pid, 1, &after);
	printf("{\"lookups\": %" PRIu64 ", \"found\": %" PRIu64 ", "
	    "\"seconds\": %.3f, \"lookups_per_second\": %.1f, "
	    "\"cpu_us_each\": %.3f, \"rss_kb\": %ld}\n", bench->answers,
	    bench->found, seconds, (double)bench->answers / seconds,
	    1e6 * (after.cpu_seconds - before.cpu_seconds) /
	    (double)(bench->answers + !bench->answers), after.rss_kb);
}

int
main(int argc, char **argv)
{
	static struct bench bench;

	if (argc != 7) {
		fputs("usage: bench-map-load SOCKET MAP CONNECTIONS USERS "
		    "SECONDS PID\n", stderr);
		return 2;
	}
	bench.map = argv[2];
	bench.connections = (unsigned)strtoul(argv[3], NULL, 10);
	bench.users = strtoull(argv[4], NULL, 10);
	bench.seconds = strtod(argv[5], NULL);
	bench.pid = (pid_t)strtol(argv[6], NULL, 10);
	if (load_options_socket(argv[1], &bench.service) != 0)
		return 2;
	if (bench.connections < 1 || bench.connections > CONNECTIONS_MAX ||
	    bench.users == 0)
		fail("CONNECTIONS from 1 to 256, USERS from 1 on");
	measure(&bench);
	return 0;
}
