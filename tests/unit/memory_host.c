/* SPDX-License-Identifier: ISC */
/* memory_host.c - for tests: a store in memory on a socket, as policyd has it. */
#include "memory_host.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "scratch.h"
#include "store/memory.h"

struct memory_host {
	struct arena *arena;
	char folder[SCRATCH_SIZE], path[80];
	struct store *store;
	struct loop *loop;
	struct remote_server *server;
	pthread_t thread;
};

static void *
run(void *arg)
{
	loop_run(arg);
	return NULL;
}

void
memory_host_resume(struct memory_host *host)
{
	if (pthread_create(&host->thread, NULL, run, host->loop) != 0)
		abort();
}

void
memory_host_pause(struct memory_host *host)
{
	loop_stop(host->loop);
	pthread_join(host->thread, NULL);
}

void
memory_host_start(struct memory_host *host)
{
	const char *error;

	host->server = remote_server_open(host->store, host->path, host->loop,
	    host->arena, &error);
	if (host->server == NULL) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	memory_host_resume(host);
}

void
memory_host_stop(struct memory_host *host)
{
	memory_host_pause(host);
	remote_server_close(&host->server);
}

struct memory_host *
memory_host_new(void)
{
	struct memory_host *host = calloc(1, sizeof(*host));
	const char *error;

	scratch_folder(host->folder, "memory");
	snprintf(host->path, sizeof(host->path), "%s/store", host->folder);
	host->arena = arena_new(0);
	host->store = memory_open(NULL, host->arena, &error);
	host->loop = loop_new();
	memory_host_start(host);
	return host;
}

void
memory_host_free(struct memory_host **host)
{
	struct memory_host *old = *host;

	*host = NULL;
	if (old == NULL)
		return;
	memory_host_stop(old);
	store_free(&old->store);
	loop_free(&old->loop);
	arena_free(&old->arena);
	rmdir(old->folder);
	free(old);
}

struct store_settings
memory_host_settings(const struct memory_host *host, int64_t timeout_ms)
{
	return (struct store_settings){ .kind = STORE_WHERE_MEMORY,
	    .socket = host->path, .timeout_ms = timeout_ms };
}

const char *
memory_host_path(const struct memory_host *host)
{
	return host->path;
}

struct remote_server_stats
memory_host_stats(const struct memory_host *host)
{
	struct remote_server_stats stats;

	remote_server_count(host->server, &stats);
	return stats;
}

struct store *
memory_host_store(struct memory_host *host)
{
	return host->store;
}
