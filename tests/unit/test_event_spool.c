/* SPDX-License-Identifier: ISC */
/* test_event_spool.c - events in files of bounded size, and the history. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/event_spool.h"
#include "base/history.h"
#include "base/log.h"
#include "fixture.h"
#include "scratch.h"
#include "spool_lab.h"

struct lab {
	struct arena *arena;
	char directory[SCRATCH_SIZE];
};

static atomic_uint log_lines;

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	scratch_folder(lab->directory, "spool");
	log_lines = 0;
	log_set_sink(fixture_log_is_counted, &log_lines);
	*state = lab;
	return 0;
}

/* Calls visit for each file, removes it when asked; the bytes of all. */
static long
walk(struct lab *lab, int *files_r, int is_removing)
{
	DIR *dir = opendir(lab->directory);
	struct dirent *entry;
	long bytes = 0;

	*files_r = 0;
	while ((entry = readdir(dir)) != NULL) {
		char path[512];
		struct stat status;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", lab->directory,
		    entry->d_name);
		assert_int_equal(stat(path, &status), 0);
		bytes += status.st_size;
		(*files_r)++;
		if (is_removing)
			unlink(path);
	}
	closedir(dir);
	return bytes;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;
	int files;

	walk(lab, &files, 1);
	rmdir(lab->directory);
	arena_free(&lab->arena);
	log_set_sink(NULL, NULL);
	free(lab);
	return 0;
}

static void
lines_are_appended_and_survive_a_restart(void **state)
{
	struct lab *lab = *state;
	const char *error = "";
	char path[128], text[64] = "";
	struct event_spool *spool;
	FILE *file;

	for (int i = 0; i < 2; i++) {
		spool = event_spool_open(lab->directory, "t", 1 << 20,
		    lab->arena, &error);
		assert_non_null(spool);
		event_spool_add(spool, i == 0 ? STR("{\"n\":0}")
					      : STR("{\"n\":1}"));
		event_spool_close(&spool);
	}
	snprintf(path, sizeof(path), "%s/t.jsonl", lab->directory);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 16);
	fclose(file);
	assert_string_equal(text, "{\"n\":0}\n{\"n\":1}\n");
}

static void
all_files_together_stay_below_the_bound(void **state)
{
	struct lab *lab = *state;
	const char *error = "";
	struct event_spool *spool = event_spool_open(lab->directory, "t",
	    64 * 1024, lab->arena, &error);
	char line[200];
	int files;
	long bytes;

	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 5000; i++)
		event_spool_add(spool, str_of(line, sizeof(line)));
	assert_int_equal(event_spool_lost(spool), 0);
	event_spool_close(&spool);
	bytes = walk(lab, &files, 0);
	assert_true(files >= 7 && files <= 8);
	assert_true(bytes > 48 * 1024 && bytes <= 66 * 1024);
	assert_int_equal(log_lines, 0);
}

/* How often the byte stands in all files together. */
static long
count_bytes(struct lab *lab, char wanted)
{
	DIR *dir = opendir(lab->directory);
	struct dirent *entry;
	long count = 0;

	while ((entry = readdir(dir)) != NULL) {
		char path[512];
		FILE *file;
		int c;

		snprintf(path, sizeof(path), "%s/%s", lab->directory,
		    entry->d_name);
		if (entry->d_name[0] == '.' ||
		    (file = fopen(path, "r")) == NULL)
			continue;
		while ((c = fgetc(file)) != EOF)
			count += c == wanted;
		fclose(file);
	}
	closedir(dir);
	return count;
}

static void
a_clock_that_was_ahead_does_not_make_new_events_the_oldest(void **state)
{
	struct lab *lab = *state;
	const char *error = "";
	struct event_spool *spool = event_spool_open(lab->directory, "t",
	    64 * 1024, lab->arena, &error);
	char line[200];
	int files;

	for (int i = 0; i < 6; i++) {
		char path[128];
		FILE *file;

		snprintf(path, sizeof(path), "%s/t-900000000000000%d.jsonl",
		    lab->directory, i);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs("old\n", file);
		fclose(file);
	}
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 100; i++)
		event_spool_add(spool, str_of(line, sizeof(line)));
	event_spool_close(&spool);
	assert_int_equal(count_bytes(lab, 'x'), 100 * 200);
	walk(lab, &files, 0);
	assert_int_equal(files, 7);
}

