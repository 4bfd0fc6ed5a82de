/* SPDX-License-Identifier: ISC */
/* wait.c - how somebody who asked learns that an answer has come. */
#include "base/wait.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct wait {
	atomic_int references;
	/* Of one that sleeps. */
	pthread_mutex_t lock;
	pthread_cond_t posted_cond;
	bool is_posted;
	/* Of one in a queue, under the queue's lock. */
	struct wait_queue *queue;	/* NULL: it sleeps */
	void *arg;			/* NULL: it has left */
	struct wait *next;
	bool is_listed;			/* the list has a reference */
};

/* Counted by its owner and by each of its waits: the thread of an answer may
 * stand in wait_post() when the loop is gone. */
struct wait_queue {
	atomic_int references;
	pthread_mutex_t lock;
	struct wait *first, **last;
	int fd;
	bool is_told;			/* the descriptor reads ready */
	bool is_closed;
};

static struct wait *
make_wait(void)
{
	struct wait *wait = calloc(1, sizeof(*wait));

	if (wait == NULL)
		abort();
	atomic_init(&wait->references, 1);
	return wait;
}

struct wait *
wait_new(void)
{
	struct wait *wait = make_wait();
	pthread_condattr_t attr;

	pthread_mutex_init(&wait->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&wait->posted_cond, &attr);
	pthread_condattr_destroy(&attr);
	return wait;
}

struct wait *
wait_ref(struct wait *wait)
{
	atomic_fetch_add(&wait->references, 1);
	return wait;
}

static void
unref_queue(struct wait_queue *queue)
{
	if (atomic_fetch_sub(&queue->references, 1) != 1)
		return;
	close(queue->fd);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

void
wait_unref(struct wait **wait)
{
	struct wait *old = *wait;

	*wait = NULL;
	if (old == NULL || atomic_fetch_sub(&old->references, 1) != 1)
		return;
	if (old->queue != NULL) {
		unref_queue(old->queue);
	} else {
		pthread_cond_destroy(&old->posted_cond);
		pthread_mutex_destroy(&old->lock);
	}
	free(old);
}

static void
post_to_queue(struct wait *wait)
{
	struct wait_queue *queue = wait->queue;

	pthread_mutex_lock(&queue->lock);
	if (wait->arg != NULL && !wait->is_listed && !queue->is_closed) {
		wait->is_listed = true;
		wait->next = NULL;
		*queue->last = wait_ref(wait);
		queue->last = &wait->next;
		if (!queue->is_told)
			eventfd_write(queue->fd, 1);
		queue->is_told = true;
	}
	pthread_mutex_unlock(&queue->lock);
}

void
wait_post(struct wait *wait)
{
	if (wait->queue != NULL) {
		post_to_queue(wait);
		return;
	}
	pthread_mutex_lock(&wait->lock);
	wait->is_posted = true;
	pthread_cond_signal(&wait->posted_cond);
	pthread_mutex_unlock(&wait->lock);
}

int
wait_sleep(struct wait *wait, int64_t deadline_ms)
{
	struct timespec until = {
		.tv_sec = deadline_ms / 1000,
		.tv_nsec = deadline_ms % 1000 * 1000000,
	};
	int error = 0, was_posted;

	assert(wait->queue == NULL);
	/* A time before the clock began is past, not an invalid one. */
	if (deadline_ms < 0)
		until = (struct timespec){ 0 };
	pthread_mutex_lock(&wait->lock);
	while (!wait->is_posted && error == 0)
		error = pthread_cond_timedwait(&wait->posted_cond, &wait->lock,
		    &until);
	was_posted = wait->is_posted;
	wait->is_posted = false;
	pthread_mutex_unlock(&wait->lock);
	return was_posted;
}

struct wait_queue *
wait_queue_new(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct wait_queue *queue;

	if (fd < 0)
		return NULL;
	queue = calloc(1, sizeof(*queue));
	if (queue == NULL)
		abort();
	atomic_init(&queue->references, 1);
	pthread_mutex_init(&queue->lock, NULL);
	queue->fd = fd;
	queue->last = &queue->first;
	return queue;
}

/* The first of the list, with the list's reference; NULL: it is empty. */
static struct wait *
take_first(struct wait_queue *queue)
{
	struct wait *wait = queue->first;

	if (wait == NULL)
		return NULL;
	queue->first = wait->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	wait->is_listed = false;
	return wait;
}

void
wait_queue_free(struct wait_queue **queue)
{
	struct wait_queue *old = *queue;
	struct wait *list;

	*queue = NULL;
	if (old == NULL)
		return;
	pthread_mutex_lock(&old->lock);
	old->is_closed = true;
	list = old->first;
	old->first = NULL;
	old->last = &old->first;
	pthread_mutex_unlock(&old->lock);
	for (struct wait *wait; (wait = list) != NULL;) {
		list = wait->next;
		wait_unref(&wait);
	}
	unref_queue(old);
}

int
wait_queue_fd(const struct wait_queue *queue)
{
	return queue->fd;
}

struct wait *
wait_new_in(struct wait_queue *queue, void *arg)
{
	struct wait *wait = make_wait();

	assert(arg != NULL);
	atomic_fetch_add(&queue->references, 1);
	wait->queue = queue;
	wait->arg = arg;
	return wait;
}

/* 1: the arg of the first wait, NULL if it has left. 0: the list is empty. */
static int
next_of_list(struct wait_queue *queue, void **arg_r)
{
	struct wait *wait;
	eventfd_t count;
	int was_there;

	pthread_mutex_lock(&queue->lock);
	wait = take_first(queue);
	was_there = wait != NULL;
	if (was_there) {
		*arg_r = wait->arg;
	} else if (queue->is_told) {
		eventfd_read(queue->fd, &count);
		queue->is_told = false;
	}
	pthread_mutex_unlock(&queue->lock);
	wait_unref(&wait);
	return was_there;
}

void *
wait_queue_next(struct wait_queue *queue)
{
	void *arg = NULL;

	while (arg == NULL && next_of_list(queue, &arg))
		;
	return arg;
}

void
wait_leave(struct wait *wait)
{
	pthread_mutex_lock(&wait->queue->lock);
	wait->arg = NULL;
	pthread_mutex_unlock(&wait->queue->lock);
}
