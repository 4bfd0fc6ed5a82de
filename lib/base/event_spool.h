/* SPDX-License-Identifier: ISC */
/* event_spool.h - decisions as JSON lines in files of bounded size. */
#ifndef BASE_EVENT_SPOOL_H
#define BASE_EVENT_SPOOL_H

#include <stdint.h>

#include "base/str.h"

struct arena;

/* DIRECTORY/NAME.jsonl takes the lines; when it has an eighth of the bound it
 * becomes NAME-TIME-LINES.jsonl (microseconds since 1970, how many lines it
 * has), and the oldest such file goes when all together would exceed the bound.
 * So they are the last events at any time, whoever has read them; anybody may
 * take full files away. event_reader.h hands the lines on. */
struct event_spool;

/* Open or continue. NULL with the reason and its remedy. */
struct event_spool *event_spool_open(const char *directory, const char *name,
    int64_t size_max, struct arena *arena, const char **error_r);
void event_spool_close(struct event_spool **spool);

/* Append a line (without newline). Any thread; never waits for a disk to
 * settle. When it cannot be written (disk full) the line is lost, counted, and
 * the first loss of a series is logged: mail does not depend on events. */
void event_spool_add(struct event_spool *spool, struct str line);

/* Lines lost since the start: those that could not be written, and those that
 * went with the oldest file before a reader came to them. */
uint64_t event_spool_lost(const struct event_spool *spool);
/* Could the last one not be written? Any thread. */
bool event_spool_is_losing(const struct event_spool *spool);

#endif
