/* SPDX-License-Identifier: ISC */
/* charset_private.h - the pieces of the charset reader. */
#ifndef MIME_CHARSET_PRIVATE_H
#define MIME_CHARSET_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

enum charset_kind {
	CHARSET_UTF8,
	CHARSET_ASCII,
	CHARSET_LATIN,		/* windows-1252, and who calls it ISO 8859-1 */
	CHARSET_SINGLE,		/* an octet is a character; iconv */
	CHARSET_MULTI,		/* several are one, ASCII is ASCII; iconv */
	CHARSET_JIS,		/* iso-2022-jp */
	CHARSET_HZ,		/* hz-gb-2312 */
	CHARSET_SEVEN,		/* other 7-bit ones with states; iconv */
	CHARSET_UTF16,		/* order by mark, or found out */
	CHARSET_UTF16_LE,
	CHARSET_UTF16_BE,
	CHARSET_UTF32_LE,
	CHARSET_UTF32_BE,
};

/* A charset that is known. */
struct charset {
	const char *name;	/* lower case, as WHATWG calls it */
	const char *iconv_name;	/* NULL: iconv is not asked */
	enum charset_kind kind;
};

/* By any of its names; NULL is unknown. */
const struct charset *charset_find(struct str name);
/* The first one of a kind. */
const struct charset *charset_of_kind(enum charset_kind kind);
/* Its place among all, from 0. */
size_t charset_index(const struct charset *charset);
#define CHARSET_COUNT 48

/* What must be appended for octets that mean nothing. */
#define CHARSET_REPLACEMENT "\xef\xbf\xbd"

/* By iconv; how many octets were replaced, or -1: so many that the text is in
 * another charset, and out has no sense. */
ptrdiff_t charset_iconv(const struct charset *charset, struct str octets,
    struct buf *out);

/* How many octets of the start are UTF-8 (RFC 3629). */
size_t charset_utf8_len(struct str text);
/* The same text with replacements; how many were written. */
size_t charset_utf8_repair(struct str text, struct buf *out);
/* Is it UTF-8 for the most part? */
bool charset_utf8_is_likely(struct str text);
void charset_latin(struct str text, struct buf *out);
/* Units of 2 or 4 octets; how many replacements. */
size_t charset_utf16(struct str octets, bool is_big, struct buf *out);
size_t charset_utf32(struct str octets, bool is_big, struct buf *out);
/* iso-2022-jp as euc-jp, which iconv reads; how many octets meant nothing. */
size_t charset_jis_to_euc(struct str octets, struct buf *euc);
/* hz-gb-2312 as gb18030, the same. */
size_t charset_hz_to_gb(struct str octets, struct buf *gb);

#endif
