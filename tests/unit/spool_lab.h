/* SPDX-License-Identifier: ISC */
/* spool_lab.h - for tests: a spool in a folder of its own, and its reader. */
#ifndef TESTS_SPOOL_LAB_H
#define TESTS_SPOOL_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "scratch.h"

struct arena;
struct event_reader;
struct event_spool;
struct wait;

/* An eighth of it is a file. */
#define SPOOL_LAB_SIZE (64 * 1024)

struct spool_lab {
	struct arena *arena;
	char directory[SCRATCH_SIZE];
	struct event_spool *spool;
	struct event_reader *reader;
	struct wait *wait;
	int64_t written, read;		/* numbers in the lines */
	char series[32];		/* of the last batch */
	int64_t first;
	char log[4096];
};

/* A test of cmocka with a lab in *state. */
#define SPOOL_LAB_TEST(test) cmocka_unit_test_setup_teardown(test, \
	spool_lab_setup, spool_lab_teardown)
int spool_lab_setup(void **state);
int spool_lab_teardown(void **state);

/* Open spool and reader; close them. Both together are a restart. */
void spool_lab_begin(struct spool_lab *lab);
void spool_lab_end(struct spool_lab *lab);

/* So many lines with the next numbers, of len bytes. */
void spool_lab_write(struct spool_lab *lab, int count, size_t len);
/* The next batch has lines with the next numbers: how many. */
size_t spool_lab_read(struct spool_lab *lab);
/* The batch of so many is done. */
void spool_lab_done(struct spool_lab *lab, size_t count);
/* Read all that there is, up to the last that was written. */
void spool_lab_read_all(struct spool_lab *lab);
/* For pthread_create(): so many lines of so many 'y' into the spool at arg. */
#define SPOOL_LAB_MANY 2000
#define SPOOL_LAB_MANY_LEN 60
void *spool_lab_write_many(void *arg);

/* Remove the files whose names begin so; how many there were. */
int spool_lab_remove(struct spool_lab *lab, const char *prefix);

#endif
