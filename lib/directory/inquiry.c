/* SPDX-License-Identifier: ISC */
/* inquiry.c - the thread that asks the directory, so that nobody else waits.
 *
 * A database that is gone is not asked for each question: after a failure all
 * are answered with its reason at once, until RETRY_MS have passed. So a queue
 * of questions does not wait for one time-out after another.
 */
#include "directory/inquiry.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "directory/directory_private.h"
#include "directory/inquiry_private.h"

/* How often a file is looked at for changes of others. */
#define LOOK_MS 250
#define RETRY_MS 500
/* A database from which nothing was heard for so long is asked whether it is
 * still there: a server that hangs closes no connection. */
#define SILENCE_MS 1000
/* Who asks more has a deadline that is past by then. */
#define QUEUE_MAX 10000
/* At most so many questions are answered by one state. */
#define BATCH_MAX 64

/* --- trouble --------------------------------------------------------------- */

static void
set_trouble(struct inquiry *inquiry, const char *text)
{
	char *copy = text != NULL ? strdup(text) : NULL, *old;

	if (text != NULL && copy == NULL)
		abort();
	pthread_mutex_lock(&inquiry->lock);
	old = inquiry->trouble;
	inquiry->trouble = copy;
	pthread_mutex_unlock(&inquiry->lock);
	free(old);
}

const char *
inquiry_degraded(struct inquiry *inquiry, struct arena *arena)
{
	const char *text = NULL;

	pthread_mutex_lock(&inquiry->lock);
	if (inquiry->trouble != NULL)
		text = arena_strdup(arena, inquiry->trouble);
	pthread_mutex_unlock(&inquiry->lock);
	return text;
}

/* What is wrong with the database, not with one question. */
static bool
is_lasting(const struct db_error *error)
{
	return error->trouble == DB_GONE || error->trouble == DB_CORRUPT ||
	    error->trouble == DB_READ_ONLY || error->trouble == DB_SCHEMA;
}

static void
note(struct inquiry *inquiry, const struct db_error *error)
{
	if (!is_lasting(error))
		return;
	inquiry->retry_ms = clock_steady_ms() + RETRY_MS;
	set_trouble(inquiry, error->text);
}

/* --- questions ------------------------------------------------------------- */

static size_t
count_waiting(struct inquiry *inquiry)
{
	size_t count;

	pthread_mutex_lock(&inquiry->lock);
	count = inquiry->count;
	pthread_mutex_unlock(&inquiry->lock);
	return count;
}

/* Questions that are in the queue already share a transaction: to a server, its
 * begin and end take as long as a question. One that is asked later does not:
 * it may be about a change that this state does not have. */
static int
begin_batch(struct inquiry *inquiry, struct arena *arena,
    struct db_error *error_r)
{
	struct directory *directory = inquiry->directory;
	size_t count = 1 + count_waiting(inquiry);

	if (directory_read_begin(directory, arena, error_r) < 0)
		return -1;
	inquiry->batch_left = count < BATCH_MAX ? count : BATCH_MAX;
	return directory_generation(directory, arena,
	    &inquiry->batch_generation, error_r);
}

static void
end_batch(struct inquiry *inquiry)
{
	if (inquiry->batch_left != 0)
		directory_read_end(inquiry->directory);
	inquiry->batch_left = 0;
}

/* Most questions are about the generation that was seen last: then they need no
 * transaction. What fails is asked again in one, and what was kept from before
 * is no answer to a question that may be about a change. */
static bool
glance(struct inquiry *inquiry, struct inquiry_call *call,
    const void **data_r, int64_t *generation_r)
{
	struct db_error error;
	int result;

	*generation_r = inquiry_generation(inquiry);
	if (!directory_glance_begin(inquiry->directory, *generation_r))
		return false;
	result = call->question->run(inquiry->directory, call->words,
	    call->arena, data_r, &error);
	return directory_glance_end(inquiry->directory) && result == 0;
}

/* After a failure nothing more can be asked in its transaction. */
static int
ask(struct inquiry *inquiry, struct inquiry_call *call, const void **data_r,
    int64_t *generation_r, struct db_error *error_r)
{
	int result = 0;

	if (inquiry->batch_left == 0 && call->question->is_short &&
	    glance(inquiry, call, data_r, generation_r))
		return 0;
	if (inquiry->batch_left == 0)
		result = begin_batch(inquiry, call->arena, error_r);
	if (result == 0)
		result = call->question->run(inquiry->directory, call->words,
		    call->arena, data_r, error_r);
	*generation_r = inquiry->batch_generation;
	if (result < 0)
		end_batch(inquiry);
	return result;
}

