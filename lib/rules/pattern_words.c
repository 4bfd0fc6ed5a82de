/* SPDX-License-Identifier: ISC */
/* pattern_words.c - small sets of words, of which a text must have one. */
#include "rules/pattern_words.h"

#include <string.h>

static size_t
shortest(const struct needs_words *words)
{
	size_t least = words->count == 0 ? 0 : NEEDS_LEN;

	for (size_t i = 0; i < words->count; i++)
		if (words->words[i].len < least)
			least = words->words[i].len;
	return least;
}

/* Long words are rare in texts, and few are rarer than many. */
int
words_worth(const struct needs_words *words)
{
	size_t least = shortest(words);

	return least < NEEDS_SHORTEST ? -1 :
	    (int)(4 * (least < 10 ? least : 10)) - (int)words->count;
}

void
words_take_better(struct needs_words *best, const struct needs_words *other)
{
	if (words_worth(other) > words_worth(best))
		*best = *other;
}

void
words_only_nothing(struct needs_words *words)
{
	words->count = 1;
	words->words[0].len = 0;
}

bool
words_unite(struct needs_words *words, const struct needs_words *more)
{
	if (words->count + more->count > NEEDS_WORDS)
		return false;
	memcpy(&words->words[words->count], more->words,
	    more->count * sizeof(more->words[0]));
	words->count += more->count;
	return true;
}

bool
words_multiply(struct needs_words *words, const struct needs_words *more)
{
	struct needs_words product = { .count = 0 };

	if (words->count * more->count > NEEDS_WORDS)
		return false;
	for (size_t i = 0; i < words->count * more->count; i++) {
		const struct needs_word *front =
		    &words->words[i / more->count];
		const struct needs_word *behind =
		    &more->words[i % more->count];
		struct needs_word *word = &product.words[product.count++];

		if (front->len + behind->len > NEEDS_LEN)
			return false;
		memcpy(word->octets, front->octets, front->len);
		memcpy(word->octets + front->len, behind->octets, behind->len);
		word->len = (unsigned char)(front->len + behind->len);
	}
	*words = product;
	return true;
}
