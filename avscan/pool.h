/* SPDX-License-Identifier: ISC */
/* pool.h - workers, the files that they read, and those that wait.
 *
 * A worker reads one file at a time. One that is late, crashes or is killed
 * costs its file an answer and nothing else: another takes its place. */
#ifndef AVSCAN_POOL_H
#define AVSCAN_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "scan/answer.h"

struct avscan_settings;
struct json_writer;
struct loop;
struct pool;
struct task;
struct zygote;

/* Workers are made at once. The zygote stays the caller's. */
struct pool *pool_new(struct loop *loop, struct zygote *zygote,
    const struct avscan_settings *settings);
/* No task is left. */
void pool_free(struct pool **pool);

/* Other settings: what runs ends as it began. */
void pool_configure(struct pool *pool, const struct avscan_settings *settings);

/* Something has come from the zygote. -1: it is gone. */
int pool_hear(struct pool *pool);

/* The answer, head and all (request.h), from malloc() and the taker's now. */
typedef void task_taker(void *arg, char *answer, size_t len);

/* Have the file read, which becomes the pool's. Its answer comes later, in
 * timeout_ms at most, or with it NULL is returned: the queue is full. */
struct task *pool_submit(struct pool *pool, int file, struct str name,
    int64_t timeout_ms, task_taker *take, void *arg);
/* Nobody waits for its answer any more. */
void pool_drop(struct pool *pool, struct task **task);

/* The answer that says why a file was not read, as a task has it; counted. */
char *pool_unread(struct pool *pool, enum scan_unread unread, size_t *len_r);

struct pool_stats {
	size_t workers, busy, waiting;
	uint64_t read, bytes, busy_us;
	uint64_t unread[SCAN_UNREAD_COUNT];
	uint64_t started, killed, crashed, failed_starts;
};

void pool_count(const struct pool *pool, struct pool_stats *stats_r);
/* The process ids of the workers, as elements of an array. */
void pool_put_workers(const struct pool *pool, struct json_writer *json);
/* What does not work right now, or NULL. */
const char *pool_degraded(const struct pool *pool);

#endif
