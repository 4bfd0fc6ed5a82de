/* SPDX-License-Identifier: ISC */
/* ann.c - for tests: ann@example.org, whose messages policyd counts. */
#include "ann.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "store/charge.h"
#include "stores.h"
#include "throttle_bench.h"

static const struct throttle_mail ann = { .login = "ann@example.org" };

void
ann_sends(struct throttle_bench *bench, const char *expected)
{
	const char *got = throttle_bench_send(bench, &ann);

	if (strncmp(got, expected, strlen(expected)) != 0)
		fail_msg("message %zu: %s, not %s", bench->messages, got,
		    expected);
}

void
ann_sends_many(struct throttle_bench *bench, size_t count,
    const char *expected)
{
	for (size_t i = 0; i < count; i++)
		ann_sends(bench, expected);
}

size_t
ann_tries(struct throttle_bench *bench, size_t count)
{
	size_t passed = 0;

	while (count-- > 0)
		passed += strcmp(throttle_bench_send(bench, &ann),
		    "DUNNO") == 0;
	return passed;
}

int64_t
ann_has_used(const struct store_lab *lab)
{
	const struct charge_item item = {
		.counter = STR("mr:{example.org}:limit:"
		    "out/messages/0/ann@example.org"),
		.window_ms = 3600000, .limit = -1,
	};
	const struct charge look = { .now_ms = BENCH_START_MS + 600000,
	    .items = &item, .item_count = 1 };
	struct store_call *call = usage_ask(lab->store, lab->arena, &look,
	    NULL);
	struct charge_result result;
	const char *error;

	assert_int_equal(charge_read(lab->arena, stores_answer(call), &result,
	    &error), 0);
	store_call_unref(&call);
	return result.items[0].used;
}
