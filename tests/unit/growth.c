/* SPDX-License-Identifier: ISC */
/* growth.c - for tests: does the time grow as the input does? */
#include "growth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"

/* Long enough that a run takes more than a clock can see. With a sanitizer all of
 * it takes eight times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMALL_BYTES ((size_t)1 << 13)
#else
#define SMALL_BYTES ((size_t)1 << 15)
#endif
/* Of four times the input: in proportion it is four, of what is quadratic
 * sixteen. */
#define RATIO 8
#define TRIES 3
#define ROUNDS 4
/* Beneath this the clock, the caches and new memory are what is measured (with
 * ThreadSanitizer half a millisecond for the large text); what is quadratic
 * takes tens of milliseconds for so many octets. */
#define SHORTEST_NS INT64_C(250000)
#define LEAST_MS 20

static int64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct pieces {
	const char *front, *piece, *behind;
};

static struct str
build(struct arena *arena, const struct pieces *pieces, size_t size)
{
	size_t count = 0;
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, pieces->front);
	for (; text.len < size; count++)
		buf_add_text(&text, pieces->piece);
	for (; count > 0; count--)
		buf_add_text(&text, pieces->behind);
	return buf_str(&text);
}

static int64_t
time_of(const struct pieces *pieces, size_t size,
    void (*read)(struct arena *arena, struct str text))
{
	struct arena *text_arena = arena_new(0);
	struct str text = build(text_arena, pieces, size);
	int64_t best = INT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		struct arena *arena = arena_new(0);
		int64_t start = cpu_ns(), took;

		read(arena, text);
		took = cpu_ns() - start;
		best = took < best ? took : best;
		arena_free(&arena);
	}
	arena_free(&text_arena);
	return best;
}

void
grows_with_pieces(const char *front, const char *piece, const char *behind,
    void (*read)(struct arena *arena, struct str text))
{
	struct pieces pieces = { front, piece, behind };
	int64_t small = 0, large = 0;

	/* A machine under load can disturb a measurement, not all of them; a
	 * trap is found by each. */
	for (int i = 0; i < ROUNDS; i++) {
		small = time_of(&pieces, SMALL_BYTES, read);
		large = time_of(&pieces, 4 * SMALL_BYTES, read);
		if (small < SHORTEST_NS)
			small = SHORTEST_NS;
		if (large < RATIO * small)
			return;
	}
	fail_msg("'%s', '%s', '%s': %lld ns, four times that: %lld ns", front,
	    piece, behind, (long long)small, (long long)large);
}

void
grows_with_input(const char *front, const char *piece,
    void (*read)(struct arena *arena, struct str text))
{
	grows_with_pieces(front, piece, "", read);
}

void
grows_with_bytes(const char *sentence, size_t i, size_t bytes,
    int64_t (*cost_ms)(size_t i, size_t bytes))
{
	int64_t small = cost_ms(i, bytes), large = cost_ms(i, 4 * bytes);

	print_message("%s: %d ms, %d ms\n", sentence, (int)small, (int)large);
	assert_true(large < RATIO * (small < LEAST_MS ? LEAST_MS : small));
}
