/* SPDX-License-Identifier: ISC */
/* loop.c - an event loop over epoll: descriptors, timers, signals. */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

#define LOOP_BATCH 64

struct loop_watch {
	struct loop *loop;
	int fd;
	void (*function)(void *arg, uint32_t events);
	void *arg;
	bool is_dead;			/* unwatched; freed after the batch */
	struct loop_watch *next_dead;
};

struct loop_timer {
	struct loop *loop;
	int64_t due_ms;
	size_t place;			/* in the heap */
	void (*function)(void *arg);
	void *arg;
};

struct loop {
	int epoll_fd, stop_fd, signal_fd;
	atomic_bool is_stopped;
	struct loop_watch *dead;
	struct loop_timer **heap;	/* the earliest first */
	size_t timer_count, timer_capacity;
	void (*on_signal)(void *arg, int number);
	void *signal_arg;
	struct loop_watch *stop_watch, *signal_watch;
};

static void *
must(void *memory)
{
	if (memory == NULL) {
		perror("loop");
		abort();
	}
	return memory;
}

static void
on_stop(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	eventfd_t count;

	(void)events;
	eventfd_read(loop->stop_fd, &count);
}

struct loop *
loop_new(void)
{
	struct loop *loop = must(calloc(1, sizeof(*loop)));

	loop->signal_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->stop_fd < 0) {
		perror("epoll_create1, eventfd");
		abort();
	}
	loop->stop_watch = loop_watch(loop, loop->stop_fd, EPOLLIN, on_stop,
	    loop);
	return loop;
}

static void
bury(struct loop *loop)
{
	struct loop_watch *next;

	for (; loop->dead != NULL; loop->dead = next) {
		next = loop->dead->next_dead;
		free(loop->dead);
	}
}

void
loop_free(struct loop **loop)
{
	struct loop *old = *loop;

	if (old == NULL)
		return;
	loop_unwatch(&old->stop_watch);
	loop_unwatch(&old->signal_watch);
	bury(old);
	for (size_t i = 0; i < old->timer_count; i++)
		free(old->heap[i]);
	free(old->heap);
	if (old->signal_fd >= 0)
		close(old->signal_fd);
	close(old->stop_fd);
	close(old->epoll_fd);
	free(old);
	*loop = NULL;
}

struct loop_watch *
loop_watch(struct loop *loop, int fd, uint32_t events,
    void (*function)(void *, uint32_t), void *arg)
{
	struct loop_watch *watch = must(calloc(1, sizeof(*watch)));
	struct epoll_event event = { .events = events, .data.ptr = watch };

	*watch = (struct loop_watch){ .loop = loop, .fd = fd,
	    .function = function, .arg = arg };
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		perror("epoll_ctl");
		abort();
	}
	return watch;
}

void
loop_watch_change(struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
loop_unwatch(struct loop_watch **watch)
{
	struct loop_watch *old = *watch;

	if (old == NULL)
		return;
	epoll_ctl(old->loop->epoll_fd, EPOLL_CTL_DEL, old->fd, NULL);
	/* The batch at hand may still name it. */
	old->is_dead = true;
	old->next_dead = old->loop->dead;
	old->loop->dead = old;
	*watch = NULL;
}

static void
heap_set(struct loop *loop, size_t place, struct loop_timer *timer)
{
	loop->heap[place] = timer;
	timer->place = place;
}

static void
heap_up(struct loop *loop, struct loop_timer *timer)
{
	size_t place = timer->place;

	while (place > 0 &&
	    loop->heap[(place - 1) / 2]->due_ms > timer->due_ms) {
		heap_set(loop, place, loop->heap[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	heap_set(loop, place, timer);
}

static void
heap_down(struct loop *loop, struct loop_timer *timer)
{
	size_t place = timer->place, child;

	while ((child = place * 2 + 1) < loop->timer_count) {
		if (child + 1 < loop->timer_count &&
		    loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms)
			child++;
		if (loop->heap[child]->due_ms >= timer->due_ms)
			break;
		heap_set(loop, place, loop->heap[child]);
		place = child;
	}
	heap_set(loop, place, timer);
}

struct loop_timer *
loop_after(struct loop *loop, int64_t delay_ms, void (*function)(void *),
    void *arg)
{
	struct loop_timer *timer = must(calloc(1, sizeof(*timer)));

	if (loop->timer_count == loop->timer_capacity) {
		loop->timer_capacity = loop->timer_capacity * 2 + 8;
		loop->heap = must(realloc(loop->heap,
		    loop->timer_capacity * sizeof(struct loop_timer *)));
	}
	*timer = (struct loop_timer){ .loop = loop, .function = function,
	    .arg = arg, .due_ms = clock_steady_ms() + delay_ms,
	    .place = loop->timer_count++ };
	heap_up(loop, timer);
	return timer;
}

void
loop_cancel(struct loop_timer **timer)
{
	struct loop_timer *old = *timer, *last;
	struct loop *loop;

	if (old == NULL)
		return;
	loop = old->loop;
	last = loop->heap[--loop->timer_count];
	if (last != old) {
		last->place = old->place;
		heap_up(loop, last);
		heap_down(loop, last);
	}
	free(old);
	*timer = NULL;
}

static void
on_signal(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info))
		loop->on_signal(loop->signal_arg, (int)info.ssi_signo);
}

void
loop_signals(struct loop *loop, const int *signals,
    void (*function)(void *, int), void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	for (; *signals != 0; signals++)
		sigaddset(&set, *signals);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signal_fd < 0) {
		perror("signalfd");
		abort();
	}
	loop->on_signal = function;
	loop->signal_arg = arg;
	loop->signal_watch = loop_watch(loop, loop->signal_fd, EPOLLIN,
	    on_signal, loop);
}

static void
fire_timers(struct loop *loop)
{
	int64_t now_ms = clock_steady_ms();

	while (loop->timer_count != 0 && loop->heap[0]->due_ms <= now_ms) {
		struct loop_timer *timer = loop->heap[0];
		void (*function)(void *) = timer->function;
		void *arg = timer->arg;

		loop_cancel(&timer);
		function(arg);
	}
}

static int
sleep_ms(const struct loop *loop)
{
	int64_t left_ms;

	if (loop->timer_count == 0)
		return -1;
	left_ms = loop->heap[0]->due_ms - clock_steady_ms();
	if (left_ms < 0)
		return 0;
	return left_ms > 60000 ? 60000 : (int)left_ms;
}

void
loop_run(struct loop *loop)
{
	struct epoll_event events[LOOP_BATCH];

	while (!atomic_exchange(&loop->is_stopped, false)) {
		int count = epoll_wait(loop->epoll_fd, events, LOOP_BATCH,
		    sleep_ms(loop));

		for (int i = 0; i < count; i++) {
			struct loop_watch *watch = events[i].data.ptr;

			if (!watch->is_dead)
				watch->function(watch->arg, events[i].events);
		}
		bury(loop);
		fire_timers(loop);
	}
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->is_stopped, true);
	eventfd_write(loop->stop_fd, 1);
}
