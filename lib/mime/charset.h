/* SPDX-License-Identifier: ISC */
/* charset.h - text of any charset as UTF-8, lies found out. */
#ifndef MIME_CHARSET_H
#define MIME_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/* What became of a text. */
struct charset_reading {
	struct str text;	/* valid UTF-8 (RFC 3629); U+FFFD stands for
				 * what could not be read */
	const char *used;	/* the charset it was read as, lower case */
	bool is_unknown;	/* the claimed charset is not known */
	bool is_wrong;		/* the text is not in the claimed charset: it
				 * was read as `used`, which fits better */
	size_t replaced;	/* how many U+FFFD were written for octets that
				 * mean nothing */
};

/* Read octets in the charset that is claimed ("": none, as RFC 2045 5.2 has
 * us-ascii), by any of its names and the usual misspellings ("utf8", "x-sjis",
 * "windows-1252http-equiv", "cp1252"). Clients' ways with what is wrong: ISO
 * 8859-1 and us-ascii are read as windows-1252, gb2312 as gb18030, ks_c_5601 as
 * cp949, shift_jis as cp932 (WHATWG Encoding 4.2); UTF-16 and UTF-32 by their
 * byte order mark; valid UTF-8 with octets above 127 is UTF-8 whatever was said
 * of an 8-bit or 7-bit charset; a text that is not in its charset is windows-1252
 * when nothing else fits. Text that is all ASCII and needs no conversion is not
 * copied. Time in proportion to the length. Any thread. */
void charset_read(struct arena *arena, struct str claimed, struct str octets,
    struct charset_reading *reading_r);

#endif
