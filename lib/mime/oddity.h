/* SPDX-License-Identifier: ISC */
/* oddity.h - what is wrong or strange in how a message is built. */
#ifndef MIME_ODDITY_H
#define MIME_ODDITY_H

#include <stdbool.h>
#include <stdint.h>

/* One for each row of oddities.list: MIME_ODD_duplicate_type, ... */
enum mime_oddity {
#define ODDITY(name, words) MIME_ODD_##name,
#include "mime/oddities.list"
#undef ODDITY
	MIME_ODDITY_COUNT
};

/* A set of them. */
typedef uint64_t mime_oddities;
_Static_assert(MIME_ODDITY_COUNT <= 64, "a set has 64 bits");

static inline mime_oddities
mime_odd(enum mime_oddity oddity)
{
	return (mime_oddities)1 << oddity;
}

static inline bool
mime_has(mime_oddities set, enum mime_oddity oddity)
{
	return (set & mime_odd(oddity)) != 0;
}

/* "duplicate_type", and what it means in one sentence for people. */
const char *mime_oddity_name(enum mime_oddity oddity);
const char *mime_oddity_words(enum mime_oddity oddity);

#endif
