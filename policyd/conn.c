/* SPDX-License-Identifier: ISC */
/* conn.c - one connection of Postfix: requests in, answers out, in order.
 *
 * A connection reads when it has nothing else to do: not while a request of its
 * own waits for answers, nor while the client does not take the answer before.
 * So whoever sends without reading fills his own socket, and nothing of ours.
 *
 * Nothing here closes a connection but conn_settle(), which each callback of
 * the loop calls last: in between a failure only marks it.
 */
#include "policyd/conn_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/must.h"
#include "base/wait.h"

static const struct conn_protocol *
protocol_of(const struct conn *conn)
{
	return conn->conns->service.protocol;
}

/* --- the end of work and of a connection ---------------------------------- */

static void
drop_work(struct conn *conn)
{
	if (conn->work == NULL)
		return;
	loop_cancel(&conn->deadline);
	protocol_of(conn)->free(conn->work);
	conn->work = NULL;
	wait_leave(conn->wait);
	wait_unref(&conn->wait);
	conn->conns->stats.busy--;
}

void
conn_close(struct conn *conn)
{
	struct conns *conns = conn->conns;

	drop_work(conn);
	conn_unlist(conn);
	loop_unwatch(&conn->watch);
	close(conn->fd);
	free(conn->in);
	free(conn->out);
	free(conn);
	conns->stats.open--;
	if (conns->is_stopping && conns->stats.open == 0 &&
	    conns->stopped != NULL)
		conns->stopped(conns->stopped_arg);
}

/* --- output --------------------------------------------------------------- */

