/* SPDX-License-Identifier: ISC */
/* directories.c - for tests: one table of tests for both databases. */
#include "directories.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "directory/inquiry.h"
#include "directory/schema.h"
#include "pgsql_server.h"
#include "scratch.h"

/* Patience for a busy machine. */
#define TIMEOUT_MS 60000
/* In one list. */
#define TEXTS_MAX 1024

/* --- words ----------------------------------------------------------------- */

/* "a,b" is two texts; the value of a text may have commas. */
static void
set(struct directory_object *object, struct str word, struct arena *arena)
{
	struct str rest = word, key, piece;
	const struct setting *row;
	const char *texts[TEXTS_MAX], *error = "";
	size_t count = 0;

	str_cut(&rest, '=', &key);
	row = directory_kind_row(object->kind, str_dup(arena, key));
	if (row != NULL && row->kind != SETTING_LIST)
		texts[count++] = str_dup(arena, rest);
	else
		while (count < TEXTS_MAX && str_cut(&rest, ',', &piece))
			texts[count++] = str_dup(arena, piece);
	if (texts[0][0] == '\0')
		count = 0;
	if (directory_object_set(object, str_dup(arena, key), texts, count,
	    arena, &error) < 0)
		fail_msg("%.*s: %s", STR_ARG(word), error);
}

static const struct directory_kind *
cut_kind(struct str *rest, struct arena *arena)
{
	const struct directory_kind *kind;
	struct str word;

	str_cut(rest, ' ', &word);
	kind = directory_kind_find(str_dup(arena, word));
	if (kind == NULL)
		fail_msg("no kind %.*s", STR_ARG(word));
	return kind;
}

static const char *const *
cut_key(struct str *rest, const struct directory_kind *kind,
    struct arena *arena)
{
	const char **key = arena_zalloc(arena,
	    kind->key_count * sizeof(*key));
	struct str word;

	for (size_t i = 0; i < kind->key_count; i++) {
		str_cut(rest, ' ', &word);
		key[i] = str_dup(arena, word);
	}
	return key;
}

static struct directory_object *
new_object(const struct directory_kind *kind, const char *const *key,
    struct arena *arena)
{
	struct directory_object *object = directory_object_new(kind, arena);
	const char *error = "";

	for (size_t i = 0; i < kind->key_count; i++)
		if (directory_object_set(object, kind->rows[i].key, &key[i],
		    1, arena, &error) < 0)
			fail_msg("%s", error);
	return object;
}

static void
set_all(struct directory_object *object, struct str rest, struct arena *arena)
{
	struct str word;

	while (str_cut(&rest, ' ', &word))
		if (word.len != 0)
			set(object, word, arena);
}

struct directory_object *
directories_object(struct arena *arena, const char *line)
{
	struct str rest = str_from(line);
	const struct directory_kind *kind = cut_kind(&rest, arena);
	const char *const *key = cut_key(&rest, kind, arena);
	struct directory_object *object = new_object(kind, key, arena);

	set_all(object, rest, arena);
	return object;
}

static int
do_line(struct directory *directory, struct arena *arena, struct str line,
    struct db_error *error_r)
{
	struct str rest = line, verb;
	const struct directory_kind *kind;
	const char *const *key;
	struct directory_object *object;

	str_cut(&rest, ' ', &verb);
	kind = cut_kind(&rest, arena);
	key = cut_key(&rest, kind, arena);
	if (str_is(verb, "delete") || str_is(verb, "purge"))
		return directory_delete(directory, arena, kind, key,
		    str_is(verb, "purge"), error_r);
	if (str_is(verb, "rename"))
		return directory_rename(directory, arena, kind, key,
		    cut_key(&rest, kind, arena), error_r);
	object = new_object(kind, key, arena);
	if (str_is(verb, "set") && directory_find(directory, arena, kind, key,
	    &object, error_r) < 0)
		return -1;
	if (object == NULL)
		return directory_refuse(arena, error_r, "there is none");
	set_all(object, rest, arena);
	return directory_put(directory, arena, object, str_is(verb, "add") ?
	    PUT_NEW : str_is(verb, "set") ? PUT_CHANGE : PUT_ANY, error_r);
}

