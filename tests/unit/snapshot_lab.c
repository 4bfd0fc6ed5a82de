/* SPDX-License-Identifier: ISC */
/* snapshot_lab.c - for tests: a store in memory whose snapshot has a folder of
 * its own. */
#include "scratch.h"
#include "snapshot_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/charge.h"
#include "store/memory.h"

#define PATIENCE_MS 60000

static void
keep_line(void *arg, enum log_level level, const char *line)
{
	struct snapshot_lab *lab = arg;
	size_t len = strlen(lab->log);

	(void)level;
	snprintf(lab->log + len, sizeof(lab->log) - len, "%s\n", line);
}

int
snapshot_lab_setup(void **state)
{
	struct snapshot_lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	scratch_folder(lab->folder, "snapshot");
	snprintf(lab->path, sizeof(lab->path), "%s/memory", lab->folder);
	snprintf(lab->old_path, sizeof(lab->old_path), "%s.old", lab->path);
	log_set_sink(keep_line, lab);
	/* memory_save() looks for what has expired by this clock. */
	clock_set(SNAPSHOT_LAB_MS);
	*state = lab;
	return 0;
}

int
snapshot_lab_teardown(void **state)
{
	struct snapshot_lab *lab = *state;

	log_set_sink(NULL, NULL);
	clock_set(-1);
	unlink(arena_printf(lab->arena, "%s.new", lab->path));
	unlink(lab->path);
	unlink(lab->old_path);
	rmdir(lab->folder);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

struct store *
snapshot_lab_open(struct snapshot_lab *lab)
{
	const char *error = "";
	struct store *store = memory_open(lab->path, lab->arena, &error);

	if (store == NULL)
		fail_msg("%s", error);
	return store;
}

int64_t
snapshot_lab_charge_as(struct snapshot_lab *lab, struct store *store,
    const char *name, int number, int64_t amount)
{
	const struct charge_item item = {
		str_from(arena_printf(lab->arena, "mr:{a}:count:%d", number)),
		3600000, -1, amount };
	const struct charge asked = {
		.name = str_from(arena_printf(lab->arena, "mr:{a}:charge:%s",
		    name)),
		.now_ms = SNAPSHOT_LAB_MS, .items = &item, .item_count = 1 };
	struct store_call *call = amount == 0 ?
	    usage_ask(store, lab->arena, &asked, NULL) :
	    charge_ask(store, lab->arena, &asked, NULL);
	struct charge_result result;
	const char *error = "";

	assert_int_equal(charge_read(lab->arena, store_call_answer(call),
	    &result, &error), 0);
	store_call_unref(&call);
	return result.items[0].used;
}

int64_t
snapshot_lab_charge(struct snapshot_lab *lab, struct store *store, int number,
    int64_t amount)
{
	return snapshot_lab_charge_as(lab, store, arena_printf(lab->arena,
	    "%d", number), number, amount);
}

void
snapshot_lab_save(struct snapshot_lab *lab, struct store *store)
{
	const char *error = "";

	if (memory_save_now(store, lab->arena, &error) != 0)
		fail_msg("%s", error);
}

struct str
snapshot_lab_read(struct snapshot_lab *lab, const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = arena_alloc(lab->arena, 1 << 16);
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, 1 << 16, file);
	assert_true(len < 1 << 16);
	fclose(file);
	return str_of(bytes, len);
}

void
snapshot_lab_write(const char *path, struct str bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
	fclose(file);
}

ino_t
snapshot_lab_inode(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_ino : 0;
}

void
snapshot_lab_save_until(struct snapshot_lab *lab, struct store *store,
    bool wants_error, const char **error_r)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	bool is_done = false;

	while (!is_done) {
		int rc = memory_save(store, lab->arena, error_r);

		is_done = wants_error ? rc != 0 : snapshot_lab_inode(lab->path) != 0;
		assert_true(wants_error || rc == 0);
		assert_true(clock_steady_ms() < until_ms);
		usleep(2000);
	}
}
