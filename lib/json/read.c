/* SPDX-License-Identifier: ISC */
/* read.c - reads JSON that came from outside, by jansson. */
#include "json/read.h"

#include <jansson.h>

#include "base/arena.h"
#include "json/node.h"

static int
read_member(struct arena *arena, const json_t *object, const char *key,
    struct str *text_r, const char **error_r)
{
	const json_t *member = json_object_get(object, key);

	if (json_is_string(member)) {
		*text_r = str_copy(arena, str_of(json_string_value(member),
		    json_string_length(member)));
		return 0;
	}
	if (json_is_integer(member)) {
		*text_r = str_from(arena_printf(arena,
		    "%" JSON_INTEGER_FORMAT, json_integer_value(member)));
		return 0;
	}
	*error_r = arena_printf(arena, "bad-request give a JSON object with "
	    "the text \"%s\"", key);
	return -1;
}

int
json_read_text(struct arena *arena, struct str json, const char *key,
    struct str *text_r, const char **error_r)
{
	json_error_t where;
	json_t *object = json_loadb(json.data, json.len,
	    JSON_REJECT_DUPLICATES, &where);
	int status;

	if (object == NULL) {
		*error_r = arena_printf(arena, "bad-request JSON, byte %d: %s",
		    where.position, where.text);
		return -1;
	}
	status = read_member(arena, object, key, text_r, error_r);
	json_decref(object);
	return status;
}

static void copy_value(struct arena *arena, json_t *value, struct node *node);

static void
copy_list(struct arena *arena, json_t *list, struct node *node)
{
	struct node *items;

	node->kind = NODE_LIST;
	node->count = json_array_size(list);
	items = arena_zalloc(arena, node->count * sizeof(*items));
	for (size_t i = 0; i < node->count; i++)
		copy_value(arena, json_array_get(list, i), &items[i]);
	node->items = items;
}

static void
copy_object(struct arena *arena, json_t *object, struct node *node)
{
	struct node *items;
	const char **keys, *key;
	json_t *value;
	size_t i = 0;

	node->kind = NODE_OBJECT;
	node->count = json_object_size(object);
	items = arena_zalloc(arena, node->count * sizeof(*items));
	keys = arena_alloc(arena, node->count * sizeof(*keys));
	json_object_foreach(object, key, value) {
		keys[i] = arena_strdup(arena, key);
		copy_value(arena, value, &items[i++]);
	}
	node->items = items;
	node->keys = keys;
}

static void
copy_value(struct arena *arena, json_t *value, struct node *node)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		copy_object(arena, value, node);
		break;
	case JSON_ARRAY:
		copy_list(arena, value, node);
		break;
	case JSON_STRING:
		node->kind = NODE_TEXT;
		node->text = arena_strndup(arena, json_string_value(value),
		    json_string_length(value));
		break;
	case JSON_INTEGER:
		node->kind = NODE_NUMBER;
		node->number = json_number_value(value);
		node->text = arena_printf(arena, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		break;
	case JSON_REAL:
		node->kind = NODE_NUMBER;
		node->number = json_real_value(value);
		node->text = arena_printf(arena, "%g", node->number);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		node->kind = NODE_BOOL;
		node->is_true = json_is_true(value);
		break;
	case JSON_NULL:
		break;
	}
}

const struct node *
json_read(struct arena *arena, struct str json, const char **error_r)
{
	json_error_t where;
	json_t *value = json_loadb(json.data, json.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
	struct node *node;

	if (value == NULL) {
		*error_r = arena_printf(arena, "not JSON, byte %d: %s",
		    where.position, where.text);
		return NULL;
	}
	node = arena_zalloc(arena, sizeof(*node));
	copy_value(arena, value, node);
	json_decref(value);
	return node;
}
