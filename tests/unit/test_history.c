/* SPDX-License-Identifier: ISC */
/* test_history.c - which decisions are remembered, and which are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/history.h"
#include "base/vec.h"
#include "fixture.h"

static const char *
found(struct history *history, struct arena *arena, const char *id)
{
	struct buf out;

	buf_init(&out, arena);
	history_find(history, str_from(id), &out);
	return out.data;
}

static void
events_are_found_by_id_and_by_queue_id_newest_first(void **state)
{
	struct history *history = history_new(10, 4096);

	history_add(history, "01A", "Q1", STR("1"));
	history_add(history, "01B", NULL, STR("2"));
	history_add(history, "01A", "Q2", STR("3"));
	assert_string_equal(found(history, *state, "01a"), "[3,1]");
	assert_string_equal(found(history, *state, "Q1"), "[1]");
	assert_string_equal(found(history, *state, "q1"), "[]");
	assert_string_equal(found(history, *state, ""), "[]");
	assert_string_equal(found(history, *state, "01B"), "[2]");
	history_free(&history);
	assert_null(history);
}

static void
more_than_the_count_push_out_the_oldest(void **state)
{
	struct history *history = history_new(3, 1 << 20);

	for (int i = 0; i < 8; i++)
		history_add(history, "01A", NULL, str_from(
		    arena_printf(*state, "%d", i)));
	assert_string_equal(found(history, *state, "01A"), "[7,6,5]");
	history_free(&history);
}

static void
what_is_larger_than_the_memory_is_not_kept(void **state)
{
	struct history *history = history_new(10, 1024);
	char large[1024];

	memset(large, '9', sizeof(large));
	history_add(history, "01A", NULL, STR("1"));
	history_add(history, "01A", NULL, str_of(large, sizeof(large)));
	assert_string_equal(found(history, *state, "01A"), "[1]");
	/* What fits just so takes the place of all. */
	history_add(history, "01A", NULL, str_of(large, 900));
	assert_int_equal(strlen(found(history, *state, "01A")), 902);
	history_free(&history);
}

/* Events of any sizes, against a list of all: what is there are the newest
 * ones, whole and in order, and they fill the memory but for the room of two. */
static void
the_newest_are_there_whatever_their_sizes(void **state)
{
	enum { BYTES = 5000, EVENTS = 2000, LARGEST = 700 };
	struct history *history = history_new(64, BYTES);
	const char *events[EVENTS];

	srand(4711);
	for (int i = 0; i < EVENTS; i++) {
		size_t len = 1 + (size_t)(rand() % LARGEST), kept = 0;
		char *event = arena_alloc(*state, len + 1);
		struct buf out, wanted;
		size_t count;

		memset(event, 'a' + i % 26, len);
		event[len] = '\0';
		events[i] = event;
		history_add(history, "01A", NULL, str_of(event, len));
		buf_init(&out, *state);
		count = history_find(history, STR("01A"), &out);
		buf_init(&wanted, *state);
		for (size_t j = 0; j < count; j++) {
			buf_add_text(&wanted, j > 0 ? "," : "[");
			buf_add_text(&wanted, events[(size_t)i - j]);
			kept += strlen(events[(size_t)i - j]) + 80;
		}
		buf_add_text(&wanted, "]");
		assert_string_equal(out.data, wanted.data);
		if (count < (size_t)i + 1 && count < 64)
			assert_true(kept + 2 * (LARGEST + 80) > BYTES);
	}
	history_free(&history);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(events_are_found_by_id_and_by_queue_id_newest_first),
		ARENA_TEST(more_than_the_count_push_out_the_oldest),
		ARENA_TEST(what_is_larger_than_the_memory_is_not_kept),
		ARENA_TEST(the_newest_are_there_whatever_their_sizes),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
