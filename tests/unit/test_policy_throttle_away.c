/* SPDX-License-Identifier: ISC */
/* test_policy_throttle_away.c - limits, and a store that comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ann.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/verdict.h"
#include "policyd/hearing.h"
#include "policyd/ledger.h"
#include "policyd/request.h"
#include "policyd/rule/throttle_usage.h"
#include "store/call.h"
#include "stores.h"
#include "throttle_bench.h"

#define OURS "host { host_id mx1; }\ndomain example.org { }\n"
#define CONFIRMED OURS "rule throttle { milter_confirms yes; "              \
	"content_timeout 5m; }\n"

enum weather { FINE, DOWN, SILENT, LOST };

struct flaky {
	struct store base;
	struct store *real;
	enum weather weather;
	size_t lost;		/* answers */
	struct store_call *held[64];
	size_t held_count;
};

/* SILENT: it never answers, and does nothing. LOST: it acts, and its answer
 * does not come. */
static struct store_call *
ask_flaky(struct store *store, const struct store_request *request,
    struct wait *wait)
{
	struct flaky *flaky = (struct flaky *)store;
	struct store_call *call;

	if (flaky->weather == FINE)
		return store_ask(flaky->real, request, wait);
	if (flaky->weather == LOST) {
		call = store_ask(flaky->real, request, NULL);
		store_call_unref(&call);
		flaky->lost++;
	}
	call = store_call_new(wait);
	if (flaky->weather == SILENT)
		flaky->held[flaky->held_count++] = call;
	else
		store_call_fail(call, flaky->weather == DOWN ? STORE_DOWN
		    : STORE_TIMEOUT, "it is gone");
	return call;
}

static const char *
flaky_degraded(struct store *store)
{
	return ((struct flaky *)store)->weather == FINE ? NULL : "it is gone";
}

static void
flaky_begin(struct flaky *flaky, const struct store_lab *lab)
{
	*flaky = (struct flaky){
		.base = { .ask = ask_flaky, .degraded = flaky_degraded },
		.real = lab->store,
	};
}

/* No store holds a call for ever. */
static void
flaky_end(struct flaky *flaky)
{
	flaky->weather = FINE;
	for (size_t i = 0; i < flaky->held_count; i++)
		store_call_fail(flaky->held[i], STORE_TIMEOUT, "at last");
	flaky->held_count = 0;
}

static size_t
owed(const struct throttle_bench *bench)
{
	struct ledger_stats stats;

	ledger_count(bench->ledger, &stats);
	return stats.owed;
}

static void
pay_all(struct throttle_bench *bench)
{
	for (size_t i = 0; i < 1000 && owed(bench) != 0; i++)
		ledger_run(bench->ledger);
	assert_int_equal(owed(bench), 0);
}

/* Whatever way the store is gone: this host passes the limit once more, then
 * refuses; what passed is in the store afterwards, once. */
static void
while_the_store_is(enum weather weather, const struct store_lab *lab)
{
	struct throttle_bench bench;
	struct flaky flaky;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, OURS "throttle out { limit 3/1h; } "
	    "throttle all { per global; limit 100/1h; }", &flaky.base);
	ann_sends_many(&bench, 2, "DUNNO");
	flaky.weather = weather;
	ann_sends_many(&bench, 3, "DUNNO");
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "no rule objects"));
	ann_sends_many(&bench, 2, "450");
	ledger_run(bench.ledger);
	assert_int_equal(owed(&bench), 6);
	flaky_end(&flaky);
	pay_all(&bench);
	assert_int_equal(ann_has_used(lab), 5);
	ann_sends(&bench, "450");
	throttle_bench_at(2 * 3600);
	ann_sends(&bench, "DUNNO");
	throttle_bench_end(&bench);
}

static void
a_store_that_is_down_is_stood_in_for(void **state)
{
	while_the_store_is(DOWN, *state);
}

static void
a_store_that_hangs_is_stood_in_for(void **state)
{
	while_the_store_is(SILENT, *state);
}

static void
a_store_whose_answers_are_lost_counts_nothing_twice(void **state)
{
	while_the_store_is(LOST, *state);
}

/* Each time the store and this host have what they had before. */
static void
a_store_that_flaps_is_stood_in_for_once_a_window(void **state)
{
	static const enum weather turns[] = { DOWN, SILENT, LOST, DOWN, LOST };
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	struct flaky flaky;
	size_t passed = 0;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, OURS "throttle out { limit 10/1h; }",
	    &flaky.base);
	for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
		throttle_bench_at((int64_t)i * 60);
		passed += ann_tries(&bench, 4);
		flaky.weather = turns[i];
		passed += ann_tries(&bench, 4);
		flaky_end(&flaky);
		pay_all(&bench);
		/* What is paid is paid: it comes to no more by running on. */
		ledger_run(bench.ledger);
	}
	assert_in_range(passed, 11, 20);
	assert_int_equal(ann_has_used(lab), passed);
	flaky.weather = DOWN;
	assert_int_equal(ann_tries(&bench, 5), 0);
	/* Both forget with the window. */
	throttle_bench_at(2 * 3600);
	assert_int_equal(ann_tries(&bench, 12), 10);
	flaky_end(&flaky);
	pay_all(&bench);
	assert_int_equal(ann_tries(&bench, 1), 0);
	throttle_bench_end(&bench);
}

