/* SPDX-License-Identifier: ISC */
/* pool_private.h - what the pool knows of its workers and tasks. */
#ifndef AVSCAN_POOL_PRIVATE_H
#define AVSCAN_POOL_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "avscan/pool.h"
#include "avscan/worker.h"

/* A file that waits for a worker, or has one. */
struct task {
	struct pool *pool;
	struct task *next;		/* in the queue */
	struct worker *worker;		/* NULL: it waits */
	struct loop_timer *timer;
	int file;			/* -1: sent */
	uint64_t size;
	struct worker_job job;
	int64_t started_us;
	task_taker *take;		/* NULL: nobody waits any more */
	void *arg;
};

enum worker_state {
	WORKER_ACTIVE,
	WORKER_LEAVING,		/* it gets no more files */
	WORKER_KILLED,		/* by us */
};

struct worker {
	struct pool *pool;
	struct worker *next, **link;
	uint64_t number;
	pid_t pid;			/* 0: not forked yet */
	enum worker_state state;
	unsigned generation;		/* of the settings it began with */
	int fd;				/* -1: closed */
	struct loop_watch *watch;
	struct task *task;		/* NULL: idle */
	int64_t served;
	char head[SCAN_ANSWER_HEAD];
	char *answer;			/* NULL: its head has not come whole */
	size_t got, len;		/* with the head */
};

struct pool {
	struct loop *loop;
	struct zygote *zygote;
	struct worker *first;
	struct task *queue, **queue_end;
	size_t waiting, active;
	uint64_t last_number;
	unsigned generation;
	struct loop_timer *pause;	/* after a start that failed */
	struct pool_stats stats;

	size_t workers, queue_max;
	int64_t worker_files;
	struct worker_limits worker_limits;
	struct file_limits file_limits;
};

/* --- pool_worker.c -------------------------------------------------------- */

/* As many workers as there shall be. */
void pool_fill(struct pool *pool);
/* Start none for a moment. */
void pool_pause(struct pool *pool);
/* An idle one that may have a file, or NULL. */
struct worker *pool_idle(struct pool *pool);
/* Give it the task. -1: it is no worker any more. */
int worker_give(struct worker *worker, struct task *task);
/* It gets no more files, and ends when it has no task. */
void worker_leave(struct worker *worker);
void worker_kill(struct worker *worker);
/* Forget it. */
void worker_free(struct worker **worker);

/* --- pool.c, for it ------------------------------------------------------- */

/* The task has its answer; it is gone. */
void task_end(struct task *task, char *answer, size_t len);
void task_fail(struct task *task, enum scan_unread unread);
/* Somebody is idle. */
void pool_serve(struct pool *pool);

#endif
