/* SPDX-License-Identifier: ISC */
/* lane_text.c - texts in which letters stand that are others under /i. */
#include "rules/lane_text.h"

#define LONG_S "\xc5\xbf"
#define KELVIN "\xe2\x84\xaa"

static const char *
find(struct str text, const char *letter)
{
	return memmem(text.data, text.len, letter, strlen(letter));
}

bool
lane_text_is_strange(struct str text)
{
	return !str_is_ascii(text) && (find(text, LONG_S) != NULL ||
	    find(text, KELVIN) != NULL);
}

struct str
lane_text_plain(struct str text, struct buf *out)
{
	const char *data = text.data;

	buf_clear(out);
	buf_reserve(out, text.len);
	for (size_t i = 0; i < text.len; i++) {
		size_t left = text.len - i;

		if (left >= 2 && memcmp(data + i, LONG_S, 2) == 0) {
			buf_add_char(out, 's');
			i += 1;
		} else if (left >= 3 && memcmp(data + i, KELVIN, 3) == 0) {
			buf_add_char(out, 'K');
			i += 2;
		} else {
			buf_add_char(out, data[i]);
		}
	}
	return buf_str(out);
}
