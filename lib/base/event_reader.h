/* SPDX-License-Identifier: ISC */
/* event_reader.h - the lines of an event spool, in order, to be handed on.
 *
 * Every line has a number within a series, and keeps it until it was handed on:
 * whoever takes lines can tell by both that he has one already. How far it came
 * stands in DIRECTORY/NAME.position (event_position.h), so it goes on there
 * after a restart. Files are not removed when they are read: the spool's bound
 * does that. What the bound takes before it is read is lost, and the reader goes
 * on with the oldest line that is there. */
#ifndef BASE_EVENT_READER_H
#define BASE_EVENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define EVENT_BATCH_LINES 128
#define EVENT_BATCH_BYTES ((size_t)64 * 1024)

struct arena;
struct event_spool;
struct wait;

struct event_batch {
	struct str series;
	int64_t first;		/* number of the first line, from 1 on */
	const struct str *lines;
	size_t count;
};

/* At most one for a spool. It belongs to one thread; the spool's writers go on
 * meanwhile, and never wait for it. */
struct event_reader;

/* Continue. wait is posted when event_reader_next() had nothing and now has.
 * Close it before the spool. NULL with the reason. */
struct event_reader *event_reader_open(struct event_spool *spool,
    struct wait *wait, struct arena *arena, const char **error_r);
void event_reader_close(struct event_reader **reader);

/* The next lines: at most EVENT_BATCH_LINES, and EVENT_BATCH_BYTES unless one
 * alone is longer. Always the same ones until event_reader_done(). False: there
 * are none. */
bool event_reader_next(struct event_reader *reader,
    struct event_batch *batch_r);
/* They are handed on; the batch holds no longer. */
void event_reader_done(struct event_reader *reader);

/* Lines that are not handed on yet. Any thread. */
uint64_t event_reader_waiting(const struct event_reader *reader);

#endif
