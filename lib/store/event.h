/* SPDX-License-Identifier: ISC */
/* event.h - the stream of what all daemons of all hosts have decided (DESIGN 6).
 */
#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "store/store.h"

/* A Redis stream. Each entry has one field `event`: a JSON object in one line
 * (event_common.h), which names its host and daemon. Those of one daemon stand
 * in the order of its decisions. */
#define EVENT_STREAM "mr:events"

/* How long the last number of a series is remembered after it was used: until
 * then a line that is asked again is not added again. */
#define EVENT_REMEMBER_MS (30 * 24 * 3600 * INT64_C(1000))

/* Lines that follow each other (event_reader.h). */
struct event_lines {
	struct str series;	/* printable, without blanks; no other daemon
				 * has the same */
	int64_t first;		/* number of the first, from 1 on */
	const struct str *lines;
	size_t count;
	int64_t stream_max;	/* the oldest entries beyond about so many go */
};

/* Add those whose numbers are later than the last of the series that is there.
 * A store in memory has no stream, and refuses. */
struct store_call *event_ask(struct store *store, struct arena *arena,
    const struct event_lines *lines, struct wait *wait);
/* The number of the last one that is there. */
int event_read(const struct store_answer *answer, int64_t *last_r,
    const char **error_r);

#endif
