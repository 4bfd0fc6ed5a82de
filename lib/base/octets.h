/* SPDX-License-Identifier: ISC */
/* octets.h - numbers as files and protocols have them: octets in an order. */
#ifndef BASE_OCTETS_H
#define BASE_OCTETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* The number that len octets are, 4 at most: the lowest first (little endian),
 * or the highest (big endian). */
static inline uint32_t
octets_le(const void *octets, size_t len)
{
	const unsigned char *at = octets;
	uint32_t number = 0;

	for (size_t i = len; i != 0; i--)
		number = number << 8 | at[i - 1];
	return number;
}

static inline uint32_t
octets_be(const void *octets, size_t len)
{
	const unsigned char *at = octets;
	uint32_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | at[i];
	return number;
}

/* Those at a place of data; what lies behind its end counts as 0. */
static inline uint32_t
octets_le_in(struct str data, size_t place, size_t len)
{
	struct str there = str_sub(data, place, len);

	return octets_le(there.data, there.len);
}

#endif
