/* SPDX-License-Identifier: ISC */
/* load_thread.h - one thread that serves its connections with epoll. */
#ifndef BENCH_LOAD_THREAD_H
#define BENCH_LOAD_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "load_stats.h"

struct load_corpus;
struct load_plan;

enum load_phase { PHASE_WARMUP, PHASE_MEASURE, PHASE_STOP };

/* What all threads share; only the atomics change while they run. */
struct load_shared {
	const struct load_plan *plan;
	const struct load_corpus *corpus;
	uint64_t first_id;		/* queue ids count on from here */
	atomic_int phase;		/* enum load_phase, set by load_run */
	atomic_ullong tickets;		/* messages begun */
	atomic_uint warmed;		/* connections that had an answer */
	atomic_uint settled;		/* connections with nothing left to do */
	int wake_fd;			/* eventfd: `settled` grew */
};

struct load_thread {
	pthread_t id;
	struct load_shared *shared;
	unsigned connections;
	struct load_stats stats;	/* read it when the thread has ended */
};

/* Start routine: ARG is a struct load_thread; runs until PHASE_STOP. */
void *load_thread_main(void *arg);

#endif
