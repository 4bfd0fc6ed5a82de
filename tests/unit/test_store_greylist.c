/* SPDX-License-Identifier: ISC */
/* test_store_greylist.c - who comes back passes, on every kind of store. */
#include <inttypes.h>
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
#include "check_text.h"
#include "store/greylist.h"
#include "store/key.h"
#include "stores.h"

#define BASE_MS INT64_C(1795000320000)
#define SECOND 1000
#define MINUTE (60 * INT64_C(1000))
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* The terms of all cases, unless they say others. */
#define DELAY (5 * MINUTE)
#define WINDOW (8 * HOUR)
#define LIFETIME (36 * DAY)

struct step {
	int64_t at_ms;
	const char *triplet;	/* NULL: no more steps */
	const char *result;	/* state, next and first, since BASE_MS */
};

static const struct {
	const char *name;
	int64_t passes_after;
	struct step steps[12];
} cases[] = {
	{ "a first try waits, one after the delay passes (RFC 6647 2.3)", 0, {
		{ 0, "a", "new 300000 0" },
		{ DELAY, "a", "passed - 0" } } },
	{ "one before the delay is over waits, and does not start anew", 0, {
		{ 0, "a", "new 300000 0" },
		{ 1, "a", "early 300000 0" },
		{ DELAY - 1, "a", "early 300000 0" },
		{ DELAY, "a", "passed - 0" } } },
	{ "one after the window is a first try again (RFC 6647 5)", 0, {
		{ 0, "a", "new 300000 0" },
		{ WINDOW, "a", "new 29100000 28800000" },
		{ WINDOW + DELAY, "a", "passed - 28800000" } } },
	{ "the last moment of the window passes", 0, {
		{ 0, "a", "new 300000 0" },
		{ WINDOW - 1, "a", "passed - 0" } } },
	{ "what passed is known, for its lifetime since it last came", 0, {
		{ 0, "a", "new 300000 0" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY + 1, "a", "known - 0" },
		{ 30 * DAY, "a", "known - 0" },
		{ 30 * DAY + LIFETIME - 1, "a", "known - 0" },
		{ 30 * DAY + 2 * LIFETIME - 1, "a",
		  "new 8813099999 8812799999" } } },
	{ "each triplet waits for itself", 0, {
		{ 0, "a", "new 300000 0" },
		{ MINUTE, "b", "new 360000 60000" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY, "b", "early 360000 60000" },
		{ DELAY + MINUTE, "b", "passed - 60000" } } },
	{ "asked again at the same moment the answer is the same", 2, {
		{ 0, "a", "new 300000 0" },
		{ 0, "a", "new 300000 0" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY + 1, "b", "new 600001 300001" },
		{ DELAY + 2, "a", "known - 0" },
		{ DELAY + 2, "a", "known - 0" },
		{ DELAY + 3, "c", "client - -" } } },
	{ "after enough deliveries the client passes whatever it sends", 3, {
		{ 0, "a", "new 300000 0" },
		{ 0, "b", "new 300000 0" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY + 1, "a", "known - 0" },
		{ DELAY + 1, "c", "new 600001 300001" },
		{ DELAY + 2, "b", "passed - 0" },
		{ DELAY + 3, "c", "client - 300001" },
		{ DELAY + 4, "d", "client - -" },
		{ DELAY + 4, "a", "client - 0" } } },
	{ "a client that stays away is forgotten", 1, {
		{ 0, "a", "new 300000 0" },
		{ DELAY, "a", "passed - 0" },
		{ DAY, "b", "client - -" },
		{ DAY + LIFETIME - 1, "b", "client - -" },
		{ DAY + 2 * LIFETIME - 1, "b", "new 6307499999 6307199999" },
		{ DAY + 2 * LIFETIME, "b", "early 6307499999 6307199999" } } },
	{ "nought deliveries: no client is ever known", 0, {
		{ 0, "a", "new 300000 0" },
		{ DELAY, "a", "passed - 0" },
		{ DELAY + 1, "a", "known - 0" },
		{ DELAY + 2, "b", "new 600002 300002" } } },
	{ "a clock that was ahead makes nobody wait longer", 0, {
		{ DAY, "a", "new 86700000 86400000" },
		{ 0, "a", "new 300000 0" },
		{ DELAY, "a", "passed - 0" } } },
	{ "a clock that was ahead: what passed then is known", 0, {
		{ DAY, "a", "new 86700000 86400000" },
		{ DAY + DELAY, "a", "passed - 86400000" },
		{ 0, "a", "passed - 0" },
		{ 1, "a", "known - 0" } } },
	{ "a clock that was behind: the window is over", 0, {
		{ 0, "a", "new 300000 0" },
		{ DAY, "a", "new 86700000 86400000" } } },
};

