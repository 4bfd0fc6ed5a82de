/* SPDX-License-Identifier: ISC */
/* wait.c - how somebody who asked learns that an answer has come. */
#include "base/wait.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct wait {
	atomic_int references;
	pthread_mutex_t lock;
	pthread_cond_t posted_cond;
	bool is_posted;
	int fd;			/* -1: nobody asked for one */
};

struct wait *
wait_new(void)
{
	struct wait *wait = calloc(1, sizeof(*wait));
	pthread_condattr_t attr;

	if (wait == NULL)
		abort();
	atomic_init(&wait->references, 1);
	wait->fd = -1;
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

void
wait_unref(struct wait **wait)
{
	struct wait *old = *wait;

	*wait = NULL;
	if (old == NULL || atomic_fetch_sub(&old->references, 1) != 1)
		return;
	if (old->fd >= 0)
		close(old->fd);
	pthread_cond_destroy(&old->posted_cond);
	pthread_mutex_destroy(&old->lock);
	free(old);
}

void
wait_post(struct wait *wait)
{
	pthread_mutex_lock(&wait->lock);
	if (!wait->is_posted && wait->fd >= 0)
		eventfd_write(wait->fd, 1);
	wait->is_posted = true;
	pthread_cond_signal(&wait->posted_cond);
	pthread_mutex_unlock(&wait->lock);
}

static void
take_post(struct wait *wait)
{
	eventfd_t count;

	if (wait->is_posted && wait->fd >= 0)
		eventfd_read(wait->fd, &count);
	wait->is_posted = false;
}

int
wait_sleep(struct wait *wait, int64_t deadline_ms)
{
	struct timespec until = {
		.tv_sec = deadline_ms / 1000,
		.tv_nsec = deadline_ms % 1000 * 1000000,
	};
	int error = 0, was_posted;

	/* A time before the clock began is past, not an invalid one. */
	if (deadline_ms < 0)
		until = (struct timespec){ 0 };
	pthread_mutex_lock(&wait->lock);
	while (!wait->is_posted && error == 0)
		error = pthread_cond_timedwait(&wait->posted_cond, &wait->lock,
		    &until);
	was_posted = wait->is_posted;
	take_post(wait);
	pthread_mutex_unlock(&wait->lock);
	return was_posted;
}

int
wait_fd(struct wait *wait)
{
	pthread_mutex_lock(&wait->lock);
	if (wait->fd < 0)
		wait->fd = eventfd(wait->is_posted ? 1 : 0,
		    EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_unlock(&wait->lock);
	return wait->fd;
}

void
wait_clear(struct wait *wait)
{
	pthread_mutex_lock(&wait->lock);
	take_post(wait);
	pthread_mutex_unlock(&wait->lock);
}