const char *
directories_do(struct directory_lab *lab, struct directory *directory,
    const char *lines)
{
	const struct directory_author author = { "root", DIRECTORY_NOW };
	struct str rest = str_from(lines), line;
	struct db_error error = { 0 };
	int result = directory_begin(directory, &author, lab->arena, &error);
	bool has_begun = result == 0;

	while (result == 0 && str_cut(&rest, '\n', &line))
		if (line.len != 0)
			result = do_line(directory, lab->arena, line, &error);
	if (result == 0)
		result = directory_commit(directory, lab->arena, &error);
	else if (has_begun)
		directory_rollback(directory);
	return result == 0 ? "" : arena_printf(lab->arena, "%s: %s",
	    db_trouble_text(error.trouble), error.text);
}

void
directories_must_do(struct directory_lab *lab, const char *lines)
{
	const char *result = directories_do(lab, lab->directory, lines);

	if (*result != '\0')
		fail_msg("%s: %s", lines, result);
}

void
directories_must_refuse(struct directory_lab *lab, const char *name,
    const char *lines, const char *reason)
{
	const char *result = directories_do(lab, lab->directory, lines);

	if (strncmp(result, "refused: ", strlen("refused: ")) != 0 ||
	    strstr(result, reason) == NULL)
		fail_msg("%s: %s", name, result);
}

void
directories_must_run(struct directory_lab *lab, struct db *db, const char *sql)
{
	struct db_error error;

	if (db_run(db, lab->arena, sql, NULL, NULL, &error) < 0)
		fail_msg("%s: %s", sql, error.text);
}

void
directories_must_script(struct directory_lab *lab, const char *sql)
{
	struct db *db = directory_db(lab->directory);
	struct db_error error;

	if (db_begin(db, DB_TXN_WRITE, lab->arena, &error) < 0 ||
	    db_script(db, lab->arena, sql, &error) < 0 ||
	    db_commit(db, lab->arena, &error) < 0)
		fail_msg("%s: %s", sql, error.text);
}

/* Those that others name last. */
void
directories_clear(struct directory_lab *lab)
{
	const struct directory_query all = { 0 };
	size_t kind = 0;

	while (directory_kinds[kind] != NULL)
		kind++;
	while (kind-- > 0) {
		struct db_error error;
		struct vec objects;
		struct buf lines;

		vec_init(&objects, lab->arena, sizeof(void *));
		buf_init(&lines, lab->arena);
		if (directory_list(lab->directory, lab->arena,
		    directory_kinds[kind], &all, &objects, &error) < 0)
			fail_msg("%s", error.text);
		for (size_t i = 0; i < objects.len; i++)
			buf_printf(&lines, "purge %s %s\n",
			    directory_kinds[kind]->name, directory_object_name(
			    *(struct directory_object **)vec_at(&objects, i),
			    lab->arena));
		assert_string_equal(directories_do(lab, lab->directory,
		    lines.data), "");
	}
}

const char *
directories_dump(struct directory_lab *lab, struct directory *directory)
{
	const struct directory_query all = { 0 };
	struct db_error error;
	struct buf out;

	buf_init(&out, lab->arena);
	for (size_t i = 0; directory_kinds[i] != NULL; i++) {
		struct vec objects;

		vec_init(&objects, lab->arena, sizeof(void *));
		if (directory_list(directory, lab->arena, directory_kinds[i],
		    &all, &objects, &error) < 0)
			fail_msg("%s", error.text);
		for (size_t j = 0; j < objects.len; j++)
			buf_add_text(&out, directory_object_print(
			    *(struct directory_object **)vec_at(&objects, j),
			    lab->arena));
	}
	return out.data;
}

/* --- the lab --------------------------------------------------------------- */

/* NULL: it is not installed. */
static struct pgsql_server *server;