static void
what_stood_in_forgets_what_the_administrator_does(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_usage *reset;
	struct throttle_bench bench;
	struct flaky flaky;
	const char *error;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, OURS "throttle out { limit 3/1h; }",
	    &flaky.base);
	flaky.weather = DOWN;
	assert_int_equal(ann_tries(&bench, 4), 3);
	flaky.weather = FINE;
	pay_all(&bench);
	reset = throttle_usage_reset(bench.policy.rulebook,
	    STR("ann@example.org"), STR(""), bench.policy.wait, &error);
	assert_non_null(reset);
	throttle_usage_free(&reset);
	flaky.weather = DOWN;
	assert_int_equal(ann_tries(&bench, 4), 3);
	flaky.weather = FINE;
	pay_all(&bench);
	assert_int_equal(ann_has_used(lab), 3);
	throttle_bench_end(&bench);
}

static void
what_was_reserved_when_the_answer_was_lost_is_confirmed(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	struct flaky flaky;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 3/1h; }",
	    &flaky.base);
	flaky.weather = LOST;
	ann_sends(&bench, "DUNNO");
	assert_int_not_equal(flaky.lost, 0);
	flaky.weather = FINE;
	pay_all(&bench);
	/* NOW(600): the reservation would have lapsed. */
	assert_int_equal(ann_has_used(lab), 1);
	throttle_bench_end(&bench);
}

/* The store comes back between the count and the answer. */
static void
what_stood_in_may_be_gone_at_the_end(void **state)
{
	static const char text[] = "request=smtpd_access_policy\n"
	    "protocol_state=END-OF-MESSAGE\ninstance=i\nqueue_id=Q\n"
	    "sasl_username=ann@example.org\nrecipient_count=1\n"
	    "recipient=r0@example.com\nclient_address=192.0.2.7\n";
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	struct request request;
	struct hearing *hearing;
	struct flaky flaky;
	const char *error;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 3/1h; }",
	    &flaky.base);
	assert_int_equal(request_parse(str_from(text), &request, &error), 0);
	flaky.weather = DOWN;
	hearing = hearing_new(bench.policy.rulebook, bench.policy.instances,
	    &request, bench.policy.wait);
	assert_true(hearing_run(hearing));
	flaky.weather = FINE;
	ledger_run(bench.ledger);
	assert_true(str_is(hearing_end(hearing)->action, "DUNNO"));
	hearing_free(&hearing);
	pay_all(&bench);
	assert_int_equal(ann_has_used(lab), 1);
	throttle_bench_end(&bench);
	flaky_end(&flaky);
}

static void
what_is_refused_meanwhile_counts_when_the_store_is_back(void **state)
{
	const struct throttle_mail good = { .login = "ann@example.org",
	    .rcpts = "good@example.com" };
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	struct flaky flaky;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, OURS "throttle bad { unit refused; "
	    "limit 4/1h; } access no { recipient r0@example.com; "
	    "action deny; }", &flaky.base);
	for (enum weather w = FINE; w <= LOST; w++) {
		flaky.weather = w;
		ann_sends(&bench, "550");
		/* Others are not in its way. */
		assert_string_equal(throttle_bench_send(&bench, &good),
		    "DUNNO");
		flaky_end(&flaky);
	}
	pay_all(&bench);
	assert_memory_equal(throttle_bench_send(&bench, &good), "450", 3);
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "4 refusals per hour, 4 used"));
	throttle_bench_end(&bench);
}

static void
on_error_decides_what_is_said_meanwhile(void **state)
{
	static const struct {
		const char *word, *expected, *at_end;
	} words[] = { { "defer", "451 4.7.1", "421 4.7.1" },
		{ "reject", "550 5.7.1", "521 5.7.1" } };
	const struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct throttle_bench bench;
		struct flaky flaky;

		flaky_begin(&flaky, lab);
		throttle_bench_begin(&bench, arena_printf(lab->arena, OURS
		    "throttle out { limit 3/1h; on_error %s; }",
		    words[i].word), &flaky.base);
		for (enum weather w = DOWN; w <= LOST; w++) {
			const struct throttle_mail blind = {
			    .login = "ann@example.org", .is_blind = true };

			flaky.weather = w;
			ann_sends(&bench, words[i].expected);
			/* It acted at the end, and we have said no. */
			assert_memory_equal(throttle_bench_send(&bench,
			    &blind), words[i].at_end, 9);
			/* `why` tells the same. */
			assert_int_equal(
			    bench.policy.ruling->verdict->reply->code / 100,
			    words[i].at_end[0] - '0');
			assert_int_equal(
			    bench.policy.ruling->verdict->reply->code % 100,
			    21);
		}
		assert_int_equal(owed(&bench), 0);
		throttle_bench_end(&bench);
		flaky_end(&flaky);
		assert_int_equal(ann_has_used(lab), 0);
	}
}

static void
a_dry_run_does_not_refuse_because_of_the_store(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	struct flaky flaky;

	flaky_begin(&flaky, lab);
	throttle_bench_begin(&bench, OURS "throttle out { limit 3/1h; "
	    "on_error reject; dry_run yes; }", &flaky.base);
	flaky.weather = DOWN;
	ann_sends_many(&bench, 5, "DUNNO");
	flaky.weather = FINE;
	pay_all(&bench);
	assert_int_equal(ann_has_used(lab), 5);
	throttle_bench_end(&bench);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(a_store_that_is_down_is_stood_in_for),
		STORE_TEST(a_store_that_hangs_is_stood_in_for),
		STORE_TEST(a_store_whose_answers_are_lost_counts_nothing_twice),
		STORE_TEST(
		    what_was_reserved_when_the_answer_was_lost_is_confirmed),
		STORE_TEST(a_store_that_flaps_is_stood_in_for_once_a_window),
		STORE_TEST(what_stood_in_forgets_what_the_administrator_does),
		STORE_TEST(what_stood_in_may_be_gone_at_the_end),
		STORE_TEST(
		    what_is_refused_meanwhile_counts_when_the_store_is_back),
		STORE_TEST(on_error_decides_what_is_said_meanwhile),
		STORE_TEST(a_dry_run_does_not_refuse_because_of_the_store),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
