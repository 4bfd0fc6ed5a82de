/* SPDX-License-Identifier: ISC */
/* test_policy_throttle_store.c - limits, with the milter behind them, and with a
 * store that comes and goes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "policyd/hearing.h"
#include "policyd/ledger.h"
#include "policyd/request.h"
#include "store/call.h"
#include "store/charge.h"
#include "store/key.h"
#include "store/mail_id.h"
#include "stores.h"
#include "throttle_bench.h"

#define OURS "host { host_id mx1; }\ndomain example.org { }\n"
#define CONFIRMED OURS "rule throttle { milter_confirms yes; "              \
	"content_timeout 5m; }\n"
#define NOW(seconds) (BENCH_START_MS + (seconds) * INT64_C(1000))

static const struct throttle_mail ann = { .login = "ann@example.org" };

static void
send_is(struct throttle_bench *bench, const char *expected)
{
	const char *got = throttle_bench_send(bench, &ann);

	if (strncmp(got, expected, strlen(expected)) != 0)
		fail_msg("message %zu: %s, not %s", bench->messages, got,
		    expected);
}

static void
send_many(struct throttle_bench *bench, size_t count, const char *expected)
{
	for (size_t i = 0; i < count; i++)
		send_is(bench, expected);
}

/* What ann has used of out, which counts messages in an hour. */
static int64_t
used_by_ann(const struct store_lab *lab)
{
	const struct charge_item item = {
		.counter = STR("mr:{example.org}:limit:"
		    "out/messages/3600000/ann@example.org"),
		.window_ms = 3600000, .limit = -1,
	};
	const struct charge look = { .now_ms = NOW(600), .items = &item,
	    .item_count = 1 };
	struct store_call *call = usage_ask(lab->store, lab->arena, &look,
	    NULL);
	struct charge_result result;
	const char *error;

	assert_int_equal(charge_read(lab->arena, stores_answer(call), &result,
	    &error), 0);
	store_call_unref(&call);
	return result.items[0].used;
}

/* --- the milter behind ---------------------------------------------------- */

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
	send_is(&bench, "DUNNO");
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
	send_is(&bench, "DUNNO");
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
	send_many(&bench, 2, "DUNNO");
	send_is(&bench, "450");
	settle(lab, "Q1", false, NOW(1));
	send_is(&bench, "DUNNO");
	send_is(&bench, "450");
	throttle_bench_end(&bench);
}

static void
what_it_takes_stays(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 2/1h; }",
	    lab->store);
	send_many(&bench, 2, "DUNNO");
	settle(lab, "Q1", true, NOW(1));
	settle(lab, "Q2", true, NOW(1));
	/* The first answer holds. */
	settle(lab, "Q2", false, NOW(2));
	throttle_bench_at(30 * 60);
	send_is(&bench, "450");
	throttle_bench_end(&bench);
}

static void
what_it_says_nothing_about_lapses(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, CONFIRMED "throttle out { limit 2/1h; }",
	    lab->store);
	send_many(&bench, 2, "DUNNO");
	settle(lab, "Q2", true, NOW(1));
	throttle_bench_at(4 * 60 + 59);
	send_is(&bench, "450");
	throttle_bench_at(5 * 60 + 6);
	send_is(&bench, "DUNNO");
	send_is(&bench, "450");
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
	send_is(&bench, "DUNNO");
	assert_int_equal(find_mail(lab, "Q1", NOW(1)).charge_count, 2);
	settle_both(lab, "Q1", true);
	send_is(&bench, "DUNNO");
	settle_both(lab, "Q2", false);
	send_is(&bench, "DUNNO");
	settle_both(lab, "Q3", false);
	send_is(&bench, "450 4.7.1 [id] try again later: outbound limit of "
	    "ann@example.org reached: 2 refusals per hour, 2 used");
	assert_int_equal(used_by_ann(lab), 1);
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
	send_many(&bench, 2, "DUNNO");
	settle(lab, "Q1", false, NOW(1));
	settle(lab, "Q2", false, NOW(1));
	send_is(&bench, "DUNNO");
	assert_int_equal(bench.policy.ruling->verdict->decision,
	    DECISION_HAM);
	assert_null(strstr(bench.policy.ruling->verdict->sentence, "limit"));
	send_is(&bench, "DUNNO");
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "limit"));
	throttle_bench_end(&bench);
}

/* --- a limit that is near ------------------------------------------------- */

static void
count_near(void *arg, enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_WARN && strstr(line, "limit is near: \"out of "
	    "ann@example.org: ") != NULL)
		++*(size_t *)arg;
}

static void
who_comes_near_a_limit_is_told_of_once_a_window(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;
	size_t near = 0;

	log_set_sink(count_near, &near);
	throttle_bench_begin(&bench, OURS "throttle out { limit 10/1h; "
	    "soft 80; }", lab->store);
	send_many(&bench, 7, "DUNNO");
	assert_int_equal(near, 0);
	send_is(&bench, "DUNNO");
	assert_int_equal(near, 1);
	send_many(&bench, 2, "DUNNO");
	send_many(&bench, 5, "450");
	assert_int_equal(near, 1);
	throttle_bench_at(2 * 3600);
	send_many(&bench, 10, "DUNNO");
	assert_int_equal(near, 2);
	throttle_bench_end(&bench);
	log_set_sink(NULL, NULL);
}

/* --- configurations that change ------------------------------------------- */

