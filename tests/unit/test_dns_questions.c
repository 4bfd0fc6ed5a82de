/* SPDX-License-Identifier: ISC */
/* test_dns_questions.c - deadlines, turns and bounds of questions under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/questions.h"

#define TIMEOUT_MS 60000
#define MAX_SENT 100
#define UNDER_WAY 4

/* A carrier that remembers what it was given. */
struct carrier {
	struct question *sent[MAX_SENT];
	size_t count, cancelled, woken;
	bool is_broken;			/* send fails */
	bool is_prompt;			/* answers inside send */
};

static const struct dns_answer found = {
	.status = DNS_FOUND,
	.ttl_s = 60,
	.count = 1,
	.records = &(const struct dns_record){ .data = { "\1\2\3\4", 4 } },
};

static int
carrier_send(void *arg, const char *name, enum dns_type type,
    struct question *question, int *id_r, const char **error_r)
{
	struct carrier *carrier = arg;

	assert_true(str_is(question_name(question), name));
	assert_int_equal(question_type(question), type);
	assert_ptr_equal(question_carrier_arg(question), carrier);
	if (carrier->is_broken) {
		*error_r = "out of order";
		return -1;
	}
	assert_true(carrier->count < MAX_SENT);
	*id_r = (int)carrier->count;
	carrier->sent[carrier->count++] = question;
	if (carrier->is_prompt)
		question_answered(question, &found);
	return 0;
}

static void
carrier_cancel(void *arg, int id)
{
	struct carrier *carrier = arg;

	carrier->sent[id] = NULL;
	carrier->cancelled++;
}

static void
carrier_wake(void *arg)
{
	((struct carrier *)arg)->woken++;
}

struct fixture {
	struct dns_settings settings;
	struct carrier carrier;
	struct questions *questions;
	struct wait *wait;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){
		.settings = {
			.timeout_ms = TIMEOUT_MS,
			.cache_size_bytes = 1 << 20,
			.max_ttl_ms = 86400 * 1000,
			.max_negative_ttl_ms = 900 * 1000,
			.failure_ttl_ms = 60000,
			.max_waiting = 10,
		},
		.wait = wait_new(),
	};
	f.questions = questions_new(&f.settings, UNDER_WAY,
	    &(const struct question_carrier){ &f.carrier, carrier_send,
	    carrier_cancel, carrier_wake });
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	questions_free(&f->questions);
	wait_unref(&f->wait);
	return 0;
}

static struct dns_query *
ask(struct fixture *f, const char *name)
{
	return questions_ask(f->questions, str_from(name), DNS_A, f->wait);
}

static struct dns_query *
ask_number(struct fixture *f, int i)
{
	char name[16];

	snprintf(name, sizeof(name), "n%d.org", i);
	return ask(f, name);
}

