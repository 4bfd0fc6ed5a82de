/* SPDX-License-Identifier: ISC */
/* conns.c - all connections: how many, how long silent, and their end. */
#include "policyd/conn_private.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/wait.h"

#define TICK_MS_MAX 30000

void
conn_unlist(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (conn->older != NULL)
		conn->older->newer = conn->newer;
	else
		conns->oldest = conn->newer;
	if (conn->newer != NULL)
		conn->newer->older = conn->older;
	else
		conns->newest = conn->older;
}

void
conn_enlist(struct conn *conn)
{
	struct conns *conns = conn->conns;

	conn->since_ms = clock_steady_ms();
	conn->newer = NULL;
	conn->older = conns->newest;
	if (conns->newest != NULL)
		conns->newest->newer = conn;
	else
		conns->oldest = conn;
	conns->newest = conn;
}

void
conn_touch(struct conn *conn)
{
	conn_unlist(conn);
	conn_enlist(conn);
}

/* A request under way is no silence. */
static void
on_tick(void *arg)
{
	struct conns *conns = arg;
	int64_t tick_ms = conns->idle_ms / 8 + 1;
	int64_t now_ms = clock_steady_ms();
	struct conn *conn;

	while ((conn = conns->oldest) != NULL &&
	    now_ms - conn->since_ms >= conns->idle_ms) {
		conn_touch(conn);
		if (conn->work != NULL)
			continue;
		conns->stats.idle_closed++;
		conn->is_broken = true;
		conn_settle(conn);
	}
	conns->tick = loop_after(conns->service.loop,
	    tick_ms < TICK_MS_MAX ? tick_ms : TICK_MS_MAX, on_tick, conns);
}

struct conns *
conns_new(const struct conn_service *service)
{
	struct conns *conns = must(calloc(1, sizeof(*conns)));

	conns->service = *service;
	conns->queue_watch = loop_watch(service->loop,
	    wait_queue_fd(service->queue), EPOLLIN, conn_answered, conns);
	return conns;
}

void
conns_free(struct conns **conns)
{
	struct conns *old = *conns;

	if (old == NULL)
		return;
	old->stopped = NULL;
	while (old->oldest != NULL)
		conn_close(old->oldest);
	loop_cancel(&old->tick);
	loop_cancel(&old->grace);
	loop_unwatch(&old->queue_watch);
	free(old);
	*conns = NULL;
}

void
conns_limit(struct conns *conns, size_t max, int64_t idle_ms)
{
	conns->max = max;
	conns->idle_ms = idle_ms;
	loop_cancel(&conns->tick);
	on_tick(conns);
	while (conns->stats.open > max && conns_push_out(conns))
		;
}

bool
conns_push_out(struct conns *conns)
{
	struct conn *conn = conns->oldest;

	while (conn != NULL && conn->work != NULL)
		conn = conn->newer;
	if (conn == NULL)
		return false;
	conns->stats.pushed_out++;
	conn->is_broken = true;
	conn_settle(conn);
	return true;
}

void
conns_add(struct conns *conns, int fd)
{
	struct conn *conn;

	conns->stats.accepted++;
	if (conns->stats.open >= conns->max && !conns_push_out(conns)) {
		close(fd);
		return;
	}
	conn = must(calloc(1, sizeof(*conn)));
	conn->conns = conns;
	conn->fd = fd;
	conn_enlist(conn);
	conns->stats.open++;
	conn->watch = loop_watch(conns->service.loop, fd, EPOLLIN, conn_ready,
	    conn);
	if (conns->is_stopping)
		conn_settle(conn);
}

static void
on_grace_over(void *arg)
{
	struct conns *conns = arg;

	conns->grace = NULL;
	conns->stopped(conns->stopped_arg);
}

void
conns_stop(struct conns *conns, int64_t grace_ms, void (*done)(void *arg),
    void *arg)
{
	struct conn *conn;

	conns->is_stopping = true;
	conns->stopped_arg = arg;
	/* Each is closed or goes to the end of the list. */
	for (size_t left = conns->stats.open; left > 0; left--) {
		conn = conns->oldest;
		conn_touch(conn);
		conn_settle(conn);
	}
	conns->stopped = done;
	if (conns->stats.open == 0)
		done(arg);
	else
		conns->grace = loop_after(conns->service.loop, grace_ms,
		    on_grace_over, conns);
}

void
conns_count(const struct conns *conns, struct conns_stats *stats_r)
{
	*stats_r = conns->stats;
}
