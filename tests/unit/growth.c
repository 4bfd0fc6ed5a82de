/* SPDX-License-Identifier: ISC */
/* growth.c - for tests: does the time grow as the input does? */
#include "growth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"

/* Long enough that a run takes more than a clock can see. */
#define SMALL_BYTES ((size_t)1 << 15)
#define TRIES 3
#define ROUNDS 4
/* Beneath this the clock and the caches are what is measured. */
#define SHORTEST_NS INT64_C(50000)

static int64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t
time_of(const char *front, const char *piece, size_t size,
    void (*read)(struct arena *arena, struct str text))
{
	struct arena *text_arena = arena_new(0);
	int64_t best = INT64_MAX;
	struct buf text;

	buf_init(&text, text_arena);
	buf_add_text(&text, front);
	while (text.len < size)
		buf_add_text(&text, piece);
	for (int i = 0; i < TRIES; i++) {
		struct arena *arena = arena_new(0);
		int64_t start = cpu_ns(), took;

		read(arena, buf_str(&text));
		took = cpu_ns() - start;
		best = took < best ? took : best;
		arena_free(&arena);
	}
	arena_free(&text_arena);
	return best;
}

void
grows_with_input(const char *front, const char *piece,
    void (*read)(struct arena *arena, struct str text))
{
	int64_t small = 0, large = 0;

	/* A machine under load can disturb a measurement, not all of them; a
	 * trap is found by each. */
	for (int i = 0; i < ROUNDS; i++) {
		small = time_of(front, piece, SMALL_BYTES, read);
		large = time_of(front, piece, 4 * SMALL_BYTES, read);
		if (small < SHORTEST_NS)
			small = SHORTEST_NS;
		if (large < 8 * small)
			return;
	}
	fail_msg("'%s', '%s': %lld ns, four times that: %lld ns", front, piece,
	    (long long)small, (long long)large);
}
