/* SPDX-License-Identifier: ISC */
/* test_event_reader.c - the lines of a spool, handed on in order. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/event_reader.h"
#include "base/event_spool.h"
#include "base/log.h"
#include "base/wait.h"

/* An eighth of it is a file. */
#define SPOOL_SIZE (64 * 1024)
#define PATIENCE_MS 60000

struct lab {
	struct arena *arena;
	char directory[32];
	struct event_spool *spool;
	struct event_reader *reader;
	struct wait *wait;
	int64_t written, read;		/* numbers in the lines */
	char series[32];		/* of the last batch */
	int64_t first;
	char log[4096];
};

static void
keep_line(void *arg, enum log_level level, const char *line)
{
	struct lab *lab = arg;
	size_t len = strlen(lab->log);

	(void)level;
	snprintf(lab->log + len, sizeof(lab->log) - len, "%s\n", line);
}

static void
begin(struct lab *lab)
{
	const char *error = "";

	lab->spool = event_spool_open(lab->directory, "t", SPOOL_SIZE,
	    lab->arena, &error);
	assert_non_null(lab->spool);
	lab->reader = event_reader_open(lab->spool, lab->wait, lab->arena,
	    &error);
	if (lab->reader == NULL)
		fail_msg("%s", error);
}

static void
end(struct lab *lab)
{
	event_reader_close(&lab->reader);
	event_spool_close(&lab->spool);
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	lab->wait = wait_new();
	strcpy(lab->directory, "/tmp/mr-reader-XXXXXX");
	assert_non_null(mkdtemp(lab->directory));
	log_set_sink(keep_line, lab);
	begin(lab);
	*state = lab;
	return 0;
}

/* Remove the files whose names begin so; how many there were. */
static int
remove_files(struct lab *lab, const char *prefix)
{
	DIR *dir = opendir(lab->directory);
	struct dirent *entry;
	int count = 0;

	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
			unlinkat(dirfd(dir), entry->d_name, 0);
			count++;
		}
	closedir(dir);
	return count;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	end(lab);
	remove_files(lab, "");
	rmdir(lab->directory);
	wait_unref(&lab->wait);
	arena_free(&lab->arena);
	log_set_sink(NULL, NULL);
	free(lab);
	return 0;
}

/* So many lines with the next numbers, of len bytes. */
static void
write_lines(struct lab *lab, int count, size_t len)
{
	char *line = arena_alloc(lab->arena, len + 32);

	for (int i = 0; i < count; i++) {
		memset(line, '.', len);
		line[snprintf(line, 32, "%" PRId64, ++lab->written)] = '.';
		event_spool_add(lab->spool, str_of(line, len));
	}
}

/* The next batch has lines with the next numbers: how many. */
static size_t
read_batch(struct lab *lab)
{
	struct event_batch batch;

	if (!event_reader_next(lab->reader, &batch))
		return 0;
	for (size_t i = 0; i < batch.count; i++)
		assert_int_equal(atoll(batch.lines[i].data),
		    lab->read + (int64_t)i + 1);
	snprintf(lab->series, sizeof(lab->series), "%.*s",
	    STR_ARG(batch.series));
	lab->first = batch.first;
	return batch.count;
}

static void
done(struct lab *lab, size_t count)
{
	event_reader_done(lab->reader);
	lab->read += (int64_t)count;
}

/* All that there is. */
static void
read_all(struct lab *lab)
{
	size_t count;

	while ((count = read_batch(lab)) != 0)
		done(lab, count);
	assert_int_equal(lab->read, lab->written);
	assert_int_equal(event_reader_waiting(lab->reader), 0);
}

static void
lines_come_in_order_across_the_files(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(read_batch(lab), 0);
	for (int round = 0; round < 30; round++) {
		write_lines(lab, 29 * round, 50);
		assert_int_equal(event_reader_waiting(lab->reader),
		    29 * round);
		read_all(lab);
	}
	assert_int_equal(event_spool_lost(lab->spool), 0);
}

