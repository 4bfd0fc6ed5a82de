/* SPDX-License-Identifier: ISC */
/* test_policy_throttle_milter.c - limits with the milter behind them, which
 * confirms what was reserved, or gives it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ann.h"
#include "base/vec.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "policyd/hearing.h"
#include "store/charge.h"
#include "store/key.h"
#include "store/mail_id.h"
#include "stores.h"
#include "throttle_bench.h"

#define OURS "host { host_id mx1; }\ndomain example.org { }\n"
#define CONFIRMED OURS "rule throttle { milter_confirms yes; "              \
	"content_timeout 5m; }\n"
#define NOW(seconds) (BENCH_START_MS + (seconds) * INT64_C(1000))

/* What the milter finds by the queue id. */
static struct mail_id_result
find_mail(const struct store_lab *lab, const char *queue_id, int64_t now_ms)
{
	const struct mail_id mail = {
		.host = STR("mx1"),
		.queue_id = str_from(queue_id),
		.proposal = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
		.now_ms = now_ms,
	};
	struct store_call *call = mail_id_ask(lab->store, lab->arena, &mail,
	    NULL);
	struct mail_id_result result;
	const char *error;

	assert_int_equal(mail_id_read(lab->arena, stores_answer(call), &result,
	    &error), 0);
	store_call_unref(&call);
	return result;
}

static void
settle(const struct store_lab *lab, const char *queue_id, bool is_taken,
    int64_t now_ms)
{
	struct mail_id_result mail = find_mail(lab, queue_id, now_ms);
	struct store_call *call;

	assert_int_not_equal(mail.charge_count, 0);
	for (size_t i = 0; i < mail.charge_count; i++) {
		call = (is_taken ? charge_confirm : charge_release)(lab->store,
		    lab->arena, mail.charges[i], now_ms, NULL);
		stores_answer(call);
		store_call_unref(&call);
	}
}

static void
the_milter_finds_the_id_that_policyd_gave(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 9/1h; } "
	    "throttle all { per global; limit 9/1h; }", lab->store);
	ann_sends(&bench, "DUNNO");
	assert_string_equal(find_mail(lab, "Q1", NOW(1)).id,
	    bench.policy.txn->id);
	/* Two tags are two charges. */
	assert_int_equal(find_mail(lab, "Q1", NOW(1)).charge_count, 2);
	throttle_bench_end(&bench);
}

static void
a_message_without_limits_has_one_id_too(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED, lab->store);
	ann_sends(&bench, "DUNNO");
	assert_string_equal(find_mail(lab, "Q1", NOW(1)).id,
	    bench.policy.txn->id);
	assert_int_equal(find_mail(lab, "Q1", NOW(1)).charge_count, 0);
	throttle_bench_end(&bench);
}

static void
what_the_milter_refuses_is_given_back(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 2/1h; } "
	    "throttle all { per global; limit 2/1h; }", lab->store);
	ann_sends_many(&bench, 2, "DUNNO");
	ann_sends(&bench, "450");
	settle(lab, "Q1", false, NOW(1));
	ann_sends(&bench, "DUNNO");
	ann_sends(&bench, "450");
	throttle_bench_end(&bench);
}

static void
what_it_takes_stays(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 2/1h; }",
	    lab->store);
	ann_sends_many(&bench, 2, "DUNNO");
	settle(lab, "Q1", true, NOW(1));
	settle(lab, "Q2", true, NOW(1));
	/* The first answer holds. */
	settle(lab, "Q2", false, NOW(2));
	throttle_bench_at(30 * 60);
	ann_sends(&bench, "450");
	throttle_bench_end(&bench);
}

static void
what_it_says_nothing_about_lapses(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 2/1h; }",
	    lab->store);
	ann_sends_many(&bench, 2, "DUNNO");
	settle(lab, "Q2", true, NOW(1));
	throttle_bench_at(4 * 60 + 59);
	ann_sends(&bench, "450");
	throttle_bench_at(5 * 60 + 6);
	ann_sends(&bench, "DUNNO");
	ann_sends(&bench, "450");
	throttle_bench_end(&bench);
}

/* As the milter does it: what counts refusals the other way round. */
static void
settle_both(const struct store_lab *lab, const char *queue_id, bool is_taken)
{
	struct mail_id_result mail = find_mail(lab, queue_id, NOW(1));
	struct store_call *call;

	for (size_t i = 0; i < mail.charge_count; i++) {
		bool is_refused = str_is(store_key_kind(mail.charges[i]),
		    MAIL_ID_REFUSED);

		call = (is_taken != is_refused ? charge_confirm
		    : charge_release)(lab->store, lab->arena, mail.charges[i],
		    NOW(1), NULL);
		stores_answer(call);
		store_call_unref(&call);
	}
}

static void
what_the_milter_refuses_counts_where_refusals_do(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 9/1h; } "
	    "throttle bad { unit refused; limit 2/1h; }", lab->store);
	ann_sends(&bench, "DUNNO");
	assert_int_equal(find_mail(lab, "Q1", NOW(1)).charge_count, 2);
	settle_both(lab, "Q1", true);
	ann_sends(&bench, "DUNNO");
	settle_both(lab, "Q2", false);
	ann_sends(&bench, "DUNNO");
	settle_both(lab, "Q3", false);
	ann_sends(&bench, "450 4.7.1 [id] try again later: outbound limit of "
	    "ann@example.org reached: 2 refusals per hour, 2 used");
	assert_int_equal(ann_has_used(lab), 1);
	throttle_bench_end(&bench);
}

/* Else whom a refused message named would be known by the next one. */
static void
who_was_written_to_in_vain_is_still_new(void **state)
{
	const struct throttle_mail first = { .login = "ann@example.org",
	    .rcpt_count = 3 };
	const struct throttle_mail others = { .login = "ann@example.org",
	    .rcpts = "a@example.com b@example.com c@example.com" };
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle new { unit "
	    "new-recipients; limit 3/1h; }", lab->store);
	assert_string_equal(throttle_bench_send(&bench, &first), "DUNNO");
	settle(lab, "Q1", false, NOW(1));
	assert_string_equal(throttle_bench_send(&bench, &others), "DUNNO");
	settle(lab, "Q2", true, NOW(1));
	assert_memory_equal(throttle_bench_send(&bench, &first), "450", 3);
	throttle_bench_at(1800);
	assert_string_equal(throttle_bench_send(&bench, &others), "DUNNO");
	throttle_bench_end(&bench);
}

static void
a_dry_run_is_confirmed_and_given_back_alike(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 1/1h; "
	    "dry_run yes; }", lab->store);
	ann_sends_many(&bench, 2, "DUNNO");
	settle(lab, "Q1", false, NOW(1));
	settle(lab, "Q2", false, NOW(1));
	ann_sends(&bench, "DUNNO");
	assert_int_equal(bench.policy.ruling->verdict->decision,
	    DECISION_HAM);
	assert_null(strstr(bench.policy.ruling->verdict->sentence, "limit"));
	ann_sends(&bench, "DUNNO");
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "limit"));
	throttle_bench_end(&bench);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(the_milter_finds_the_id_that_policyd_gave),
		STORE_TEST(a_message_without_limits_has_one_id_too),
		STORE_TEST(what_the_milter_refuses_is_given_back),
		STORE_TEST(what_it_takes_stays),
		STORE_TEST(what_it_says_nothing_about_lapses),
		STORE_TEST(what_the_milter_refuses_counts_where_refusals_do),
		STORE_TEST(who_was_written_to_in_vain_is_still_new),
		STORE_TEST(a_dry_run_is_confirmed_and_given_back_alike),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