/* One question less, however it was answered. */
static void
leave_batch(struct inquiry *inquiry)
{
	if (inquiry->batch_left == 1)
		end_batch(inquiry);
	else if (inquiry->batch_left != 0)
		inquiry->batch_left--;
}

static void
see_generation(struct inquiry *inquiry, int64_t generation)
{
	atomic_store(&inquiry->generation, generation);
	atomic_store(&inquiry->seen_ms, clock_steady_ms());
	set_trouble(inquiry, NULL);
}

static void
serve(struct inquiry *inquiry, struct inquiry_call *call)
{
	int64_t now_ms = clock_steady_ms(), generation = 0;
	struct db_error error = { 0 };
	const void *data = NULL;

	if (now_ms < inquiry->retry_ms) {
		inquiry_call_fail(call, inquiry->trouble);
	} else if (now_ms > call->deadline_ms ||
	    inquiry_call_is_forgotten(call)) {
		inquiry_call_fail(call, "it was not asked in time");
	} else if (ask(inquiry, call, &data, &generation, &error) < 0) {
		note(inquiry, &error);
		inquiry_call_fail(call, error.text);
	} else {
		see_generation(inquiry, generation);
		inquiry_call_done(call, data, generation);
	}
	leave_batch(inquiry);
}

static struct inquiry_call *
take(struct inquiry *inquiry)
{
	struct inquiry_call *call;

	pthread_mutex_lock(&inquiry->lock);
	call = inquiry->first;
	if (call != NULL) {
		inquiry->first = call->next;
		inquiry->count--;
		if (inquiry->first == NULL)
			inquiry->last = &inquiry->first;
	}
	pthread_mutex_unlock(&inquiry->lock);
	return call;
}

static bool
is_closing(struct inquiry *inquiry)
{
	bool closing;

	pthread_mutex_lock(&inquiry->lock);
	closing = inquiry->is_closing;
	pthread_mutex_unlock(&inquiry->lock);
	return closing;
}

/* --- changes of others ----------------------------------------------------- */

/* An upgrade of the schema is a change too. */
static void
look(struct inquiry *inquiry)
{
	int64_t now_ms = clock_steady_ms(), generation;
	struct arena *arena;
	struct db_error error;
	bool has_changed;

	inquiry->look_ms = now_ms + LOOK_MS;
	if (now_ms < inquiry->retry_ms)
		return;
	has_changed = db_has_changed(directory_db(inquiry->directory));
	if (!has_changed && now_ms - inquiry->seen_ms < SILENCE_MS)
		return;
	arena = arena_new(0);
	if (has_changed)
		inquiry->directory->epoch = 0;
	if (directory_generation(inquiry->directory, arena, &generation,
	    &error) == 0)
		see_generation(inquiry, generation);
	else
		note(inquiry, &error);
	arena_free(&arena);
}

/* It goes first: no asker takes the directory before it when it is awake. */
static void
wake(struct inquiry *inquiry)
{
	atomic_store(&inquiry->is_awake, true);
	pthread_mutex_lock(&inquiry->in_use);
}

static void
rest(struct inquiry *inquiry)
{
	pthread_mutex_unlock(&inquiry->in_use);
	atomic_store(&inquiry->is_awake, false);
}

static void
sleep_for_work(struct inquiry *inquiry)
{
	int64_t now_ms = clock_steady_ms();
	int64_t left_ms = inquiry->look_ms - now_ms;
	struct pollfd fds[] = {
		{ .fd = inquiry->fd, .events = POLLIN },
		/* What it would tell is not looked at before then. */
		{ .fd = now_ms < inquiry->retry_ms ? -1 :
		  db_fd(directory_db(inquiry->directory)),
		  .events = POLLIN },
	};
	eventfd_t count;

	rest(inquiry);
	if (left_ms > 0 && poll(fds, 2, (int)left_ms) < 0 && errno != EINTR)
		abort();
	wake(inquiry);
	if (fds[0].revents != 0)
		eventfd_read(inquiry->fd, &count);
	if (fds[1].revents != 0)
		inquiry->look_ms = 0;
}

