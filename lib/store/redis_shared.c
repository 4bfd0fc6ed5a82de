/* SPDX-License-Identifier: ISC */
/* redis_shared.c - the store in Redis with a loop in a thread of its own. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "store/redis.h"
#include "store/redis_private.h"

struct redis_shared {
	struct store store;		/* first */
	struct store *redis;		/* of the thread */
	struct loop *loop;
	pthread_t thread;
	int wake_fd;
	struct loop_watch *watch;
	pthread_mutex_t lock;
	struct redis_call *first, *last;	/* asked, not yet taken */
};

/* --- in the thread --- */

static void
take_calls(struct redis_shared *shared)
{
	struct redis_call *call, *next;

	pthread_mutex_lock(&shared->lock);
	call = shared->first;
	shared->first = shared->last = NULL;
	pthread_mutex_unlock(&shared->lock);
	for (; call != NULL; call = next) {
		next = call->next;
		call->next = NULL;
		redis_submit(shared->redis, call);
	}
}

static void
on_wake(void *arg, uint32_t events)
{
	struct redis_shared *shared = arg;
	eventfd_t count;

	(void)events;
	eventfd_read(shared->wake_fd, &count);
	take_calls(shared);
}

static void *
thread_main(void *arg)
{
	struct redis_shared *shared = arg;

	loop_run(shared->loop);
	return NULL;
}

/* --- in any --- */

static struct store_call *
shared_ask(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct redis_shared *shared = (struct redis_shared *)store;
	struct store_call *answer = redis_turn_away(shared->redis);
	struct redis_call *call;
	bool is_first;

	/* The thread need not wake to say that nobody is there. */
	if (answer != NULL)
		return answer;
	call = redis_call_new(request, wait);
	answer = call->call;
	pthread_mutex_lock(&shared->lock);
	is_first = shared->first == NULL;
	if (is_first)
		shared->first = call;
	else
		shared->last->next = call;
	shared->last = call;
	pthread_mutex_unlock(&shared->lock);
	if (is_first)
		eventfd_write(shared->wake_fd, 1);
	return answer;
}

static const char *
shared_degraded(struct store *store)
{
	return store_degraded(((struct redis_shared *)store)->redis);
}

static void
shared_count(struct store *store, struct store_stats *stats)
{
	struct redis_shared *shared = (struct redis_shared *)store;

	shared->redis->count(shared->redis, stats);
}

/* --- its begin and end --- */

static void
free_parts(struct redis_shared *shared)
{
	store_free(&shared->redis);
	loop_unwatch(&shared->watch);
	loop_free(&shared->loop);
	if (shared->wake_fd >= 0)
		close(shared->wake_fd);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

static void
shared_free(struct store *store)
{
	struct redis_shared *shared = (struct redis_shared *)store;

	loop_stop(shared->loop);
	pthread_join(shared->thread, NULL);
	take_calls(shared);		/* to be answered with the others */
	free_parts(shared);
}

/* Signals are for the main thread. */
static int
start_thread(struct redis_shared *shared)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&shared->thread, NULL, thread_main, shared);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		pthread_setname_np(shared->thread, "store");
	return error;
}

static int
open_parts(struct redis_shared *shared,
    const struct store_settings *settings, struct arena *arena,
    const char **error_r)
{
	int error;

	shared->loop = loop_new();
	shared->redis = redis_open(settings, shared->loop, arena, error_r);
	if (shared->redis == NULL)
		return -1;
	shared->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (shared->wake_fd < 0) {
		*error_r = "no descriptor is left for the store";
		return -1;
	}
	shared->watch = loop_watch(shared->loop, shared->wake_fd, EPOLLIN,
	    on_wake, shared);
	error = start_thread(shared);
	if (error != 0)
		*error_r = arena_printf(arena, "no thread for the store: %s",
		    strerror(error));
	return error == 0 ? 0 : -1;
}

struct store *
redis_open_shared(const struct store_settings *settings, struct arena *arena,
    const char **error_r)
{
	struct redis_shared *shared = calloc(1, sizeof(*shared));

	if (shared == NULL)
		abort();
	shared->store = (struct store){
		.ask = shared_ask,
		.degraded = shared_degraded,
		.count = shared_count,
		.free = shared_free,
	};
	shared->wake_fd = -1;
	pthread_mutex_init(&shared->lock, NULL);
	if (open_parts(shared, settings, arena, error_r) < 0) {
		free_parts(shared);
		return NULL;
	}
	return &shared->store;
}
