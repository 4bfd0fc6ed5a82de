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

static void
the_descriptor_is_ready_as_long_as_something_is_posted(void **state)
{
	int fd;

	wait_post(*state);
	fd = wait_fd(*state);
	assert_int_equal(is_ready(fd), 1);
	wait_clear(*state);
	assert_int_equal(is_ready(fd), 0);
	wait_post(*state);
	wait_post(*state);
	assert_int_equal(is_ready(fd), 1);
	assert_int_equal(wait_sleep(*state, 0), 1);
	assert_int_equal(is_ready(fd), 0);
	wait_clear(*state);
	assert_int_equal(is_ready(fd), 0);
	assert_int_equal(wait_fd(*state), fd);
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
		CASE(the_descriptor_is_ready_as_long_as_something_is_posted),
	};

	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
