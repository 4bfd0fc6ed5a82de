/* SPDX-License-Identifier: ISC */
/* lanes_describe.c - lanes as octets: what their cache is named by, and what who
 * compiles them gets.
 *
 * Numbers have 32 bits, the lowest octet first: of lanes; for each, of patterns;
 * for each pattern its flags, its length, and its text. */
#include "rules/lane_private.h"

#include "base/arena.h"

static void
put_number(struct buf *out, size_t number)
{
	for (int shift = 0; shift < 32; shift += 8)
		buf_add_char(out, (char)(number >> shift & 0xff));
}

struct str
lanes_describe(const struct lanes *lanes, struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena);
	put_number(&out, lanes->lanes.len);
	for (size_t i = 0; i < lanes->lanes.len; i++) {
		struct lane *lane = *(struct lane **)vec_at(&lanes->lanes, i);

		put_number(&out, lane->count);
		for (size_t j = 0; j < lane->count; j++) {
			const struct pattern_source *source =
			    &lane->patterns[j].source;

			put_number(&out, source->flags);
			put_number(&out, source->text.len);
			buf_add_str(&out, source->text);
		}
	}
	return buf_str(&out);
}

static bool
take_number(struct str *rest, size_t *number_r)
{
	if (rest->len < 4)
		return false;
	*number_r = 0;
	for (size_t i = 0; i < 4; i++)
		*number_r |= (size_t)(unsigned char)rest->data[i] << 8 * i;
	*rest = str_from_pos(*rest, 4);
	return true;
}

static bool
take_pattern(struct str *rest, struct lane_pattern *pattern)
{
	size_t flags, len;

	if (!take_number(rest, &flags) || !take_number(rest, &len) ||
	    len > rest->len)
		return false;
	pattern->source.flags = (unsigned)flags;
	pattern->source.text = str_sub(*rest, 0, len);
	*rest = str_from_pos(*rest, len);
	return true;
}

static bool
take_lane(struct lanes *lanes, struct str *rest)
{
	struct vec patterns;
	size_t count;

	vec_init(&patterns, lanes->arena, sizeof(struct lane_pattern));
	if (!take_number(rest, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take_pattern(rest, vec_push(&patterns)))
			return false;
	lanes_add(lanes, patterns.items, count);
	return true;
}

struct lanes *
lanes_described(struct arena *arena, struct str description)
{
	struct lanes *lanes = lanes_new(arena);
	size_t count;

	if (!take_number(&description, &count))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!take_lane(lanes, &description))
			return NULL;
	return description.len == 0 ? lanes : NULL;
}
