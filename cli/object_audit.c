/* SPDX-License-Identifier: ISC */
/* object_audit.c - a change of the directory, as its audit has it. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"
#include "cli/clean.h"
#include "cli/object.h"
#include "cli/output.h"
#include "mail/policy.h"

/* A state is an object in the configuration's words, a value on each line:
 * "user ann@example.org {\n\tclass staff;\n}\n". */
static bool
next_value(struct str *rest, struct str *key_r, struct str *value_r)
{
	struct str line;

	while (str_cut(rest, '\n', &line)) {
		if (line.len < 2 || line.data[0] != '\t')
			continue;
		*value_r = str_sub(line, 1, line.len - 2);
		str_cut(value_r, ' ', key_r);
		return true;
	}
	return false;
}

static struct map *
read_state(const char *state, struct arena *arena)
{
	struct map *values = map_new(arena);
	struct str rest = str_from(state), key, value;

	while (next_value(&rest, &key, &value))
		map_put(values, key, str_dup(arena, value));
	return values;
}

/* What a key is that does not stand there. */
static const char *
default_of(const char *kind_name, const char *key)
{
	const struct directory_kind *kind = directory_kind_find(kind_name);
	const struct setting *row = kind != NULL ?
	    directory_kind_row(kind, key) : NULL;

	if (row != NULL && row->default_text != NULL)
		return row->default_text;
	return row == NULL && kind != NULL ? "(inherited)" : "(none)";
}

static void
add_value(struct table *table, const struct directory_audit *entry,
    struct str key, const char *before, const char *after)
{
	struct arena *arena = table->arena;
	const char *name = clean_str(arena, key);
	const char *other = default_of(entry->kind, name);

	if (before != NULL && after != NULL && strcmp(before, after) == 0)
		return;
	if (entry->before == NULL || entry->after == NULL)
		table_add(table, name, clean_text(arena,
		    before != NULL ? before : after));
	else
		table_add(table, name, arena_printf(arena, "%s -> %s",
		    before != NULL ? clean_text(arena, before) : other,
		    after != NULL ? clean_text(arena, after) : other));
}

static void
print_values(struct buf *out, const struct directory_audit *entry)
{
	struct map *before = read_state(entry->before, out->arena);
	struct map *after = read_state(entry->after, out->arena);
	struct table table;
	size_t at = 0;
	struct str key;
	void *value;

	table_init(&table, out->arena, 2);
	while (map_next(before, &at, &key, &value))
		add_value(&table, entry, key, value, map_find(after, key));
	at = 0;
	while (map_next(after, &at, &key, &value))
		if (map_find(before, key) == NULL)
			add_value(&table, entry, key, NULL, value);
	table_print(&table, out);
}

/* "ann@example.org" of a state: its first line, without kind and brace. */
static const char *
name_of(const char *state, struct arena *arena)
{
	struct str line = str_from(state), rest = line;

	str_cut(&rest, '\n', &line);
	line = str_from_pos(line, (size_t)(str_find(line, ' ') + 1));
	if (line.len > 2)
		line.len -= 2;
	return clean_str(arena, line);
}

static const char *
word_of(const char *kind_name, struct arena *arena)
{
	const struct directory_kind *kind = directory_kind_find(kind_name);

	return kind != NULL ? directory_kind_word(kind) :
	    clean_text(arena, kind_name);
}

void
object_audit_print(struct buf *out, const struct directory_audit *entry,
    bool wants_values)
{
	struct arena *arena = out->arena;
	const struct directory_kind *kind = directory_kind_find(entry->kind);
	bool is_single = kind != NULL && object_is_single(kind);

	buf_printf(out, "%s %s%s%s", clean_text(arena, entry->action),
	    word_of(entry->kind, arena), is_single ? "" : " ",
	    is_single ? "" : clean_text(arena, entry->name));
	if (strcmp(entry->action, "rename") == 0 && entry->after != NULL)
		buf_printf(out, " -> %s", name_of(entry->after, arena));
	buf_add_char(out, '\n');
	if (wants_values || is_single || (entry->before != NULL && entry->after != NULL))
		print_values(out, entry);
}

void
object_audit_json(struct buf *out, const struct directory_audit *entry)
{
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_int(&json, "id", entry->id);
	json_put_text(&json, "at", entry->at);
	json_put_text(&json, "who", entry->who);
	json_put_text(&json, "action", entry->action);
	json_put_text(&json, "kind", word_of(entry->kind, out->arena));
	json_put_text(&json, "name", entry->name);
	json_put_text(&json, "before", entry->before);
	json_put_text(&json, "after", entry->after);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}
