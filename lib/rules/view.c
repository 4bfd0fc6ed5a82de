/* SPDX-License-Identifier: ISC */
/* view.c - what rules have read of a message, kept until it is judged. */
#include "rules/view.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/header.h"
#include "mail/txn.h"

static struct vec *
vec_new(struct arena *arena, size_t item_size)
{
	struct vec *vec = arena_alloc(arena, sizeof(*vec));

	vec_init(vec, arena, item_size);
	return vec;
}

struct view *
view_new(struct txn *txn, const struct findings *findings)
{
	struct view *view = arena_zalloc(txn->arena, sizeof(*view));

	view->arena = txn->arena;
	view->txn = txn;
	view->findings = findings;
	view->texts = map_new(txn->arena);
	view->kept = map_new(txn->arena);
	buf_init(&view->key, txn->arena);
	return view;
}

/* The name of a place among the texts. */
static struct str
key_of(struct view *view, const struct place *place)
{
	buf_clear(&view->key);
	buf_add_char(&view->key, (char)place->kind);
	buf_add_str(&view->key, place->name);
	buf_add_char(&view->key, '\0');
	buf_add_str(&view->key, place->form);
	return buf_str(&view->key);
}

/* It stands in the map before it is read: a place may ask for others, and the
 * key is theirs then. */
const struct vec *
view_texts(struct view *view, const struct place *place)
{
	struct str key = key_of(view, place);
	struct vec *texts = map_find(view->texts, key);

	if (texts != NULL)
		return texts;
	texts = vec_new(view->arena, sizeof(struct str));
	map_put(view->texts, key, texts);
	place_row(place->kind)->read(view, place, texts);
	return texts;
}

struct str
view_header(struct view *view, const char *name, const char *form)
{
	struct place place = { PLACE_header, str_from(name), str_from(form) };
	const struct vec *texts = view_texts(view, &place);

	return texts->len > 0 ? *(struct str *)vec_at(texts, 0) :
	    str_of(NULL, 0);
}

/* Names are looked for by dozens of places, so they are sorted out once. */
static void
read_fields(struct view *view)
{
	const struct vec *fields = &view->txn->headers.fields;

	view->fields = map_new(view->arena);
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);
		struct str name = str_lower(view->arena, field->name);
		struct vec *known;

		if (field->is_ours || field->is_removed)
			continue;
		known = map_find(view->fields, name);
		if (known == NULL) {
			known = vec_new(view->arena, sizeof(field));
			map_put(view->fields, name, known);
		}
		if (known->len < VIEW_FIELDS_MAX)
			*(const struct header **)vec_push(known) = field;
	}
}

const struct vec *
view_fields(struct view *view, struct str name)
{
	static const struct vec none = { .item_size = sizeof(void *) };
	const struct vec *found;

	if (view->fields == NULL)
		read_fields(view);
	found = map_find(view->fields, name);
	return found != NULL ? found : &none;
}

const struct content *
view_content(struct view *view)
{
	return content_of(view->txn);
}

void **
view_kept(struct view *view, const char *name)
{
	void **slot = map_find(view->kept, str_from(name));

	if (slot == NULL) {
		slot = arena_zalloc(view->arena, sizeof(*slot));
		map_put(view->kept, str_from(name), slot);
	}
	return slot;
}
