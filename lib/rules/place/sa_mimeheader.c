/* SPDX-License-Identifier: ISC */
/* sa_mimeheader.c - a header field of each part. */
#include "base/vec.h"
#include "mail/header.h"
#include "mail/txn.h"
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

/* As it stands, without the white space in front of it but in the message's own
 * header. */
static struct str
raw_value(const struct vec *fields, const struct vec *own, struct str value)
{
	while (fields != own && value.len != 0 && char_is_space(value.data[0]))
		value = str_from_pos(value, 1);
	return value;
}

/* Folds as one blank. */
static void
add_unfolded(struct buf *out, struct str value)
{
	struct str line;

	while (str_cut(&value, '\n', &line)) {
		line.len -= line.len != 0 && value.data != NULL &&
		    line.data[line.len - 1] == '\r';
		buf_add_str(out, line);
		if (value.data == NULL)
			break;
		buf_add_char(out, ' ');
		while (value.len != 0 && char_is_space(value.data[0]))
			value = str_from_pos(value, 1);
	}
}

/* All fields of a part, decoded or not. */
static struct str
all_of(struct arena *arena, const struct vec *fields, const struct vec *own,
    bool is_raw)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < fields->len; i++) {
		const struct header *field = vec_at(fields, i);

		buf_add_str(&out, field->name);
		buf_add_text(&out, ": ");
		if (is_raw)
			add_unfolded(&out, raw_value(fields, own,
			    field->value));
		else
			buf_add_str(&out, sa_field_decode(arena, field->name,
			    field->value));
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* The last field of this name; data NULL: there is none. */
static struct str
one_of(struct arena *arena, const struct vec *fields, const struct vec *own,
    struct str name, bool is_raw)
{
	for (size_t i = fields->len; i-- > 0;) {
		const struct header *field = vec_at(fields, i);

		if (str_eq_nocase(field->name, name))
			return line_of(arena, is_raw ?
			    raw_value(fields, own, field->value) :
			    sa_field_decode(arena, field->name, field->value));
	}
	return str_of(NULL, 0);
}

static void
read_mimeheader(struct view *view, const struct place *place,
    struct vec *texts)
{
	const struct vec *parts = sa_parts(view);
	const struct vec *own = &view->txn->headers.fields;
	bool is_raw = str_is(place->form, "raw");
	struct str value;

	for (size_t i = 0; i < parts->len && i < PARTS_MAX; i++) {
		const struct sa_part *part = vec_at(parts, i);

		value = str_is(place->name, "all") ?
		    all_of(view->arena, part->fields, own, is_raw) :
		    one_of(view->arena, part->fields, own, place->name,
		    is_raw);
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
