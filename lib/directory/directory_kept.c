/* SPDX-License-Identifier: ISC */
/* directory_kept.c - rows that many questions need, kept while they hold.
 *
 * Each question about an address needs its domain, its class and the global
 * policy, which others have asked about a moment before. Within a read
 * transaction whose generation is known, rows of the same generation are the
 * same rows: for a database on another host, every second round trip is saved.
 *
 * Rows are kept as texts and copied, so that nobody's answer depends on how
 * long they stay. Who writes to the tables without telling is noticed after
 * KEPT_MS. When there are too many, all go: names that nobody has take no more
 * room than others.
 */
#include <inttypes.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "directory/directory_private.h"

#define KEPT_MAX 10000
#define KEPT_MS 60000

static void
begin_anew(struct directory_kept *kept, int64_t generation)
{
	arena_free(&kept->arena);
	kept->arena = arena_new(0);
	kept->rows = map_new(kept->arena);
	kept->generation = generation;
	kept->until_ms = clock_steady_ms() + KEPT_MS;
}

void
directory_kept_drop(struct directory *directory)
{
	arena_free(&directory->kept.arena);
}

static struct db_rows *
copy_rows(struct arena *arena, const struct db_rows *rows)
{
	size_t count = rows->count * rows->columns;
	struct str *values = arena_zalloc(arena, count * sizeof(*values));
	struct db_rows *copy = arena_memdup(arena, rows, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		if (rows->values[i].data != NULL)
			values[i] = str_copy(arena, rows->values[i]);
	copy->values = values;
	return copy;
}

int
directory_run_kept(struct directory *directory, struct arena *arena,
    const char *sql, const char *param, struct db_rows *rows_r,
    struct db_error *error_r)
{
	struct directory_kept *kept = &directory->kept;
	struct str key = str_from(arena_printf(arena, "%s\n%s", sql, param));
	struct db_params params = { 0 };
	const struct db_rows *found;

	if (kept->arena == NULL ||
	    kept->generation != directory->read_generation ||
	    clock_steady_ms() >= kept->until_ms ||
	    map_len(kept->rows) >= KEPT_MAX)
		begin_anew(kept, directory->read_generation);
	found = map_find(kept->rows, key);
	if (found != NULL) {
		*rows_r = *copy_rows(arena, found);
		return 0;
	}
	db_param_text(&params, param);
	if (db_run(directory->db, arena, sql, &params, rows_r, error_r) < 0)
		return -1;
	map_put(kept->rows, key,
	    copy_rows(kept->arena, rows_r));
	return 0;
}
