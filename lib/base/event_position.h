/* SPDX-License-Identifier: ISC */
/* event_position.h - how far the reader of an event spool has come. */
#ifndef BASE_EVENT_POSITION_H
#define BASE_EVENT_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ulid.h"

struct arena;

/* Kept in a file of one line, in this order. It is written in place by one
 * call: never torn, and a full disk does not hinder it. */
struct event_position {
	char series[ULID_SIZE];
	uint64_t next;		/* number of the next line in the series */
	uint64_t after_us;	/* full files up to this time are read */
	uint64_t inode;		/* of the file that follows them */
	uint64_t offset, lines;	/* what is read of that one */

	int fd;
	const char *path;
	bool is_lost;		/* it could not be written */
};

/* Open or make the file, and read what stands there: without that the position
 * is the begin of all, in a new series. path must outlive it. -1 with the
 * reason. */
int event_position_open(struct event_position *position, const char *path,
    struct arena *arena, const char **error_r);
void event_position_close(struct event_position *position);

/* Numbers do not mean the same lines as before any more: from 1 on. */
void event_position_begin_series(struct event_position *position);

/* When it cannot be written, the first failure of a series is logged. */
void event_position_save(struct event_position *position);

#endif