static void
pass_time(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Whoever has asked until now has waited for too long. */
static int64_t
run_out_of_time(struct fixture *f)
{
	int64_t next_ms;

	f->settings.timeout_ms = 0;
	next_ms = questions_run(f->questions);
	f->settings.timeout_ms = TIMEOUT_MS;
	return next_ms;
}

static struct dns_stats
count(struct fixture *f)
{
	struct dns_stats stats;

	questions_count(f->questions, &stats);
	return stats;
}

static void
an_answer_reaches_whoever_waits(void **state)
{
	struct fixture *f = *state;
	struct dns_query *query = ask(f, "a.org");
	int64_t next_ms;

	assert_int_equal(f->carrier.woken, 1);
	assert_null(dns_query_answer(query));
	next_ms = questions_run(f->questions);
	assert_true(next_ms > 0 && next_ms <= TIMEOUT_MS);
	assert_int_equal(f->carrier.count, 1);
	question_answered(f->carrier.sent[0], &found);
	assert_int_equal(dns_query_answer(query)->status, DNS_FOUND);
	assert_int_equal(wait_sleep(f->wait, 0), 1);
	assert_int_equal(questions_run(f->questions), -1);
	dns_query_unref(&query);
	query = ask(f, "a.org");
	assert_int_equal(dns_query_answer(query)->count, 1);
	assert_int_equal(count(f).hits, 1);
	assert_int_equal(count(f).sent, 1);
	dns_query_unref(&query);
}

static void
silence_is_a_timeout_and_not_asked_again_at_once(void **state)
{
	struct fixture *f = *state;
	struct dns_query *query = ask(f, "a.org");

	questions_run(f->questions);
	assert_int_equal(run_out_of_time(f), -1);
	assert_int_equal(dns_query_answer(query)->status, DNS_TIMEOUT);
	assert_int_equal(wait_sleep(f->wait, 0), 1);
	dns_query_unref(&query);
	query = ask(f, "a.org");
	assert_int_equal(dns_query_answer(query)->status, DNS_TIMEOUT);
	assert_int_equal(count(f).sent, 1);
	assert_int_equal(count(f).timeouts, 1);
	dns_query_unref(&query);
}

static void
a_late_answer_is_for_the_next(void **state)
{
	struct fixture *f = *state;
	struct dns_query *query = ask(f, "a.org"), *next;

	questions_run(f->questions);
	run_out_of_time(f);
	question_answered(f->carrier.sent[0], &found);
	assert_int_equal(dns_query_answer(query)->status, DNS_TIMEOUT);
	next = ask(f, "a.org");
	assert_int_equal(dns_query_answer(next)->status, DNS_FOUND);
	assert_int_equal(count(f).late, 1);
	dns_query_unref(&query);
	dns_query_unref(&next);
}

static void
a_late_failure_is_not_kept(void **state)
{
	static const struct dns_answer failed = { .status = DNS_SERVFAIL };
	struct fixture *f = *state;
	struct dns_query *query = ask(f, "a.org"), *next;

	questions_run(f->questions);
	run_out_of_time(f);
	question_answered(f->carrier.sent[0], &failed);
	next = ask(f, "a.org");
	assert_int_equal(dns_query_answer(next)->status, DNS_TIMEOUT);
	dns_query_unref(&query);
	dns_query_unref(&next);
}

static void
only_so_many_are_under_way(void **state)
{
	struct fixture *f = *state;
	struct dns_query *queries[UNDER_WAY + 3];

	for (int i = 0; i < UNDER_WAY + 3; i++)
		queries[i] = ask_number(f, i);
	assert_int_equal(f->carrier.woken, 1);
	questions_run(f->questions);
	assert_int_equal(f->carrier.count, UNDER_WAY);
	assert_int_equal(count(f).under_way, UNDER_WAY + 3);
	question_answered(f->carrier.sent[1], &found);
	question_answered(f->carrier.sent[2], &found);
	questions_run(f->questions);
	assert_int_equal(f->carrier.count, UNDER_WAY + 2);
	run_out_of_time(f);
	/* The last one waited until its time was over, and was never sent. */
	assert_int_equal(f->carrier.count, UNDER_WAY + 2);
	assert_int_equal(dns_query_answer(queries[UNDER_WAY + 2])->status,
	    DNS_TIMEOUT);
	for (int i = 0; i < UNDER_WAY + 3; i++)
		dns_query_unref(&queries[i]);
}

static void
over_the_line_of_those_who_wait_a_question_fails_at_once(void **state)
{
	struct fixture *f = *state;
	struct dns_query *queries[12];

	for (int i = 0; i < 12; i++)
		queries[i] = ask_number(f, i);
	assert_null(dns_query_answer(queries[9]));
	for (int i = 10; i < 12; i++) {
		assert_int_equal(dns_query_answer(queries[i])->status,
		    DNS_SERVFAIL);
		assert_string_equal(dns_query_answer(queries[i])->error,
		    "resolver overloaded");
	}
	assert_int_equal(count(f).overloads, 2);
	for (int i = 0; i < 12; i++)
		dns_query_unref(&queries[i]);
	/* Nobody remembers it: with room again, the question is asked. */
	questions_run(f->questions);
	queries[0] = ask_number(f, 11);
	assert_null(dns_query_answer(queries[0]));
	dns_query_unref(&queries[0]);
}

static void
answers_inside_send_make_room_for_the_rest(void **state)
{
	struct fixture *f = *state;
	struct dns_query *queries[10];

	f->carrier.is_prompt = true;
	for (int i = 0; i < 10; i++)
		queries[i] = ask_number(f, i);
	assert_int_equal(questions_run(f->questions), -1);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(dns_query_answer(queries[i])->status,
		    DNS_FOUND);
		dns_query_unref(&queries[i]);
	}
	assert_int_equal(count(f).under_way, 0);
}

