/* SPDX-License-Identifier: ISC */
/* octets.c - sets of octets. */
#include "rules/octets.h"

#include "base/str.h"

#define WORDS 4

void
octets_add_range(struct octets *octets, int32_t first, int32_t last)
{
	for (int32_t i = first; i <= last && i < 256; i++)
		octets_add(octets, (unsigned)i);
}

void
octets_unite(struct octets *octets, const struct octets *more)
{
	for (size_t i = 0; i < WORDS; i++)
		octets->bits[i] |= more->bits[i];
}

void
octets_take(struct octets *octets, const struct octets *less)
{
	for (size_t i = 0; i < WORDS; i++)
		octets->bits[i] &= ~less->bits[i];
}

void
octets_invert(struct octets *octets)
{
	for (size_t i = 0; i < WORDS; i++)
		octets->bits[i] = ~octets->bits[i];
}

void
octets_add_cases(struct octets *octets)
{
	for (unsigned upper = 'A'; upper <= 'Z'; upper++) {
		unsigned lower = upper ^ 0x20;

		if (octets_have(octets, upper))
			octets_add(octets, lower);
		else if (octets_have(octets, lower))
			octets_add(octets, upper);
	}
}

bool
octets_are_none(const struct octets *octets)
{
	return octets_count(octets) == 0;
}

bool
octets_are_within(const struct octets *octets, const struct octets *others)
{
	struct octets rest = *octets;

	octets_take(&rest, others);
	return octets_are_none(&rest);
}

size_t
octets_count(const struct octets *octets)
{
	size_t count = 0;

	for (size_t i = 0; i < WORDS; i++)
		count += (size_t)__builtin_popcountll(octets->bits[i]);
	return count;
}

void
octets_write(const struct octets *octets, struct buf *out)
{
	buf_add_char(out, '[');
	for (unsigned i = 0; i < 256; i++) {
		unsigned first = i;

		if (!octets_have(octets, i))
			continue;
		while (i < 255 && octets_have(octets, i + 1))
			i++;
		buf_printf(out, first == i ? "\\x%02x" : "\\x%02x-\\x%02x",
		    first, i);
	}
	buf_add_char(out, ']');
}
