/* SPDX-License-Identifier: ISC */
/* load_thread.c - moves bytes between sessions and sockets, never blocks. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_corpus.h"
#include "load_message.h"
#include "load_run.h"
#include "load_session.h"
#include "load_thread.h"

enum {
	READ_SIZE = 16384,
	EVENTS_MAX = 256,
	TICK_MS = 50,			/* looks for timeouts and the phase */
	RETRY_MS = 1,			/* the listener's queue was full */
};

struct connection {
	struct load_session session;
	const struct load_message *msg;	/* the one being played */
	int fd;				/* -1: to be opened (again) */
	bool wants_write;
	bool is_settled;
	uint64_t since_us;		/* last sign of life */
};

struct worker {
	struct load_thread *thread;
	struct load_shared *shared;
	const struct load_plan *plan;
	struct connection *connections;
	unsigned count;
	unsigned closed;		/* connections to be opened */
	int epoll;
};

static void
watch(struct worker *worker, struct connection *conn, int op, bool writes)
{
	struct epoll_event event = {
		.events = EPOLLIN | (writes ? EPOLLOUT : 0),
		.data.ptr = conn,
	};

	conn->wants_write = writes;
	epoll_ctl(worker->epoll, op, conn->fd, &event);
}

static void
close_connection(struct worker *worker, struct connection *conn)
{
	if (conn->fd < 0)
		return;
	close(conn->fd);
	conn->fd = -1;
	conn->session.msg = NULL;
	if (!conn->is_settled)
		worker->closed++;
}

static void
settle(struct worker *worker, struct connection *conn)
{
	uint64_t one = 1;

	if (conn->is_settled)
		return;
	conn->is_settled = true;
	atomic_fetch_add(&worker->shared->settled, 1);
	if (write(worker->shared->wake_fd, &one, sizeof(one)) < 0)
		abort();
}

/* Opens CONN, or leaves it closed for the next try. */
static void
open_connection(struct worker *worker, struct connection *conn)
{
	const struct sockaddr *addr = (const void *)&worker->plan->addr;
	int one = 1;
	int fd = socket(addr->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && addr->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fd < 0 || (connect(fd, addr, worker->plan->addr_len) != 0 &&
	    errno != EINPROGRESS)) {
		/* EAGAIN: the queue of a UNIX listener is full. */
		if (errno != EAGAIN)
			worker->thread->stats.errors_connect++;
		if (fd >= 0)
			close(fd);
		return;
	}
	worker->thread->stats.connections++;
	worker->closed--;
	conn->fd = fd;
	conn->since_us = load_now_us();
	load_session_start(&conn->session);
	watch(worker, conn, EPOLL_CTL_ADD, true);
}

/* Sends what is there to send; false: the filter has gone. */
static bool
flush(struct worker *worker, struct connection *conn)
{
	struct wire_buf *out = &conn->session.out;

	for (;;) {
		ssize_t sent = out->len == out->done ? 0 : send(conn->fd,
		    out->data + out->done, out->len - out->done, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			return false;
		if (sent < 0)
			break;
		out->done += (size_t)sent;
		wire_buf_shift(out);
		load_session_fill(&conn->session);
		if (out->len == 0)
			break;
	}
	if (conn->wants_write != (out->len > 0))
		watch(worker, conn, EPOLL_CTL_MOD, out->len > 0);
	return true;
}

static void
count_message(struct worker *worker, struct connection *conn)
{
	struct load_session *session = &conn->session;
	struct load_stats *stats = &worker->thread->stats;
	uint64_t now = load_now_us();

	if (atomic_load_explicit(&worker->shared->phase,
	    memory_order_relaxed) != PHASE_MEASURE)
		return;
	stats->messages++;
	stats->bytes += conn->msg->size;
	stats->edits += session->edits;
	stats->verdicts[session->verdict]++;
	stats->ended_at[session->stage]++;
	load_samples_add(&stats->message, now - session->began_us);
	if (session->stage == STAGE_EOM)
		load_samples_add(&stats->eom, now - session->eom_us);
}

/* Gives CONN its next message, or lets it rest. */
static void
play_next(struct worker *worker, struct connection *conn)
{
	const struct load_corpus *corpus = worker->shared->corpus;
	unsigned long long ticket;

	if (conn->is_settled)
		return;
	ticket = atomic_fetch_add(&worker->shared->tickets, 1);
	if (worker->plan->messages != 0 && ticket >= worker->plan->messages) {
		settle(worker, conn);
		return;
	}
	conn->msg = &corpus->messages[ticket % corpus->count];
	load_session_play(&conn->session, conn->msg,
	    worker->shared->first_id + ticket);
}

/* The message has its answer: on with this connection or a new one. */
static void
finish_message(struct worker *worker, struct connection *conn, bool is_open)
{
	count_message(worker, conn);
	if (worker->plan->is_idle)
		settle(worker, conn);
	if (is_open && !worker->plan->is_fresh) {
		play_next(worker, conn);
		return;
	}
	load_session_quit(&conn->session);
	flush(worker, conn);
	close_connection(worker, conn);
}

static void
give_up(struct worker *worker, struct connection *conn, uint64_t *counter)
{
	(*counter)++;
	if (conn->session.trouble != NULL)
		worker->thread->stats.trouble = conn->session.trouble;
	close_connection(worker, conn);
}

static void
handle_input(struct worker *worker, struct connection *conn)
{
	struct load_stats *stats = &worker->thread->stats;

	switch (load_session_read(&conn->session)) {
	case SESSION_MESSAGE_DONE:
		finish_message(worker, conn, true);
		break;
	case SESSION_CLOSED:
		finish_message(worker, conn, false);
		break;
	case SESSION_BROKEN:
		give_up(worker, conn, &stats->errors_protocol);
		break;
	case SESSION_GOES_ON:
		if (load_session_is_ready(&conn->session))
			play_next(worker, conn);
		break;
	}
}

static void
serve(struct worker *worker, struct connection *conn, uint32_t events)
{
	struct load_stats *stats = &worker->thread->stats;
	struct wire_buf *in = &conn->session.in;
	ssize_t got = -1;

	conn->since_us = load_now_us();
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		char *room = wire_buf_room(in, READ_SIZE);

		got = recv(conn->fd, room, READ_SIZE, 0);
		if (got == 0 || (got < 0 && errno != EAGAIN)) {
			give_up(worker, conn, &stats->errors_closed);
			return;
		}
	}
	if (got > 0) {
		in->len += (size_t)got;
		handle_input(worker, conn);
	}
	if (conn->fd >= 0 && !flush(worker, conn))
		give_up(worker, conn, &stats->errors_closed);
}

