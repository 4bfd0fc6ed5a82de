/* SPDX-License-Identifier: ISC */
/* rules_phrases.h - for tests: a naive search for phrases, each by itself. */
#ifndef TESTS_RULES_PHRASES_H
#define TESTS_RULES_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/fold.h"

/* The words of a text, folded or as they stand, with a blank before each and one
 * at the end. */
static inline struct str
phrases_words(struct arena *arena, struct str text, bool is_exact)
{
	struct fold_words words;
	struct buf out;

	fold_words(arena, text, is_exact, &words);
	buf_init(&out, arena);
	buf_add_char(&out, ' ');
	buf_add_str(&out, words.text);
	buf_add_char(&out, ' ');
	return buf_str(&out);
}

/* How often phrase stands in text, both from phrases_words(). */
static inline size_t
phrases_times(struct str text, struct str phrase)
{
	size_t count = 0;

	for (; text.len >= phrase.len; text = str_from_pos(text, 1))
		count += memcmp(text.data, phrase.data, phrase.len) == 0;
	return count;
}

static inline bool
phrases_have(const struct vec *phrases, struct str phrase)
{
	for (size_t i = 0; i < phrases->len; i++)
		if (str_eq(*(struct str *)vec_at(phrases, i), phrase))
			return true;
	return false;
}

/* How many different ones of some phrases stand in some texts (both struct str),
 * and how often all of them together. */
static inline size_t
phrases_naive(struct arena *arena, const struct vec *phrases,
    const struct vec *texts, bool is_exact, size_t *times_r)
{
	struct vec known;
	size_t count = 0;

	*times_r = 0;
	vec_init(&known, arena, sizeof(struct str));
	for (size_t i = 0; i < phrases->len; i++) {
		struct str phrase = phrases_words(arena,
		    *(struct str *)vec_at(phrases, i), is_exact);
		size_t times = 0;

		if (phrases_have(&known, phrase))
			continue;
		*(struct str *)vec_push(&known) = phrase;
		for (size_t t = 0; t < texts->len; t++)
			times += phrases_times(phrases_words(arena,
			    *(struct str *)vec_at(texts, t), is_exact),
			    phrase);
		count += times > 0;
		*times_r += times;
	}
	return count;
}

#endif
