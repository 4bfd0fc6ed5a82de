/* SPDX-License-Identifier: ISC */
/* redis_relay.c - a relay before a server, for tests, that misbehaves. */
#include "redis_relay.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/net.h"
#include "redis_server.h"

#define PAIRS_MAX 8
#define LOOK_MS 5

struct pair {
	int client, server;		/* -1: none */
};

struct redis_relay {
	const struct redis_server *to;
	char path[96];
	int listen_fd;
	struct pair pairs[PAIRS_MAX];
	atomic_int mode, delay_ms;
	atomic_uint count;
	atomic_bool is_stopped;
	pthread_t thread;
};

static void
end_pair(struct pair *pair)
{
	close(pair->client);
	close(pair->server);
	pair->client = pair->server = -1;
}

static int
connect_to(const struct redis_server *server)
{
	struct arena *arena = arena_new(0);
	const char *error;
	int fd = net_connect_unix(redis_server_path(server), 60000, arena,
	    &error);

	arena_free(&arena);
	return fd;
}

static void
accept_one(struct redis_relay *relay)
{
	int fd = accept(relay->listen_fd, NULL, NULL);

	for (size_t i = 0; fd >= 0 && i < PAIRS_MAX; i++) {
		struct pair *pair = &relay->pairs[i];

		if (pair->client >= 0)
			continue;
		pair->client = fd;
		pair->server = connect_to(relay->to);
		atomic_fetch_add(&relay->count, 1);
		if (pair->server < 0)
			end_pair(pair);
		return;
	}
	close(fd);
}

static void
send_endless(struct pair *pair)
{
	static char chunk[65536];

	memset(chunk, 'x', sizeof(chunk));
	net_write_all(pair->client, "*1\r\n$999999999\r\n", 16);
	for (int i = 0; i < 64; i++)
		if (net_write_all(pair->client, chunk, sizeof(chunk)) < 0)
			return;
}

static void
carry(struct pair *pair, int mode, const char *data, size_t len)
{
	static const char garbage[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	switch (mode) {
	case RELAY_SWALLOW:
		end_pair(pair);
		return;
	case RELAY_GARBAGE:
		net_write_all(pair->client, garbage, sizeof(garbage) - 1);
		return;
	case RELAY_ENDLESS:
		send_endless(pair);
		return;
	case RELAY_TWICE:
		net_write_all(pair->client, data, len);
		break;
	}
	net_write_all(pair->client, data, len);
}

static void
carry_replies(struct redis_relay *relay, struct pair *pair)
{
	int mode = atomic_load(&relay->mode);
	char data[65536];
	ssize_t len;

	if (mode == RELAY_HOLD)
		return;
	len = recv(pair->server, data, sizeof(data), 0);
	if (len <= 0) {
		end_pair(pair);
		return;
	}
	usleep((useconds_t)atomic_load(&relay->delay_ms) * 1000);
	carry(pair, mode, data, (size_t)len);
	/* Unless it was set anew meanwhile. */
	atomic_compare_exchange_strong(&relay->mode, &mode, RELAY_PASS);
}

static void
carry_commands(struct pair *pair)
{
	char data[65536];
	ssize_t len = recv(pair->client, data, sizeof(data), 0);

	if (len <= 0 || net_write_all(pair->server, data, (size_t)len) < 0)
		end_pair(pair);
}

static void
serve(struct redis_relay *relay)
{
	struct pollfd fds[1 + PAIRS_MAX * 2];
	bool holds = atomic_load(&relay->mode) == RELAY_HOLD;

	fds[0] = (struct pollfd){ relay->listen_fd, POLLIN, 0 };
	for (size_t i = 0; i < PAIRS_MAX; i++) {
		fds[1 + i * 2] = (struct pollfd){ relay->pairs[i].client,
			POLLIN, 0 };
		fds[2 + i * 2] = (struct pollfd){ holds ? -1 :
			relay->pairs[i].server, POLLIN, 0 };
	}
	if (poll(fds, 1 + PAIRS_MAX * 2, LOOK_MS) <= 0)
		return;
	for (size_t i = 0; i < PAIRS_MAX; i++) {
		struct pair *pair = &relay->pairs[i];

		if (fds[1 + i * 2].revents != 0 && pair->client >= 0)
			carry_commands(pair);
		if (fds[2 + i * 2].revents != 0 && pair->client >= 0)
			carry_replies(relay, pair);
	}
	if (fds[0].revents != 0)
		accept_one(relay);
}

static void *
thread_main(void *arg)
{
	struct redis_relay *relay = arg;

	while (!atomic_load(&relay->is_stopped))
		serve(relay);
	return NULL;
}

struct redis_relay *
redis_relay_start(const struct redis_server *server)
{
	struct redis_relay *relay = calloc(1, sizeof(*relay));
	struct arena *arena = arena_new(0);
	const char *error;

	if (relay == NULL)
		abort();
	relay->to = server;
	for (size_t i = 0; i < PAIRS_MAX; i++)
		relay->pairs[i].client = relay->pairs[i].server = -1;
	snprintf(relay->path, sizeof(relay->path), "%s/relay",
	    redis_server_folder(server));
	relay->listen_fd = net_listen_unix(relay->path, 0600, arena, &error);
	if (relay->listen_fd < 0 || pthread_create(&relay->thread, NULL,
	    thread_main, relay) != 0)
		abort();
	arena_free(&arena);
	return relay;
}

const char *
redis_relay_path(const struct redis_relay *relay)
{
	return relay->path;
}

void
redis_relay_set(struct redis_relay *relay, enum redis_relay_mode mode)
{
	atomic_store(&relay->mode, mode);
}

bool
redis_relay_passes(const struct redis_relay *relay)
{
	return atomic_load(&relay->mode) == RELAY_PASS;
}

void
redis_relay_delay(struct redis_relay *relay, int delay_ms)
{
	atomic_store(&relay->delay_ms, delay_ms);
}

unsigned
redis_relay_count(struct redis_relay *relay)
{
	return atomic_load(&relay->count);
}

void
redis_relay_stop(struct redis_relay **relay)
{
	struct redis_relay *old = *relay;

	*relay = NULL;
	if (old == NULL)
		return;
	atomic_store(&old->is_stopped, true);
	pthread_join(old->thread, NULL);
	for (size_t i = 0; i < PAIRS_MAX; i++)
		if (old->pairs[i].client >= 0)
			end_pair(&old->pairs[i]);
	close(old->listen_fd);
	free(old);
}