static void
open_closed(struct worker *worker)
{
	for (unsigned i = 0; i < worker->count && worker->closed > 0; i++) {
		struct connection *conn = &worker->connections[i];

		if (conn->fd < 0 && !conn->is_settled)
			open_connection(worker, conn);
	}
}

static void
drop_overdue(struct worker *worker)
{
	uint64_t limit = worker->plan->timeout_seconds * 1000000ULL;
	uint64_t now = load_now_us();

	for (unsigned i = 0; i < worker->count; i++) {
		struct connection *conn = &worker->connections[i];

		if (conn->fd >= 0 && !conn->is_settled &&
		    now - conn->since_us > limit)
			give_up(worker, conn,
			    &worker->thread->stats.errors_timeout);
	}
}

static void
loop(struct worker *worker)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t looked_us = 0;

	while (atomic_load(&worker->shared->phase) != PHASE_STOP) {
		int ready = epoll_wait(worker->epoll, events, EVENTS_MAX,
		    worker->closed > 0 ? RETRY_MS : TICK_MS);

		for (int i = 0; i < ready; i++)
			serve(worker, events[i].data.ptr, events[i].events);
		if (worker->closed > 0)
			open_closed(worker);
		if (load_now_us() - looked_us > TICK_MS * 1000ULL) {
			looked_us = load_now_us();
			drop_overdue(worker);
		}
	}
}

/* Slow answers that the end of the run cut off are told, too. */
static void
count_under_way(const struct worker *worker, struct load_stats *stats)
{
	uint64_t now = load_now_us();

	for (unsigned i = 0; i < worker->count; i++) {
		const struct load_session *session =
		    &worker->connections[i].session;

		if (session->msg == NULL)
			continue;
		stats->under_way++;
		if (now - session->began_us > stats->oldest_us)
			stats->oldest_us = now - session->began_us;
	}
}

static void
leave(struct worker *worker, struct connection *conn)
{
	conn->session.msg = NULL;
	if (conn->fd >= 0) {
		load_session_quit(&conn->session);
		flush(worker, conn);
	}
	close_connection(worker, conn);
	load_session_done(&conn->session);
}

void *
load_thread_main(void *arg)
{
	struct load_thread *thread = arg;
	struct worker worker = {
		.thread = thread,
		.shared = thread->shared,
		.plan = thread->shared->plan,
		.count = thread->connections,
		.closed = thread->connections,
		.connections = calloc(thread->connections,
		    sizeof(struct connection)),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
	};

	if (worker.connections == NULL || worker.epoll < 0)
		abort();
	for (unsigned i = 0; i < worker.count; i++)
		worker.connections[i].fd = -1;
	open_closed(&worker);
	loop(&worker);
	count_under_way(&worker, &thread->stats);
	for (unsigned i = 0; i < worker.count; i++)
		leave(&worker, &worker.connections[i]);
	free(worker.connections);
	close(worker.epoll);
	return NULL;
}
