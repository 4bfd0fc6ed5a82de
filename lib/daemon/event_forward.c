/* SPDX-License-Identifier: ISC */
/* event_forward.c - the lines of the event spool go to the stream in Redis. */
#include "daemon/event_forward.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/event_reader.h"
#include "base/must.h"
#include "base/wait.h"
#include "store/event.h"
#include "store/redis.h"
#include "store/store_settings.h"

/* Lines gather for so long: one operation for many. */
#define GATHER_MS 100
/* After a failure. */
#define PAUSE_MS 500
/* Nobody waits for the answer, so a slow server may take its time. */
#define ANSWER_MS 2000
#define STOP_MS 500
#define EVER_MS (3600 * INT64_C(1000))

struct event_forward {
	struct event_reader *reader;
	struct store *store;
	struct wait *wait;		/* lines, answers, the end */
	int64_t stream_max;
	pthread_t thread;
	bool is_running;
	atomic_int_fast64_t end_ms;	/* by the steady clock; 0: not yet */
	atomic_uint_fast64_t count;
};

/* --- in the thread -------------------------------------------------------- */

/* Until something was posted, for at most so long, and not beyond the end. */
static void
sleep_for(struct event_forward *forward, int64_t most_ms)
{
	int64_t until_ms = clock_steady_ms() + most_ms;
	int64_t end_ms = atomic_load(&forward->end_ms);

	wait_sleep(forward->wait, end_ms != 0 && end_ms < until_ms ? end_ms :
	    until_ms);
}

static bool
is_ending(struct event_forward *forward)
{
	return atomic_load(&forward->end_ms) != 0;
}

static bool
is_over(struct event_forward *forward)
{
	return is_ending(forward) &&
	    clock_steady_ms() >= atomic_load(&forward->end_ms);
}

/* The whole time, whatever is posted, but for the end. */
static void
pause_for(struct event_forward *forward, int64_t pause_ms)
{
	int64_t until_ms = clock_steady_ms() + pause_ms, left_ms;

	while (!is_ending(forward) &&
	    (left_ms = until_ms - clock_steady_ms()) > 0)
		sleep_for(forward, left_ms);
}

/* Is it in the stream? Unless that is certain the same will be asked again. */
static bool
is_there(struct store_call *call, const struct event_batch *batch)
{
	const struct store_answer *answer = store_call_answer(call);
	const char *error;
	int64_t last;

	return answer != NULL && answer->status == STORE_DONE &&
	    event_read(answer, &last, &error) == 0 &&
	    last >= batch->first + (int64_t)batch->count - 1;
}

static bool
send_batch(struct event_forward *forward, const struct event_batch *batch)
{
	const struct event_lines lines = {
		.series = batch->series,
		.first = batch->first,
		.lines = batch->lines,
		.count = batch->count,
		.stream_max = forward->stream_max,
	};
	struct arena *arena = arena_new(0);
	struct store_call *call = event_ask(forward->store, arena, &lines,
	    forward->wait);
	bool is_sent;

	while (store_call_answer(call) == NULL && !is_over(forward))
		sleep_for(forward, EVER_MS);
	is_sent = is_there(call, batch);
	store_call_unref(&call);
	arena_free(&arena);
	return is_sent;
}

static void *
run(void *arg)
{
	struct event_forward *forward = arg;
	struct event_batch batch;

	while (!is_over(forward)) {
		if (!event_reader_next(forward->reader, &batch)) {
			if (is_ending(forward))
				break;
			sleep_for(forward, EVER_MS);
			pause_for(forward, GATHER_MS);
		} else if (send_batch(forward, &batch)) {
			atomic_fetch_add(&forward->count, batch.count);
			event_reader_done(forward->reader);
			if (batch.count < EVENT_BATCH_LINES)
				pause_for(forward, GATHER_MS);
		} else if (is_ending(forward)) {
			break;
		} else {
			pause_for(forward, PAUSE_MS);
		}
	}
	return NULL;
}

/* --- its begin and end ---------------------------------------------------- */

/* Signals are for the main thread. */
static int
start_thread(struct event_forward *forward)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&forward->thread, NULL, run, forward);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	forward->is_running = error == 0;
	if (forward->is_running)
		pthread_setname_np(forward->thread, "events");
	return error;
}

static int
open_parts(struct event_forward *forward, struct event_spool *spool,
    const struct store_settings *store, struct arena *arena,
    const char **error_r)
{
	struct store_settings patient = *store;
	int error;

	patient.timeout_ms = ANSWER_MS;
	forward->store = redis_open_shared(&patient, arena, error_r);
	if (forward->store == NULL)
		return -1;
	forward->reader = event_reader_open(spool, forward->wait, arena,
	    error_r);
	if (forward->reader == NULL)
		return -1;
	error = start_thread(forward);
	if (error != 0)
		*error_r = arena_printf(arena, "no thread for events: %s",
		    strerror(error));
	return error == 0 ? 0 : -1;
}

struct event_forward *
event_forward_open(struct event_spool *spool,
    const struct store_settings *store, int64_t stream_max,
    struct arena *arena, const char **error_r)
{
	struct event_forward *forward = must(calloc(1, sizeof(*forward)));

	forward->wait = wait_new();
	forward->stream_max = stream_max;
	if (open_parts(forward, spool, store, arena, error_r) < 0)
		event_forward_close(&forward);
	return forward;
}

void
event_forward_close(struct event_forward **forward)
{
	struct event_forward *old = *forward;

	if (old == NULL)
		return;
	if (old->is_running) {
		atomic_store(&old->end_ms, clock_steady_ms() + STOP_MS);
		wait_post(old->wait);
		pthread_join(old->thread, NULL);
	}
	event_reader_close(&old->reader);
	store_free(&old->store);
	wait_unref(&old->wait);
	free(old);
	*forward = NULL;
}

/* --- figures -------------------------------------------------------------- */

uint64_t
event_forward_count(const struct event_forward *forward)
{
	return atomic_load(&forward->count);
}

uint64_t
event_forward_waiting(const struct event_forward *forward)
{
	return event_reader_waiting(forward->reader);
}

const char *
event_forward_degraded(const struct event_forward *forward,
    struct arena *arena)
{
	const char *trouble = store_degraded(forward->store);
	uint64_t waiting = event_forward_waiting(forward);

	if (trouble == NULL || waiting == 0)
		return NULL;
	return arena_printf(arena, "events wait in their files (%" PRIu64
	    "): %s", waiting, trouble);
}
