/* SPDX-License-Identifier: ISC */
/* charge_say.h - for tests: what is charged, in a few words.
 *
 * A step is TIME VERB NAME [for SPAN] [COUNTER:WINDOW:LIMIT:AMOUNT ...], as in
 * "1s charge m1 for 10m c:1h:10:1". Verbs: charge, force, usage, confirm,
 * release, and reset, which names a counter. Times are since
 * CHARGE_SAY_MS, like 1s, 1500, 1m, 1h, 1d. */
#ifndef TESTS_CHARGE_SAY_H
#define TESTS_CHARGE_SAY_H

#include <stdint.h>

#include "base/str.h"

struct arena;
struct store_lab;

/* Every slice of a window of 1s, 1m, 1h begins here. */
#define CHARGE_SAY_MS INT64_C(1795000320000)

/* Steps that count under one tag. */
struct charge_story {
	struct store_lab *lab;
	struct arena *arena;
	struct str tag;
};

/* Do it: a word, and for each counter USED, or USED>FITS (a time, or never); or
 * why it was refused. Lives in the story's arena. */
const char *charge_say(struct charge_story *story, const char *step);

/* On Redis: how many entries never go away. */
long charge_say_eternal(const struct store_lab *lab);

#endif
