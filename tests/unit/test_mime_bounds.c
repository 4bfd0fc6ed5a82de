/* SPDX-License-Identifier: ISC */
/* test_mime_bounds.c - hostile messages through the whole pipeline: structure,
 * texts, pages, links, in bounded time and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/header.h"
#include "mail/message.h"
#include "mime/content.h"
#include "mime/part.h"
#include "mime/reader.h"
#include "mime_shapes.h"

#define CHUNK 65535
/* The bound of time is that of a machine with nothing else to do, which the
 * benchmark has; where all cores and caches have others' work too, a test may
 * take so many times that. */
#define BUSY 3
/* The best of so many runs counts, and none of them when the first ones do. */
#define RUNS_MAX 8
/* Beneath this the clock and the caches are what is measured. */
#define SHORTEST_NS 500000
/* With the limits of who configures none: 16 MB of texts, once as read and once
 * as seen, and 20,000 links. */
#define MOST_BYTES ((size_t)160 << 20)

/* What reading one message took. */
struct cost {
	int64_t ns;
	size_t parts;
	size_t bytes;		/* of memory */
	mime_oddities oddities;
};

static int64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* All that is done with a message whose header the caller has. */
static struct cost
read_split(const struct header_list *headers, struct str body,
    const struct mime_limits *limits)
{
	struct arena *arena = arena_new(0);
	int64_t began = cpu_ns();
	struct mime_reader *reader = mime_reader_new(arena, limits, NULL);
	const struct mime_message *message;
	struct content content;
	struct cost cost;

	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *header = vec_at(&headers->fields, i);

		mime_reader_field(reader, header->name, header->value);
	}
	for (; body.len != 0; body = str_from_pos(body, CHUNK))
		mime_reader_feed(reader, str_sub(body, 0, CHUNK));
	message = mime_reader_end(reader);
	content_read(arena, headers, message, &limits->content, &content);
	cost = (struct cost){ cpu_ns() - began, message->part_count,
		arena_size(arena), message->oddities | content.oddities };
	arena_free(&arena);
	return cost;
}

static struct cost
read_once(struct str bytes, const struct mime_limits *limits)
{
	struct arena *arena = arena_new(0);
	struct header_list headers;
	struct message stored;
	struct str name, value;
	struct cost cost;

	header_list_init(&headers, arena);
	message_begin(&stored, arena, bytes);
	while (message_next_field(&stored, &name, &value))
		header_list_add(&headers, name, value);
	cost = read_split(&headers, stored.rest, limits);
	arena_free(&arena);
	return cost;
}

/* Do they keep the bounds? */
static bool
is_within_bounds(const struct cost *whole, int64_t quarter_ns, int64_t bound)
{
	if (quarter_ns < SHORTEST_NS)
		quarter_ns = SHORTEST_NS;
	return whole->ns < 8 * quarter_ns && whole->ns <= bound;
}

/* The best of some runs: more of them, as long as the bounds are not kept, for a
 * busy machine disturbs some runs, and a trap is found by each. */
static bool
check_shape(const struct mime_shape *shape, bool is_measured)
{
	struct arena *built = arena_new(0);
	struct mime_limits limits = mime_shape_limits(shape);
	struct str bytes = mime_shape_build(built, shape, shape->count);
	struct str quarter = mime_shape_build(built, shape, is_measured ?
	    shape->count / 4 : 0);
	struct cost whole = { .ns = INT64_MAX }, small = whole;
	int64_t bound = 0;
	bool is_kept = false, is_told;

	/* What is not measured is read for its memory. */
	if (!is_measured) {
		small = whole = read_once(bytes, &limits);
		is_kept = true;
	}
	for (int i = 0; i < RUNS_MAX && !is_kept; i++) {
		struct cost a = read_once(quarter, &limits);
		struct cost b = read_once(bytes, &limits);

		small = a.ns < small.ns ? a : small;
		whole = b.ns < whole.ns ? b : whole;
		bound = mime_shape_bound_ns(bytes.len, whole.parts);
		is_kept = is_within_bounds(&whole, small.ns, BUSY * bound);
	}
	is_told = (shape->oddities & ~whole.oddities) == 0;
	print_message("%-40s %9zu octets %6zu parts %6lld us, a quarter %6lld "
	    "us, bound %7lld us; %6zu KB%s%s\n", shape->sentence, bytes.len,
	    whole.parts, (long long)whole.ns / 1000,
	    (long long)small.ns / 1000,
	    (long long)bound / 1000, whole.bytes / 1024,
	    is_kept ? "" : " TOO MUCH", is_told ? "" : " NOT TOLD");
	arena_free(&built);
	return is_kept && is_told && whole.bytes <= MOST_BYTES;
}

/* Time in an instrumented program says nothing of the program. */
static bool
is_instrumented(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#endif
	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

static void
test_hostile_shapes(void **state)
{
	bool is_measured = !is_instrumented();
	size_t wrong = 0;

	(void)state;
	if (!is_measured)
		print_message("instrumented: time is not measured\n");
	for (size_t i = 0; i < mime_shape_count; i++)
		if (!check_shape(&mime_shapes[i], is_measured))
			wrong++;
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_shapes),
	};

	return cmocka_run_group_tests_name("mime_bounds", tests, NULL, NULL);
}
