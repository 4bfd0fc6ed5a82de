/* SPDX-License-Identifier: ISC */
/* octets.h - sets of octets, for the files that look into patterns. */
#ifndef RULES_OCTETS_H
#define RULES_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct octets {
	uint64_t bits[4];
};

static inline void
octets_add(struct octets *octets, unsigned octet)
{
	octets->bits[octet / 64] |= UINT64_C(1) << octet % 64;
}

static inline bool
octets_have(const struct octets *octets, unsigned octet)
{
	return (octets->bits[octet / 64] >> octet % 64 & 1) != 0;
}

/* From first to last, and no further than 255. */
void octets_add_range(struct octets *octets, int32_t first, int32_t last);
void octets_unite(struct octets *octets, const struct octets *more);
/* Leave these out. */
void octets_take(struct octets *octets, const struct octets *less);
void octets_invert(struct octets *octets);
/* Of each letter of ASCII the other case. */
void octets_add_cases(struct octets *octets);
bool octets_are_none(const struct octets *octets);
/* Is each of them one of others? */
bool octets_are_within(const struct octets *octets, const struct octets *others);
size_t octets_count(const struct octets *octets);
/* As a set: "[\x41-\x5a\x5f]". */
void octets_write(const struct octets *octets, struct buf *out);

#endif