static void *
run(void *arg)
{
	struct inquiry *inquiry = arg;
	struct inquiry_call *call;

	wake(inquiry);
	while (!is_closing(inquiry)) {
		if (clock_steady_ms() >= inquiry->look_ms) {
			end_batch(inquiry);
			look(inquiry);
		}
		call = take(inquiry);
		if (call != NULL)
			serve(inquiry, call);
		else
			sleep_for_work(inquiry);
	}
	end_batch(inquiry);
	while ((call = take(inquiry)) != NULL)
		inquiry_call_fail(call, "this daemon ends");
	rest(inquiry);
	return NULL;
}

/* --- the askers ------------------------------------------------------------ */

static void
release(struct inquiry *inquiry)
{
	directory_close(&inquiry->directory);
	if (inquiry->fd >= 0)
		close(inquiry->fd);
	pthread_mutex_destroy(&inquiry->in_use);
	pthread_mutex_destroy(&inquiry->lock);
	free(inquiry->trouble);
	free(inquiry);
}

/* Signals are for the daemon's own threads. 0, or errno. */
static int
start_thread(struct inquiry *inquiry)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&inquiry->thread, NULL, run, inquiry);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

struct inquiry *
inquiry_new(const struct directory_settings *settings, struct arena *arena,
    const char **error_r)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
	int error;

	if (inquiry == NULL)
		abort();
	inquiry->last = &inquiry->first;
	inquiry->directory = directory_open(settings, DB_READ);
	inquiry->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&inquiry->lock, NULL);
	pthread_mutex_init(&inquiry->in_use, NULL);
	error = inquiry->fd < 0 ? errno : start_thread(inquiry);
	if (error == 0)
		return inquiry;
	*error_r = arena_printf(arena, "cannot ask the directory: %s",
	    strerror(error));
	release(inquiry);
	return NULL;
}

void
inquiry_free(struct inquiry **inquiry)
{
	struct inquiry *old = *inquiry;

	*inquiry = NULL;
	if (old == NULL)
		return;
	pthread_mutex_lock(&old->lock);
	old->is_closing = true;
	pthread_mutex_unlock(&old->lock);
	eventfd_write(old->fd, 1);
	pthread_join(old->thread, NULL);
	release(old);
}

static void
enqueue(struct inquiry *inquiry, struct inquiry_call *call)
{
	bool is_full;

	pthread_mutex_lock(&inquiry->lock);
	is_full = inquiry->count == QUEUE_MAX;
	if (!is_full) {
		*inquiry->last = call;
		inquiry->last = &call->next;
		inquiry->count++;
	}
	pthread_mutex_unlock(&inquiry->lock);
	if (is_full)
		inquiry_call_fail(call, "too many questions wait already");
	else
		eventfd_write(inquiry->fd, 1);
}

struct inquiry_call *
inquiry_ask(struct inquiry *inquiry, const struct inquiry_question *question,
    const char *const *words, int64_t deadline_ms, struct wait *wait)
{
	struct inquiry_call *call = inquiry_call_new(question, words,
	    deadline_ms);

	if (inquiry_call_try(inquiry, call))
		return call;
	if (wait != NULL)
		call->wait = wait_ref(wait);
	enqueue(inquiry, call);
	return call;
}

int64_t
inquiry_generation(const struct inquiry *inquiry)
{
	return atomic_load(&inquiry->generation);
}

int64_t
inquiry_seen_ms(const struct inquiry *inquiry)
{
	return atomic_load(&inquiry->seen_ms);
}

/* --- the simplest question ------------------------------------------------- */

static int
find_object(struct directory *directory, const char *const *words,
    struct arena *arena, const void **answer_r, struct db_error *error_r)
{
	const struct directory_kind *kind = directory_kind_find(words[0]);
	struct directory_object *object = NULL;

	if (kind == NULL)
		return directory_refuse(arena, error_r, "no kind %s",
		    words[0]);
	if (directory_find(directory, arena, kind, words + 1, &object,
	    error_r) < 0 && error_r->trouble != DB_REFUSED)
		return -1;
	*answer_r = object;
	return 0;
}

const struct inquiry_question inquiry_object = {
	.run = find_object,
	.word_count = 3,
	.is_short = true,
};