static const char *
show_time(struct arena *arena, int64_t ms)
{
	return ms == 0 ? "-" : arena_printf(arena, "%" PRId64, ms - BASE_MS);
}

static const char *
ask(struct store_lab *lab, struct str tag, const struct step *step,
    int64_t passes_after)
{
	static const char *const states[] = { "new", "early", "passed",
	    "known", "client" };
	const struct greylist greylist = {
		.triplet = greylist_triplet(lab->arena, tag,
		    STR("192.0.2.0/24"), STR("ann@example.org"),
		    str_from(step->triplet)),
		.client = store_key(lab->arena, tag, "client",
		    STR("192.0.2.0/24")),
		.now_ms = BASE_MS + step->at_ms,
		.delay_ms = DELAY,
		.window_ms = WINDOW,
		.lifetime_ms = LIFETIME,
		.passes_after = passes_after,
	};
	struct store_call *call = greylist_ask(lab->store, lab->arena,
	    &greylist, NULL);
	struct greylist_result result;
	const char *error = "";

	assert_int_equal(greylist_read(stores_answer(call), &result, &error),
	    0);
	store_call_unref(&call);
	return arena_printf(lab->arena, "%s %s %s", states[result.state],
	    show_time(lab->arena, result.next_ms),
	    show_time(lab->arena, result.first_ms));
}

static void
the_table_of_tries(void **state)
{
	struct store_lab *lab = *state;
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str tag = str_from(arena_printf(lab->arena, "%zu", i));

		for (const struct step *step = cases[i].steps;
		    step->triplet != NULL; step++) {
			const char *result = ask(lab, tag, step,
			    cases[i].passes_after);

			wrong += !check_text_step(cases[i].name,
			    (size_t)(step - cases[i].steps), result,
			    step->result);
		}
	}
	assert_int_equal(wrong, 0);
}

static void
terms_that_make_no_sense_are_refused(void **state)
{
	static const struct greylist bad[] = {
		{ .now_ms = 0, .window_ms = 1, .lifetime_ms = 1 },
		{ .now_ms = 1, .window_ms = 0, .lifetime_ms = 1 },
		{ .now_ms = 1, .window_ms = 1, .lifetime_ms = 0 },
		{ .now_ms = 1, .window_ms = 1, .lifetime_ms = 1,
		  .delay_ms = -1 },
		{ .now_ms = 1, .window_ms = INT64_MAX, .lifetime_ms = 1 },
	};
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct greylist greylist = bad[i];
		struct store_call *call;

		greylist.triplet = STR("mr:{a}:grey:1");
		greylist.client = STR("mr:{a}:client:1");
		call = greylist_ask(lab->store, lab->arena, &greylist, NULL);
		assert_int_equal(stores_any_answer(call)->status,
		    STORE_REFUSED);
		store_call_unref(&call);
	}
}

static void
triplets_are_of_one_size_and_differ(void **state)
{
	struct store_lab *lab = *state;
	char longer[600] = "";
	const struct {
		struct str client, sender, recipient;
	} parts[] = {
		{ STR("a"), STR("b"), STR("c") },
		{ STR("ab"), STR(""), STR("c") },
		{ STR("a"), STR("bc"), STR("") },
		{ STR("a"), STR("b\0"), STR("c") },
		{ STR("a"), STR("b"), str_of(longer, 600) },
		{ STR("a"), STR("b"), str_of(longer, 599) },
		{ STR(""), STR(""), STR("") },
	};
	struct str keys[ARRAY_LEN(parts)];

	memset(longer, 'x', sizeof(longer));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		keys[i] = greylist_triplet(lab->arena, STR("tag"),
		    parts[i].client, parts[i].sender, parts[i].recipient);
		assert_int_equal(keys[i].len, keys[0].len);
		assert_true(str_eq(store_key_tag(keys[i]), STR("tag")));
		for (size_t j = 0; j < i; j++)
			assert_false(str_eq(keys[i], keys[j]));
	}
	/* Hosts must agree on it, today and after an upgrade. */
	assert_string_equal(keys[0].data,
	    "mr:{tag}:grey:3d10f2e96612f8284bd5233f0c75d628");
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(the_table_of_tries),
		STORE_TEST(terms_that_make_no_sense_are_refused),
		STORE_TEST(triplets_are_of_one_size_and_differ),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
