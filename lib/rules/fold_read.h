/* SPDX-License-Identifier: ISC */
/* fold_read.h - the words of a text one after the other, nothing of them kept: for
 * whoever looks at each and wants few. */
#ifndef RULES_FOLD_READ_H
#define RULES_FOLD_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;

/* What an octet of ASCII gives in a word; these two: it ends words, it is not of
 * ASCII. */
#define FOLD_BREAK 0
#define FOLD_BEYOND 1
extern const unsigned char fold_folded[256], fold_exact[256];

struct fold_reader {
	const unsigned char *table;	/* one of both */
	const unsigned char *at, *end;	/* what is still to be read */
	struct buf beyond;		/* the last word that is not of ASCII */
};

/* A word; it holds until the next one is read. */
struct fold_next {
	const unsigned char *at;	/* where it begins in the text */
	const unsigned char *text;
	size_t len;			/* of text, and of the same folded */
	uint32_t hash;			/* folded */
	bool is_folded;			/* text is; else it is of ASCII and as it
					 * stands there */
};

/* Words as fold_words() takes them. Reading goes on from reader->at: the caller
 * may set that to the begin of a word that was read. */
void fold_read_begin(struct fold_reader *reader, struct arena *arena,
    struct str text, bool is_exact);

/* Is it this word, which is folded? */
bool fold_next_is(const struct fold_reader *reader,
    const struct fold_next *word, struct str folded);

/* For tables of fixed content, which no stranger fills: letter by letter. */
static inline uint64_t
fold_hash(uint64_t hash, unsigned char c)
{
	return (hash << 5 | hash >> 59) ^ c;
}

static inline uint32_t
fold_hash_end(uint64_t hash)
{
	return (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* For fold_read(): from word->at on stands an octet that is not of ASCII before
 * what ends words. False: this is no word. */
bool fold_read_beyond(struct fold_reader *reader, struct fold_next *word);

/* The next word. False: there is none. */
static inline bool
fold_read(struct fold_reader *reader, struct fold_next *word)
{
	const unsigned char *table = reader->table, *end = reader->end;

	for (;;) {
		const unsigned char *at = reader->at;
		unsigned char c = FOLD_BREAK;
		uint64_t hash = 0;

		while (at < end && table[*at] == FOLD_BREAK)
			at++;
		word->at = at;
		for (; at < end && (c = table[*at]) > FOLD_BEYOND; at++)
			hash = fold_hash(hash, c);
		if (c == FOLD_BEYOND) {
			if (fold_read_beyond(reader, word))
				return true;
			continue;
		}
		reader->at = at;
		word->text = word->at;
		word->len = (size_t)(at - word->at);
		word->hash = fold_hash_end(hash);
		word->is_folded = false;
		return at != word->at;
	}
}

/* Words of ASCII alone, many at once: where each ends, and its hash, not yet
 * through fold_hash_end(). */
#define FOLD_STRETCH 256	/* octets they are read from */
struct fold_many {
	const unsigned char *text;
	size_t count;
	uint16_t ends[FOLD_STRETCH / 2 + 1];	/* in text */
	uint64_t hashes[FOLD_STRETCH / 2 + 1];
};

/* Those that stand next, which fold_read() would read; false: none of ASCII alone
 * ends soon, or nothing is left: fold_read() is next. */
bool fold_read_many(struct fold_reader *reader, struct fold_many *many);

/* Where a word of them begins. */
static inline const unsigned char *
fold_many_begin(const struct fold_reader *reader,
    const struct fold_many *many, size_t n)
{
	const unsigned char *at = many->text + (n > 0 ? many->ends[n - 1] : 0);

	while (reader->table[*at] == FOLD_BREAK)
		at++;
	return at;
}

/* A word of them as fold_read() gives it. False: there are not so many. */
static inline bool
fold_many_word(const struct fold_reader *reader, const struct fold_many *many,
    size_t n, struct fold_next *word)
{
	if (n >= many->count)
		return false;
	word->at = word->text = fold_many_begin(reader, many, n);
	word->len = (size_t)(many->text + many->ends[n] - word->at);
	word->hash = fold_hash_end(many->hashes[n]);
	word->is_folded = false;
	return true;
}

#endif
