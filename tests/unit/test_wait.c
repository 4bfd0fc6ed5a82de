/* SPDX-License-Identifier: ISC */
/* test_wait.c - who sleeps is woken by an answer, or by the deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/wait.h"

static int
set_up(void **state)
{
	*state = wait_new();
	return 0;
}

static int
tear_down(void **state)
{
	struct wait *wait = *state;

	wait_unref(&wait);
	assert_null(wait);
	return 0;
}

static int
is_ready(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0);
}

static void
a_post_before_the_sleep_is_not_lost(void **state)
{
	wait_post(*state);
	wait_post(*state);
	assert_int_equal(wait_sleep(*state, clock_steady_ms() + 60000), 1);
	assert_int_equal(wait_sleep(*state, clock_steady_ms()), 0);
}

static void
the_deadline_ends_the_sleep(void **state)
{
	int64_t before = clock_steady_ms();

	assert_int_equal(wait_sleep(*state, before + 30), 0);
	assert_in_range(clock_steady_ms() - before, 29, 20000);
}

static void
a_deadline_long_past_ends_the_sleep_at_once(void **state)
{
	static const int64_t past_ms[] = { 0, 1, -1, -999, -1000, INT64_MIN };

	for (size_t i = 0; i < sizeof(past_ms) / sizeof(past_ms[0]); i++)
		assert_int_equal(wait_sleep(*state, past_ms[i]), 0);
	wait_post(*state);
	assert_int_equal(wait_sleep(*state, -1), 1);
}

static void *
post_later(void *arg)
{
	struct wait *wait = arg;
	struct timespec pause = { .tv_nsec = 20000000 };

	nanosleep(&pause, NULL);
	wait_post(wait);
	wait_unref(&wait);
	return NULL;
}

static void
another_thread_wakes_the_sleeper_however_far_the_deadline(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, post_later,
	    wait_ref(*state)), 0);
	assert_int_equal(wait_sleep(*state, INT64_MAX), 1);
	pthread_join(thread, NULL);
}

static void
an_answer_may_come_when_the_asker_is_gone(void **state)
{
	struct wait *wait = wait_new();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, post_later,
	    wait_ref(wait)), 0);
	wait_unref(&wait);
	pthread_join(thread, NULL);
}

/* --- a queue for a loop -------------------------------------------------- */

static void
a_queue_hands_out_each_arg_once_in_the_order_of_the_posts(void **state)
{
	struct wait_queue *queue = wait_queue_new();
	int args[3];
	struct wait *waits[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		waits[i] = wait_new_in(queue, &args[i]);
	assert_int_equal(is_ready(wait_queue_fd(queue)), 0);
	assert_null(wait_queue_next(queue));
	wait_post(waits[2]);
	wait_post(waits[0]);
	wait_post(waits[2]);
	assert_int_equal(is_ready(wait_queue_fd(queue)), 1);
	assert_ptr_equal(wait_queue_next(queue), &args[2]);
	assert_ptr_equal(wait_queue_next(queue), &args[0]);
	assert_null(wait_queue_next(queue));
	assert_int_equal(is_ready(wait_queue_fd(queue)), 0);
	for (int i = 0; i < 3; i++)
		wait_unref(&waits[i]);
	wait_queue_free(&queue);
	assert_null(queue);
}

static void
what_is_posted_after_its_arg_was_handed_out_gives_it_again(void **state)
{
	struct wait_queue *queue = wait_queue_new();
	int arg;
	struct wait *wait = wait_new_in(queue, &arg);

	(void)state;
	for (int i = 0; i < 2; i++) {
		wait_post(wait);
		assert_int_equal(is_ready(wait_queue_fd(queue)), 1);
		assert_ptr_equal(wait_queue_next(queue), &arg);
	}
	/* The descriptor is quiet once the queue was found empty. */
	assert_null(wait_queue_next(queue));
	assert_int_equal(is_ready(wait_queue_fd(queue)), 0);
	wait_unref(&wait);
	wait_queue_free(&queue);
}

static void
who_has_left_is_not_handed_out_whenever_the_post_comes(void **state)
{
	struct wait_queue *queue = wait_queue_new();
	int gone, here;
	struct wait *leaver = wait_new_in(queue, &gone);
	struct wait *other = wait_new_in(queue, &here);
	struct wait *late = wait_ref(leaver);

	(void)state;
	wait_post(leaver);
	wait_post(other);
	wait_leave(leaver);
	wait_unref(&leaver);
	assert_ptr_equal(wait_queue_next(queue), &here);
	assert_null(wait_queue_next(queue));
	wait_post(late);
	assert_int_equal(is_ready(wait_queue_fd(queue)), 0);
	assert_null(wait_queue_next(queue));
	wait_unref(&late);
	wait_unref(&other);
	wait_queue_free(&queue);
}

static void
a_post_may_come_when_the_queue_is_gone(void **state)
{
	struct wait_queue *queue = wait_queue_new();
	int args[2];
	struct wait *listed = wait_new_in(queue, &args[0]);
	struct wait *late = wait_new_in(queue, &args[1]);

	(void)state;
	wait_post(listed);
	wait_queue_free(&queue);
	wait_post(late);
	wait_unref(&listed);
	wait_unref(&late);
}

#define POSTS 2000

static void *
post_often(void *arg)
{
	for (int i = 0; i < POSTS; i++)
		wait_post(arg);
	return NULL;
}

static void
posts_of_other_threads_are_not_lost(void **state)
{
	struct wait_queue *queue = wait_queue_new();
	int args[4], seen = 0;
	struct wait *waits[4];
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		waits[i] = wait_new_in(queue, &args[i]);
		assert_int_equal(pthread_create(&threads[i], NULL, post_often,
		    waits[i]), 0);
	}
	while (seen != 15) {
		struct pollfd ready = { .fd = wait_queue_fd(queue),
		    .events = POLLIN };
		int *arg;

		assert_int_equal(poll(&ready, 1, 60000), 1);
		while ((arg = wait_queue_next(queue)) != NULL)
			seen |= 1 << (arg - args);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		wait_leave(waits[i]);
		wait_unref(&waits[i]);
	}
	assert_null(wait_queue_next(queue));
	assert_int_equal(is_ready(wait_queue_fd(queue)), 0);
	wait_queue_free(&queue);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		CASE(a_post_before_the_sleep_is_not_lost),
		CASE(the_deadline_ends_the_sleep),
		CASE(a_deadline_long_past_ends_the_sleep_at_once),
		CASE(another_thread_wakes_the_sleeper_however_far_the_deadline),
		CASE(an_answer_may_come_when_the_asker_is_gone),
		cmocka_unit_test(
		    a_queue_hands_out_each_arg_once_in_the_order_of_the_posts),
		cmocka_unit_test(
		    what_is_posted_after_its_arg_was_handed_out_gives_it_again),
		cmocka_unit_test(
		    who_has_left_is_not_handed_out_whenever_the_post_comes),
		cmocka_unit_test(a_post_may_come_when_the_queue_is_gone),
		cmocka_unit_test(posts_of_other_threads_are_not_lost),
	};

	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
