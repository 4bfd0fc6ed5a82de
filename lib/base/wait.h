/* SPDX-License-Identifier: ISC */
/* wait.h - how somebody who asked learns that an answer has come. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <stdint.h>

/* One for each transaction, shared by all that it asks (DNS, store, directory,
 * workers). Counted by reference, because an answer may come when the
 * transaction that asked is gone. */
struct wait;

/* A new one with one reference. */
struct wait *wait_new(void);
struct wait *wait_ref(struct wait *wait);
void wait_unref(struct wait **wait);

/* An answer has come. Any thread. */
void wait_post(struct wait *wait);

/* Sleep until something was posted since the last call that returned 1, or
 * until the steady clock (clock.h) reads deadline_ms. 1: posted, 0: too late. */
int wait_sleep(struct wait *wait, int64_t deadline_ms);

/* For an event loop instead of wait_sleep(): one descriptor tells of all waits
 * of a queue. The queue belongs to one thread; posts come from any. */
struct wait_queue;

/* NULL and errno when the process has no descriptor left. */
struct wait_queue *wait_queue_new(void);
/* Its waits may live on; what is posted to them goes nowhere. */
void wait_queue_free(struct wait_queue **queue);
/* Reads ready while wait_queue_next() has something to give. The queue's own. */
int wait_queue_fd(const struct wait_queue *queue);

/* A wait of this queue, for arg (not NULL). Not for wait_sleep(). */
struct wait *wait_new_in(struct wait_queue *queue, void *arg);
/* The arg of a wait to which something was posted since it was last handed out,
 * in the order of those posts. NULL: there is none, and the descriptor is quiet
 * until the next post. */
void *wait_queue_next(struct wait_queue *queue);
/* Who asked is gone: its arg is never handed out again. Before the last
 * reference of the asker's goes. */
void wait_leave(struct wait *wait);

#endif
