/* SPDX-License-Identifier: ISC */
/* sa_mimeheader.c - a header field of each part. */
#include "base/vec.h"
#include "mail/header.h"
#include "rules/place.h"
#include "rules/place/sa_private.h"

/* No more parts are looked at. */
#define PARTS_MAX 1000

static struct str
line_of(struct arena *arena, struct str value)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, value);
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

/* All fields of a part, decoded or not. */
static struct str
all_of(struct arena *arena, const struct vec *fields, bool is_raw)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		buf_add_str(&out, field->name);
		buf_add_text(&out, ": ");
		buf_add_str(&out, is_raw ? field->value :
		    sa_field_decode(arena, field->name, field->value));
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* The last field of this name; data NULL: there is none. */
static struct str
one_of(struct arena *arena, const struct vec *fields, struct str name,
    bool is_raw)
{
	for (size_t i = fields->len; i-- > 0;) {
		const struct header *field = vec_at(fields, i);

		if (str_eq_nocase(field->name, name))
			return line_of(arena, is_raw ? field->value :
			    sa_field_decode(arena, field->name, field->value));
	}
	return str_of(NULL, 0);
}

static void
read_mimeheader(struct view *view, const struct place *place,
    struct vec *texts)
{
	const struct vec *parts = sa_parts(view);
	bool is_raw = str_is(place->form, "raw");
	struct str value;

	for (size_t i = 0; i < parts->len && i < PARTS_MAX; i++) {
		const struct sa_part *part = vec_at(parts, i);

		value = str_is(place->name, "all") ?
		    all_of(view->arena, part->fields, is_raw) :
		    one_of(view->arena, part->fields, place->name, is_raw);
		if (value.data != NULL)
			*(struct str *)vec_push(texts) = value;
	}
}

const struct place_row place_sa_mimeheader = {
	.name = "sa_mimeheader",
	.words = "a header field of a part",
	.has_name = true,
	.read = read_mimeheader,
};
