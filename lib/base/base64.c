/* SPDX-License-Identifier: ISC */
/* base64.c - base 64 as mail uses it (RFC 4648 4). */
#include "base/base64.h"

#include <stdint.h>

#include "base/arena.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character plus one; 0: it has none. */
static const uint8_t values[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
	43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['/'] = 64,
};

/* Behind the last character: at most two '=', and with them whole quads. */
static bool
padding_is_good(struct str rest, size_t count)
{
	size_t padding = 0;

	for (size_t i = 0; i < rest.len; i++) {
		if (rest.data[i] == '=')
			padding++;
		else if (!char_is_space(rest.data[i]))
			return false;
	}
	return count % 4 != 1 &&
	    (padding == 0 || (padding <= 2 && (count + padding) % 4 == 0));
}

int
base64_decode(struct arena *arena, struct str text, struct str *bytes_r)
{
	char *bytes = arena_alloc(arena, text.len / 4 * 3 + 4);
	size_t i, len = 0, count = 0;
	uint32_t bits = 0;

	for (i = 0; i < text.len && text.data[i] != '='; i++) {
		uint32_t value = values[(uint8_t)text.data[i]];

		if (value == 0 && char_is_space(text.data[i]))
			continue;
		if (value == 0)
			return -1;
		bits = bits << 6 | (value - 1);
		if (++count % 4 != 1)
			bytes[len++] = (char)(bits >> (6 - 2 *
			    ((count - 1) % 4)));
	}
	if (!padding_is_good(str_from_pos(text, i), count))
		return -1;
	*bytes_r = str_of(bytes, len);
	return 0;
}

struct str
base64_encode(struct arena *arena, struct str bytes)
{
	const uint8_t *in = (const uint8_t *)bytes.data;
	size_t len = (bytes.len + 2) / 3 * 4;
	char *text = arena_alloc(arena, len + 1), *out = text;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t bits = (uint32_t)in[i] << 16 |
		    (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
		    (left > 2 ? in[i + 2] : 0);

		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
	return str_of(text, len);
}
