/* SPDX-License-Identifier: ISC */
/* test_policy_notice_queue.c - which notice is due, and when the next one is. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/vec.h"
#include "policyd/notice_item.h"
#include "policyd/notice_queue.h"

#define BASE_MS INT64_C(5000000)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* a and b, b counted, as all of these tests begin. */
struct fixture {
	struct notice_queue queue;
	struct notice_item a, b;
};

static struct fixture *
begin(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	notice_queue_init(&fixture->queue);
	fixture->b.is_counted = true;
	notice_queue_push(&fixture->queue, &fixture->a, BASE_MS);
	notice_queue_push(&fixture->queue, &fixture->b, BASE_MS);
	return fixture;
}

static struct notice_item *
next_of(struct fixture *f, int64_t now_ms, bool may_send)
{
	return notice_queue_next(&f->queue, f->queue.first, now_ms, may_send);
}

static void
test_the_first_that_is_due_comes_first(void **state)
{
	struct fixture space, *f = begin(&space);

	(void)state;
	assert_ptr_equal(next_of(f, BASE_MS, true), &f->a);
	/* A pass over all of them begins behind it. */
	assert_ptr_equal(notice_queue_next(&f->queue, f->a.next, BASE_MS,
	    true), &f->b);
	assert_null(notice_queue_next(&f->queue, f->b.next, BASE_MS, true));
	f->a.is_busy = true;
	assert_ptr_equal(next_of(f, BASE_MS, true), &f->b);
	f->b.is_busy = true;
	assert_null(next_of(f, BASE_MS, true));
	assert_true(notice_queue_due_ms(&f->queue, true) == INT64_MAX);
}

static void
test_one_is_sent_at_a_time_but_any_number_is_counted(void **state)
{
	struct fixture space, *f = begin(&space);

	(void)state;
	assert_ptr_equal(next_of(f, BASE_MS, false), &f->a);
	f->a.is_busy = true;
	assert_null(next_of(f, BASE_MS, false));
	assert_true(notice_queue_due_ms(&f->queue, false) == INT64_MAX);
	assert_true(notice_queue_due_ms(&f->queue, true) == BASE_MS);
}

/* Pauses of one notice, in seconds. */
static void
test_pauses_double_up_to_five_minutes(void **state)
{
	static const int pauses[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300,
		300, 300 };
	struct fixture space, *f = begin(&space);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		notice_queue_put_off(&f->a, BASE_MS);
		assert_true(f->a.due_ms == BASE_MS + pauses[i] * SECOND);
	}
	f->b.is_busy = true;
	assert_null(next_of(f, BASE_MS + 5 * MINUTE - 1, true));
	assert_ptr_equal(next_of(f, BASE_MS + 5 * MINUTE, true),
	    &f->a);
	assert_true(notice_queue_due_ms(&f->queue, true) ==
	    BASE_MS + 5 * MINUTE);
}

static void
test_a_server_that_is_away_is_left_alone_by_all(void **state)
{
	struct fixture space, *f = begin(&space);

	(void)state;
	f->a.is_counted = true;
	notice_queue_server_failed(&f->queue, BASE_MS);
	assert_null(next_of(f, BASE_MS + SECOND - 1, true));
	assert_true(notice_queue_due_ms(&f->queue, true) == BASE_MS + SECOND);
	notice_queue_server_failed(&f->queue, BASE_MS + SECOND);
	assert_true(notice_queue_due_ms(&f->queue, true) ==
	    BASE_MS + 3 * SECOND);
	/* Counting goes on meanwhile. */
	f->a.is_counted = false;
	assert_ptr_equal(next_of(f, BASE_MS, true), &f->a);
	f->a.is_busy = true;
	notice_queue_server_works(&f->queue);
	assert_ptr_equal(next_of(f, BASE_MS, true), &f->b);
	notice_queue_server_failed(&f->queue, BASE_MS);
	assert_true(notice_queue_due_ms(&f->queue, true) == BASE_MS + SECOND);
}

static void
test_what_waits_for_too_long_is_given_up_unless_it_is_busy(void **state)
{
	struct fixture space, *f = begin(&space);

	(void)state;
	assert_null(notice_queue_expired(&f->queue, BASE_MS + MINUTE, MINUTE));
	assert_ptr_equal(notice_queue_expired(&f->queue, BASE_MS + MINUTE + 1,
	    MINUTE), &f->a);
	f->a.is_busy = true;
	assert_ptr_equal(notice_queue_expired(&f->queue, BASE_MS + MINUTE + 1,
	    MINUTE), &f->b);
}

static void
test_any_of_them_can_go(void **state)
{
	struct fixture space, *f = begin(&space);
	struct notice_item c = { 0 };

	(void)state;
	notice_queue_remove(&f->queue, &f->b);
	notice_queue_push(&f->queue, &c, BASE_MS);
	assert_int_equal(f->queue.count, 2);
	notice_queue_remove(&f->queue, &f->a);
	assert_ptr_equal(f->queue.first, &c);
	notice_queue_remove(&f->queue, &c);
	assert_null(f->queue.first);
	assert_int_equal(f->queue.count, 0);
	notice_queue_push(&f->queue, &f->a, BASE_MS);
	assert_ptr_equal(next_of(f, BASE_MS, true), &f->a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_that_is_due_comes_first),
		cmocka_unit_test(
		    test_one_is_sent_at_a_time_but_any_number_is_counted),
		cmocka_unit_test(test_pauses_double_up_to_five_minutes),
		cmocka_unit_test(
		    test_a_server_that_is_away_is_left_alone_by_all),
		cmocka_unit_test(
		    test_what_waits_for_too_long_is_given_up_unless_it_is_busy),
		cmocka_unit_test(test_any_of_them_can_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