static void
a_batch_stays_the_same_until_it_is_done(void **state)
{
	struct lab *lab = *state;

	write_lines(lab, 3, 10);
	assert_int_equal(read_batch(lab), 3);
	write_lines(lab, 3, 10);
	assert_int_equal(read_batch(lab), 3);
	assert_int_equal(lab->first, 1);
	assert_int_equal(event_reader_waiting(lab->reader), 6);
	done(lab, 3);
	assert_int_equal(event_reader_waiting(lab->reader), 3);
	assert_int_equal(read_batch(lab), 3);
	assert_int_equal(lab->first, 4);
}

static void
a_batch_is_bounded_in_lines_and_in_bytes(void **state)
{
	struct lab *lab = *state;

	write_lines(lab, EVENT_BATCH_LINES + 1, 10);
	assert_int_equal(read_batch(lab), EVENT_BATCH_LINES);
	done(lab, EVENT_BATCH_LINES);
	read_all(lab);
	/* Files have 8 KB, and then one line more. */
	write_lines(lab, 3, EVENT_BATCH_BYTES - 100);
	while (lab->read < lab->written) {
		assert_int_equal(read_batch(lab), 1);
		done(lab, 1);
	}
}

static void
a_line_longer_than_a_batch_is_a_batch_of_its_own(void **state)
{
	struct lab *lab = *state;

	write_lines(lab, 1, 10 * EVENT_BATCH_BYTES);
	assert_int_equal(read_batch(lab), 1);
	done(lab, 1);
	write_lines(lab, 2, 10);
	read_all(lab);
}

static void
who_had_nothing_is_told_when_a_line_comes(void **state)
{
	struct lab *lab = *state;

	write_lines(lab, 1, 10);
	assert_int_equal(wait_sleep(lab->wait, 0), 0);
	read_all(lab);
	write_lines(lab, 1, 10);
	assert_int_equal(wait_sleep(lab->wait, 0), 1);
	write_lines(lab, 1, 10);
	assert_int_equal(wait_sleep(lab->wait, 0), 0);
}

/* As kill -9 does: nothing is written at the end. */
static void
after_a_restart_it_goes_on_behind_what_was_done(void **state)
{
	struct lab *lab = *state;
	char series[32];

	write_lines(lab, 300, 50);
	done(lab, read_batch(lab));
	assert_true(read_batch(lab) > 0);
	strcpy(series, lab->series);
	end(lab);
	begin(lab);
	assert_int_equal(event_reader_waiting(lab->reader),
	    300 - EVENT_BATCH_LINES);
	write_lines(lab, 10, 50);
	/* The same lines have the same numbers, and no others do. */
	while (lab->read < 300) {
		size_t count = read_batch(lab);

		assert_int_equal(lab->first, lab->read + 1);
		assert_string_equal(lab->series, series);
		done(lab, count);
	}
	assert_int_equal(lab->read, 300);
	assert_int_equal(read_batch(lab), 10);
	assert_int_equal(lab->first, 1);
	assert_string_not_equal(lab->series, series);
	read_all(lab);
}

static void
each_start_at_which_nothing_waits_begins_a_series(void **state)
{
	struct lab *lab = *state;
	char series[32] = "";

	for (int i = 0; i < 3; i++) {
		write_lines(lab, 1, 50);
		assert_int_equal(read_batch(lab), 1);
		assert_int_equal(lab->first, 1);
		assert_string_not_equal(lab->series, series);
		strcpy(series, lab->series);
		done(lab, 1);
		end(lab);
		begin(lab);
	}
}

static void
a_restart_in_any_file_keeps_the_order(void **state)
{
	struct lab *lab = *state;

	for (int i = 0; i < 40; i++) {
		write_lines(lab, 100, 50);
		done(lab, read_batch(lab));
		end(lab);
		begin(lab);
		assert_int_equal(event_reader_waiting(lab->reader),
		    lab->written - lab->read);
		if (i % 8 == 7)
			read_all(lab);
	}
	assert_int_equal(event_spool_lost(lab->spool), 0);
}

