/* SPDX-License-Identifier: ISC */
/* loop.h - an event loop over epoll: descriptors, timers, signals. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

/* One loop belongs to one thread; only loop_stop() may come from another. */
struct loop *loop_new(void);
void loop_free(struct loop **loop);

/* Call function(arg, events) whenever fd has one of events (EPOLLIN, EPOLLOUT;
 * errors and hang-ups always). The descriptor stays the caller's. */
struct loop_watch *loop_watch(struct loop *loop, int fd, uint32_t events,
    void (*function)(void *arg, uint32_t events), void *arg);
void loop_watch_change(struct loop_watch *watch, uint32_t events);
/* End it, before the descriptor is closed. Allowed in every callback. */
void loop_unwatch(struct loop_watch **watch);

/* Call function(arg) once in delay_ms milliseconds. */
struct loop_timer *loop_after(struct loop *loop, int64_t delay_ms,
    void (*function)(void *arg), void *arg);
/* Forget it; *timer is NULL afterwards. A timer that has fired is gone: its
 * function clears the owner's pointer. */
void loop_cancel(struct loop_timer **timer);

/* Block these signals in the calling thread and call function(arg, number) in
 * the loop for each; signals ends with 0. Before any other thread starts. */
void loop_signals(struct loop *loop, const int *signals,
    void (*function)(void *arg, int number), void *arg);

/* Run until loop_stop(), which ends one run: this one, or else the next. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
