/* SPDX-License-Identifier: ISC */
/* charset_hz.c - hz-gb-2312 as gb18030 (RFC 1843).
 *
 * Between "~{" and "~}" two characters of ASCII are one of GB 2312 without their
 * eighth bits; "~~" is a tilde, and "~" at the end of a line takes the line's end
 * with it. A line begins in ASCII. iconv does not know it, and browsers show it
 * no more, but mail programs do. */
#include "mime/charset_private.h"

#include "base/arena.h"

static bool
is_graphic(char c)
{
	return c >= 0x21 && c <= 0x7e;
}

/* What begins with a tilde. How long that is; 0: it is none of these. */
static size_t
take_tilde(char next, bool *is_gb, struct buf *gb)
{
	switch (next) {
	case '{':
		*is_gb = true;
		return 2;
	case '}':
		*is_gb = false;
		return 2;
	case '~':
		buf_add_char(gb, '~');
		return 2;
	case '\n':
		return 2;
	default:
		return 0;
	}
}

static size_t
take_char(struct str rest, bool is_gb, struct buf *gb)
{
	char next = rest.len > 1 ? rest.data[1] : '\0';

	if (is_gb && is_graphic(rest.data[0]) && is_graphic(next)) {
		buf_add_char(gb, (char)(rest.data[0] | 0x80));
		buf_add_char(gb, (char)(next | 0x80));
		return 2;
	}
	buf_add_char(gb, rest.data[0]);
	return 1;
}

/* Is it half of a character, or a tilde that means nothing? */
static bool
is_wrong(char c, bool is_gb)
{
	return c == '~' || (is_gb && is_graphic(c));
}

size_t
charset_hz_to_gb(struct str octets, struct buf *gb)
{
	bool is_gb = false;
	size_t wrong = 0;

	buf_reserve(gb, octets.len);
	for (size_t at = 0; at < octets.len;) {
		struct str rest = str_from_pos(octets, at);
		size_t len = 0;

		if (rest.data[0] == '\n')
			is_gb = false;
		if (rest.data[0] == '~' && rest.len > 1)
			len = take_tilde(rest.data[1], &is_gb, gb);
		if (len == 0) {
			len = take_char(rest, is_gb, gb);
			wrong += len == 1 && is_wrong(rest.data[0], is_gb);
		}
		at += len;
	}
	return wrong;
}
