/* SPDX-License-Identifier: ISC */
/* fuzz_sql_dump.c - a dump of a database, as it comes from elsewhere, through
 * every importer of such. */
#include "base/arena.h"
#include "base/vec.h"
#include "directory/db.h"
#include "directory/directory_text.h"
#include "directory/import.h"
#include "directory/sql_dump.h"
#include "fuzz.h"

/* All rows are there, whatever columns are asked for. */
static void
read_rows(struct arena *arena, struct str text)
{
	static const char *const tables[] = { "a", "alias", NULL };
	static const char *const columns[] = { "b", "address", "no_such" };
	const char *error = NULL;
	struct sql_dump *dump = sql_dump_read("x", text, tables, arena,
	    &error);
	struct db_rows rows;

	must((dump == NULL) == (error != NULL));
	if (dump == NULL || !sql_dump_rows(dump, "alias", columns, 3, arena,
	    &rows))
		return;
	for (size_t i = 0; i < rows.count; i++) {
		must(db_value(&rows, i, 2).data == NULL);
		must(db_value(&rows, i, 1).data == NULL ||
		    db_value(&rows, i, 1).data[db_value(&rows, i, 1).len] ==
		    '\0');
	}
}

/* What is made can be read again. */
static void
run_importer(struct arena *arena, const struct importer *importer,
    struct str text)
{
	struct import import;
	struct vec objects, warnings;
	const char *error = "";
	struct buf out;

	if (import_run(&import, importer, "x", text, arena) < 0) {
		must(import.error != NULL);
		return;
	}
	buf_init(&out, arena);
	for (size_t i = 0; i < import.objects.len; i++)
		buf_add_text(&out, directory_object_print(((struct
		    directory_text *)vec_at(&import.objects, i))->object,
		    arena));
	vec_init(&objects, arena, sizeof(struct directory_text));
	vec_init(&warnings, arena, sizeof(const char *));
	must(directory_text_parse("x", buf_str(&out), arena, &objects,
	    &warnings, &error) == 0);
	must(objects.len == import.objects.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str text = str_copy(arena, str_of((const char *)data, size));

	read_rows(arena, text);
	for (size_t i = 0; importers[i] != NULL; i++)
		run_importer(arena, importers[i], text);
	arena_free(&arena);
	return 0;
}
