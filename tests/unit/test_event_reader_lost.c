/* SPDX-License-Identifier: ISC */
/* test_event_reader_lost.c - what a reader does when lines, files or its own
 * position are gone, or the disk is full. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/event_reader.h"
#include "base/event_spool.h"
#include "base/wait.h"
#include "spool_lab.h"

#define PATIENCE_MS 60000

static void
what_the_bound_takes_unread_is_counted_as_lost(void **state)
{
	struct spool_lab *lab = *state;
	uint64_t waiting;

	spool_lab_write(lab, 10, 50);
	spool_lab_done(lab, spool_lab_read(lab));
	spool_lab_write(lab, 2 * SPOOL_LAB_SIZE / 50, 50);
	waiting = event_reader_waiting(lab->reader);
	assert_int_equal(event_spool_lost(lab->spool),
	    lab->written - lab->read - (int64_t)waiting);
	assert_true(event_spool_lost(lab->spool) > SPOOL_LAB_SIZE / 50);
	assert_non_null(strstr(lab->log, "events are lost"));
	lab->read = lab->written - (int64_t)waiting;
	assert_int_equal(spool_lab_read(lab), EVENT_BATCH_LINES);
	/* Numbers count those that are lost. */
	assert_int_equal(lab->first, lab->read + 1);
	spool_lab_read_all(lab);
}

static void
a_batch_outlives_its_file(void **state)
{
	struct spool_lab *lab = *state;
	uint64_t waiting;

	spool_lab_write(lab, 10, 50);
	assert_int_equal(spool_lab_read(lab), 10);
	spool_lab_write(lab, 2 * SPOOL_LAB_SIZE / 50, 50);
	assert_int_equal(spool_lab_read(lab), 10);
	waiting = event_reader_waiting(lab->reader);
	assert_int_equal((uint64_t)lab->written,
	    event_spool_lost(lab->spool) + waiting);
	spool_lab_done(lab, 10);
	lab->read = lab->written - (int64_t)event_reader_waiting(lab->reader);
	spool_lab_read_all(lab);
}

static void
what_is_read_and_goes_with_the_bound_is_not_lost(void **state)
{
	struct spool_lab *lab = *state;

	for (int i = 0; i < 50; i++) {
		spool_lab_write(lab, 100, 50);
		spool_lab_read_all(lab);
	}
	assert_int_equal(event_spool_lost(lab->spool), 0);
	assert_string_equal(lab->log, "");
}

static void
what_the_bound_took_while_it_was_down_is_skipped(void **state)
{
	struct spool_lab *lab = *state;
	char series[32];
	const char *error;

	spool_lab_write(lab, 10, 50);
	spool_lab_done(lab, spool_lab_read(lab));
	strcpy(series, lab->series);
	spool_lab_end(lab);
	lab->spool = event_spool_open(lab->directory, "t", SPOOL_LAB_SIZE,
	    lab->arena, &error);
	spool_lab_write(lab, 2 * SPOOL_LAB_SIZE / 50, 50);
	event_spool_close(&lab->spool);
	spool_lab_begin(lab);
	lab->read = lab->written - (int64_t)event_reader_waiting(lab->reader);
	assert_true(lab->read > 10);
	spool_lab_done(lab, spool_lab_read(lab));
	assert_string_not_equal(lab->series, series);
	spool_lab_read_all(lab);
}

static void
files_that_somebody_takes_away_are_not_waited_for(void **state)
{
	struct spool_lab *lab = *state;

	/* Three full files; the first is open, half read. */
	spool_lab_write(lab, 3 * SPOOL_LAB_SIZE / 8 / 51 + 10, 50);
	spool_lab_done(lab, spool_lab_read(lab));
	assert_int_equal(spool_lab_remove(lab, "t-"), 3);
	lab->read = 0;
	for (struct event_batch batch;
	    event_reader_next(lab->reader, &batch);) {
		assert_true(atoll(batch.lines[0].data) > lab->read);
		lab->read = atoll(batch.lines[batch.count - 1].data);
		event_reader_done(lab->reader);
	}
	assert_int_equal(lab->read, lab->written);
	assert_int_equal(event_reader_waiting(lab->reader), 0);
	spool_lab_write(lab, 1000, 50);
	spool_lab_read_all(lab);
}

