/* SPDX-License-Identifier: ISC */
/* object_print.c - the values of an object, for people and in JSON. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/object.h"
#include "mail/policy.h"

static const void *
field_of(const struct setting *row, const void *values)
{
	return (const char *)values + row->offset;
}

/* --- for people ------------------------------------------------------------ */

/* Lines and tabs of a text do not break a table. */
static const char *
one_line(const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return clean_text(arena, copy);
}

static const char *
list_value(const struct setting_list *list, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < list->count; i++)
		buf_printf(&out, "%s%s", i != 0 ? " " : "",
		    one_line(list->texts[i], arena));
	return out.data;
}

const char *
object_value(const struct setting *row, const void *values,
    struct arena *arena)
{
	const void *field = field_of(row, values);

	if (row->kind == SETTING_LIST)
		return list_value(field, arena);
	if (row->kind != SETTING_TEXT)
		return setting_print(row, values, arena);
	return *(const char *const *)field == NULL ? "" :
	    one_line(*(const char *const *)field, arena);
}

static const struct setting *
status_row(const struct directory_kind *kind)
{
	return directory_kind_row(kind, "status");
}

const char *
object_status(const struct directory_object *object, struct arena *arena)
{
	const struct setting *row = status_row(object->kind);

	if (row == NULL || directory_value_is_default(row, object->values,
	    arena))
		return NULL;
	return setting_print(row, object->values, arena);
}

/* As `set` takes it again; a text with blanks stands in quotes. */
static void
add_pair(struct buf *out, const struct setting *row, const void *values)
{
	const struct setting_list *list = field_of(row, values);

	if (row->kind != SETTING_LIST) {
		buf_printf(out, "%s%s=%s", out->len != 0 ? " " : "", row->key,
		    clean_text(out->arena, setting_print(row, values,
		    out->arena)));
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		buf_printf(out, "%s%s=", out->len != 0 ? " " : "", row->key);
		setting_quote(out, clean_text(out->arena, list->texts[i]));
	}
}

const char *
object_settings(const struct directory_object *object, struct arena *arena)
{
	const struct directory_kind *kind = object->kind;
	size_t count = kind->row_count - kind->derived_count, policy_count;
	const struct setting *policies = policy_rows(&policy_count);
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = kind->key_count; i < count; i++)
		if (&kind->rows[i] != status_row(kind) &&
		    !directory_value_is_default(&kind->rows[i], object->values,
		    arena))
			add_pair(&out, &kind->rows[i], object->values);
	for (size_t i = 0; object->policy != NULL && i < policy_count; i++)
		if (object->has_policy[i])
			add_pair(&out, &policies[i], object->policy);
	return out.data;
}

/* --- JSON ------------------------------------------------------------------ */

static void
put_list(struct json_writer *json, const char *key,
    const struct setting_list *list)
{
	json_begin_array(json, key);
	for (size_t i = 0; i < list->count; i++)
		json_put_text(json, NULL, list->texts[i]);
	json_end_array(json);
}

/* Sizes are bytes; durations are texts, since no unit would be everybody's. */
void
object_put_value(struct json_writer *json, const struct setting *row,
    const void *values)
{
	const void *field = field_of(row, values);

	switch (row->kind) {
	case SETTING_BOOL:
		json_put_bool(json, row->key, *(const bool *)field);
		break;
	case SETTING_INT:
	case SETTING_SIZE:
		json_put_int(json, row->key, *(const int64_t *)field);
		break;
	case SETTING_REAL:
		json_put_real(json, row->key, *(const double *)field);
		break;
	case SETTING_TEXT:
		json_put_text(json, row->key, *(const char *const *)field);
		break;
	case SETTING_LIST:
		put_list(json, row->key, field);
		break;
	default:
		json_put_text(json, row->key, setting_print(row, values,
		    json->out->arena));
	}
}

void
object_put_json(struct json_writer *json,
    const struct directory_object *object)
{
	const struct directory_kind *kind = object->kind;
	size_t count;
	const struct setting *policies = policy_rows(&count);

	json_put_text(json, "kind", directory_kind_word(kind));
	for (size_t i = 0; i < kind->row_count; i++)
		object_put_value(json, &kind->rows[i], object->values);
	if (object->policy == NULL)
		return;
	json_begin_object(json, "policy");
	for (size_t i = 0; i < count; i++)
		if (object->has_policy[i])
			object_put_value(json, &policies[i], object->policy);
	json_end_object(json);
}
