/* SPDX-License-Identifier: ISC */
/* charset_jis.c - iso-2022-jp as euc-jp (RFC 1468, RFC 1554, JIS X 0202).
 *
 * The sets that escapes choose have each their place in euc-jp, so no table is
 * needed. iconv's own iso-2022-jp refuses what Japanese clients send under that
 * name: half-width kana (ESC ( I) and the characters of row 13, which the
 * Microsoft form of euc-jp has.
 */
#include "mime/charset_private.h"

#include "base/arena.h"

enum set {
	SET_ASCII,
	SET_KANA,	/* JIS X 0201, right half */
	SET_KANJI,	/* JIS X 0208 */
	SET_KANJI_2,	/* JIS X 0212 */
};

static const struct {
	const char *escape;
	enum set set;
} escapes[] = {
	{ "(B", SET_ASCII }, { "(J", SET_ASCII }, { "(H", SET_ASCII },
	{ "(I", SET_KANA }, { "$@", SET_KANJI }, { "$B", SET_KANJI },
	{ "$(@", SET_KANJI }, { "$(B", SET_KANJI }, { "$(D", SET_KANJI_2 },
};

/* What stands behind ESC. How long that is; 0: nobody knows it. */
static size_t
read_escape(struct str rest, enum set *set)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		struct str escape = str_from(escapes[i].escape);

		if (str_eq(str_sub(rest, 0, escape.len), escape)) {
			*set = escapes[i].set;
			return escape.len;
		}
	}
	return 0;
}

static bool
is_graphic(char c)
{
	return c >= 0x21 && c <= 0x7e;
}

/* One character of the set; how many octets it has, 0: it has no sense there. */
static size_t
put(enum set set, struct str rest, struct buf *euc)
{
	char c = rest.data[0];

	if (set == SET_ASCII || (unsigned char)c <= ' ') {
		buf_add_char(euc, c);
		return 1;
	}
	if (!is_graphic(c))
		return 0;
	if (set == SET_KANA)
		buf_add_char(euc, (char)0x8e);
	if (set != SET_KANA && (rest.len < 2 || !is_graphic(rest.data[1])))
		return 0;
	if (set == SET_KANJI_2)
		buf_add_char(euc, (char)0x8f);
	buf_add_char(euc, (char)(c | 0x80));
	if (set != SET_KANA)
		buf_add_char(euc, (char)(rest.data[1] | 0x80));
	return set == SET_KANA ? 1 : 2;
}

size_t
charset_jis_to_euc(struct str octets, struct buf *euc)
{
	enum set set = SET_ASCII;
	size_t wrong = 0;

	buf_reserve(euc, octets.len);
	for (size_t at = 0; at < octets.len;) {
		struct str rest = str_from_pos(octets, at);
		size_t len = rest.data[0] != '\033' ? 0
		    : read_escape(str_from_pos(rest, 1), &set);

		if (len != 0) {
			at += len + 1;
			continue;
		}
		/* A line begins in ASCII (RFC 1468 2). */
		if (rest.data[0] == '\n')
			set = SET_ASCII;
		len = put(set, rest, euc);
		wrong += len == 0;
		at += len == 0 ? 1 : len;
	}
	return wrong;
}
