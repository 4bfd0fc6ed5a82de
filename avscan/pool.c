/* SPDX-License-Identifier: ISC */
/* pool.c - workers, the files that they read, and those that wait. */
#include "avscan/pool_private.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "avscan/settings.h"
#include "avscan/zygote.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"

/* --- tasks ---------------------------------------------------------------- */

void
task_end(struct task *task, char *answer, size_t len)
{
	struct pool *pool = task->pool;

	loop_cancel(&task->timer);
	if (task->file >= 0)
		close(task->file);
	pool->stats.busy_us += (uint64_t)(clock_steady_us() -
	    task->started_us);
	pool->stats.read++;
	pool->stats.bytes += task->size;
	if (task->take != NULL)
		task->take(task->arg, answer, len);
	else
		free(answer);
	free(task);
}

char *
pool_unread(struct pool *pool, enum scan_unread unread, size_t *len_r)
{
	const char room[SCAN_ANSWER_HEAD] = "";
	struct arena *arena = arena_new(0);
	struct buf bytes;
	char *answer;

	pool->stats.unread[unread]++;
	buf_init(&bytes, arena);
	buf_add(&bytes, room, sizeof(room));
	scan_answer_write_unread(unread, &bytes);
	scan_answer_put_head(bytes.len - SCAN_ANSWER_HEAD, bytes.data);
	answer = must(malloc(bytes.len));
	memcpy(answer, bytes.data, bytes.len);
	*len_r = bytes.len;
	arena_free(&arena);
	return answer;
}

void
task_fail(struct task *task, enum scan_unread unread)
{
	struct pool *pool = task->pool;
	size_t len;
	char *answer = pool_unread(pool, unread, &len);

	/* It was no file that was read. */
	pool->stats.read--;
	pool->stats.bytes -= task->size;
	task_end(task, answer, len);
}

static void
leave_queue(struct pool *pool, struct task *task)
{
	struct task **link = &pool->queue;

	while (*link != task)
		link = &(*link)->next;
	*link = task->next;
	if (*link == NULL)
		pool->queue_end = link;
	pool->waiting--;
}

static void
on_late(void *arg)
{
	struct task *task = arg;
	struct pool *pool = task->pool;
	struct worker *worker = task->worker;

	task->timer = NULL;
	if (worker == NULL) {
		leave_queue(pool, task);
		task_fail(task, SCAN_UNREAD_busy);
		return;
	}
	log_warn(NULL, "worker pid=%d is late with a file of size=%llu; it is "
	    "killed", (int)worker->pid, (unsigned long long)task->size);
	worker->task = NULL;
	worker_kill(worker);
	task_fail(task, SCAN_UNREAD_late);
	pool_fill(pool);
	pool_serve(pool);
}

void
pool_serve(struct pool *pool)
{
	struct worker *worker;

	while (pool->queue != NULL && (worker = pool_idle(pool)) != NULL) {
		struct task *task = pool->queue;

		if (worker_give(worker, task) == 0)
			leave_queue(pool, task);
	}
	pool_fill(pool);
}

static uint64_t
size_of(int file)
{
	struct stat status;

	return fstat(file, &status) == 0 && status.st_size > 0
	    ? (uint64_t)status.st_size : 0;
}

struct task *
pool_submit(struct pool *pool, int file, struct str name, int64_t timeout_ms,
    task_taker *take, void *arg)
{
	struct task *task;

	if (pool->waiting >= pool->queue_max && pool_idle(pool) == NULL)
		return NULL;
	task = must(calloc(1, sizeof(*task)));
	*task = (struct task){ .pool = pool, .file = file,
		.size = size_of(file), .take = take, .arg = arg,
		.started_us = clock_steady_us() };
	task->job.limits = pool->file_limits;
	task->job.name_len = (uint32_t)name.len;
	memcpy(task->job.name, name.data, name.len);
	task->timer = loop_after(pool->loop, timeout_ms, on_late, task);
	*pool->queue_end = task;
	pool->queue_end = &task->next;
	pool->waiting++;
	pool_serve(pool);
	return task;
}

/* A worker that has begun may as well end: the next file is no sooner read when
 * another one is made. */
void
pool_drop(struct pool *pool, struct task **task)
{
	struct task *old = *task;

	*task = NULL;
	if (old == NULL)
		return;
	old->take = NULL;
	if (old->worker != NULL)
		return;
	leave_queue(pool, old);
	loop_cancel(&old->timer);
	close(old->file);
	free(old);
}

/* --- workers that end ----------------------------------------------------- */

static struct worker *
find_worker(struct pool *pool, uint64_t number)
{
	struct worker *worker = pool->first;

	while (worker != NULL && worker->number != number)
		worker = worker->next;
	return worker;
}

/* Nothing of its making is at fault, it seems: do not try all the time. */
static void
note_failed_start(struct pool *pool, int status)
{
	log_error(NULL, "a worker ended before it read anything: status=%d",
	    status);
	pool->stats.failed_starts++;
	pool_pause(pool);
}

