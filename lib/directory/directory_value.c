/* SPDX-License-Identifier: ISC */
/* directory_value.c - values of settings as columns of the database. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "directory/directory_private.h"

static const void *
field_of(const struct setting *row, const void *values)
{
	return (const char *)values + row->offset;
}

bool
value_is_column(const struct setting *row)
{
	return row->kind != SETTING_LIST;
}

/* Numbers are plain, so that SQL can reckon with them: bytes, milliseconds. */
struct str
value_to_column(const struct setting *row, const void *values,
    struct arena *arena)
{
	const void *field = field_of(row, values);

	switch (row->kind) {
	case SETTING_BOOL:
		return *(const bool *)field ? STR("1") : STR("0");
	case SETTING_INT:
	case SETTING_SIZE:
	case SETTING_DURATION:
		return str_from(arena_printf(arena, "%" PRId64,
		    *(const int64_t *)field));
	case SETTING_TEXT:
		if (*(const char *const *)field == NULL)
			return (struct str){ 0 };
		return str_from(*(const char *const *)field);
	default:
		return str_from(setting_print(row, values, arena));
	}
}

/* SQLite has 1 and 0 for truth, PostgreSQL t and f. */
static int
read_bool(struct str column, bool *field)
{
	*field = str_is(column, "1") || str_is(column, "t");
	return *field || str_is(column, "0") || str_is(column, "f") ? 0 : -1;
}

static int
read_number(struct str column, int64_t *field)
{
	uint64_t number;

	if (str_to_u64(column, INT64_MAX, &number) < 0)
		return -1;
	*field = (int64_t)number;
	return 0;
}

int
value_from_column(const struct setting *row, void *values, struct str column,
    struct arena *arena)
{
	void *field = (char *)values + row->offset;
	const char *error;

	switch (row->kind) {
	case SETTING_BOOL:
		return read_bool(column, field);
	case SETTING_INT:
	case SETTING_SIZE:
	case SETTING_DURATION:
		return read_number(column, field);
	case SETTING_TEXT:
		*(const char **)field = column.data;
		return 0;
	default:
		return column.data == NULL ? -1 : setting_parse(row, values,
		    &column.data, 1, arena, &error);
	}
}

/* Prints it: two values are the same that look the same. */
bool
directory_value_is_default(const struct setting *row, const void *values,
    struct arena *arena)
{
	const void *field = field_of(row, values);

	if (row->kind == SETTING_TEXT && row->default_text == NULL)
		return *(const char *const *)field == NULL;
	if (row->kind == SETTING_LIST && row->default_text == NULL)
		return ((const struct setting_list *)field)->count == 0;
	return row->default_text != NULL && strcmp(row->default_text,
	    setting_print(row, values, arena)) == 0;
}

struct setting_list
value_texts(const struct setting *row, const void *values,
    struct arena *arena)
{
	const void *field = field_of(row, values);
	const char **text;

	if (row->kind == SETTING_LIST)
		return *(const struct setting_list *)field;
	text = arena_alloc(arena, sizeof(*text));
	*text = row->kind == SETTING_TEXT ? *(const char *const *)field :
	    setting_print(row, values, arena);
	return (struct setting_list){ *text != NULL, text };
}

const char *
value_key(const struct directory_object *object, size_t i)
{
	const struct setting *row = &object->kind->rows[i];

	return *(const char *const *)field_of(row, object->values);
}

const char *const *
value_keys(const struct directory_object *object, struct arena *arena)
{
	const char **keys = arena_alloc(arena,
	    object->kind->key_count * sizeof(*keys));

	for (size_t i = 0; i < object->kind->key_count; i++)
		keys[i] = value_key(object, i);
	return keys;
}
