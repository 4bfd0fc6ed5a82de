/* SPDX-License-Identifier: ISC */
/* phrases.c - phrases by their first word. */
#include "rules/phrases.h"

#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/fold.h"
#include "rules/view.h"

#define FILTER_BITS 0x10000u

struct phrases {
	struct arena *arena;
	bool is_exact;
	size_t count;
	struct map *first;	/* of first words: unsigned *, the lengths of
				 * phrases as bits */
	struct map *numbers;
	uint8_t filter[FILTER_BITS / 8];
};

struct phrases_place {
	struct place place;
	bool is_exact;
	const char *kept;	/* the name of its words in a view */
};

struct phrases *
phrases_new(struct arena *arena, bool is_exact)
{
	struct phrases *phrases = arena_zalloc(arena, sizeof(*phrases));

	phrases->arena = arena;
	phrases->is_exact = is_exact;
	phrases->first = map_new(arena);
	phrases->numbers = map_new(arena);
	return phrases;
}

size_t
phrases_count(const struct phrases *phrases)
{
	return phrases->count;
}

static size_t
add_words(struct phrases *phrases, const struct fold_words *words)
{
	const struct fold_word *word = vec_at(&words->items, 0);
	size_t count = words->items.len, number;
	struct str first = fold_slice(words, 0, 1);
	struct str phrase = fold_slice(words, 0, count);
	unsigned *lengths = map_find(phrases->first, first);

	number = (uintptr_t)map_find(phrases->numbers, phrase);
	if (number != 0)
		return number;
	if (lengths == NULL) {
		lengths = arena_zalloc(phrases->arena, sizeof(*lengths));
		map_put(phrases->first, first, lengths);
	}
	*lengths |= 1u << count;
	number = ++phrases->count;
	map_put(phrases->numbers, phrase, (void *)(uintptr_t)number);
	phrases->filter[word->hash % FILTER_BITS / 8] |=
	    (uint8_t)(1u << word->hash % 8);
	return number;
}

size_t
phrases_add(struct phrases *phrases, struct str phrase, const char **error_r)
{
	struct fold_words words;

	fold_words(phrases->arena, phrase, phrases->is_exact, &words);
	if (words.items.len == 0 || words.items.len > PHRASES_WORDS_MAX) {
		*error_r = arena_printf(phrases->arena, "'%.*s' has %s",
		    STR_ARG(phrase), words.items.len == 0 ? "no letter" :
		    "more than 8 words");
		return 0;
	}
	return add_words(phrases, &words);
}

struct phrases_place *
phrases_place_new(struct arena *arena, const struct place *place,
    bool is_exact)
{
	struct phrases_place *made = arena_alloc(arena, sizeof(*made));

	*made = (struct phrases_place){ *place, is_exact,
	    arena_printf(arena, "words %d %d %.*s %.*s", is_exact,
	    (int)place->kind, STR_ARG(place->name), STR_ARG(place->form)) };
	return made;
}

/* The words of a place's texts: struct vec of struct fold_words. */
static const struct vec *
words_of(struct view *view, const struct phrases_place *place)
{
	void **slot = view_kept(view, place->kept);
	const struct vec *texts;
	struct vec *all;

	if (*slot != NULL)
		return *slot;
	texts = view_texts(view, &place->place);
	all = arena_alloc(view->arena, sizeof(*all));
	vec_init(all, view->arena, sizeof(struct fold_words));
	for (size_t i = 0; i < texts->len; i++)
		fold_words(view->arena, *(struct str *)vec_at(texts, i),
		    place->is_exact, vec_push(all));
	*slot = all;
	return all;
}

/* What finds are told to. */
struct run {
	const struct phrases *phrases;
	void (*found)(void *arg, size_t number);
	void *arg;
};

/* Does a phrase begin with word n? */
static void
look_up(const struct run *run, const struct fold_words *words, size_t n)
{
	const unsigned *lengths = map_find(run->phrases->first,
	    fold_slice(words, n, 1));

	if (lengths == NULL)
		return;
	for (size_t len = 1; len <= PHRASES_WORDS_MAX &&
	    n + len <= words->items.len; len++) {
		size_t number;

		if ((*lengths & 1u << len) == 0)
			continue;
		number = (uintptr_t)map_find(run->phrases->numbers,
		    fold_slice(words, n, len));
		if (number != 0)
			run->found(run->arg, number);
	}
}

static void
scan(const struct run *run, const struct fold_words *words)
{
	const struct fold_word *items = words->items.items;
	const uint8_t *filter = run->phrases->filter;

	for (size_t n = 0; n < words->items.len; n++) {
		uint32_t hash = items[n].hash;

		if ((filter[hash % FILTER_BITS / 8] & 1u << hash % 8) != 0)
			look_up(run, words, n);
	}
}

void
phrases_find(const struct phrases *phrases, struct view *view,
    const struct phrases_place *place,
    void (*found)(void *arg, size_t number), void *arg)
{
	const struct run run = { phrases, found, arg };
	const struct vec *texts = words_of(view, place);

	for (size_t i = 0; i < texts->len; i++)
		scan(&run, vec_at(texts, i));
}