static void
a_limit_that_changes_keeps_what_was_used(void **state)
{
	static const char *const confs[] = {
		OURS "throttle out { limit 5/1h; }",
		OURS "throttle out { limit 7/1h; }",
		OURS "throttle out { limit 6/1h; }",
		OURS "throttle out { limit 100/1d 9/1h; action reject; }",
	};
	static const size_t passes[] = { 5, 2, 0, 2 };
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		throttle_bench_begin(&bench, confs[i], lab->store);
		bench.messages = 100 * i;
		send_many(&bench, passes[i], "DUNNO");
		send_is(&bench, i == 3 ? "550" : "450");
		throttle_bench_end(&bench);
	}
}

static void
in_observe_mode_all_passes_and_is_counted(void **state)
{
	const struct store_lab *lab = *state;
	struct throttle_bench bench;

	throttle_bench_begin(&bench, "policyd { mode observe; }\n" OURS
	    "throttle out { limit 2/1h; }", lab->store);
	send_many(&bench, 2, "DUNNO");
	assert_int_equal(bench.policy.ruling->verdict->decision,
	    DECISION_HAM);
	send_is(&bench, "DUNNO");
	assert_int_equal(bench.policy.ruling->verdict->decision,
	    DECISION_DEFER);
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "outbound limit of ann@example.org reached: 2 messages per hour, "
	    "3 used"));
	throttle_bench_end(&bench);
	throttle_bench_begin(&bench, OURS "throttle out { limit 3/1h; }",
	    lab->store);
	bench.messages = 100;
	send_is(&bench, "450");
	throttle_bench_end(&bench);
}

/* --- a store that comes and goes ------------------------------------------ */

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
	send_many(&bench, 2, "DUNNO");
	flaky.weather = weather;
	send_many(&bench, 3, "DUNNO");
	assert_non_null(strstr(bench.policy.ruling->verdict->sentence,
	    "no rule objects"));
	send_many(&bench, 2, "450");
	ledger_run(bench.ledger);
	assert_int_equal(owed(&bench), 6);
	flaky_end(&flaky);
	pay_all(&bench);
	assert_int_equal(used_by_ann(lab), 5);
	send_is(&bench, "450");
	throttle_bench_at(2 * 3600);
	send_is(&bench, "DUNNO");
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
	send_is(&bench, "DUNNO");
	assert_int_not_equal(flaky.lost, 0);
	flaky.weather = FINE;
	pay_all(&bench);
	/* NOW(600): the reservation would have lapsed. */
	assert_int_equal(used_by_ann(lab), 1);
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
	assert_int_equal(used_by_ann(lab), 1);
	throttle_bench_end(&bench);
	flaky_end(&flaky);
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
			send_is(&bench, words[i].expected);
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
		assert_int_equal(used_by_ann(lab), 0);
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
	send_many(&bench, 5, "DUNNO");
	flaky.weather = FINE;
	pay_all(&bench);
	assert_int_equal(used_by_ann(lab), 5);
	throttle_bench_end(&bench);
}

/* --- many at once --------------------------------------------------------- */

#define RACERS 16
#define RACE_MESSAGES 10
#define RACE_LIMIT 50

struct racer {
	struct throttle_bench bench;
	struct store *store;
	size_t passed;
};

static void *
race(void *arg)
{
	const struct throttle_mail mail = { .login = "ann@example.org",
	    .is_blind = true };
	struct racer *racer = arg;

	for (size_t i = 0; i < RACE_MESSAGES; i++)
		racer->passed += strcmp(throttle_bench_send(&racer->bench,
		    &mail), "DUNNO") == 0;
	return NULL;
}

/* Sixteen daemons that share a store. */
static void
racing_clients_never_pass_one_more(void **state)
{
	struct racer racers[RACERS] = { 0 };
	pthread_t threads[RACERS];
	size_t passed = 0;

	(void)state;
	for (size_t i = 0; i < RACERS; i++) {
		racers[i].store = stores_connect();
		throttle_bench_begin(&racers[i].bench, OURS
		    "throttle out { limit 50/1h 60/1d; }", racers[i].store);
		racers[i].bench.messages = 1000 * i;
	}
	for (size_t i = 0; i < RACERS; i++)
		pthread_create(&threads[i], NULL, race, &racers[i]);
	for (size_t i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < RACERS; i++) {
		passed += racers[i].passed;
		throttle_bench_end(&racers[i].bench);
		store_free(&racers[i].store);
	}
	assert_int_equal(passed, RACE_LIMIT);
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(the_milter_finds_the_id_that_policyd_gave),
		STORE_TEST(a_message_without_limits_has_one_id_too),
		STORE_TEST(what_the_milter_refuses_is_given_back),
		STORE_TEST(
		    what_the_milter_refuses_counts_where_refusals_do),
		STORE_TEST(what_it_takes_stays),
		STORE_TEST(what_it_says_nothing_about_lapses),
		STORE_TEST(who_was_written_to_in_vain_is_still_new),
		STORE_TEST(a_dry_run_is_confirmed_and_given_back_alike),
		STORE_TEST(who_comes_near_a_limit_is_told_of_once_a_window),
		STORE_TEST(a_limit_that_changes_keeps_what_was_used),
		STORE_TEST(in_observe_mode_all_passes_and_is_counted),
		STORE_TEST(a_store_that_is_down_is_stood_in_for),
		STORE_TEST(a_store_that_hangs_is_stood_in_for),
		STORE_TEST(
		    a_store_whose_answers_are_lost_counts_nothing_twice),
		STORE_TEST(
		    what_was_reserved_when_the_answer_was_lost_is_confirmed),
		STORE_TEST(what_stood_in_may_be_gone_at_the_end),
		STORE_TEST(on_error_decides_what_is_said_meanwhile),
		STORE_TEST(
		    a_dry_run_does_not_refuse_because_of_the_store),
		REDIS_TEST(racing_clients_never_pass_one_more),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
