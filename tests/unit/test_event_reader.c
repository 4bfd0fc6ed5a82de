/* SPDX-License-Identifier: ISC */
/* test_event_reader.c - the lines of a spool, handed on in order, and again
 * after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/event_reader.h"
#include "base/event_spool.h"
#include "base/wait.h"
#include "spool_lab.h"

static void
lines_come_in_order_across_the_files(void **state)
{
	struct spool_lab *lab = *state;

	assert_int_equal(spool_lab_read(lab), 0);
	for (int round = 0; round < 30; round++) {
		spool_lab_write(lab, 29 * round, 50);
		assert_int_equal(event_reader_waiting(lab->reader),
		    29 * round);
		spool_lab_read_all(lab);
	}
	assert_int_equal(event_spool_lost(lab->spool), 0);
}

static void
a_batch_stays_the_same_until_it_is_done(void **state)
{
	struct spool_lab *lab = *state;

	spool_lab_write(lab, 3, 10);
	assert_int_equal(spool_lab_read(lab), 3);
	spool_lab_write(lab, 3, 10);
	assert_int_equal(spool_lab_read(lab), 3);
	assert_int_equal(lab->first, 1);
	assert_int_equal(event_reader_waiting(lab->reader), 6);
	spool_lab_done(lab, 3);
	assert_int_equal(event_reader_waiting(lab->reader), 3);
	assert_int_equal(spool_lab_read(lab), 3);
	assert_int_equal(lab->first, 4);
}

static void
a_batch_is_bounded_in_lines_and_in_bytes(void **state)
{
	struct spool_lab *lab = *state;

	spool_lab_write(lab, EVENT_BATCH_LINES + 1, 10);
	assert_int_equal(spool_lab_read(lab), EVENT_BATCH_LINES);
	spool_lab_done(lab, EVENT_BATCH_LINES);
	spool_lab_read_all(lab);
	/* Files have 8 KB, and then one line more. */
	spool_lab_write(lab, 3, EVENT_BATCH_BYTES - 100);
	while (lab->read < lab->written) {
		assert_int_equal(spool_lab_read(lab), 1);
		spool_lab_done(lab, 1);
	}
}

static void
a_line_longer_than_a_batch_is_a_batch_of_its_own(void **state)
{
	struct spool_lab *lab = *state;

	spool_lab_write(lab, 1, 10 * EVENT_BATCH_BYTES);
	assert_int_equal(spool_lab_read(lab), 1);
	spool_lab_done(lab, 1);
	spool_lab_write(lab, 2, 10);
	spool_lab_read_all(lab);
}

static void
who_had_nothing_is_told_when_a_line_comes(void **state)
{
	struct spool_lab *lab = *state;

	spool_lab_write(lab, 1, 10);
	assert_int_equal(wait_sleep(lab->wait, 0), 0);
	spool_lab_read_all(lab);
	spool_lab_write(lab, 1, 10);
	assert_int_equal(wait_sleep(lab->wait, 0), 1);
	spool_lab_write(lab, 1, 10);
	assert_int_equal(wait_sleep(lab->wait, 0), 0);
}

/* As kill -9 does: nothing is written at the end. */
static void
after_a_restart_it_goes_on_behind_what_was_done(void **state)
{
	struct spool_lab *lab = *state;
	char series[32];

	spool_lab_write(lab, 300, 50);
	spool_lab_done(lab, spool_lab_read(lab));
	assert_true(spool_lab_read(lab) > 0);
	strcpy(series, lab->series);
	spool_lab_end(lab);
	spool_lab_begin(lab);
	assert_int_equal(event_reader_waiting(lab->reader),
	    300 - EVENT_BATCH_LINES);
	spool_lab_write(lab, 10, 50);
	/* The same lines have the same numbers, and no others do. */
	while (lab->read < 300) {
		size_t count = spool_lab_read(lab);

		assert_int_equal(lab->first, lab->read + 1);
		assert_string_equal(lab->series, series);
		spool_lab_done(lab, count);
	}
	assert_int_equal(lab->read, 300);
	assert_int_equal(spool_lab_read(lab), 10);
	assert_int_equal(lab->first, 1);
	assert_string_not_equal(lab->series, series);
	spool_lab_read_all(lab);
}

static void
each_start_at_which_nothing_waits_begins_a_series(void **state)
{
	struct spool_lab *lab = *state;
	char series[32] = "";

	for (int i = 0; i < 3; i++) {
		spool_lab_write(lab, 1, 50);
		assert_int_equal(spool_lab_read(lab), 1);
		assert_int_equal(lab->first, 1);
		assert_string_not_equal(lab->series, series);
		strcpy(series, lab->series);
		spool_lab_done(lab, 1);
		spool_lab_end(lab);
		spool_lab_begin(lab);
	}
}

static void
a_restart_in_any_file_keeps_the_order(void **state)
{
	struct spool_lab *lab = *state;

	for (int i = 0; i < 40; i++) {
		spool_lab_write(lab, 100, 50);
		spool_lab_done(lab, spool_lab_read(lab));
		spool_lab_end(lab);
		spool_lab_begin(lab);
		assert_int_equal(event_reader_waiting(lab->reader),
		    lab->written - lab->read);
		if (i % 8 == 7)
			spool_lab_read_all(lab);
	}
	assert_int_equal(event_spool_lost(lab->spool), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_LAB_TEST(lines_come_in_order_across_the_files),
		SPOOL_LAB_TEST(a_batch_stays_the_same_until_it_is_done),
		SPOOL_LAB_TEST(a_batch_is_bounded_in_lines_and_in_bytes),
		SPOOL_LAB_TEST(a_line_longer_than_a_batch_is_a_batch_of_its_own),
		SPOOL_LAB_TEST(who_had_nothing_is_told_when_a_line_comes),
		SPOOL_LAB_TEST(after_a_restart_it_goes_on_behind_what_was_done),
		SPOOL_LAB_TEST(each_start_at_which_nothing_waits_begins_a_series),
		SPOOL_LAB_TEST(a_restart_in_any_file_keeps_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