/* How much of it the client takes now. */
static size_t
send_some(struct conn *conn, const char *data, size_t len)
{
	ssize_t done;

	do
		done = send(conn->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (done < 0 && errno == EINTR);
	if (done >= 0)
		return (size_t)done;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		conn->is_broken = true;
	return 0;
}

static void
answer(struct conn *conn, const struct conn_answer *answer)
{
	struct str bytes = answer->bytes;
	size_t done = send_some(conn, bytes.data, bytes.len);

	conn_touch(conn);
	if (answer->is_last) {
		conn->is_at_end = true;
		conn->in_len = 0;
	}
	if (done == bytes.len || conn->is_broken)
		return;
	conn->out_len = bytes.len - done;
	conn->out_done = 0;
	conn->out = must(malloc(conn->out_len));
	memcpy(conn->out, bytes.data + done, conn->out_len);
	loop_watch_change(conn->watch, EPOLLOUT);
}

static void
flush(struct conn *conn)
{
	conn->out_done += send_some(conn, conn->out + conn->out_done,
	    conn->out_len - conn->out_done);
	if (conn->out_done < conn->out_len)
		return;
	free(conn->out);
	conn->out = NULL;
	loop_watch_change(conn->watch, EPOLLIN);
}

/* --- requests ------------------------------------------------------------- */

static bool
is_free(const struct conn *conn)
{
	return conn->work == NULL && conn->out == NULL && !conn->is_broken;
}

static void
finish(struct conn *conn)
{
	struct conn_answer ended = protocol_of(conn)->end(
	    conn->conns->service.arg, conn->work);

	answer(conn, &ended);
	drop_work(conn);
}

void
conn_answered(void *arg, uint32_t events)
{
	struct conns *conns = arg;
	struct conn *conn;

	(void)events;
	while ((conn = wait_queue_next(conns->service.queue)) != NULL) {
		if (!protocol_of(conn)->run(conn->work))
			continue;
		finish(conn);
		conn_settle(conn);
	}
}

static void
on_deadline(void *arg)
{
	struct conn *conn = arg;

	conn->deadline = NULL;
	finish(conn);
	conn_settle(conn);
}

static void
begin(struct conn *conn, struct str text)
{
	const struct conn_service *service = &conn->conns->service;
	const struct conn_protocol *protocol = service->protocol;
	struct conn_answer at_once = { .is_last = false };

	conn->wait = wait_new_in(service->queue, conn);
	conn->work = protocol->begin(service->arg, text, conn->wait,
	    &at_once);
	if (conn->work == NULL) {
		wait_leave(conn->wait);
		wait_unref(&conn->wait);
		answer(conn, &at_once);
		return;
	}
	conn->conns->stats.busy++;
	if (protocol->run(conn->work))
		finish(conn);
	else
		conn->deadline = loop_after(service->loop,
		    protocol->deadline_ms(conn->work), on_deadline, conn);
}

/* --- input ---------------------------------------------------------------- */

static void
consume(struct conn *conn, size_t len)
{
	/* An answer that is the last has left nothing. */
	if (conn->in_len == 0)
		return;
	memmove(conn->in, conn->in + len, conn->in_len - len);
	conn->in_len -= len;
	conn->in_looked = 0;
}

/* What is too long is passed over to its end, so that the requests behind it
 * are found. */
static bool
skip(struct conn *conn)
{
	struct conn_answer refusal = { .is_last = false };
	bool is_over = false;

	consume(conn, protocol_of(conn)->skip(conn->conns->service.arg,
	    str_of(conn->in, conn->in_len), &is_over, &refusal));
	if (!is_over)
		return false;
	conn->is_skipping = false;
	answer(conn, &refusal);
	return true;
}

/* Take up the request that has come whole. False: there is none. */
static bool
serve_one(struct conn *conn)
{
	size_t len;

	if (conn->in_len == 0)
		return false;
	if (conn->is_skipping)
		return skip(conn);
	len = protocol_of(conn)->len(str_of(conn->in, conn->in_len),
	    &conn->in_looked);
	if (len != 0) {
		begin(conn, str_of(conn->in, len));
		consume(conn, len);
		return true;
	}
	conn->is_skipping = conn->in_len == protocol_of(conn)->request_max;
	return conn->is_skipping && skip(conn);
}

static void
serve(struct conn *conn)
{
	while (is_free(conn) && serve_one(conn))
		;
}

/* False: nothing has come. */
static bool
read_some(struct conn *conn)
{
	ssize_t got;

	if (conn->in == NULL)
		conn->in = must(malloc(protocol_of(conn)->request_max));
	do
		got = recv(conn->fd, conn->in + conn->in_len,
		    protocol_of(conn)->request_max - conn->in_len,
		    MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		conn->in_len += (size_t)got;
		return true;
	}
	if (got == 0)
		conn->is_at_end = true;
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		conn->is_broken = true;
	return false;
}

/* At a stop: what the kernel has of it already is answered as well. */
static void
drain(struct conn *conn)
{
	while (is_free(conn) && !conn->is_at_end && read_some(conn))
		serve(conn);
}

/* Thousands may wait for answers at a time: none of them holds one. */
static void
drop_empty_buffer(struct conn *conn)
{
	if (conn->in_len != 0)
		return;
	free(conn->in);
	conn->in = NULL;
}

void
conn_settle(struct conn *conn)
{
	struct conns *conns = conn->conns;

	serve(conn);
	if (conns->is_stopping)
		drain(conn);
	drop_empty_buffer(conn);
	if (!conn->is_broken && !is_free(conn))
		return;
	if (conn->is_broken || conn->is_at_end ||
	    (conns->is_stopping && conn->in_len == 0)) {
		conns->stats.torn += conn->in_len != 0;
		conn_close(conn);
		return;
	}
	if (conn->is_deaf)
		loop_watch_change(conn->watch, EPOLLIN);
	conn->is_deaf = false;
}

void
conn_ready(void *arg, uint32_t events)
{
	struct conn *conn = arg;

	if (conn->out != NULL) {
		flush(conn);
	} else if (conn->work == NULL) {
		read_some(conn);
	} else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
		/* Nobody is left to read the answer. */
		conn->is_broken = true;
	} else {
		conn->is_deaf = true;
		loop_watch_change(conn->watch, 0);
	}
	conn_settle(conn);
}
