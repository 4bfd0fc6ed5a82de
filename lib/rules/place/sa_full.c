/* SPDX-License-Identifier: ISC */
/* sa_full.c - the whole message as it stands, lines ended by LF. */
#include "base/vec.h"
#include "mail/header.h"
#include "mail/spool.h"
#include "mail/txn.h"
#include "rules/place.h"
#include "rules/place/sa_private.h"

static void
add_lines(struct buf *out, struct str body)
{
	buf_reserve(out, body.len + 1);
	while (body.len != 0) {
		ptrdiff_t end = str_find(body, '\r');
		size_t len = end >= 0 ? (size_t)end : body.len;

		buf_add_str(out, str_sub(body, 0, len));
		if (len + 1 < body.len && body.data[len + 1] != '\n')
			buf_add_char(out, '\r');
		body = str_from_pos(body, len + 1);
	}
}

static void
read_full(struct view *view, const struct place *place, struct vec *texts)
{
	const struct txn *txn = view->txn;
	struct str body = STR("");
	struct buf out;

	(void)place;
	buf_init(&out, view->arena);
	for (size_t i = 0; i < txn->headers.fields.len; i++) {
		const struct header *field = vec_at(&txn->headers.fields, i);

		if (field->is_ours)
			continue;
		buf_add_str(&out, field->name);
		buf_add_char(&out, ':');
		buf_add_str(&out, field->value);
		buf_add_char(&out, '\n');
	}
	buf_add_char(&out, '\n');
	if (txn->body != NULL && spool_data(txn->body, &body) == 0)
		add_lines(&out, body);
	*(struct str *)vec_push(texts) = buf_str(&out);
}

const struct place_row place_sa_full = {
	.name = "sa_full",
	.words = "the whole message as it came",
	.read = read_full,
};