#define WRITERS 8

static void
many_threads_write_whole_lines_across_the_files(void **state)
{
	struct lab *lab = *state;
	const char *error = "";
	struct event_spool *spool = event_spool_open(lab->directory, "t",
	    8 * 200 * 1024, lab->arena, &error);
	pthread_t writers[WRITERS];
	int files;

	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL,
		    spool_lab_write_many, spool), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	assert_int_equal(event_spool_lost(spool), 0);
	event_spool_close(&spool);
	assert_int_equal(count_bytes(lab, 'y'), WRITERS * SPOOL_LAB_MANY *
	    SPOOL_LAB_MANY_LEN);
	assert_int_equal(count_bytes(lab, '\n'), WRITERS * SPOOL_LAB_MANY);
	assert_int_equal(walk(lab, &files, 0), WRITERS * SPOOL_LAB_MANY *
	    (SPOOL_LAB_MANY_LEN + 1));
	assert_true(files >= 4);
}

static void
a_full_disk_loses_whole_lines_and_says_so_once(void **state)
{
	struct lab *lab = *state;
	struct rlimit old, small = { 1000, RLIM_INFINITY };
	const char *error = "";
	struct event_spool *spool = event_spool_open(lab->directory, "t",
	    1 << 20, lab->arena, &error);
	char line[300];
	int files;

	memset(line, 'x', sizeof(line));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 10; i++)
		event_spool_add(spool, str_of(line, sizeof(line)));
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(event_spool_lost(spool), 7);
	assert_int_equal(log_lines, 1);
	event_spool_add(spool, STR("again"));
	assert_int_equal(event_spool_lost(spool), 7);
	event_spool_close(&spool);
	assert_int_equal(walk(lab, &files, 0), 3 * 301 + 6);
}

static void
a_directory_that_is_missing_is_named_with_its_remedy(void **state)
{
	struct lab *lab = *state;
	const char *error = "";

	assert_null(event_spool_open("/nonexistent", "t", 1 << 20, lab->arena,
	    &error));
	assert_non_null(strstr(error, "/nonexistent/t.jsonl"));
	assert_non_null(strstr(error, "does the directory exist"));
}

static void
the_history_finds_by_id_and_queue_id_newest_first(void **state)
{
	struct lab *lab = *state;
	struct history *history = history_new(3, 1 << 20);
	struct buf out;

	history_add(history, "01A", "4Q1", STR("{\"n\":1}"));
	history_add(history, "01B", "4Q2", STR("{\"n\":2}"));
	history_add(history, "01C", NULL, STR("{\"n\":3}"));
	history_add(history, "01D", "4Q2", STR("{\"n\":4}"));
	buf_init(&out, lab->arena);
	assert_int_equal(history_find(history, STR("4Q2"), &out), 2);
	assert_string_equal(out.data, "[{\"n\":4},{\"n\":2}]");
	buf_clear(&out);
	assert_int_equal(history_find(history, STR("01c"), &out), 1);
	assert_int_equal(history_find(history, STR("01A"), &out), 0);
	assert_int_equal(history_find(history, STR(""), &out), 0);
	history_free(&history);
}

static void
the_history_is_bounded_in_bytes(void **state)
{
	struct lab *lab = *state;
	struct history *history = history_new(1000, 1000);
	char event[300];
	struct buf out;

	memset(event, 'x', sizeof(event));
	for (int i = 0; i < 100; i++)
		history_add(history, "01A", NULL,
		    str_of(event, sizeof(event)));
	buf_init(&out, lab->arena);
	assert_int_equal(history_find(history, STR("01A"), &out), 2);
	history_free(&history);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    lines_are_appended_and_survive_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    all_files_together_stay_below_the_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_clock_that_was_ahead_does_not_make_new_events_the_oldest,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    many_threads_write_whole_lines_across_the_files, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_full_disk_loses_whole_lines_and_says_so_once, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_directory_that_is_missing_is_named_with_its_remedy,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_history_finds_by_id_and_queue_id_newest_first, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    the_history_is_bounded_in_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
