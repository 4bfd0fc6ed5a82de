/* SPDX-License-Identifier: ISC */
/* charset_utf.c - the forms of Unicode, and windows-1252, by our own loops. */
#include "mime/charset_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/octets.h"
#include "base/utf8.h"

#define HIGH_BITS 0x8080808080808080u

/* How many octets of the start are ASCII; eight at a time. */
static size_t
ascii_len(const char *data, size_t len)
{
	size_t at = 0;

	for (uint64_t eight; at + 8 <= len; at += 8) {
		memcpy(&eight, data + at, sizeof(eight));
		if ((eight & HIGH_BITS) != 0)
			break;
	}
	while (at < len && (unsigned char)data[at] < 0x80)
		at++;
	return at;
}

/* The usual forms of two and three octets at once; utf8_char_len() knows all. */
static size_t
char_len(const char *data, size_t len)
{
	const unsigned char *in = (const unsigned char *)data;

	if (len > 1 && in[0] >= 0xc2 && in[0] <= 0xdf &&
	    (in[1] & 0xc0) == 0x80)
		return 2;
	if (len > 2 && in[0] >= 0xe1 && in[0] <= 0xec &&
	    (in[1] & 0xc0) == 0x80 && (in[2] & 0xc0) == 0x80)
		return 3;
	return in[0] < 0xc2 || in[0] > 0xf4 ? 0
	    : utf8_char_len(str_of(data, len));
}

size_t
charset_utf8_len(struct str text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t len;

		if ((unsigned char)text.data[at] < 0x80) {
			at += ascii_len(text.data + at, text.len - at);
			continue;
		}
		len = char_len(text.data + at, text.len - at);
		if (len == 0)
			break;
		at += len;
	}
	return at;
}

/* How many octets one replacement stands for: the start of a character as far as
 * it could have been one (Unicode 3.9, U+FFFD Substitution of Maximal
 * Subparts). */
static size_t
broken_len(struct str text)
{
	static const char ends[] = "\x80\xbf\x90\x8f\x9f\xa0";
	char whole[4];

	for (size_t len = text.len < 3 ? text.len : 3; len > 1; len--) {
		for (size_t i = 0; i < sizeof(ends) - 1; i++) {
			memset(whole, ends[i], sizeof(whole));
			memcpy(whole, text.data, len);
			if (utf8_char_len(str_of(whole, 4)) > len)
				return len;
		}
	}
	return 1;
}

size_t
charset_utf8_repair(struct str text, struct buf *out)
{
	size_t replaced = 0;

	while (text.len != 0) {
		size_t len = charset_utf8_len(text);

		buf_add(out, text.data, len);
		text = str_from_pos(text, len);
		if (text.len == 0)
			break;
		buf_add_text(out, CHARSET_REPLACEMENT);
		replaced++;
		text = str_from_pos(text, broken_len(text));
	}
	return replaced;
}

bool
charset_utf8_is_likely(struct str text)
{
	size_t good = 0, bad = 0;

	for (size_t at = 0, len; at < text.len; at += len) {
		if ((unsigned char)text.data[at] < 0x80) {
			len = ascii_len(text.data + at, text.len - at);
			continue;
		}
		len = char_len(text.data + at, text.len - at);
		if (len != 0)
			good++;
		else
			bad++;
		len += len == 0;
	}
	return good != 0 && good >= bad;
}

static void
put_char(struct buf *out, uint32_t code)
{
	char utf8[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		utf8[i] = (char)(0x80 | (code & 0x3f));
	utf8[0] = (char)(first[len] | code);
	buf_add(out, utf8, len);
}

/* windows-1252 from 0x80 to 0x9f; the five that it does not have are controls
 * (WHATWG Encoding, index windows-1252). */
static const uint16_t latin_high[32] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
};

void
charset_latin(struct str text, struct buf *out)
{
	buf_reserve(out, text.len + text.len / 8);
	for (size_t at = 0; at < text.len;) {
		size_t len = ascii_len(text.data + at, text.len - at);
		unsigned char c;

		buf_add(out, text.data + at, len);
		at += len;
		if (at == text.len)
			break;
		c = (unsigned char)text.data[at++];
		put_char(out, c < 0xa0 ? latin_high[c - 0x80] : c);
	}
}

static uint32_t
unit(struct str octets, size_t at, size_t len, bool is_big)
{
	return is_big ? octets_be(octets.data + at, len)
	    : octets_le(octets.data + at, len);
}

static bool
is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

/* RFC 2781 2.2. */
size_t
charset_utf16(struct str octets, bool is_big, struct buf *out)
{
	size_t replaced = 0, at;

	buf_reserve(out, octets.len);
	for (at = 0; at + 2 <= octets.len; at += 2) {
		uint32_t code = unit(octets, at, 2, is_big), low = 0;

		if (code >= 0xd800 && code <= 0xdbff && at + 4 <= octets.len)
			low = unit(octets, at + 2, 2, is_big);
		if (low >= 0xdc00 && low <= 0xdfff) {
			code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
			at += 2;
		} else if (is_surrogate(code)) {
			code = 0xfffd;
			replaced++;
		}
		put_char(out, code);
	}
	if (at != octets.len) {
		buf_add_text(out, CHARSET_REPLACEMENT);
		replaced++;
	}
	return replaced;
}

size_t
charset_utf32(struct str octets, bool is_big, struct buf *out)
{
	size_t replaced = 0, at;

	for (at = 0; at + 4 <= octets.len; at += 4) {
		uint32_t code = unit(octets, at, 4, is_big);

		if (code > 0x10ffff || is_surrogate(code)) {
			code = 0xfffd;
			replaced++;
		}
		put_char(out, code);
	}
	if (at != octets.len) {
		buf_add_text(out, CHARSET_REPLACEMENT);
		replaced++;
	}
	return replaced;
}
