/* SPDX-License-Identifier: ISC */
/* test_store_event.c - lines go to the stream of events, each once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store/event.h"
#include "store/key.h"
#include "stores.h"

#define MANY 1000000
#define LINES_MAX 8

/* "1-3": the lines numbered so are added, each the text "SERIES NUMBER". */
struct step {
	const char *series;	/* NULL: no more steps */
	int64_t first, count;
	int64_t last;		/* what is answered */
	const char *stream;	/* all that is there now */
};

static const struct {
	const char *name;
	struct step steps[6];
} cases[] = {
	{ "lines are added in their order", {
		{ "a", 1, 3, 3, "a1 a2 a3" },
		{ "a", 4, 1, 4, "a1 a2 a3 a4" } } },
	{ "what is asked again adds nothing and answers the same", {
		{ "a", 1, 2, 2, "a1 a2" },
		{ "a", 1, 2, 2, "a1 a2" },
		{ "a", 1, 2, 2, "a1 a2" } } },
	{ "of what is asked again with more behind it, that is added", {
		{ "a", 1, 2, 2, "a1 a2" },
		{ "a", 1, 4, 4, "a1 a2 a3 a4" } } },
	{ "of what is asked again in smaller pieces, nothing is added", {
		{ "a", 1, 4, 4, "a1 a2 a3 a4" },
		{ "a", 1, 2, 4, "a1 a2 a3 a4" },
		{ "a", 3, 3, 5, "a1 a2 a3 a4 a5" } } },
	{ "numbers that were lost on the way leave a gap", {
		{ "a", 1, 1, 1, "a1" },
		{ "a", 7, 2, 8, "a1 a7 a8" } } },
	{ "the series of two daemons do not know of each other", {
		{ "a", 1, 2, 2, "a1 a2" },
		{ "b", 1, 1, 1, "a1 a2 b1" },
		{ "a", 3, 1, 3, "a1 a2 b1 a3" },
		{ "b", 1, 2, 2, "a1 a2 b1 a3 b2" },
		{ "a", 3, 1, 3, "a1 a2 b1 a3 b2" } } },
};

static struct store_call *
ask(struct store_lab *lab, const char *series, int64_t first, int64_t count,
    int64_t stream_max)
{
	struct str *texts = arena_alloc(lab->arena,
	    (size_t)(count + 1) * sizeof(*texts));
	struct event_lines lines = { .series = str_from(series),
	    .first = first, .lines = texts, .count = (size_t)count,
	    .stream_max = stream_max };

	for (int64_t i = 0; i < count; i++)
		texts[i] = str_from(arena_printf(lab->arena, "%s%lld", series,
		    (long long)(first + i)));
	return event_ask(lab->store, lab->arena, &lines, NULL);
}

static int64_t
add(struct store_lab *lab, const char *series, int64_t first, int64_t count,
    int64_t stream_max)
{
	struct store_call *call = ask(lab, series, first, count, stream_max);
	const char *error = "";
	int64_t last = -1;

	if (event_read(stores_answer(call), &last, &error) != 0)
		fail_msg("%s", error);
	store_call_unref(&call);
	return last;
}

/* The values of all entries, with blanks between them. */
static const char *
read_stream(const struct store_lab *lab)
{
	return stores_say(lab, "EVAL \"local out = {} for _, entry in ipairs("
	    "redis.call('XRANGE', 'mr:events', '-', '+')) do "
	    "assert(#entry[2] == 2 and entry[2][1] == 'event') "
	    "out[#out + 1] = entry[2][2] end "
	    "return table.concat(out, ' ')\" 0");
}

static void
the_table_of_lines(void **state)
{
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct step *step = cases[i].steps;

		stores_say(lab, "FLUSHALL");
		for (size_t n = 0; n < ARRAY_LEN(cases[i].steps) &&
		    step[n].series != NULL; n++) {
			int64_t last = add(lab, step[n].series, step[n].first,
			    step[n].count, MANY);

			if (last != step[n].last || strstr(read_stream(lab),
			    step[n].stream) == NULL)
				fail_msg("%s, step %zu: last %lld, %s",
				    cases[i].name, n + 1, (long long)last,
				    read_stream(lab));
		}
	}
}

