/* SPDX-License-Identifier: ISC */
/* url_path.c - percent-encoding and dot segments of links in one form (RFC 3986
 * 6.2.2). */
#include "base/arena.h"
#include "base/str.h"
#include "mime/url_private.h"

static const char digits[] = "0123456789ABCDEF";

/* RFC 3986 2.3. */
static bool
is_unreserved(char c)
{
	return char_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* What browsers encode in a path (WHATWG URL 1.3). */
static const bool encoded[256] = {
	[0 ... ' '] = true, ['"'] = true, ['<'] = true, ['>'] = true,
	['`'] = true, ['{'] = true, ['}'] = true, [0x7f ... 0xff] = true,
};

static bool
must_encode(char c)
{
	return encoded[(unsigned char)c];
}

static void
add_escape(struct buf *out, unsigned octet)
{
	char escape[3] = { '%', digits[octet >> 4], digits[octet & 15] };

	buf_add(out, escape, sizeof(escape));
}

/* The octet of "%41" at the start of text; -1: there is none. */
static int
escaped(struct str text)
{
	int high, low;

	if (text.len < 3 || text.data[0] != '%')
		return -1;
	high = char_hex_value(text.data[1]);
	low = char_hex_value(text.data[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

void
url_add_encoded(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t start = i;
		int octet;
		char c;

		while (i < text.len && text.data[i] != '%' &&
		    !must_encode(text.data[i]))
			i++;
		buf_add(out, text.data + start, i - start);
		if (i == text.len)
			break;
		octet = escaped(str_from_pos(text, i));
		c = text.data[i];
		if (octet >= 0) {
			i += 2;
			if (is_unreserved((char)octet))
				buf_add_char(out, (char)octet);
			else
				add_escape(out, (unsigned)octet);
		} else if (must_encode(c) || c == '%') {
			/* A '%' that encodes nothing must not begin to. */
			add_escape(out, (unsigned char)c);
		} else {
			buf_add_char(out, c);
		}
	}
}

static void
cut_to(struct buf *out, size_t len)
{
	out->len = len;
	out->data[len] = '\0';
}

/* How many dots a segment is, of which "%2e" is one too (WHATWG URL 4.1): one,
 * two, or 0 when it is anything else. */
static unsigned
count_dots(struct str segment)
{
	unsigned count = 0;

	for (; segment.len != 0 && count < 3; count++) {
		if (segment.data[0] == '.')
			segment = str_from_pos(segment, 1);
		else if (escaped(segment) == '.')
			segment = str_from_pos(segment, 3);
		else
			return 0;
	}
	return count < 3 ? count : 0;
}

/* One segment behind its slash; those before it begin at base (RFC 3986
 * 5.2.4). */
static void
add_segment(struct buf *out, size_t base, struct str segment, bool is_last)
{
	unsigned dots = count_dots(segment);
	size_t start = out->len;

	if (dots == 0) {
		buf_add_char(out, '/');
		url_add_encoded(out, segment);
		return;
	}
	while (dots == 2 && start > base && out->data[--start] != '/')
		;
	cut_to(out, start);
	if (is_last)
		buf_add_char(out, '/');
}

void
url_add_path(struct buf *out, struct str path, bool has_backslashes)
{
	size_t base = out->len, start = 0;

	if (path.len != 0 && (path.data[0] == '/' ||
	    (has_backslashes && path.data[0] == '\\')))
		start = 1;
	for (size_t i = start; i <= path.len; i++) {
		if (i < path.len && path.data[i] != '/' &&
		    !(has_backslashes && path.data[i] == '\\'))
			continue;
		add_segment(out, base, str_sub(path, start, i - start),
		    i == path.len);
		start = i + 1;
	}
}

struct str
url_unescape(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		int octet = escaped(str_from_pos(text, i));

		out[len++] = octet < 0 ? text.data[i] : (char)octet;
		i += octet < 0 ? 0 : 2;
	}
	out[len] = '\0';
	return str_of(out, len);
}
