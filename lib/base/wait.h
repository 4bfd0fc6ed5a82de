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

/* For an event loop instead of wait_sleep: a descriptor that reads ready once
 * something was posted; wait_clear() makes it quiet again. Owned by the wait;
 * -1 and errno when the process has no descriptor left. */
int wait_fd(struct wait *wait);
void wait_clear(struct wait *wait);

#endif
