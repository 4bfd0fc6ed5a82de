/* SPDX-License-Identifier: ISC */
/* phrases.c - lists in the book of a rule set, and what a message has of them. */
#include "rules/phrases.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/fold.h"
#include "rules/phrase_tree.h"
#include "rules/view.h"

/* That a list has a phrase. */
struct entry {
	uint32_t list;
	uint32_t number;	/* among the list's */
	uint32_t next;		/* of the same phrase; 0: no other */
};

struct phrase_list {
	struct phrase_book *book;
	uint32_t number;	/* among the book's */
	bool is_exact;
	uint32_t count;
};

struct phrase_places {
	const struct phrase_book *book;
	uint32_t number;	/* among the book's */
	bool is_exact;
	struct vec places;	/* struct place */
};

struct phrase_book {
	struct arena *arena;
	struct phrase_tree trees[2];	/* by is_exact; a mark is the number of
					 * a phrase, counted from 1 */
	struct vec phrases;		/* uint32_t: the first of its entries */
	struct vec entries;		/* struct entry; 0 is none */
	struct map *lists;		/* by name, with is_exact before it */
	struct vec places;		/* struct phrase_places * */
	struct buf key;
};

struct phrase_book *
phrase_book_new(struct arena *arena)
{
	struct phrase_book *book = arena_zalloc(arena, sizeof(*book));

	book->arena = arena;
	phrase_tree_init(&book->trees[false], arena);
	phrase_tree_init(&book->trees[true], arena);
	vec_init(&book->phrases, arena, sizeof(uint32_t));
	vec_init(&book->entries, arena, sizeof(struct entry));
	vec_init(&book->places, arena, sizeof(struct phrase_places *));
	vec_push(&book->entries);
	book->lists = map_new(arena);
	buf_init(&book->key, arena);
	return book;
}

/* --- lists -------------------------------------------------------------------- */

struct phrase_list *
phrase_list(struct phrase_book *book, struct str name, bool is_exact)
{
	struct phrase_list *list;
	void **known;

	buf_clear(&book->key);
	buf_add_char(&book->key, is_exact ? 'e' : 'f');
	buf_add_str(&book->key, name);
	known = map_slot(book->lists, buf_str(&book->key));
	if (*known != NULL)
		return *known;
	list = *known = arena_zalloc(book->arena, sizeof(*list));
	list->book = book;
	list->number = (uint32_t)map_len(book->lists) - 1;
	list->is_exact = is_exact;
	return list;
}

/* The first entry of a phrase, which gets a number where it is new. */
static uint32_t *
first_of(struct phrase_book *book, uint32_t *mark)
{
	if (*mark == 0) {
		vec_push(&book->phrases);
		*mark = (uint32_t)book->phrases.len;
	}
	return vec_at(&book->phrases, *mark - 1);
}

/* The number that the list gives a phrase with these entries; 0: it has it not. */
static uint32_t
number_in(const struct phrase_list *list, uint32_t first)
{
	const struct entry *entries = list->book->entries.items;

	for (uint32_t i = first; i != 0; i = entries[i].next)
		if (entries[i].list == list->number)
			return entries[i].number;
	return 0;
}

size_t
phrase_list_add(struct phrase_list *list, struct str phrase,
    const char **error_r)
{
	struct phrase_book *book = list->book;
	struct fold_words words;
	uint32_t *first, number;

	fold_words(book->arena, phrase, list->is_exact, &words);
	if (words.items.len == 0 || words.items.len > PHRASES_WORDS_MAX) {
		*error_r = arena_printf(book->arena, "'%.*s' has %s",
		    STR_ARG(phrase), words.items.len == 0 ? "no letter" :
		    "more than 8 words");
		return 0;
	}
	first = first_of(book, phrase_tree_mark(&book->trees[list->is_exact],
	    &words));
	number = number_in(list, *first);
	if (number != 0)
		return number;
	number = ++list->count;
	*(struct entry *)vec_push(&book->entries) = (struct entry){
		list->number, number, *first };
	*first = (uint32_t)book->entries.len - 1;
	return number;
}

/* --- places ------------------------------------------------------------------- */

