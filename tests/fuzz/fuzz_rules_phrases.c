/* SPDX-License-Identifier: ISC */
/* fuzz_rules_phrases.c - phrases of any octets in texts of any octets: the tree
 * finds what a naive search finds.
 *
 * A line is a phrase; behind a line "." stands the text. */
#include "fuzz.h"
#include "rules/fold.h"
#include "rules/phrase_tree.h"
#include "rules_phrases.h"

#define PHRASES_MAX 30		/* the naive search looks for each by itself */
#define TEXT_MAX 2000

struct tally {
	uint32_t last;
	size_t different, times;
	bool seen[PHRASES_MAX + 1];
};

static void
on_found(void *arg, uint32_t mark)
{
	struct tally *tally = arg;

	must(mark > 0 && mark <= tally->last);
	tally->different += !tally->seen[mark];
	tally->seen[mark] = true;
	tally->times++;
}

static void
compare(struct arena *arena, const struct vec *phrases, struct str text,
    bool is_exact)
{
	struct phrase_tree tree;
	struct fold_words words;
	struct tally tally = { 0 };
	struct vec texts, taken;
	size_t different, times;

	vec_init(&texts, arena, sizeof(struct str));
	vec_init(&taken, arena, sizeof(struct str));
	*(struct str *)vec_push(&texts) = text;
	phrase_tree_init(&tree, arena);
	for (size_t i = 0; i < phrases->len; i++) {
		struct str phrase = *(struct str *)vec_at(phrases, i);
		uint32_t *mark;

		fold_words(arena, phrase, is_exact, &words);
		mark = phrase_tree_mark(&tree, &words);
		must((mark == NULL) == (words.items.len == 0));
		if (mark == NULL)
			continue;
		*(struct str *)vec_push(&taken) = phrase;
		*mark = *mark != 0 ? *mark : ++tally.last;
	}
	phrase_tree_find(&tree, arena, text, is_exact, on_found, &tally);
	different = phrases_naive(arena, &taken, &texts, is_exact, &times);
	must(different == tally.different && times == tally.times);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of((const char *)data, size), line;
	struct arena *arena = arena_new(0);
	struct vec phrases;

	vec_init(&phrases, arena, sizeof(struct str));
	while (phrases.len < PHRASES_MAX && str_cut(&rest, '\n', &line) &&
	    !str_is(line, "."))
		*(struct str *)vec_push(&phrases) = line;
	rest = str_sub(rest, 0, TEXT_MAX);
	compare(arena, &phrases, rest, false);
	compare(arena, &phrases, rest, true);
	arena_free(&arena);
	return 0;
}
