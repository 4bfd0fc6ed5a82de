/* SPDX-License-Identifier: ISC */
/* spool_lab.c - for tests: a spool in a folder of its own, and its reader. */
#include "scratch.h"
#include "spool_lab.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/event_reader.h"
#include "base/event_spool.h"
#include "base/log.h"
#include "base/wait.h"

static void
keep_line(void *arg, enum log_level level, const char *line)
{
	struct spool_lab *lab = arg;
	size_t len = strlen(lab->log);

	(void)level;
	snprintf(lab->log + len, sizeof(lab->log) - len, "%s\n", line);
}

void
spool_lab_begin(struct spool_lab *lab)
{
	const char *error = "";

	lab->spool = event_spool_open(lab->directory, "t", SPOOL_LAB_SIZE,
	    lab->arena, &error);
	assert_non_null(lab->spool);
	lab->reader = event_reader_open(lab->spool, lab->wait, lab->arena,
	    &error);
	if (lab->reader == NULL)
		fail_msg("%s", error);
}

void
spool_lab_end(struct spool_lab *lab)
{
	event_reader_close(&lab->reader);
	event_spool_close(&lab->spool);
}

int
spool_lab_setup(void **state)
{
	struct spool_lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	lab->wait = wait_new();
	scratch_folder(lab->directory, "reader");
	log_set_sink(keep_line, lab);
	spool_lab_begin(lab);
	*state = lab;
	return 0;
}

int
spool_lab_remove(struct spool_lab *lab, const char *prefix)
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

int
spool_lab_teardown(void **state)
{
	struct spool_lab *lab = *state;

	spool_lab_end(lab);
	spool_lab_remove(lab, "");
	rmdir(lab->directory);
	wait_unref(&lab->wait);
	arena_free(&lab->arena);
	log_set_sink(NULL, NULL);
	free(lab);
	return 0;
}

void
spool_lab_write(struct spool_lab *lab, int count, size_t len)
{
	char *line = arena_alloc(lab->arena, len + 32);

	for (int i = 0; i < count; i++) {
		memset(line, '.', len);
		line[snprintf(line, 32, "%" PRId64, ++lab->written)] = '.';
		event_spool_add(lab->spool, str_of(line, len));
	}
}

void *
spool_lab_write_many(void *arg)
{
	struct event_spool *spool = arg;
	char line[SPOOL_LAB_MANY_LEN];

	memset(line, 'y', sizeof(line));
	for (int i = 0; i < SPOOL_LAB_MANY; i++)
		event_spool_add(spool, str_of(line, sizeof(line)));
	return NULL;
}

size_t
spool_lab_read(struct spool_lab *lab)
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

void
spool_lab_done(struct spool_lab *lab, size_t count)
{
	event_reader_done(lab->reader);
	lab->read += (int64_t)count;
}

void
spool_lab_read_all(struct spool_lab *lab)
{
	size_t count;

	while ((count = spool_lab_read(lab)) != 0)
		spool_lab_done(lab, count);
	assert_int_equal(lab->read, lab->written);
	assert_int_equal(event_reader_waiting(lab->reader), 0);
}