static bool
are_same(const struct phrase_places *known, const struct vec *places,
    bool is_exact)
{
	if (known->is_exact != is_exact || known->places.len != places->len)
		return false;
	for (size_t i = 0; i < places->len; i++) {
		const struct place *a = vec_at(&known->places, i);
		const struct place *b = vec_at(places, i);

		if (a->kind != b->kind || !str_eq(a->name, b->name) ||
		    !str_eq(a->form, b->form))
			return false;
	}
	return true;
}

const struct phrase_places *
phrase_places(struct phrase_book *book, const struct vec *places,
    bool is_exact)
{
	struct phrase_places *made;

	for (size_t i = 0; i < book->places.len; i++) {
		made = *(struct phrase_places **)vec_at(&book->places, i);
		if (are_same(made, places, is_exact))
			return made;
	}
	made = arena_zalloc(book->arena, sizeof(*made));
	made->book = book;
	made->number = (uint32_t)book->places.len;
	made->is_exact = is_exact;
	vec_init(&made->places, book->arena, sizeof(struct place));
	for (size_t i = 0; i < places->len; i++)
		*(struct place *)vec_push(&made->places) =
		    *(struct place *)vec_at(places, i);
	*(struct phrase_places **)vec_push(&book->places) = made;
	return made;
}

/* --- a message ---------------------------------------------------------------- */

/* All times that a phrase of the book stands there. */
static void
find(struct view *view, const struct phrase_places *places,
    void (*found)(void *arg, uint32_t phrase), void *arg)
{
	const struct phrase_tree *tree = &places->book->trees[
	    places->is_exact];

	for (size_t i = 0; i < places->places.len; i++) {
		const struct vec *texts = view_texts(view,
		    vec_at(&places->places, i));

		for (size_t t = 0; t < texts->len; t++)
			phrase_tree_find(tree, view->arena,
			    *(struct str *)vec_at(texts, t), places->is_exact,
			    found, arg);
	}
}

struct counting {
	const struct phrase_book *book;
	uint64_t *seen;		/* bits of phrases */
	uint32_t *counts;	/* of lists */
};

static void
count_once(void *arg, uint32_t phrase)
{
	struct counting *counting = arg;
	const struct entry *entries = counting->book->entries.items;
	uint64_t bit = UINT64_C(1) << phrase % 64;
	uint32_t first;

	if ((counting->seen[phrase / 64] & bit) != 0)
		return;
	counting->seen[phrase / 64] |= bit;
	first = *(uint32_t *)vec_at(&counting->book->phrases, phrase - 1);
	for (uint32_t i = first; i != 0; i = entries[i].next)
		counting->counts[entries[i].list]++;
}

static uint32_t *
count_lists(struct view *view, const struct phrase_places *places)
{
	const struct phrase_book *book = places->book;
	struct counting counting = { .book = book };

	counting.seen = arena_zalloc(view->arena,
	    (book->phrases.len / 64 + 1) * sizeof(*counting.seen));
	counting.counts = arena_zalloc(view->arena,
	    (map_len(book->lists) + 1) * sizeof(*counting.counts));
	find(view, places, count_once, &counting);
	return counting.counts;
}

/* What one book found in a message. */
struct phrases_found {
	const struct phrase_book *book;
	uint32_t *counts[];	/* of its lists, by the number of places; NULL:
				 * nobody asked */
};

size_t
phrases_count(struct view *view, const struct phrase_list *list,
    const struct phrase_places *places)
{
	const struct phrase_book *book = places->book;
	struct phrases_found *found = view->phrases;

	if (found == NULL || found->book != book) {
		found = view->phrases = arena_zalloc(view->arena,
		    sizeof(*found) + book->places.len * sizeof(uint32_t *));
		found->book = book;
	}
	if (found->counts[places->number] == NULL)
		found->counts[places->number] = count_lists(view, places);
	return found->counts[places->number][list->number];
}

struct each {
	const struct phrase_list *list;
	void (*found)(void *arg, size_t number);
	void *arg;
};

static void
tell(void *arg, uint32_t phrase)
{
	const struct each *each = arg;
	uint32_t number = number_in(each->list, *(uint32_t *)vec_at(
	    &each->list->book->phrases, phrase - 1));

	if (number != 0)
		each->found(each->arg, number);
}

void
phrases_each(struct view *view, const struct phrase_list *list,
    const struct phrase_places *places, void (*found)(void *arg,
    size_t number), void *arg)
{
	struct each each = { list, found, arg };

	if (phrases_count(view, list, places) != 0)
		find(view, places, tell, &each);
}