static void
what_the_bound_takes_unread_is_counted_as_lost(void **state)
{
	struct lab *lab = *state;
	uint64_t waiting;

	write_lines(lab, 10, 50);
	done(lab, read_batch(lab));
	write_lines(lab, 2 * SPOOL_SIZE / 50, 50);
	waiting = event_reader_waiting(lab->reader);
	assert_int_equal(event_spool_lost(lab->spool),
	    lab->written - lab->read - (int64_t)waiting);
	assert_true(event_spool_lost(lab->spool) > SPOOL_SIZE / 50);
	assert_non_null(strstr(lab->log, "events are lost"));
	lab->read = lab->written - (int64_t)waiting;
	assert_int_equal(read_batch(lab), EVENT_BATCH_LINES);
	/* Numbers count those that are lost. */
	assert_int_equal(lab->first, lab->read + 1);
	read_all(lab);
}

static void
a_batch_outlives_its_file(void **state)
{
	struct lab *lab = *state;
	uint64_t waiting;

	write_lines(lab, 10, 50);
	assert_int_equal(read_batch(lab), 10);
	write_lines(lab, 2 * SPOOL_SIZE / 50, 50);
	assert_int_equal(read_batch(lab), 10);
	waiting = event_reader_waiting(lab->reader);
	assert_int_equal((uint64_t)lab->written,
	    event_spool_lost(lab->spool) + waiting);
	done(lab, 10);
	lab->read = lab->written - (int64_t)event_reader_waiting(lab->reader);
	read_all(lab);
}

static void
what_is_read_and_goes_with_the_bound_is_not_lost(void **state)
{
	struct lab *lab = *state;

	for (int i = 0; i < 50; i++) {
		write_lines(lab, 100, 50);
		read_all(lab);
	}
	assert_int_equal(event_spool_lost(lab->spool), 0);
	assert_string_equal(lab->log, "");
}

static void
what_the_bound_took_while_it_was_down_is_skipped(void **state)
{
	struct lab *lab = *state;
	char series[32];
	const char *error;

	write_lines(lab, 10, 50);
	done(lab, read_batch(lab));
	strcpy(series, lab->series);
	end(lab);
	lab->spool = event_spool_open(lab->directory, "t", SPOOL_SIZE,
	    lab->arena, &error);
	write_lines(lab, 2 * SPOOL_SIZE / 50, 50);
	event_spool_close(&lab->spool);
	begin(lab);
	lab->read = lab->written - (int64_t)event_reader_waiting(lab->reader);
	assert_true(lab->read > 10);
	done(lab, read_batch(lab));
	assert_string_not_equal(lab->series, series);
	read_all(lab);
}

static void
files_that_somebody_takes_away_are_not_waited_for(void **state)
{
	struct lab *lab = *state;

	/* Three full files; the first is open, half read. */
	write_lines(lab, 3 * SPOOL_SIZE / 8 / 51 + 10, 50);
	done(lab, read_batch(lab));
	assert_int_equal(remove_files(lab, "t-"), 3);
	lab->read = 0;
	for (struct event_batch batch;
	    event_reader_next(lab->reader, &batch);) {
		assert_true(atoll(batch.lines[0].data) > lab->read);
		lab->read = atoll(batch.lines[batch.count - 1].data);
		event_reader_done(lab->reader);
	}
	assert_int_equal(lab->read, lab->written);
	assert_int_equal(event_reader_waiting(lab->reader), 0);
	write_lines(lab, 1000, 50);
	read_all(lab);
}

static void
write_position(struct lab *lab, const char *text)
{
	char path[64];
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
	struct lab *lab = *state;

	write_lines(lab, 300, 50);
	read_all(lab);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		end(lab);
		write_position(lab, texts[i]);
		lab->log[0] = '\0';
		begin(lab);
		assert_int_equal(event_reader_waiting(lab->reader), 300);
		assert_int_equal(strstr(lab->log, "t.position") != NULL,
		    i < 5);
		lab->read = 0;
		read_all(lab);
	}
}

