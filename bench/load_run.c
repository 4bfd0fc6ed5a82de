/* SPDX-License-Identifier: ISC */
/* load_run.c - starts the threads, leads them through the phases, sums up. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "load_corpus.h"
#include "load_run.h"
#include "load_thread.h"

enum {
	THREADS_MAX = 2,
	SETTLE_MS = 2500,	/* until an idle session has come to rest */
};

/*
 * A filter may remember a queue id, so no run uses those of an earlier one:
 * this grows by 62,500 a second, faster than messages do.
 */
static uint64_t
make_first_id(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (((uint64_t)now.tv_sec * 1000000 +
	    (uint64_t)now.tv_nsec / 1000) >> 4) & 0xfffffffff;
}

static void
drain_wake(int fd)
{
	uint64_t value;

	while (read(fd, &value, sizeof(value)) > 0)
		;
}

/*
 * Sleeps until SECONDS are over (0: no limit) or all connections have
 * settled.  Settled connections of a dead filter never come, so there is a
 * limit of its own for that.
 */
static void
wait_for(struct load_shared *shared, double seconds)
{
	const struct load_plan *plan = shared->plan;
	uint64_t limit = (uint64_t)(seconds * 1000000);
	uint64_t begin = load_now_us();
	uint64_t moved_us = begin;
	unsigned long long seen = 0;

	while (atomic_load(&shared->settled) < plan->connections) {
		struct pollfd wake = { .fd = shared->wake_fd,
		    .events = POLLIN };
		uint64_t now = load_now_us();
		int wait_ms = 100;

		if (seconds > 0 && now - begin >= limit)
			return;
		if (seconds > 0 && begin + limit - now < 100000)
			wait_ms = (int)((begin + limit - now) / 1000) + 1;
		if (poll(&wake, 1, wait_ms) > 0)
			drain_wake(shared->wake_fd);
		if (atomic_load(&shared->tickets) != seen) {
			seen = atomic_load(&shared->tickets);
			moved_us = now;
		}
		if (seconds <= 0 && now - moved_us >
		    2000000ULL * plan->timeout_seconds) {
			fputs("nothing moved for twice the timeout\n", stderr);
			return;
		}
	}
}

/* Until every connection had an answer; one may never come. */
static void
wait_for_all(struct load_shared *shared)
{
	const struct load_plan *plan = shared->plan;
	uint64_t until = load_now_us() + plan->timeout_seconds * 1000000ULL;

	while (atomic_load(&shared->warmed) < plan->connections &&
	    load_now_us() < until)
		usleep(1000);
}

static void
measure(struct load_shared *shared, struct load_result *result)
{
	const struct load_plan *plan = shared->plan;
	uint64_t begin;

	if (plan->warmup_seconds > 0) {
		wait_for(shared, plan->warmup_seconds);
		if (plan->warms_all)
			wait_for_all(shared);
		load_proc_reset_peak(plan->pids, plan->pid_count);
		load_proc_read(plan->pids, plan->pid_count, &result->before);
	}
	begin = load_now_us();
	atomic_store(&shared->phase, PHASE_MEASURE);
	wait_for(shared, plan->seconds);
	result->seconds = (double)(load_now_us() - begin) / 1000000;
	if (plan->is_idle)
		usleep(SETTLE_MS * 1000);
	load_proc_read(plan->pids, plan->pid_count, &result->after);
	atomic_store(&shared->phase, PHASE_STOP);
}

int
load_run(const struct load_plan *plan, const struct load_corpus *corpus,
    struct load_result *result_r)
{
	struct load_thread threads[THREADS_MAX];
	struct load_shared shared = { .plan = plan, .corpus = corpus,
	    .first_id = make_first_id() };
	unsigned count = plan->threads < plan->connections ? plan->threads :
	    plan->connections;
	unsigned left = plan->connections;
	int rc = 0;

	memset(result_r, 0, sizeof(*result_r));
	memset(threads, 0, sizeof(threads));
	shared.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (shared.wake_fd < 0 || count > THREADS_MAX) {
		perror("eventfd");
		return -1;
	}
	load_proc_reset_peak(plan->pids, plan->pid_count);
	load_proc_read(plan->pids, plan->pid_count, &result_r->before);
	atomic_store(&shared.phase, plan->warmup_seconds > 0 ? PHASE_WARMUP :
	    PHASE_MEASURE);
	for (unsigned i = 0; i < count; i++) {
		threads[i].shared = &shared;
		threads[i].connections = left / (count - i);
		left -= threads[i].connections;
		if (pthread_create(&threads[i].id, NULL, load_thread_main,
		    &threads[i]) != 0) {
			perror("pthread_create");
			atomic_store(&shared.phase, PHASE_STOP);
			count = i;
			rc = -1;
		}
	}
	if (rc == 0)
		measure(&shared, result_r);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(threads[i].id, NULL);
		load_stats_merge(&result_r->stats, &threads[i].stats);
	}
	close(shared.wake_fd);
	return rc;
}