/* While it read a file, or by itself. */
static void
note_crash(struct pool *pool, const struct worker *worker, int status)
{
	bool is_signal = WIFSIGNALED(status);
	char what[64] = "without a file";

	if (worker->task != NULL)
		snprintf(what, sizeof(what), "within a file of size=%llu",
		    (unsigned long long)worker->task->size);
	pool->stats.crashed += worker->task != NULL;
	log_warn(NULL, "worker pid=%d ended %s: %s=%d%s", (int)worker->pid,
	    what, is_signal ? "signal" : "status", is_signal
	    ? WTERMSIG(status) : WEXITSTATUS(status), is_signal &&
	    WTERMSIG(status) == SIGSYS ? " (a forbidden system call)" : "");
}

static void
take_end(struct pool *pool, struct worker *worker, int status)
{
	bool is_out_of_time = status >= 0 && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGXCPU;
	struct task *task = worker->task;

	if (task == NULL && worker->state == WORKER_ACTIVE &&
	    worker->served == 0)
		note_failed_start(pool, status);
	else if (task != NULL || worker->state == WORKER_ACTIVE)
		note_crash(pool, worker, status);
	worker->task = NULL;
	worker_free(&worker);
	if (task != NULL)
		task_fail(task, is_out_of_time ? SCAN_UNREAD_late
		    : SCAN_UNREAD_crashed);
	pool_fill(pool);
	pool_serve(pool);
}

int
pool_hear(struct pool *pool)
{
	struct zygote_news news;
	int heard;

	while ((heard = zygote_hear(pool->zygote, &news)) == 1) {
		struct worker *worker = find_worker(pool, news.number);

		if (worker != NULL && news.pid != 0)
			worker->pid = news.pid;
		else if (worker != NULL)
			take_end(pool, worker, news.status);
	}
	return heard;
}

/* --- the pool ------------------------------------------------------------- */

void
pool_configure(struct pool *pool, const struct avscan_settings *settings)
{
	struct worker_limits limits = {
		.memory = (uint64_t)settings->worker_memory,
		/* All its files may be slow ones; who is late is killed. */
		.cpu_s = (uint64_t)(settings->deadline_ms / 1000 + 1) *
		    (uint64_t)settings->worker_files,
	};

	pool->file_limits = (struct file_limits){
		.size = (uint64_t)settings->max_size,
		.unpacked = (uint64_t)settings->max_unpacked,
		.ratio = (uint64_t)settings->max_ratio,
		.text = (uint32_t)settings->max_text,
		.entries = (uint32_t)settings->max_entries,
		.depth = (uint32_t)settings->max_depth,
	};
	pool->worker_limits = limits;
	pool->worker_files = settings->worker_files;
	pool->queue_max = (size_t)settings->queue;
	pool->workers = (size_t)settings->workers;
	pool->generation++;
	for (struct worker *worker = pool->first; worker != NULL;
	    worker = worker->next)
		if (worker->state == WORKER_ACTIVE)
			worker_leave(worker);
	pool_fill(pool);
	pool_serve(pool);
}

struct pool *
pool_new(struct loop *loop, struct zygote *zygote,
    const struct avscan_settings *settings)
{
	struct pool *pool = must(calloc(1, sizeof(*pool)));

	pool->loop = loop;
	pool->zygote = zygote;
	pool->queue_end = &pool->queue;
	pool_configure(pool, settings);
	return pool;
}

void
pool_free(struct pool **pool)
{
	struct pool *old = *pool;
	struct worker *worker;

	*pool = NULL;
	if (old == NULL)
		return;
	loop_cancel(&old->pause);
	while (old->queue != NULL) {
		struct task *task = old->queue;

		pool_drop(old, &task);
	}
	while ((worker = old->first) != NULL) {
		struct task *task = worker->task;

		if (task != NULL)
			loop_cancel(&task->timer);
		free(task);
		worker_free(&worker);
	}
	free(old);
}

void
pool_count(const struct pool *pool, struct pool_stats *stats_r)
{
	*stats_r = pool->stats;
	stats_r->waiting = pool->waiting;
	stats_r->workers = pool->active;
	stats_r->busy = 0;
	for (const struct worker *worker = pool->first; worker != NULL;
	    worker = worker->next)
		stats_r->busy += worker->task != NULL;
}

void
pool_put_workers(const struct pool *pool, struct json_writer *json)
{
	for (const struct worker *worker = pool->first; worker != NULL;
	    worker = worker->next)
		if (worker->state == WORKER_ACTIVE && worker->pid != 0)
			json_put_int(json, NULL, worker->pid);
}

const char *
pool_degraded(const struct pool *pool)
{
	return pool->pause != NULL ? "workers end before they read anything, "
	    "or cannot be started; the log says why" : NULL;
}
