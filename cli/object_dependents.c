/* SPDX-License-Identifier: ISC */
/* object_dependents.c - what names an object, told. */
#include "cli/object_dependents.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/clean.h"
#include "cli/object.h"
#include "cli/output.h"

/* So many of each way to name it are told to people, and to programs. */
#define NAMED_MAX 20
#define JSON_MAX 10000

int
object_dependents(struct object_job *job, struct vec *dependents)
{
	return directory_dependents(job->directory, job->arena, job->kind,
	    job->key, job->options->wants_json ? JSON_MAX : NAMED_MAX + 1,
	    dependents, &job->error);
}

/* Whoever asks about a domain wants to know how many addresses it has, not
 * which: others tell. */
static bool
is_told(const struct directory_dependent *one)
{
	return !one->kind->is_address ||
	    one->reference->how != REFERENCE_OWNER;
}

static void
add_line(struct table *table, const struct directory_dependent *one,
    bool is_last)
{
	struct arena *arena = table->arena;

	table_add(table, directory_kind_word(one->kind), is_last ?
	    "and more" : clean_text(arena, one->name), arena_printf(arena,
	    "by its '%s'", one->reference->key));
}

/* Those that name it in the same way stand together. */
void
object_dependents_print(struct buf *out, const char *title,
    const struct vec *dependents)
{
	const struct directory_reference *before = NULL;
	struct table table;
	size_t count = 0;

	table_init(&table, out->arena, 3);
	for (size_t i = 0; i < dependents->len; i++) {
		const struct directory_dependent *one = vec_at(dependents, i);

		count = one->reference == before ? count + 1 : 1;
		before = one->reference;
		if (is_told(one) && count <= NAMED_MAX + 1)
			add_line(&table, one, count > NAMED_MAX);
	}
	if (table.cells.len == 0)
		return;
	buf_printf(out, "%s\n", title);
	table_print(&table, out);
}

void
object_dependents_json(struct json_writer *json, const struct vec *dependents)
{
	json_begin_array(json, "named_by");
	for (size_t i = 0; i < dependents->len; i++) {
		const struct directory_dependent *one = vec_at(dependents, i);

		if (!is_told(one))
			continue;
		json_begin_object(json, NULL);
		json_put_text(json, "kind", directory_kind_word(one->kind));
		json_put_text(json, "name", one->name);
		json_put_text(json, "key", one->reference->key);
		json_end_object(json);
	}
	json_end_array(json);
}
