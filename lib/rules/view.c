/* SPDX-License-Identifier: ISC */
/* view.c - what rules have read of a message, kept until it is judged. */
#include "rules/view.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "mime/words.h"
#include "rules/pattern.h"
#include "rules/places.h"

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
	view->kept = map_new(txn->arena);
	buf_init(&view->key, txn->arena);
	return view;
}

void
view_number(struct view *view, const struct places *places)
{
	if (view->places == places)
		return;
	view->places = places;
	view->texts = arena_zalloc(view->arena,
	    (places_last(places) + 1) * sizeof(*view->texts));
	view->fields = NULL;
	view->made = NULL;
}

/* --- texts -------------------------------------------------------------------- */

/* Most places have none: these share one list, and the memory for the texts
 * serves the next place. The place may ask for others meanwhile. */
static const struct vec *
read_texts(struct view *view, const struct place *place)
{
	static const struct vec none = { .item_size = sizeof(struct str) };
	struct vec *texts = view->spare;

	view->spare = NULL;
	if (texts == NULL)
		texts = vec_new(view->arena, sizeof(struct str));
	place_row(place->kind)->read(view, place, texts);
	if (texts->len > 0)
		return texts;
	view->spare = texts;
	return &none;
}

static const struct vec *
named_texts(struct view *view, const struct place *place)
{
	const struct vec *texts;

	if (view->named == NULL)
		view->named = map_new(view->arena);
	texts = map_find(view->named, place_key(&view->key, place));
	if (texts != NULL)
		return texts;
	texts = read_texts(view, place);
	map_put(view->named, place_key(&view->key, place), (void *)texts);
	return texts;
}

const struct vec *
view_texts(struct view *view, const struct place *place)
{
	uint32_t number = place->number;

	if (number == 0 && view->places != NULL)
		number = places_find(view->places, &view->key, place);
	if (number == 0)
		return named_texts(view, place);
	if (view->texts[number] == NULL)
		view->texts[number] = read_texts(view,
		    places_at(view->places, number));
	return view->texts[number];
}

struct str
view_header(struct view *view, const char *name, const char *form)
{
	struct place place = { .kind = PLACE_header, .name = str_from(name),
		.form = str_from(form) };
	const struct vec *texts = view_texts(view, &place);

	return texts->len > 0 ? *(struct str *)vec_at(texts, 0) :
	    str_of(NULL, 0);
}

struct str
view_author(struct view *view)
{
	struct str *author = view->facts[VIEW_AUTHOR];

	if (author == NULL) {
		author = arena_alloc(view->arena, sizeof(*author));
		*author = view_header(view, "from", "addr:domain");
		view->facts[VIEW_AUTHOR] = author;
	}
	return *author;
}

/* --- header fields ------------------------------------------------------------ */

static const struct vec no_fields = { .item_size = sizeof(struct header *) };

static void
add_field(struct view *view, struct vec **fields, const struct header *field)
{
	if (*fields == NULL)
		*fields = vec_new(view->arena, sizeof(field));
	if ((*fields)->len < VIEW_FIELDS_MAX)
		*(const struct header **)vec_push(*fields) = field;
}

/* All that places are about are sorted out at once. */
static void
sort_fields(struct view *view)
{
	const struct vec *fields = &view->txn->headers.fields;

	view->fields = arena_zalloc(view->arena,
	    (places_last_field(view->places) + 1) * sizeof(*view->fields));
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);
		uint32_t number = places_field(view->places, field->name);

		if (number != 0 && !field->is_ours && !field->is_removed)
			add_field(view, &view->fields[number], field);
	}
}

static const struct vec *
numbered_fields(struct view *view, uint32_t number)
{
	if (view->fields == NULL)
		sort_fields(view);
	return view->fields[number] != NULL ? view->fields[number] :
	    &no_fields;
}

static const struct vec *
named_fields(struct view *view, struct str name)
{
	const struct vec *fields = &view->txn->headers.fields;
	struct vec *found = NULL;

	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		if (str_eq_nocase(field->name, name) && !field->is_ours &&
		    !field->is_removed)
			add_field(view, &found, field);
	}
	return found != NULL ? found : &no_fields;
}

const struct vec *
view_fields(struct view *view, struct str name)
{
	uint32_t number = view->places != NULL ?
	    places_field(view->places, name) : 0;

	return number != 0 ? numbered_fields(view, number) :
	    named_fields(view, name);
}

const struct vec *
view_fields_at(struct view *view, const struct place *place)
{
	return place->field != 0 ? numbered_fields(view, place->field) :
	    view_fields(view, place->name);
}

/* Of each field of the message, by its place there. */
struct view_field {
	struct str decoded;		/* data NULL: not yet */
	const struct vec *addresses;	/* NULL: the same */
};

static struct view_field *
values_of(struct view *view, const struct header *field)
{
	const struct vec *fields = &view->txn->headers.fields;

	if (view->values == NULL)
		view->values = arena_zalloc(view->arena,
		    fields->len * sizeof(*view->values));
	return &view->values[field - (const struct header *)fields->items];
}

struct str
view_decoded(struct view *view, const struct header *field)
{
	struct str *decoded = &values_of(view, field)->decoded;

	if (decoded->data == NULL)
		*decoded = words_decode(view->arena, field->value, NULL);
	return *decoded;
}

/* Of the one From field they are known already. */
static const struct vec *
read_addresses(struct view *view, const struct header *field)
{
	struct txn *txn = view->txn;
	const char *error;
	struct vec *list;

	if (str_is_nocase(field->name, "From") && txn_from_fields(txn) == 1 &&
	    txn_from(txn)->len < TXN_FROM_MAX)
		return txn_from(txn);
	list = vec_new(view->arena, sizeof(struct address));
	address_parse_list(view->arena, field->value, VIEW_ADDRESSES_MAX,
	    list, &error);
	return list;
}

const struct vec *
view_addresses(struct view *view, const struct header *field)
{
	const struct vec **addresses = &values_of(view, field)->addresses;

	if (*addresses == NULL)
		*addresses = read_addresses(view, field);
	return *addresses;
}

/* --- what the message says ---------------------------------------------------- */

const struct content *
view_content(struct view *view)
{
	return content_of(view->txn);
}

struct pattern_scratch *
view_scratch(struct view *view, unsigned match_limit)
{
	if (view->scratch == NULL)
		view->scratch = pattern_scratch_new(view->arena, match_limit);
	pattern_scratch_bound(view->scratch, match_limit);
	return view->scratch;
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

void **
view_made(struct view *view, const struct place *place, enum view_made what)
{
	size_t size = VIEW_MADE_COUNT * sizeof(void *);
	void ***made;

	if (place->number == 0)
		return view_kept(view, arena_printf(view->arena,
		    "made %d of %d %.*s %.*s", (int)what, (int)place->kind,
		    STR_ARG(place->name), STR_ARG(place->form)));
	if (view->made == NULL)
		view->made = arena_zalloc(view->arena,
		    (places_last(view->places) + 1) * sizeof(*view->made));
	made = &view->made[place->number];
	if (*made == NULL)
		*made = arena_zalloc(view->arena, size);
	return &(*made)[what];
}
