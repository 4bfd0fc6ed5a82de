/* SPDX-License-Identifier: ISC */
/* directory.c - the directory opened, and objects read from it. */
#include "directory/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "directory/directory_private.h"
#include "directory/schema.h"
#include "mail/policy.h"

/* Behind every text of UTF-8 that begins with the same bytes. */
#define LAST_CHAR "\xf4\x8f\xbf\xbf"
#define GENERATION "SELECT number FROM generation"

struct directory *
directory_open(const struct directory_settings *settings, enum db_use use)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL)
		abort();
	directory->db = db_new(settings, use);
	return directory;
}

void
directory_close(struct directory **directory)
{
	struct directory *old = *directory;

	*directory = NULL;
	if (old == NULL)
		return;
	db_free(&old->db);
	directory_kept_drop(old);
	arena_free(&old->txn_arena);
	free(old);
}

struct db *
directory_db(struct directory *directory)
{
	return directory->db;
}

/* The schema is looked at once for each connection; an upgrade that comes later
 * is seen by inquiry.c, which hears of every change. */
int
directory_ready(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	if (directory->epoch != 0 &&
	    directory->epoch == db_epoch(directory->db))
		return 0;
	directory_kept_drop(directory);
	if (schema_check(directory->db, arena, error_r) < 0)
		return -1;
	directory->epoch = db_epoch(directory->db);
	return 0;
}

int
directory_read_begin(struct directory *directory, struct arena *arena,
    struct db_error *error_r)
{
	if (db_begin(directory->db, DB_TXN_READ, arena, error_r) < 0)
		return -1;
	if (directory_ready(directory, arena, error_r) < 0) {
		db_rollback(directory->db);
		return -1;
	}
	directory->is_reading = true;
	return 0;
}

void
directory_read_end(struct directory *directory)
{
	directory->is_reading = false;
	directory->read_generation = 0;
	db_rollback(directory->db);
}

bool
directory_glance_begin(struct directory *directory, int64_t generation)
{
	if (generation == 0 || directory->epoch == 0 ||
	    directory->epoch != db_epoch(directory->db) ||
	    !db_expect(directory->db, GENERATION, generation))
		return false;
	directory->is_reading = true;
	directory->read_generation = generation;
	return true;
}

bool
directory_glance_end(struct directory *directory)
{
	bool was_read = db_is_as_expected(directory->db);

	directory->is_reading = false;
	directory->read_generation = 0;
	db_expect(directory->db, NULL, 0);
	return was_read;
}

/* --- objects --------------------------------------------------------------- */

static int
find(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    bool wants_policy, struct directory_object **object_r,
    struct db_error *error_r)
{
	struct db_rows rows;
	struct buf sql;

	*object_r = NULL;
	if (directory_spell_key(kind, key, arena, &key, error_r) < 0 ||
	    directory_ready(directory, arena, error_r) < 0)
		return -1;
	buf_init(&sql, arena);
	sql_select(&sql, kind);
	sql_where_key(&sql, kind, 1);
	if (directory_run_by_key(directory, arena, kind, sql.data, key, &rows,
	    error_r) < 0)
		return -1;
	return rows.count == 0 ? 0 : directory_read_object(directory, arena,
	    kind, &rows, 0, wants_policy, object_r, error_r);
}

int
directory_find(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct directory_object **object_r, struct db_error *error_r)
{
	return find(directory, arena, kind, key, true, object_r, error_r);
}

int
directory_find_bare(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *const *key,
    struct directory_object **object_r, struct db_error *error_r)
{
	return find(directory, arena, kind, key, false, object_r, error_r);
}

/* --- lists ----------------------------------------------------------------- */

static void
add_condition(struct buf *sql, const char *text)
{
	buf_printf(sql, " %s %s", strstr(sql->data, " WHERE ") == NULL ?
	    "WHERE" : "AND", text);
}

static int
add_domain(struct buf *sql, struct db_params *params,
    const struct directory_kind *kind, const char *domain,
    struct arena *arena, struct db_error *error_r)
{
	const char *const *key;

	if (directory_spell_key(&kind_domain, &domain, arena, &key,
	    error_r) < 0)
		return -1;
	if (kind->domain_key == NULL)
		return directory_refuse(arena, error_r, "%s are not listed by "
		    "domain", kind->plural);
	db_param_text(params, key[0]);
	add_condition(sql, arena_printf(arena, "\"%s\" = $%zu",
	    kind->domain_key, params->count));
	return 0;
}

