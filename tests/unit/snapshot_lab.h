/* SPDX-License-Identifier: ISC */
/* snapshot_lab.h - for tests: a store in memory whose snapshot has a folder of
 * its own. */
#ifndef TESTS_SNAPSHOT_LAB_H
#define TESTS_SNAPSHOT_LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "scratch.h"

struct arena;
struct store;

/* The time of every charge, and the clock's. */
#define SNAPSHOT_LAB_MS INT64_C(1795000320000)

struct snapshot_lab {
	struct arena *arena;
	char folder[SCRATCH_SIZE];
	char path[80], old_path[96];
	char log[4096];
};

/* A test of cmocka with a lab in *state. */
#define SNAPSHOT_LAB_TEST(name) cmocka_unit_test_setup_teardown(name, \
	snapshot_lab_setup, snapshot_lab_teardown)
int snapshot_lab_setup(void **state);
int snapshot_lab_teardown(void **state);

/* With what the file has; the test fails when it cannot be opened. */
struct store *snapshot_lab_open(struct snapshot_lab *lab);
/* What the counter has used after the charge, or before it when amount is 0. */
int64_t snapshot_lab_charge(struct snapshot_lab *lab, struct store *store,
    int number, int64_t amount);
/* Under this name: a charge whose name is known already adds nothing. */
int64_t snapshot_lab_charge_as(struct snapshot_lab *lab, struct store *store,
    const char *name, int number, int64_t amount);
/* Write it and wait for it. */
void snapshot_lab_save(struct snapshot_lab *lab, struct store *store);
/* Let children write it until there is a file, or until one says an error: it
 * must happen within a minute. */
void snapshot_lab_save_until(struct snapshot_lab *lab, struct store *store,
    bool wants_error, const char **error_r);

/* Whole files of at most 64 KB. */
struct str snapshot_lab_read(struct snapshot_lab *lab, const char *path);
void snapshot_lab_write(const char *path, struct str bytes);
/* 0: there is no such file. */
ino_t snapshot_lab_inode(const char *path);

#endif
