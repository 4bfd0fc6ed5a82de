/* SPDX-License-Identifier: ISC */
/* when.h - a moment to come, in the words of a reply. */
#ifndef POLICYD_WHEN_H
#define POLICYD_WHEN_H

#include <stdint.h>

struct arena;

/* "14:32 UTC", or with its day where that is not today: the next full minute,
 * so that it is true. Arena text. */
const char *when_text(struct arena *arena, int64_t now_ms, int64_t at_ms);

#endif
