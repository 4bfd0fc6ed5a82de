/* SPDX-License-Identifier: ISC */
/* events.h - the events of a daemon: kept for `why`, written, handed on. */
#ifndef DAEMON_EVENTS_H
#define DAEMON_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct daemon_settings;
struct json_writer;
struct store_settings;

/* All of it (DESIGN 6): the last decisions (history.h), the files
 * (event_spool.h), and with a store in Redis their way to its stream
 * (event_forward.h). Of a store in memory the files are the end. */
struct events;

/* daemon: its name, "milter". History of at most so many bytes. After the
 * process has forked for the last time. NULL with the reason. */
struct events *events_open(const struct daemon_settings *settings,
    const struct store_settings *store, const char *daemon,
    size_t history_bytes, struct arena *arena, const char **error_r);
void events_close(struct events **events);

/* A message of this id and queue id (NULL: none) was decided so. An event that
 * is not written is for `why` alone. Any thread; never waits for anybody. */
void events_add(struct events *events, const char *id, const char *queue_id,
    struct str event, bool is_written);

/* The verb `why` (ctl.h). */
int events_why(struct events *events, struct str json, struct buf *out,
    const char **error_r);
/* What does not work, in one sentence, arena text; NULL: nothing. is_store_told:
 * that the daemon's store does not work is said already, and so that events
 * wait for it need not be. */
const char *events_degraded(const struct events *events, bool is_store_told,
    struct arena *arena);
/* Members of the answer to `status`: events_lost, events_forwarded,
 * events_waiting; the last two are null when nothing is handed on. */
void events_put_status(const struct events *events, struct json_writer *json);
/* Append mailreeve_DAEMON_events_…. */
void events_write_metrics(const struct events *events, struct buf *out);

#endif
