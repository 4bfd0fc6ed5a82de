/* SPDX-License-Identifier: ISC */
/* suggest.c - "did you mean …?": the known word nearest to a mistyped one. */
#include "base/suggest.h"

#include <string.h>

/* Longer words are not compared: nobody mistypes a sentence. */
#define SUGGEST_MAX 64

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
is_swap(struct str a, size_t i, struct str b, size_t j)
{
	return i > 0 && j > 0 &&
	    char_lower(a.data[i]) == char_lower(b.data[j - 1]) &&
	    char_lower(a.data[i - 1]) == char_lower(b.data[j]);
}

/* Letters to insert, to drop, to change, and neighbours to swap, to make b of a
 * (optimal string alignment). Three rows of the table at a time. */
static size_t
distance(struct str a, struct str b)
{
	size_t rows[3][SUGGEST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2], *unused;

	for (size_t j = 0; j <= b.len; j++)
		last[j] = before[j] = j;
	for (size_t i = 0; i < a.len; i++) {
		now[0] = i + 1;
		for (size_t j = 0; j < b.len; j++) {
			bool is_same = char_lower(a.data[i]) ==
			    char_lower(b.data[j]);

			now[j + 1] = min(last[j] + !is_same,
			    min(last[j + 1], now[j]) + 1);
			if (is_swap(a, i, b, j))
				now[j + 1] = min(now[j + 1], before[j - 1] + 1);
		}
		unused = before;
		before = last;
		last = now;
		now = unused;
	}
	return last[b.len];
}

void
suggest_begin(struct suggest *suggest, struct str typed)
{
	*suggest = (struct suggest){ .typed = typed,
	    .distance = typed.len < 3 ? 2 : typed.len / 3 + 1 };
}

void
suggest_offer(struct suggest *suggest, const char *known)
{
	struct str word = str_from(known);
	size_t far;

	if (word.len > SUGGEST_MAX || suggest->typed.len > SUGGEST_MAX)
		return;
	far = distance(suggest->typed, word);
	if (far >= suggest->distance || far >= word.len)
		return;
	suggest->distance = far;
	suggest->best = known;
}

const char *
suggest_best(const struct suggest *suggest)
{
	return suggest->best;
}
