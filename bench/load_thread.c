/* SPDX-License-Identifier: ISC */
/* load_thread.c - plays messages on its connections, never blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "load_corpus.h"
#include "load_edit.h"
#include "load_link.h"
#include "load_message.h"
#include "load_run.h"
#include "load_session.h"
#include "load_thread.h"
#include "policy_request.h"

enum {
	EVENTS_MAX = 256,
	TICK_MS = 50,			/* looks for timeouts and the phase */
	RETRY_MS = 1,			/* the listener's queue was full */
	USER_MAX = 64,
};

/*
 * One client of the MTA.  With several servers, the whole message is played
 * to one after the other.  Postfix gives each command of the envelope to all
 * of them before the next command, but it too waits for every answer in
 * turn: the sum is the same.
 */
struct load_connection {
	struct load_link links[LOAD_HOPS_MAX];
	size_t at;			/* the link that plays */
	const struct load_message *msg;	/* the one being played */
	struct load_message edited;	/* as the later links see it */
	struct load_message own;	/* as a user sends it */
	char user[USER_MAX];
	uint64_t id;			/* what it is called on every link */
	bool is_open;
	bool is_warm;			/* had an answer */
	bool is_settled;
	uint64_t since_us;		/* last sign of life */
};

struct worker {
	struct load_thread *thread;
	struct load_shared *shared;
	const struct load_plan *plan;
	struct load_connection *connections;
	unsigned count;
	unsigned closed;		/* connections to be opened */
	int epoll;
};

static void
close_connection(struct worker *worker, struct load_connection *conn)
{
	for (size_t i = 0; i < worker->plan->hop_count; i++)
		load_link_close(&conn->links[i]);
	if (conn->is_open && !conn->is_settled)
		worker->closed++;
	conn->is_open = false;
}

static void
settle(struct worker *worker, struct load_connection *conn)
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
open_connection(struct worker *worker, struct load_connection *conn)
{
	const struct load_plan *plan = worker->plan;
	enum load_link_end end = LINK_OPEN;

	for (size_t i = 0; end == LINK_OPEN && i < plan->hop_count; i++)
		end = load_link_open(&conn->links[i], &plan->hops[i],
		    worker->epoll);
	if (end == LINK_REFUSED)
		worker->thread->stats.errors_connect++;
	if (end != LINK_OPEN) {
		close_connection(worker, conn);
		return;
	}
	worker->thread->stats.connections++;
	worker->closed--;
	conn->is_open = true;
	conn->at = 0;
	conn->since_us = load_now_us();
}

static void
note_warm(struct worker *worker, struct load_connection *conn)
{
	if (conn->is_warm)
		return;
	conn->is_warm = true;
	atomic_fetch_add(&worker->shared->warmed, 1);
}

static void
count_message(struct worker *worker, struct load_connection *conn)
{
	struct load_session *session = &conn->links[conn->at].session;
	struct load_stats *stats = &worker->thread->stats;
	uint64_t now = load_now_us();

	stats->played++;
	note_warm(worker, conn);
	if (atomic_load_explicit(&worker->shared->phase,
	    memory_order_relaxed) != PHASE_MEASURE)
		return;
	stats->messages++;
	stats->bytes += conn->msg->size;
	stats->edits += session->edit_count;
	stats->verdicts[session->verdict]++;
	stats->ended_at[session->stage]++;
	load_samples_add(&stats->message,
	    now - conn->links[0].session.began_us);
	if (session->stage == STAGE_EOM)
		load_samples_add(&stats->eom, now - session->eom_us);
}

/* The message as one of the users of bench-policy-load sends it. */
static const struct load_message *
send_as_user(struct load_connection *conn, const struct load_message *msg,
    unsigned long long user)
{
	snprintf(conn->user, sizeof(conn->user), "u%07llu@d%05llu.bench.example",
	    user, user / POLICY_USERS_A_DOMAIN);
	conn->own = *msg;
	conn->own.from.sender = conn->own.from.login = conn->user;
	return &conn->own;
}

/* Gives CONN its next message, or lets it rest. */
static void
play_next(struct worker *worker, struct load_connection *conn)
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
	if (worker->plan->users != 0)
		conn->msg = send_as_user(conn, conn->msg,
		    ticket % worker->plan->users);
	conn->id = worker->shared->first_id + ticket;
	conn->at = 0;
	load_session_play(&conn->links[0].session, conn->msg, conn->id);
}

/* The message has its last answer: on with this connection or a new one. */
static void
finish_message(struct worker *worker, struct load_connection *conn,
    bool stays_open)
{
	count_message(worker, conn);
	if (worker->plan->is_idle)
		settle(worker, conn);
	if (stays_open && !worker->plan->is_fresh) {
		play_next(worker, conn);
		return;
	}
	for (size_t i = 0; i < worker->plan->hop_count; i++) {
		load_session_quit(&conn->links[i].session);
		load_link_flush(&conn->links[i], worker->epoll);
	}
	close_connection(worker, conn);
}

