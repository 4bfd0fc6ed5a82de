/* SPDX-License-Identifier: ISC */
/* lanes_describe.c - lanes as octets, by which their cache is named.
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
