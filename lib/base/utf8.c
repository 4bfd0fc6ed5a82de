/* SPDX-License-Identifier: ISC */
/* utf8.c - is it UTF-8, one character at a time (RFC 3629). */
#include "base/utf8.h"

#include "base/vec.h"

/* The rows of the grammar in RFC 3629 4: which second byte may follow which
 * first ones. Further bytes are 80 to BF. */
static const struct form {
	unsigned char first_low, first_high, second_low, second_high;
	size_t len;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool
is_form(const struct form *form, const unsigned char *bytes, size_t len)
{
	if (len < form->len || bytes[0] < form->first_low ||
	    bytes[0] > form->first_high || bytes[1] < form->second_low ||
	    bytes[1] > form->second_high)
		return false;
	for (size_t i = 2; i < form->len; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return false;
	return true;
}

size_t
utf8_char_len(struct str s)
{
	const unsigned char *bytes = (const unsigned char *)s.data;

	if (s.len == 0)
		return 0;
	if (bytes[0] < 0x80)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (is_form(&forms[i], bytes, s.len))
			return forms[i].len;
	return 0;
}
