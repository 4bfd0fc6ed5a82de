/* SPDX-License-Identifier: ISC */
/* history.h - the last decisions, for `why`. */
#ifndef BASE_HISTORY_H
#define BASE_HISTORY_H

#include "base/str.h"

/* DESIGN 6: a daemon answers `why` from its last decisions until control has
 * the trace. */
#define HISTORY_COUNT 10000
#define HISTORY_BYTES (16 * 1024 * 1024)

struct history;

/* Keeps the newest count events, at most bytes together: that much is taken as
 * it is written to. */
struct history *history_new(size_t count, size_t bytes);
void history_free(struct history **history);

/* Keep an event (copied) under its id and queue id (NULL: none). One that is
 * larger than all the memory is not kept. Any thread. */
void history_add(struct history *history, const char *id, const char *queue_id,
    struct str event);

/* Append the events with this id or queue id to out, newest first, as a JSON
 * array. The number of them. Any thread. */
size_t history_find(struct history *history, struct str id, struct buf *out);

#endif