static void
a_line_may_hold_any_byte(void **state)
{
	static const char line[] = "{\"a\":\"\0\r\n\xff '$5\"}";
	struct store_lab *lab = *state;
	const struct str text = str_of(line, sizeof(line) - 1);
	struct event_lines lines = { .series = STR("a"), .first = 1,
	    .lines = &text, .count = 1, .stream_max = MANY };
	struct store_call *call = event_ask(lab->store, lab->arena, &lines,
	    NULL);

	stores_answer(call);
	store_call_unref(&call);
	assert_string_equal(stores_say(lab, "EVAL \"return #redis.call("
	    "'XRANGE', 'mr:events', '-', '+')[1][2][2]\" 0"),
	    arena_printf(lab->arena, "%zu", text.len));
}

/* "About": a node of the stream, 100 entries if they are small. */
static void
the_stream_keeps_about_so_many(void **state)
{
	struct store_lab *lab = *state;
	long kept;

	for (int64_t i = 0; i < 200; i++)
		add(lab, "a", i * LINES_MAX + 1, LINES_MAX, 500);
	kept = atol(strpbrk(stores_say(lab, "XLEN mr:events"), "0123456789"));
	assert_in_range(kept, 500, 600);
}

static void
the_last_number_is_remembered_for_a_month(void **state)
{
	struct store_lab *lab = *state;
	const char *text;
	long left_s;

	add(lab, "a", 1, 1, MANY);
	text = stores_say(lab, "TTL mr:{mr:events}:series:a");
	left_s = atol(strpbrk(text, "-0123456789"));
	assert_in_range(left_s, 29 * 24 * 3600, 30 * 24 * 3600);
}

/* A cluster keeps both on one node, whose slot follows from what is in the
 * first braces, or from all of the name. */
static void
both_entries_are_of_one_place(void **state)
{
	(void)state;
	assert_true(str_eq(store_key_place(STR(EVENT_STREAM)),
	    store_key_place(STR("mr:{mr:events}:series:a"))));
}

static void
a_stream_of_somebody_else_is_left_alone(void **state)
{
	struct store_lab *lab = *state;
	struct store_call *call;

	stores_say(lab, "SET mr:events mine");
	call = ask(lab, "a", 1, 1, MANY);
	assert_int_equal(stores_any_answer(call)->status, STORE_REFUSED);
	store_call_unref(&call);
	assert_non_null(strstr(stores_say(lab, "GET mr:events"), "mine"));
	/* Nothing counts as added. */
	stores_say(lab, "DEL mr:events");
	assert_int_equal(add(lab, "a", 1, 1, MANY), 1);
	assert_non_null(strstr(read_stream(lab), "a1"));
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *series;
		int64_t first, count, stream_max;
	} bad[] = {
		{ "a", 0, 1, MANY },
		{ "a", -1, 1, MANY },
		{ "a", INT64_MAX, 1, MANY },
		{ "a", 1, 0, MANY },
		{ "a", 1, 1, 0 },
		{ "a", 1, 1, -5 },
		{ "a b", 1, 1, MANY },
		{ "a\nb", 1, 1, MANY },
	};
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct store_call *call = ask(lab, bad[i].series,
		    bad[i].first, bad[i].count, bad[i].stream_max);

		assert_int_equal(stores_any_answer(call)->status,
		    STORE_REFUSED);
		store_call_unref(&call);
	}
}

static void
memory_has_no_stream_and_says_so(void **state)
{
	struct store_lab *lab = *state;
	struct store_call *call;
	const struct store_answer *answer;

	if (strcmp(lab->kind, "memory") != 0)
		return;
	call = ask(lab, "a", 1, 1, MANY);
	answer = stores_any_answer(call);
	assert_int_equal(answer->status, STORE_REFUSED);
	assert_non_null(strstr(answer->error, "has no stream of events"));
	store_call_unref(&call);
}

int
main(void)
{
	const struct store_test tests[] = {
		REDIS_TEST(the_table_of_lines),
		REDIS_TEST(a_line_may_hold_any_byte),
		REDIS_TEST(the_stream_keeps_about_so_many),
		REDIS_TEST(the_last_number_is_remembered_for_a_month),
		REDIS_TEST(a_stream_of_somebody_else_is_left_alone),
		STORE_TEST(both_entries_are_of_one_place),
		STORE_TEST(what_makes_no_sense_is_refused),
		STORE_TEST(memory_has_no_stream_and_says_so),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
