/* SPDX-License-Identifier: ISC */
/* lane_needs.c - which patterns cannot match a text, seen from its words.
 *
 * One pass over the text notes in a small table which runs of three octets it
 * has. A word can stand in it only where all of its runs do, which costs a look
 * or two for most of those that do not. */
#include "rules/lane_needs.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/lane_text.h"
#include "rules/pattern_needs.h"

#define WORD_RUNS 8

struct word {
	unsigned count;
	uint16_t runs[WORD_RUNS];
};

struct lane_needs {
	bool is_utf;
	unsigned char fold[256];
	size_t *firsts;		/* of words of each pattern; one more at the
				 * end */
	struct vec words;	/* struct word */
};

static inline unsigned
run_of(uint32_t octets)
{
	return ((octets & 0xffffff) * UINT32_C(0x9e3779b1)) >>
	    (32 - LANE_MARKS_BITS);
}

static void
add_word(struct lane_needs *needs, const struct needs_word *from)
{
	struct word *word = vec_push(&needs->words);
	uint32_t octets = 0;

	for (size_t i = 0; i < from->len && word->count < WORD_RUNS; i++) {
		octets = octets << 8 | from->octets[i];
		if (i >= 2)
			word->runs[word->count++] = (uint16_t)run_of(octets);
	}
}

struct lane_needs *
lane_needs_new(struct arena *arena, const struct lane_pattern *patterns,
    const size_t *numbers, size_t count, bool is_utf)
{
	struct lane_needs *needs = arena_zalloc(arena, sizeof(*needs));
	struct needs_words words;

	needs->is_utf = is_utf;
	pattern_needs_fold(is_utf, needs->fold);
	needs->firsts = arena_alloc(arena,
	    (count + 1) * sizeof(*needs->firsts));
	vec_init(&needs->words, arena, sizeof(struct word));
	for (size_t i = 0; i < count; i++) {
		needs->firsts[i] = needs->words.len;
		pattern_needs(&patterns[numbers[i]].source, &words);
		for (size_t j = 0; j < words.count; j++)
			add_word(needs, &words.words[j]);
	}
	needs->firsts[count] = needs->words.len;
	return needs;
}

void
lane_needs_mark(const struct lane_needs *needs, struct str text,
    struct lane_marks *marks)
{
	uint32_t octets = 0;

	marks->is_open = needs->is_utf && lane_text_is_strange(text);
	if (marks->is_open)
		return;
	memset(marks->bits, 0, sizeof(marks->bits));
	for (size_t i = 0; i < text.len; i++) {
		unsigned run;

		octets = octets << 8 | needs->fold[(unsigned char)text.data[i]];
		run = run_of(octets);
		if (i >= 2)
			marks->bits[run / 64] |= UINT64_C(1) << run % 64;
	}
}

static bool
may_stand(const struct word *word, const struct lane_marks *marks)
{
	for (unsigned i = 0; i < word->count; i++) {
		unsigned run = word->runs[i];

		if ((marks->bits[run / 64] & UINT64_C(1) << run % 64) == 0)
			return false;
	}
	return true;
}

bool
lane_needs_met(const struct lane_needs *needs, size_t i,
    const struct lane_marks *marks)
{
	size_t at = needs->firsts[i], end = needs->firsts[i + 1];

	if (at == end || marks->is_open)
		return true;
	for (; at < end; at++)
		if (may_stand(vec_at(&needs->words, at), marks))
			return true;
	return false;
}