/* The message as the links up to this one have left it. */
static const struct load_message *
edit_message(struct load_connection *conn)
{
	struct load_message *edited = &conn->edited;

	if (conn->at == 0) {
		free(edited->headers);
		*edited = *conn->msg;
		edited->headers = malloc((edited->header_count + 1) *
		    sizeof(*edited->headers));
		if (edited->headers == NULL)
			abort();
		memcpy(edited->headers, conn->msg->headers,
		    edited->header_count * sizeof(*edited->headers));
	}
	load_edit_apply(&conn->links[conn->at].session.edits, edited);
	return edited;
}

/* One server let the message pass: the next one is asked, if there is one. */
static void
hand_on(struct worker *worker, struct load_connection *conn)
{
	struct load_link *link = &conn->links[conn->at];
	const struct load_message *msg;

	if (conn->at + 1 == worker->plan->hop_count ||
	    link->session.verdict > VERDICT_ACCEPT) {
		finish_message(worker, conn, true);
		return;
	}
	msg = edit_message(conn);
	conn->at++;
	load_session_play(&conn->links[conn->at].session, msg, conn->id);
}

static void
give_up(struct worker *worker, struct load_connection *conn,
    uint64_t *counter)
{
	(*counter)++;
	for (size_t i = 0; i < worker->plan->hop_count; i++) {
		if (conn->links[i].session.trouble != NULL)
			worker->thread->stats.trouble =
			    conn->links[i].session.trouble;
	}
	close_connection(worker, conn);
}

/* No message is under way, and each server has answered our offer. */
static bool
is_ready(const struct worker *worker, const struct load_connection *conn)
{
	for (size_t i = 0; i < worker->plan->hop_count; i++) {
		if (!load_session_is_ready(&conn->links[i].session))
			return false;
	}
	return true;
}

static void
handle_input(struct worker *worker, struct load_link *link)
{
	struct load_connection *conn = link->conn;
	struct load_stats *stats = &worker->thread->stats;

	switch (load_session_read(&link->session)) {
	case SESSION_MESSAGE_DONE:
		hand_on(worker, conn);
		break;
	case SESSION_CLOSED:
		finish_message(worker, conn, false);
		break;
	case SESSION_BROKEN:
		give_up(worker, conn, &stats->errors_protocol);
		break;
	case SESSION_GOES_ON:
		if (is_ready(worker, conn))
			play_next(worker, conn);
		break;
	}
}

/* What an answer put into the `out` of any link goes out at once. */
static bool
flush(struct worker *worker, struct load_connection *conn)
{
	for (size_t i = 0; i < worker->plan->hop_count; i++) {
		struct load_link *link = &conn->links[i];

		if (conn->is_open && !load_link_flush(link, worker->epoll))
			return false;
	}
	return true;
}

static void
serve(struct worker *worker, struct load_link *link, uint32_t events)
{
	struct load_stats *stats = &worker->thread->stats;
	struct load_connection *conn = link->conn;
	long got = 0;

	/* An earlier event of this round may have closed it. */
	if (link->fd < 0)
		return;
	conn->since_us = load_now_us();
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		got = load_link_receive(link);
	if (got < 0) {
		give_up(worker, conn, &stats->errors_closed);
		return;
	}
	if (got > 0)
		handle_input(worker, link);
	if (!flush(worker, conn))
		give_up(worker, conn, &stats->errors_closed);
}

static void
open_closed(struct worker *worker)
{
	for (unsigned i = 0; i < worker->count && worker->closed > 0; i++) {
		struct load_connection *conn = &worker->connections[i];

		if (!conn->is_open && !conn->is_settled)
			open_connection(worker, conn);
	}
}

static void
drop_overdue(struct worker *worker)
{
	uint64_t limit = worker->plan->timeout_seconds * 1000000ULL;
	uint64_t now = load_now_us();

	for (unsigned i = 0; i < worker->count; i++) {
		struct load_connection *conn = &worker->connections[i];

		if (conn->is_open && !conn->is_settled &&
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
		const struct load_connection *conn = &worker->connections[i];
		uint64_t began_us = conn->links[0].session.began_us;

		if (conn->links[conn->at].session.msg == NULL)
			continue;
		stats->under_way++;
		if (now - began_us > stats->oldest_us)
			stats->oldest_us = now - began_us;
	}
}

static void
init(struct load_connection *conn)
{
	for (size_t i = 0; i < LOAD_HOPS_MAX; i++) {
		conn->links[i].conn = conn;
		conn->links[i].fd = -1;
	}
}

static void
leave(struct worker *worker, struct load_connection *conn)
{
	for (size_t i = 0; i < worker->plan->hop_count; i++) {
		struct load_link *link = &conn->links[i];

		link->session.msg = NULL;
		if (conn->is_open) {
			load_session_quit(&link->session);
			load_link_flush(link, worker->epoll);
		}
		load_session_done(&link->session);
	}
	close_connection(worker, conn);
	free(conn->edited.headers);
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
		    sizeof(struct load_connection)),
		.epoll = epoll_create1(EPOLL_CLOEXEC),
	};

	if (worker.connections == NULL || worker.epoll < 0)
		abort();
	for (unsigned i = 0; i < worker.count; i++)
		init(&worker.connections[i]);
	open_closed(&worker);
	loop(&worker);
	count_under_way(&worker, &thread->stats);
	for (unsigned i = 0; i < worker.count; i++)
		leave(&worker, &worker.connections[i]);
	free(worker.connections);
	close(worker.epoll);
	return NULL;
}
