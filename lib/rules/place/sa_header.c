/* SPDX-License-Identifier: ISC */
/* sa_header.c - a header field as SpamAssassin's rules see it: all of one name in
 * one text. */
#include "base/vec.h"
#include "rules/place.h"
#include "rules/place/sa_private.h"

/* Texts that follow each other in memory already are one; data NULL: they do
 * not. */
static struct str
as_one(const struct vec *values)
{
	struct str whole = *(struct str *)vec_at(values, 0);

	for (size_t i = 1; i < values->len; i++) {
		struct str text = *(struct str *)vec_at(values, i);

		if (text.data != whole.data + whole.len)
			return str_of(NULL, 0);
		whole.len += text.len;
	}
	return whole;
}

/* Values that end in a line end stand behind each other, others on lines of
 * their own. */
static struct str
join(struct view *view, const struct vec *values)
{
	struct str first = *(struct str *)vec_at(values, 0), whole;
	bool has_ends = first.len != 0 && first.data[first.len - 1] == '\n';
	struct buf out;

	if (values->len == 1)
		return first;
	whole = has_ends ? as_one(values) : str_of(NULL, 0);
	if (whole.data != NULL)
		return whole;
	buf_init(&out, view->arena);
	for (size_t i = 0; i < values->len; i++) {
		if (i != 0 && !has_ends)
			buf_add_char(&out, '\n');
		buf_add_str(&out, *(struct str *)vec_at(values, i));
	}
	return buf_str(&out);
}

static void
read_header(struct view *view, const struct place *place, struct vec *texts)
{
	struct vec values;

	vec_init(&values, view->arena, sizeof(struct str));
	sa_get(view, place->name, place->form, &values);
	if (values.len != 0)
		*(struct str *)vec_push(texts) = join(view, &values);
}

const struct place_row place_sa_header = {
	.name = "sa_header",
	.words = "a header field as SpamAssassin sees it",
	.has_name = true,
	.read = read_header,
};