static void
add_prefix(struct buf *sql, struct db_params *params,
    const struct directory_kind *kind, const char *prefix,
    struct arena *arena)
{
	const char *column = kind->rows[0].key;

	db_param_text(params, prefix);
	add_condition(sql, arena_printf(arena, "\"%s\" >= $%zu", column,
	    params->count));
	db_param_text(params, arena_printf(arena, "%s" LAST_CHAR, prefix));
	add_condition(sql, arena_printf(arena, "\"%s\" < $%zu", column,
	    params->count));
}

/* SQLite would look for anything, PostgreSQL refuses what is no text. */
static int
judge_query(const struct directory_kind *kind,
    const struct directory_query *query, struct arena *arena,
    struct db_error *error_r)
{
	const char *texts[] = { query->first, query->last, query->prefix,
	    query->after != NULL ? query->after[0] : NULL,
	    query->after != NULL && kind->key_count > 1 ? query->after[1] :
	    NULL };
	const char *reason;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i] == NULL)
			continue;
		reason = directory_judge_text(texts[i], true);
		if (reason != NULL)
			return directory_refuse(arena, error_r, "%s: %s",
			    kind->rows[0].key, reason);
	}
	return 0;
}

/* Which, in which order, how many. */
static int
build_list(struct buf *sql, struct db_params *params,
    const struct directory_kind *kind, const struct directory_query *query,
    struct db_error *error_r)
{
	struct arena *arena = sql->arena;

	if (query->domain != NULL && add_domain(sql, params, kind,
	    query->domain, arena, error_r) < 0)
		return -1;
	if (query->first != NULL) {
		db_param_text(params, query->first);
		add_condition(sql, arena_printf(arena, "\"%s\" = $%zu",
		    kind->rows[0].key, params->count));
	}
	if (query->last != NULL) {
		db_param_text(params, query->last);
		add_condition(sql, arena_printf(arena, "\"%s\" = $%zu",
		    kind->rows[kind->key_count - 1].key, params->count));
	}
	if (query->prefix != NULL)
		add_prefix(sql, params, kind, query->prefix, arena);
	if (query->after != NULL) {
		add_condition(sql, arena_printf(arena, "%s > %s",
		    sql_key_tuple(kind, 0, true, arena),
		    sql_key_tuple(kind, params->count + 1, true, arena)));
		sql_param_key(params, kind, query->after);
	}
	buf_printf(sql, " ORDER BY %s", sql_key_tuple(kind, 0, false,
	    arena));
	if (query->limit != 0) {
		db_param_number(params, arena, (int64_t)query->limit);
		buf_printf(sql, " LIMIT $%zu", params->count);
	}
	return 0;
}

int
directory_list(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const struct directory_query *query,
    struct vec *objects, struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct buf sql;

	buf_init(&sql, arena);
	if (directory_ready(directory, arena, error_r) < 0 ||
	    judge_query(kind, query, arena, error_r) < 0 ||
	    build_list(&sql, &params, kind, query, error_r) < 0)
		return -1;
	return directory_read_objects(directory, arena, kind, sql.data,
	    &params, objects, error_r);
}

int
directory_count(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *domain, int64_t *count_r,
    struct db_error *error_r)
{
	struct db_params params = { 0 };
	struct db_rows rows;
	struct buf sql;

	buf_init(&sql, arena);
	buf_printf(&sql, "SELECT count(*) FROM %s", kind->table);
	if (directory_ready(directory, arena, error_r) < 0 ||
	    (domain != NULL && add_domain(&sql, &params, kind, domain, arena,
	    error_r) < 0) || db_run(directory->db, arena, sql.data, &params,
	    &rows, error_r) < 0)
		return -1;
	*count_r = db_number(&rows, 0, 0);
	return 0;
}

int
directory_generation(struct directory *directory, struct arena *arena,
    int64_t *generation_r, struct db_error *error_r)
{
	struct db_rows rows;

	if (directory_ready(directory, arena, error_r) < 0 ||
	    db_run(directory->db, arena, GENERATION, NULL,
	    &rows, error_r) < 0)
		return -1;
	*generation_r = rows.count != 0 ? db_number(&rows, 0, 0) : 0;
	if (directory->is_reading)
		directory->read_generation = *generation_r;
	return 0;
}
