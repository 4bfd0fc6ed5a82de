/* SPDX-License-Identifier: ISC */
/* clock.h - the time of day, which a test may set, and the steady clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Milliseconds since 1970 (UTC). */
int64_t clock_now_ms(void);

/* Milliseconds of a clock that only runs forward: deadlines, durations. */
int64_t clock_steady_ms(void);
int64_t clock_steady_us(void);
/* For what is to be done every_ms at most: true, and *last_ms is now, unless it
 * was so less than every_ms ago. *last_ms is 0 before the first time. */
bool clock_is_due(int64_t *last_ms, int64_t every_ms);

/* From now on clock_now_ms() stands still at this time (a daemon started with
 * --test-clock, `scan --now`); a negative value gives the real clock back. */
void clock_set(int64_t now_ms);

/* Unix seconds, or RFC 3339 (2026-11-20T10:00:00Z, any offset, fraction cut).
 * -1: neither, a day that is not in the calendar, or before 1970. */
int clock_parse(struct str text, int64_t *ms_r);

#define CLOCK_TEXT_SIZE 32

/* RFC 3339 in UTC with milliseconds: 2026-11-20T10:00:00.000Z. What is before
 * 1970 or beyond the year 9999 is written as the first or the last moment. */
const char *clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE]);

#endif
