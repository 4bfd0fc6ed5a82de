/* SPDX-License-Identifier: ISC */
/* lane_text.c - texts in which letters stand that are others under /i. */
#include "rules/lane_text.h"

#define LONG_S "\xc5\xbf"
#define KELVIN "\xe2\x84\xaa"

/* Octets looked at in one, by a loop that the compiler makes few steps of. */
#define BLOCK 32

/* Does one of them begin here? There are two octets more. */
static inline unsigned char
begins_here(const unsigned char *at)
{
	return (unsigned char)(((at[0] == 0xc5) & (at[1] == 0xbf)) |
	    ((at[0] == 0xe2) & (at[1] == 0x84) & (at[2] == 0xaa)));
}

static bool
begins_in_block(const unsigned char *at)
{
	unsigned char begins = 0;

	for (size_t i = 0; i < BLOCK; i++)
		begins |= begins_here(at + i);
	return begins != 0;
}

bool
lane_text_is_strange(struct str text)
{
	const unsigned char *data = (const unsigned char *)text.data;
	size_t at = 0;

	for (; at + BLOCK + 2 <= text.len; at += BLOCK)
		if (begins_in_block(data + at))
			return true;
	for (; at + 2 < text.len; at++)
		if (begins_here(data + at) != 0)
			return true;
	return text.len >= 2 && memcmp(data + text.len - 2, LONG_S, 2) == 0;
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
