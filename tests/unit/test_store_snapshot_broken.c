/* SPDX-License-Identifier: ISC */
/* test_store_snapshot_broken.c - every way in which a snapshot can be broken,
 * and files that cannot be read or written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "snapshot_lab.h"
#include "store/memory.h"
#include "store/store.h"

/* A file with the counter 1 at 1, and before it one with the counter 1 at 0. */
static struct str
two_snapshots(struct snapshot_lab *lab)
{
	struct store *store = snapshot_lab_open(lab);

	snapshot_lab_charge(lab, store, 0, 1);
	snapshot_lab_save(lab, store);
	snapshot_lab_charge(lab, store, 1, 1);
	snapshot_lab_save(lab, store);
	store_free(&store);
	return snapshot_lab_read(lab, lab->path);
}

static void
torn_at_any_byte_the_one_before_it_counts(void **state)
{
	struct snapshot_lab *lab = *state;
	struct str whole = two_snapshots(lab);

	for (size_t len = 0; len < whole.len; len++) {
		struct store *store;

		lab->log[0] = '\0';
		snapshot_lab_write(lab->path, str_sub(whole, 0, len));
		store = snapshot_lab_open(lab);
		assert_int_equal(snapshot_lab_charge(lab, store, 0, 0), 1);
		assert_int_equal(snapshot_lab_charge(lab, store, 1, 0), 0);
		store_free(&store);
		assert_non_null(strstr(lab->log, "the snapshot is torn"));
	}
	printf("counted: torn at %zu places\n", whole.len);
}

static void
torn_without_one_before_it_nothing_counts(void **state)
{
	struct snapshot_lab *lab = *state;
	struct str whole = two_snapshots(lab);
	struct store *store;

	snapshot_lab_write(lab->path, str_sub(whole, 0, whole.len - 1));
	unlink(lab->old_path);
	store = snapshot_lab_open(lab);
	assert_int_equal(memory_count(store), 0);
	/* And the next one is written as ever. */
	snapshot_lab_charge(lab, store, 1, 1);
	snapshot_lab_save(lab, store);
	store_free(&store);
	store = snapshot_lab_open(lab);
	assert_int_equal(snapshot_lab_charge(lab, store, 1, 0), 1);
	store_free(&store);
	snapshot_lab_write(lab->old_path, STR("MRmem"));
	snapshot_lab_write(lab->path, str_sub(whole, 0, 100));
	store = snapshot_lab_open(lab);
	assert_int_equal(memory_count(store), 0);
	store_free(&store);
}

/* Bytes 0 to 7 tell whose file it is, 8 to 11 its version. */
static void
any_changed_byte_is_noticed(void **state)
{
	struct snapshot_lab *lab = *state;
	struct str whole = two_snapshots(lab);
	char *bytes = arena_memdup(lab->arena, whole.data, whole.len);

	for (size_t i = 0; i < whole.len; i++) {
		const char *error = "";
		struct store *store;

		lab->log[0] = '\0';
		bytes[i] ^= 0x10;
		snapshot_lab_write(lab->path, str_of(bytes, whole.len));
		bytes[i] ^= 0x10;
		store = memory_open(lab->path, lab->arena, &error);
		if (i < 8) {
			assert_null(store);
			assert_non_null(strstr(error, "no snapshot of ours"));
			continue;
		}
		assert_int_equal(memory_count(store), i < 12 ? 0 : 2);
		assert_int_equal(snapshot_lab_charge(lab, store, 1, 0), 0);
		assert_non_null(strstr(lab->log, i < 12 ?
		    "written by another version" : "the snapshot is torn"));
		store_free(&store);
	}
}

static void
a_file_of_somebody_else_is_left_alone(void **state)
{
	static const struct str foreign[] = {
		{ "hello", 5 },
		{ "\0\0\0\0\0\0\0\0\0\0", 10 },
		{ "REDIS0009", 9 },
	};
	struct snapshot_lab *lab = *state;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		snapshot_lab_write(lab->path, foreign[i]);
		assert_null(memory_open(lab->path, lab->arena, &error));
		assert_non_null(strstr(error, lab->path));
		assert_non_null(strstr(error, "no snapshot of ours; name "
		    "another file or remove this one"));
		assert_true(str_eq(snapshot_lab_read(lab, lab->path), foreign[i]));
	}
}

static void
what_cannot_be_read_or_written_is_told(void **state)
{
	struct snapshot_lab *lab = *state;
	const char *error = "";
	struct store *store;

	assert_null(memory_open(lab->folder, lab->arena, &error));
	assert_non_null(strstr(error, "cannot read the snapshot: "
	    "Is a directory"));
	snprintf(lab->path, sizeof(lab->path), "%s/no/memory", lab->folder);
	store = snapshot_lab_open(lab);
	assert_int_equal(memory_save(store, lab->arena, &error), 0);
	snapshot_lab_charge(lab, store, 1, 1);
	assert_int_equal(memory_save_now(store, lab->arena, &error), -1);
	assert_non_null(strstr(error, "cannot write the snapshot: "
	    "No such file or directory"));
	error = "";
	snapshot_lab_save_until(lab, store, true, &error);
	assert_non_null(strstr(error, "No such file or directory"));
	/* The folder is there again: nothing was lost. */
	snprintf(lab->path, sizeof(lab->path), "%s/no", lab->folder);
	assert_int_equal(mkdir(lab->path, 0700), 0);
	snprintf(lab->path, sizeof(lab->path), "%s/no/memory", lab->folder);
	snapshot_lab_save(lab, store);
	store_free(&store);
	assert_int_not_equal(snapshot_lab_inode(lab->path), 0);
	unlink(lab->path);
	rmdir(arena_printf(lab->arena, "%s/no", lab->folder));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SNAPSHOT_LAB_TEST(torn_at_any_byte_the_one_before_it_counts),
		SNAPSHOT_LAB_TEST(torn_without_one_before_it_nothing_counts),
		SNAPSHOT_LAB_TEST(any_changed_byte_is_noticed),
		SNAPSHOT_LAB_TEST(a_file_of_somebody_else_is_left_alone),
		SNAPSHOT_LAB_TEST(what_cannot_be_read_or_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