static void
write_position(struct spool_lab *lab, const char *text)
{
	char path[SCRATCH_SIZE + 16];
	FILE *file;

	snprintf(path, sizeof(path), "%s/t.position", lab->directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
a_position_that_is_none_begins_with_the_oldest_line(void **state)
{
	static const char *const texts[] = {
		"garbage\n",
		"01JD0000000000000000000000 1 2 3\n",
		"01JD0000000000000000000000 1 2 3 4 x\n",
		"01JD0000000000000000000000 1 2 3 4 99999999999999999999\n",
		"01JD0000000000000000000000 1 2 3 4 5",
		/* Of a file that is not there, and beyond the end of one. */
		"01JD0000000000000000000000 1 0 3 4 5\n",
	};
	struct spool_lab *lab = *state;

	spool_lab_write(lab, 300, 50);
	spool_lab_read_all(lab);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		spool_lab_end(lab);
		write_position(lab, texts[i]);
		lab->log[0] = '\0';
		spool_lab_begin(lab);
		assert_int_equal(event_reader_waiting(lab->reader), 300);
		assert_int_equal(strstr(lab->log, "t.position") != NULL,
		    i < 5);
		lab->read = 0;
		spool_lab_read_all(lab);
	}
}

static void
a_full_disk_does_not_keep_it_from_remembering(void **state)
{
	struct spool_lab *lab = *state;
	struct rlimit old, none = { 1000, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	spool_lab_write(lab, 15, 50);
	getrlimit(RLIMIT_FSIZE, &old);
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	spool_lab_write(lab, 10, 50);
	spool_lab_done(lab, spool_lab_read(lab));
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(lab->read + (int64_t)event_spool_lost(lab->spool),
	    25);
	assert_null(strstr(lab->log, "position"));
	spool_lab_end(lab);
	spool_lab_begin(lab);
	assert_int_equal(event_reader_waiting(lab->reader), 0);
	lab->read = lab->written;
	spool_lab_write(lab, 1, 50);
	spool_lab_read_all(lab);
}

static void
half_a_line_of_a_crash_is_taken_back(void **state)
{
	struct spool_lab *lab = *state;
	char path[SCRATCH_SIZE + 16];
	FILE *file;

	spool_lab_write(lab, 3, 50);
	spool_lab_end(lab);
	snprintf(path, sizeof(path), "%s/t.jsonl", lab->directory);
	file = fopen(path, "a");
	fputs("{\"half\":", file);
	fclose(file);
	spool_lab_begin(lab);
	spool_lab_write(lab, 3, 50);
	assert_int_equal(event_reader_waiting(lab->reader), 6);
	spool_lab_read_all(lab);
}

#define WRITERS 10

/* The bound takes files away from under the reader meanwhile. */
static void
many_threads_write_while_it_reads(void **state)
{
	struct spool_lab *lab = *state;
	pthread_t writers[WRITERS];
	struct event_batch batch;
	uint64_t read = 0;

	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL,
		    spool_lab_write_many, lab->spool), 0);
	while (read + event_spool_lost(lab->spool) < WRITERS * SPOOL_LAB_MANY) {
		if (!event_reader_next(lab->reader, &batch)) {
			assert_int_equal(wait_sleep(lab->wait,
			    clock_steady_ms() + PATIENCE_MS), 1);
			continue;
		}
		for (size_t i = 0; i < batch.count; i++)
			assert_int_equal(batch.lines[i].len,
			    SPOOL_LAB_MANY_LEN);
		read += batch.count;
		event_reader_done(lab->reader);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	assert_int_equal(read + event_spool_lost(lab->spool),
	    WRITERS * SPOOL_LAB_MANY);
	assert_false(event_reader_next(lab->reader, &batch));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_LAB_TEST(what_the_bound_takes_unread_is_counted_as_lost),
		SPOOL_LAB_TEST(a_batch_outlives_its_file),
		SPOOL_LAB_TEST(what_is_read_and_goes_with_the_bound_is_not_lost),
		SPOOL_LAB_TEST(what_the_bound_took_while_it_was_down_is_skipped),
		SPOOL_LAB_TEST(files_that_somebody_takes_away_are_not_waited_for),
		SPOOL_LAB_TEST(a_position_that_is_none_begins_with_the_oldest_line),
		SPOOL_LAB_TEST(a_full_disk_does_not_keep_it_from_remembering),
		SPOOL_LAB_TEST(half_a_line_of_a_crash_is_taken_back),
		SPOOL_LAB_TEST(many_threads_write_while_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
