/* SPDX-License-Identifier: ISC */
/* conn.c - who asks about a file: one connection, one question. */
#include "avscan/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "avscan/pool.h"
#include "base/loop.h"
#include "base/must.h"
#include "scan/pass.h"
#include "scan/request.h"

/* A client writes its request in one go, and reads its answer at once. */
#define CLIENT_TIMEOUT_MS 10000
#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK)

struct conns {
	struct loop *loop;
	struct pool *pool;
	struct conn *first;
	uint64_t max_size;
	int64_t deadline_ms;
	size_t most;
	struct conns_stats stats;
	void (*drained)(void *arg);
	void *drained_arg;
};

struct conn {
	struct conns *conns;
	struct conn *next, **link;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *timer;	/* while the client is to do something */
	char request[SCAN_REQUEST_MAX];
	size_t len;
	int file;			/* -1: none, or the pool's */
	struct task *task;
	char *answer;			/* NULL: there is none yet */
	size_t answer_len, sent;
};

static void
end_conn(struct conn *conn)
{
	struct conns *conns = conn->conns;

	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	pool_drop(conns->pool, &conn->task);
	loop_unwatch(&conn->watch);
	loop_cancel(&conn->timer);
	if (conn->file >= 0)
		close(conn->file);
	close(conn->fd);
	free(conn->answer);
	free(conn);
	conns->stats.open--;
	if (conns->stats.open == 0 && conns->drained != NULL)
		conns->drained(conns->drained_arg);
}

static void
on_silent(void *arg)
{
	struct conn *conn = arg;

	conn->timer = NULL;
	if (conn->answer == NULL)
		conn->conns->stats.torn++;
	end_conn(conn);
}

/* --- the answer ----------------------------------------------------------- */

static void
send_some(struct conn *conn)
{
	ssize_t done = 1;

	while (done > 0 && conn->sent < conn->answer_len) {
		done = send(conn->fd, conn->answer + conn->sent,
		    conn->answer_len - conn->sent, MSG_NOSIGNAL);
		if (done < 0 && errno == EINTR)
			done = 1;
		else if (done > 0)
			conn->sent += (size_t)done;
	}
	if (conn->sent < conn->answer_len && errno == EAGAIN)
		loop_watch_change(conn->watch, EPOLLOUT);
	else
		end_conn(conn);
}

static void
on_answer(void *arg, char *answer, size_t len)
{
	struct conn *conn = arg;

	conn->task = NULL;
	conn->answer = answer;
	conn->answer_len = len;
	if (conn->timer == NULL)
		conn->timer = loop_after(conn->conns->loop,
		    CLIENT_TIMEOUT_MS, on_silent, conn);
	send_some(conn);
}

static void
answer_unread(struct conn *conn, enum scan_unread unread)
{
	size_t len;
	char *answer = pool_unread(conn->conns->pool, unread, &len);

	on_answer(conn, answer, len);
}

/* --- the request ---------------------------------------------------------- */

/* Neither the worker nor its client may change the file while it is read: what
 * was read is what will be delivered. */
static enum scan_unread
judge_file(const struct conns *conns, int file)
{
	struct stat status;
	int flags, seals;

	if (file < 0 || fstat(file, &status) < 0 || !S_ISREG(status.st_mode))
		return SCAN_UNREAD_descriptor;
	flags = fcntl(file, F_GETFL);
	seals = fcntl(file, F_GET_SEALS);
	if (flags < 0 || (flags & O_PATH) != 0 ||
	    ((flags & O_ACCMODE) != O_RDONLY &&
	    (seals < 0 || (seals & SEALS) != SEALS)))
		return SCAN_UNREAD_descriptor;
	return (uint64_t)status.st_size > conns->max_size
	    ? SCAN_UNREAD_size : SCAN_READ;
}

static void
take_request(struct conn *conn, const struct scan_request *request)
{
	struct conns *conns = conn->conns;
	enum scan_unread unread = judge_file(conns, conn->file);
	int64_t timeout_ms = request->timeout_ms;
	int file = conn->file;

	if (unread != SCAN_READ) {
		answer_unread(conn, unread);
		return;
	}
	if (timeout_ms > conns->deadline_ms)
		timeout_ms = conns->deadline_ms;
	loop_cancel(&conn->timer);
	conn->file = -1;
	conn->task = pool_submit(conns->pool, file, request->name, timeout_ms,
	    on_answer, conn);
	if (conn->task == NULL) {
		close(file);
		answer_unread(conn, SCAN_UNREAD_busy);
	}
}

static void
end_early(struct conn *conn)
{
	if (conn->task != NULL)
		conn->conns->stats.gone++;
	else
		conn->conns->stats.torn++;
	end_conn(conn);
}

static void
receive(struct conn *conn)
{
	struct scan_request request;
	ssize_t got = pass_receive(conn->fd, conn->request + conn->len,
	    sizeof(conn->request) - conn->len, &conn->file);

	if (got < 0 && errno == EAGAIN)
		return;
	/* Behind its request a client has nothing more to say. */
	if (got <= 0 || conn->task != NULL) {
		if (got < 0 && errno == EPROTO)
			answer_unread(conn, SCAN_UNREAD_descriptor);
		else
			end_early(conn);
		return;
	}
	conn->len += (size_t)got;
	switch (scan_request_read(str_of(conn->request, conn->len),
	    &request)) {
	case 1:
		take_request(conn, &request);
		break;
	case -1:
		answer_unread(conn, SCAN_UNREAD_request);
		break;
	}
}

static void
on_ready(void *arg, uint32_t events)
{
	struct conn *conn = arg;

	(void)events;
	if (conn->answer != NULL)
		send_some(conn);
	else
		receive(conn);
}

/* --- all of them ---------------------------------------------------------- */

struct conns *
conns_new(struct loop *loop, struct pool *pool)
{
	struct conns *conns = must(calloc(1, sizeof(*conns)));

	conns->loop = loop;
	conns->pool = pool;
	return conns;
}

void
conns_free(struct conns **conns)
{
	struct conns *old = *conns;

	*conns = NULL;
	if (old == NULL)
		return;
	old->drained = NULL;
	while (old->first != NULL)
		end_conn(old->first);
	free(old);
}

void
conns_configure(struct conns *conns, uint64_t max_size, int64_t deadline_ms,
    size_t most)
{
	conns->max_size = max_size;
	conns->deadline_ms = deadline_ms;
	conns->most = most;
}

void
conns_add(struct conns *conns, int fd)
{
	struct conn *conn = must(calloc(1, sizeof(*conn)));

	conn->conns = conns;
	conn->fd = fd;
	conn->file = -1;
	conn->link = &conns->first;
	conn->next = conns->first;
	if (conn->next != NULL)
		conn->next->link = &conn->next;
	conns->first = conn;
	conns->stats.open++;
	conns->stats.accepted++;
	conn->watch = loop_watch(conns->loop, fd, EPOLLIN, on_ready, conn);
	conn->timer = loop_after(conns->loop, CLIENT_TIMEOUT_MS, on_silent,
	    conn);
	if (conns->stats.open > conns->most)
		answer_unread(conn, SCAN_UNREAD_busy);
}

void
conns_drain(struct conns *conns, void (*done)(void *arg), void *arg)
{
	conns->drained = done;
	conns->drained_arg = arg;
	if (conns->stats.open == 0)
		done(arg);
}

void
conns_count(const struct conns *conns, struct conns_stats *stats_r)
{
	*stats_r = conns->stats;
}
