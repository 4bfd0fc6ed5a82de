/* SPDX-License-Identifier: ISC */
/* ulid.c - the id of a transaction: 48 bits of time, 80 bits of chance. */
#include "base/ulid.h"

#include <string.h>

#include "base/random.h"

static const char ulid_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Ids are names, not secrets: the kernel is asked for the chance of many at
 * once. What we fork makes none. */
static _Thread_local struct {
	unsigned char bytes[512];
	size_t left;
} chance;

static const unsigned char *
take_chance(size_t len)
{
	if (chance.left < len) {
		random_bytes(chance.bytes, sizeof(chance.bytes));
		chance.left = sizeof(chance.bytes);
	}
	chance.left -= len;
	return chance.bytes + chance.left;
}

void
ulid_make(int64_t now_ms, char id[ULID_SIZE])
{
	uint64_t time_bits = (uint64_t)now_ms;
	const unsigned char *bytes = take_chance(16);

	for (int i = 9; i >= 0; i--, time_bits >>= 5)
		id[i] = ulid_digits[time_bits & 31];
	for (int i = 0; i < 16; i++)
		id[10 + i] = ulid_digits[bytes[i] & 31];
	id[ULID_SIZE - 1] = '\0';
}

/* Letters but I, L, O and U, in either case, and digits. */
static bool
is_digit(char c)
{
	c = char_lower(c);
	return char_is_digit(c) || (c >= 'a' && c <= 'z' && c != 'i' &&
	    c != 'l' && c != 'o' && c != 'u');
}

bool
ulid_is_valid(struct str text)
{
	if (text.len != ULID_SIZE - 1 || text.data[0] > '7')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!is_digit(text.data[i]))
			return false;
	return true;
}
