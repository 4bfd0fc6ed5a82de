/* SPDX-License-Identifier: ISC */
/* event_forward.h - the lines of the event spool go to the stream in Redis. */
#ifndef DAEMON_EVENT_FORWARD_H
#define DAEMON_EVENT_FORWARD_H

#include <stdint.h>

struct arena;
struct event_spool;
struct store_settings;

/* In a thread and on a connection of its own, so that neither mail nor what is
 * counted for it ever waits behind events. In order, each line once (event.h),
 * a tenth of a second after it was written. While the store does not take them
 * lines wait in the spool; a daemon that starts again goes on where it was. What
 * the store has taken and forgets (a crash without a log, a failover) is not
 * sent again. */
struct event_forward;

/* Begin. stream_max: about so many entries the stream keeps. After the process
 * has forked for the last time. NULL with the reason. */
struct event_forward *event_forward_open(struct event_spool *spool,
    const struct store_settings *store, int64_t stream_max,
    struct arena *arena, const char **error_r);
/* What waits is still sent, if the store takes it within half a second. Before
 * the spool is closed. */
void event_forward_close(struct event_forward **forward);

/* Since the start, and right now. Any thread. */
uint64_t event_forward_count(const struct event_forward *forward);
uint64_t event_forward_waiting(const struct event_forward *forward);
/* Why nothing goes on, in one sentence, arena text; NULL: it does. Any
 * thread. */
const char *event_forward_degraded(const struct event_forward *forward,
    struct arena *arena);

#endif