static void
a_full_disk_does_not_keep_it_from_remembering(void **state)
{
	struct lab *lab = *state;
	struct rlimit old, none = { 1000, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	write_lines(lab, 15, 50);
	getrlimit(RLIMIT_FSIZE, &old);
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	write_lines(lab, 10, 50);
	done(lab, read_batch(lab));
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(lab->read + (int64_t)event_spool_lost(lab->spool),
	    25);
	assert_null(strstr(lab->log, "position"));
	end(lab);
	begin(lab);
	assert_int_equal(event_reader_waiting(lab->reader), 0);
	lab->read = lab->written;
	write_lines(lab, 1, 50);
	read_all(lab);
}

static void
half_a_line_of_a_crash_is_taken_back(void **state)
{
	struct lab *lab = *state;
	char path[64];
	FILE *file;

	write_lines(lab, 3, 50);
	end(lab);
	snprintf(path, sizeof(path), "%s/t.jsonl", lab->directory);
	file = fopen(path, "a");
	fputs("{\"half\":", file);
	fclose(file);
	begin(lab);
	write_lines(lab, 3, 50);
	assert_int_equal(event_reader_waiting(lab->reader), 6);
	read_all(lab);
}

#define WRITERS 4
#define LINES 5000

static void *
write_many(void *arg)
{
	struct event_spool *spool = arg;
	char line[60];

	memset(line, 'y', sizeof(line));
	for (int i = 0; i < LINES; i++)
		event_spool_add(spool, str_of(line, sizeof(line)));
	return NULL;
}

/* The bound takes files away from under the reader meanwhile. */
static void
many_threads_write_while_it_reads(void **state)
{
	struct lab *lab = *state;
	pthread_t writers[WRITERS];
	struct event_batch batch;
	uint64_t read = 0;

	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, write_many,
		    lab->spool), 0);
	while (read + event_spool_lost(lab->spool) < WRITERS * LINES) {
		if (!event_reader_next(lab->reader, &batch)) {
			assert_int_equal(wait_sleep(lab->wait,
			    clock_steady_ms() + PATIENCE_MS), 1);
			continue;
		}
		for (size_t i = 0; i < batch.count; i++)
			assert_int_equal(batch.lines[i].len, 60);
		read += batch.count;
		event_reader_done(lab->reader);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	assert_int_equal(read + event_spool_lost(lab->spool),
	    WRITERS * LINES);
	assert_false(event_reader_next(lab->reader, &batch));
}

#define READER_TEST(test) \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		READER_TEST(lines_come_in_order_across_the_files),
		READER_TEST(a_batch_stays_the_same_until_it_is_done),
		READER_TEST(a_batch_is_bounded_in_lines_and_in_bytes),
		READER_TEST(a_line_longer_than_a_batch_is_a_batch_of_its_own),
		READER_TEST(who_had_nothing_is_told_when_a_line_comes),
		READER_TEST(after_a_restart_it_goes_on_behind_what_was_done),
		READER_TEST(each_start_at_which_nothing_waits_begins_a_series),
		READER_TEST(a_restart_in_any_file_keeps_the_order),
		READER_TEST(what_the_bound_takes_unread_is_counted_as_lost),
		READER_TEST(a_batch_outlives_its_file),
		READER_TEST(what_is_read_and_goes_with_the_bound_is_not_lost),
		READER_TEST(what_the_bound_took_while_it_was_down_is_skipped),
		READER_TEST(files_that_somebody_takes_away_are_not_waited_for),
		READER_TEST(a_position_that_is_none_begins_with_the_oldest_line),
		READER_TEST(a_full_disk_does_not_keep_it_from_remembering),
		READER_TEST(half_a_line_of_a_crash_is_taken_back),
		READER_TEST(many_threads_write_while_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