static void
what_cannot_be_sent_fails(void **state)
{
	struct fixture *f = *state;
	struct dns_query *query = ask(f, "a.org");

	f->carrier.is_broken = true;
	assert_int_equal(questions_run(f->questions), -1);
	assert_int_equal(dns_query_answer(query)->status, DNS_SERVFAIL);
	assert_string_equal(dns_query_answer(query)->error, "out of order");
	assert_int_equal(count(f).failures, 1);
	dns_query_unref(&query);
}

static void
of_the_late_the_oldest_are_cancelled(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < UNDER_WAY; i++) {
			struct dns_query *query = ask_number(f,
			    round * UNDER_WAY + i);

			dns_query_unref(&query);
		}
		questions_run(f->questions);
		run_out_of_time(f);
	}
	assert_int_equal(f->carrier.count, 6 * UNDER_WAY);
	assert_int_equal(f->carrier.cancelled, 2 * UNDER_WAY);
	assert_null(f->carrier.sent[0]);
	assert_null(f->carrier.sent[2 * UNDER_WAY - 1]);
	assert_non_null(f->carrier.sent[2 * UNDER_WAY]);
}

static void
times_to_keep_are_bounded_by_the_settings(void **state)
{
	static const struct {
		const char *sentence;
		int64_t min_ms, max_ms, max_negative_ms;
		enum dns_status status;
		uint32_t ttl_s;
		bool is_kept;	/* for 30 ms */
	} cases[] = {
		{ "a TTL of 0 is not kept", 0, 1000, 1000, DNS_FOUND, 0,
		  false },
		{ "but for the least time", 60000, 60000, 60000, DNS_FOUND, 0,
		  true },
		{ "a long one until the most", 0, 20, 60000, DNS_FOUND,
		  1000000, false },
		{ "as it says between", 0, 90000, 0, DNS_FOUND, 60, true },
		{ "a negative one has a most of its own", 0, 60000, 20,
		  DNS_NXDOMAIN, 1000, false },
		{ "and the same least", 60000, 60000, 60000, DNS_NODATA, 0,
		  true },
		{ "a failure has neither", 0, 0, 0, DNS_SERVFAIL, 0, true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_answer answer = { .status = cases[i].status,
		    .ttl_s = cases[i].ttl_s };
		struct dns_query *query = ask_number(f, (int)i);

		f->settings.min_ttl_ms = cases[i].min_ms;
		f->settings.max_ttl_ms = cases[i].max_ms;
		f->settings.max_negative_ttl_ms = cases[i].max_negative_ms;
		questions_run(f->questions);
		question_answered(f->carrier.sent[f->carrier.count - 1],
		    &answer);
		dns_query_unref(&query);
		pass_time(30);
		query = ask_number(f, (int)i);
		if ((dns_query_answer(query) != NULL) != cases[i].is_kept)
			fail_msg("%s", cases[i].sentence);
		dns_query_unref(&query);
		/* End what this asked again, so that the next is the last. */
		questions_run(f->questions);
		if (!cases[i].is_kept)
			question_answered(f->carrier.sent[f->carrier.count -
			    1], &found);
	}
}

static void
stopping_answers_everybody(void **state)
{
	struct fixture *f = *state;
	struct dns_query *queries[UNDER_WAY + 1];

	for (int i = 0; i < UNDER_WAY + 1; i++)
		queries[i] = ask_number(f, i);
	questions_run(f->questions);
	questions_free(&f->questions);
	assert_int_equal(wait_sleep(f->wait, 0), 1);
	for (int i = 0; i < UNDER_WAY + 1; i++) {
		assert_int_equal(dns_query_answer(queries[i])->status,
		    DNS_SERVFAIL);
		dns_query_unref(&queries[i]);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(an_answer_reaches_whoever_waits),
		TEST(silence_is_a_timeout_and_not_asked_again_at_once),
		TEST(a_late_answer_is_for_the_next),
		TEST(a_late_failure_is_not_kept),
		TEST(only_so_many_are_under_way),
		TEST(over_the_line_of_those_who_wait_a_question_fails_at_once),
		TEST(answers_inside_send_make_room_for_the_rest),
		TEST(what_cannot_be_sent_fails),
		TEST(of_the_late_the_oldest_are_cancelled),
		TEST(times_to_keep_are_bounded_by_the_settings),
		TEST(stopping_answers_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