struct pgsql_server *
directories_server(void)
{
	return server;
}

struct directory *
directories_connect(struct directory_lab *lab, enum db_use use)
{
	return directory_open(&lab->settings, use);
}

struct inquiry *
directories_inquiry(struct directory_lab *lab)
{
	const char *error = "";
	struct inquiry *inquiry = inquiry_new(&lab->settings, lab->arena,
	    &error);

	if (inquiry == NULL)
		fail_msg("%s", error);
	return inquiry;
}

void
directories_take_away(struct directory_lab *lab)
{
	directory_close(&lab->directory);
	if (lab->is_sqlite)
		assert_int_equal(rename(lab->settings.place,
		    arena_printf(lab->arena, "%s/away", lab->folder)), 0);
	else
		pgsql_server_stop(server);
}

void
directories_give_back(struct directory_lab *lab)
{
	if (lab->is_sqlite)
		assert_int_equal(rename(arena_printf(lab->arena, "%s/away",
		    lab->folder), lab->settings.place), 0);
	else
		pgsql_server_start(server);
	lab->directory = directories_connect(lab, DB_WRITE);
}

static int
upgrade(struct directory_lab *lab)
{
	struct db *db = db_new(&lab->settings, DB_CREATE);
	struct db_error error = { 0 };
	int64_t from;

	/* What a test before left behind. */
	if (!lab->is_sqlite && (db_begin(db, DB_TXN_WRITE, lab->arena,
	    &error) < 0 || db_script(db, lab->arena, "DROP SCHEMA public "
	    "CASCADE; CREATE SCHEMA public", &error) < 0 ||
	    db_commit(db, lab->arena, &error) < 0))
		fail_msg("%s", error.text);
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(from, 0);
	db_free(&db);
	return 0;
}

static int
set_up(void **state, bool is_sqlite)
{
	struct directory_lab *lab = calloc(1, sizeof(*lab));

	*state = lab;
	lab->arena = arena_new(0);
	lab->is_sqlite = is_sqlite;
	scratch_folder(lab->folder, "directory");
	lab->settings = (struct directory_settings){
		.kind = is_sqlite ? DIRECTORY_SQLITE : DIRECTORY_PGSQL,
		.place = is_sqlite ? arena_printf(lab->arena, "%s/db",
		    lab->folder) : pgsql_server_conninfo(server),
		.timeout_ms = TIMEOUT_MS,
	};
	upgrade(lab);
	lab->directory = directories_connect(lab, DB_WRITE);
	return 0;
}

static int
set_up_sqlite(void **state)
{
	return set_up(state, true);
}

static int
set_up_pgsql(void **state)
{
	return set_up(state, false);
}

static int
tear_down(void **state)
{
	struct directory_lab *lab = *state;

	directory_close(&lab->directory);
	scratch_remove(lab->folder);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static size_t
add_tests(struct CMUnitTest *all, const struct directory_test *tests,
    size_t count, bool on_sqlite)
{
	size_t added = 0;

	for (size_t i = 0; i < count; i++)
		if (tests[i].on != (on_sqlite ? ON_PGSQL : ON_SQLITE))
			all[added++] = (struct CMUnitTest){
				.name = tests[i].name,
				.test_func = tests[i].function,
				.setup_func = on_sqlite ? set_up_sqlite :
				    set_up_pgsql,
				.teardown_func = tear_down,
			};
	return added;
}

int
directories_run(const struct directory_test *tests, size_t count)
{
	struct CMUnitTest *all = calloc(2 * count, sizeof(*all));
	size_t added = add_tests(all, tests, count, true);
	const char *reason = NULL;
	int failed;

	server = pgsql_server_new(&reason);
	if (server != NULL) {
		pgsql_server_start(server);
		added += add_tests(all + added, tests, count, false);
	} else {
		printf("skipped: on PostgreSQL: %s\n", reason);
	}
	failed = _cmocka_run_group_tests("directories", all, added, NULL,
	    NULL);
	pgsql_server_free(&server);
	free(all);
	return failed;
}
