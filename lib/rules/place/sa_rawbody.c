/* SPDX-License-Identifier: ISC */
/* sa_rawbody.c - the decoded text parts, HTML as it stands, in pieces of 2 to
 * 4 KB. */
#include "base/vec.h"
#include "rules/place.h"
#include "rules/place/sa_options.h"
#include "rules/place/sa_private.h"

/* A cut may wait so long for a good place. */
#define SLACK ((size_t)1024)

/* Where c is within len octets of text behind `at`; text.len: nowhere. */
static size_t
find(struct str text, size_t at, size_t len, char c)
{
	ptrdiff_t found = str_find(str_sub(text, at, len), c);

	return found < 0 ? text.len : at + (size_t)found;
}

/* The first of a line end, ">" and a blank that is near; text.len: none. */
static size_t
good_end(struct str text, size_t at, size_t slack)
{
	static const char ends[] = { '\n', '>', ' ' };
	size_t end = text.len;

	for (size_t i = 0; i < sizeof(ends) && end == text.len; i++)
		end = find(text, at, slack, ends[i]);
	return end;
}

static struct str
cut_to_scan(struct str text, size_t scan)
{
	size_t end;

	if (text.len <= scan)
		return text;
	end = good_end(text, scan, SLACK + 1);
	return str_sub(text, 0, end < text.len ? end + 1 : scan);
}

static void
split(struct str text, struct vec *texts)
{
	while (text.len > 2 * SA_LINE_MAX) {
		size_t end = good_end(text, SA_LINE_MAX, SA_LINE_MAX);

		if (end >= 2 * SA_LINE_MAX)
			end = SA_LINE_MAX;
		*(struct str *)vec_push(texts) = str_sub(text, 0, end + 1);
		text = str_from_pos(text, end + 1);
	}
	if (text.len != 0)
		*(struct str *)vec_push(texts) = text;
}

static bool
is_text(const struct sa_part *part)
{
	struct str type = sa_part_effective_type(part);
	size_t len = str_has_prefix_nocase(type, STR("text")) ? 4 :
	    str_has_prefix_nocase(type, STR("message")) ? 7 : 0;

	return len != 0 && (type.len == len ||
	    !char_is_alnum(type.data[len])) &&
	    !str_is(part->type, "text/calendar");
}

static void
read_rawbody(struct view *view, const struct place *place, struct vec *texts)
{
	const struct vec *parts = sa_parts(view);

	(void)place;
	for (size_t i = 0; i < parts->len; i++) {
		struct sa_part *part = vec_at(parts, i);
		struct str text;

		if (!part->is_leaf || !is_text(part))
			continue;
		text = cut_to_scan(sa_part_decoded(view, part),
		    sa_options_of(view)->rawbody_scan);
		if (text.len <= SA_LINE_MAX)
			*(struct str *)vec_push(texts) = text;
		else
			split(text, texts);
	}
}

const struct place_row place_sa_rawbody = {
	.name = "sa_rawbody",
	.words = "the decoded text parts, markup too",
	.read = read_rawbody,
};
