/* SPDX-License-Identifier: ISC */
/* pool_worker.c - the daemon's side of a worker: it trusts nothing that one
 * says. */
#include "avscan/pool_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "avscan/zygote.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "scan/pass.h"

#define PAUSE_MS 1000

static void
close_socket(struct worker *worker)
{
	loop_unwatch(&worker->watch);
	if (worker->fd >= 0)
		close(worker->fd);
	worker->fd = -1;
}

static void
set_state(struct worker *worker, enum worker_state state)
{
	if (worker->state == WORKER_ACTIVE && state != WORKER_ACTIVE)
		worker->pool->active--;
	worker->state = state;
}

void
worker_free(struct worker **worker)
{
	struct worker *old = *worker;

	*worker = NULL;
	set_state(old, WORKER_LEAVING);
	close_socket(old);
	*old->link = old->next;
	if (old->next != NULL)
		old->next->link = old->link;
	free(old->answer);
	free(old);
}

/* It sees the end of its socket, and ends. */
void
worker_leave(struct worker *worker)
{
	set_state(worker, WORKER_LEAVING);
	if (worker->task == NULL)
		close_socket(worker);
}

void
worker_kill(struct worker *worker)
{
	set_state(worker, WORKER_KILLED);
	close_socket(worker);
	worker->pool->stats.killed++;
	zygote_kill(worker->pool->zygote, worker->number);
}

/* --- its answer ----------------------------------------------------------- */

static void
end_answer(struct worker *worker)
{
	struct pool *pool = worker->pool;
	struct task *task = worker->task;
	char *answer = worker->answer;

	worker->answer = NULL;
	worker->got = 0;
	worker->task = NULL;
	worker->served++;
	if (worker->served >= pool->worker_files ||
	    worker->generation != pool->generation ||
	    worker->state != WORKER_ACTIVE)
		worker_leave(worker);
	task_end(task, answer, worker->len);
	pool_fill(pool);
	pool_serve(pool);
}

/* What a worker says that nobody has asked, or that is no answer. */
static void
end_insane(struct worker *worker)
{
	struct task *task = worker->task;

	log_error(NULL, "worker pid=%d says what is no answer; it is killed",
	    (int)worker->pid);
	worker->task = NULL;
	worker_kill(worker);
	if (task != NULL)
		task_fail(task, SCAN_UNREAD_answer);
	pool_fill(worker->pool);
}

/* The head is whole: room for the rest. */
static int
begin_answer(struct worker *worker)
{
	size_t len;

	if (scan_answer_read_head(worker->head, &len) < 0)
		return -1;
	worker->len = len + SCAN_ANSWER_HEAD;
	worker->answer = must(malloc(worker->len));
	memcpy(worker->answer, worker->head, SCAN_ANSWER_HEAD);
	return 0;
}

/* 1: the answer is whole; 0: more may come; -1: it is none. */
static int
take_bytes(struct worker *worker, size_t count)
{
	worker->got += count;
	if (worker->answer == NULL && worker->got == SCAN_ANSWER_HEAD)
		return begin_answer(worker);
	return worker->answer != NULL && worker->got == worker->len;
}

/* One answer at most: behind it somebody else may have a word. */
static void
receive(struct worker *worker)
{
	ssize_t got;
	int taken = 0;

	do {
		bool in_head = worker->answer == NULL;

		got = recv(worker->fd, (in_head ? worker->head
		    : worker->answer) + worker->got, (in_head
		    ? SCAN_ANSWER_HEAD : worker->len) - worker->got,
		    MSG_DONTWAIT);
		if (got > 0)
			taken = worker->task == NULL ? -1
			    : take_bytes(worker, (size_t)got);
	} while ((got > 0 && taken == 0) || (got < 0 && errno == EINTR));
	if (taken < 0)
		end_insane(worker);
	else if (taken > 0)
		end_answer(worker);
	else if (got == 0 || errno != EAGAIN)
		/* The zygote will say how it ended. */
		close_socket(worker);
}

static void
on_ready(void *arg, uint32_t events)
{
	(void)events;
	receive(arg);
}

/* --- beginning ------------------------------------------------------------ */

static void
on_pause_over(void *arg)
{
	struct pool *pool = arg;

	pool->pause = NULL;
	pool_fill(pool);
	pool_serve(pool);
}

void
pool_pause(struct pool *pool)
{
	if (pool->pause == NULL)
		pool->pause = loop_after(pool->loop, PAUSE_MS, on_pause_over,
		    pool);
}

static void
begin_worker(struct pool *pool, const int pair[2])
{
	struct worker *worker = must(calloc(1, sizeof(*worker)));

	worker->pool = pool;
	worker->number = pool->last_number;
	worker->generation = pool->generation;
	worker->fd = pair[0];
	worker->watch = loop_watch(pool->loop, worker->fd, EPOLLIN, on_ready,
	    worker);
	worker->link = &pool->first;
	worker->next = pool->first;
	if (worker->next != NULL)
		worker->next->link = &worker->next;
	pool->first = worker;
	pool->active++;
	pool->stats.started++;
}

/* -1 and errno: not now. */
static int
start_worker(struct pool *pool)
{
	int pair[2], result, error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	result = zygote_fork(pool->zygote, ++pool->last_number, pair[1],
	    &pool->worker_limits);
	error = errno;
	close(pair[1]);
	if (result == 0) {
		begin_worker(pool, pair);
		return 0;
	}
	close(pair[0]);
	errno = error;
	return -1;
}

void
pool_fill(struct pool *pool)
{
	while (pool->active < pool->workers && pool->pause == NULL) {
		if (start_worker(pool) == 0)
			continue;
		log_error(NULL, "no worker can be started: %s",
		    strerror(errno));
		pool->stats.failed_starts++;
		pool_pause(pool);
	}
}

struct worker *
pool_idle(struct pool *pool)
{
	struct worker *worker = pool->first;

	while (worker != NULL && (worker->state != WORKER_ACTIVE ||
	    worker->task != NULL || worker->fd < 0))
		worker = worker->next;
	return worker;
}

int
worker_give(struct worker *worker, struct task *task)
{
	if (pass_send(worker->fd, &task->job, sizeof(task->job),
	    task->file) != (ssize_t)sizeof(task->job)) {
		worker_kill(worker);
		return -1;
	}
	close(task->file);
	task->file = -1;
	task->worker = worker;
	worker->task = task;
	return 0;
}
