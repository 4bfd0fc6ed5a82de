/* SPDX-License-Identifier: ISC */
/* words.c - how many different words of a list stand in a text.
 *
 * Texts are cut into words once for all lists. A filter of bits by the hash of a
 * phrase's first word turns nearly all words of a message away; what it lets
 * pass is looked up with as many words behind it as the list's phrases have. */
#include "rules/call.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/fold.h"
#include "rules/native_read.h"
#include "rules/place_words.h"
#include "rules/view.h"

#define FILTER_BITS 0x10000u
#define PHRASE_MAX 8		/* words of one phrase */
#define PLACES_MAX 8

/* A list as it is looked for in these places. */
struct list {
	struct place places[PLACES_MAX];
	const char *kept[PLACES_MAX];	/* the name of each one's words */
	size_t place_count;
	bool is_exact;
	size_t count;			/* of its phrases */
	struct map *first;		/* of first words: unsigned *, the
					 * lengths of phrases as bits */
	struct map *phrases;		/* to their number, from 1 on */
	uint8_t filter[FILTER_BITS / 8];
};

static void
add_phrase(struct arena *arena, struct list *list,
    const struct fold_words *words)
{
	const struct fold_word *word = vec_at(&words->items, 0);
	size_t count = words->items.len;
	struct str first = fold_slice(words, 0, 1);
	struct str phrase = fold_slice(words, 0, count);
	unsigned *lengths = map_find(list->first, first);

	if (map_find(list->phrases, phrase) != NULL)
		return;
	if (lengths == NULL) {
		lengths = arena_zalloc(arena, sizeof(*lengths));
		map_put(list->first, first, lengths);
	}
	*lengths |= 1u << count;
	map_put(list->phrases, phrase, (void *)(uintptr_t)++list->count);
	list->filter[word->hash % FILTER_BITS / 8] |=
	    (uint8_t)(1u << word->hash % 8);
}

static int
add_phrases(const struct call_setup *setup, struct list *list, struct str name,
    const char **error_r)
{
	const struct vec *lines = draft_lines(setup->draft,
	    native_words_option(setup->arena, name));
	struct fold_words words;

	for (size_t i = 0; i < lines->len; i++) {
		struct str line = *(struct str *)vec_at(lines, i);

		fold_words(setup->arena, line, list->is_exact, &words);
		if (words.items.len == 0 || words.items.len > PHRASE_MAX) {
			*error_r = arena_printf(setup->arena, "'%.*s' in the "
			    "list '%.*s' has %s", STR_ARG(line), STR_ARG(name),
			    words.items.len == 0 ? "no letter" :
			    "more than 8 words");
			return -1;
		}
		add_phrase(setup->arena, list, &words);
	}
	return 0;
}

static int
read_places(const struct call_setup *setup, struct list *list,
    const char **error_r)
{
	static const char *const usual[] = { "subject", "text" };
	struct vec words;
	size_t at = 0;

	vec_init(&words, setup->arena, sizeof(struct str));
	for (size_t i = 1; i < setup->args->len; i++)
		*(struct str *)vec_push(&words) =
		    *(struct str *)vec_at(setup->args, i);
	for (size_t i = 0; setup->args->len < 2 && i < ARRAY_LEN(usual); i++)
		*(struct str *)vec_push(&words) = str_from(usual[i]);
	while (at < words.len) {
		struct place *place = &list->places[list->place_count];

		if (list->place_count == PLACES_MAX) {
			*error_r = "more than 8 places";
			return -1;
		}
		if (place_read_words(setup->arena, &words, &at, place,
		    error_r) < 0)
			return -1;
		list->kept[list->place_count++] = arena_printf(setup->arena,
		    "words %d %d %.*s %.*s", list->is_exact, place->kind,
		    STR_ARG(place->name), STR_ARG(place->form));
	}
	return 0;
}

static int
words_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct list *list = arena_zalloc(setup->arena, sizeof(*list));
	const struct vec *exact;
	struct str name;

	if (setup->args->len == 0) {
		*error_r = "it wants the name of a list of words";
		return -1;
	}
	name = *(struct str *)vec_at(setup->args, 0);
	exact = draft_lines(setup->draft, native_words_exact_option(
	    setup->arena, name));
	list->is_exact = exact->len != 0 &&
	    str_is(*(struct str *)vec_at(exact, exact->len - 1), "yes");
	list->first = map_new(setup->arena);
	list->phrases = map_new(setup->arena);
	*prepared_r = list;
	if (read_places(setup, list, error_r) < 0)
		return -1;
	return add_phrases(setup, list, name, error_r);
}

/* One run of one list over one message. */
struct run {
	const struct list *list;
	uint8_t *seen;		/* a bit for each phrase */
	size_t found;
};

/* Does a phrase begin with word n? */
static void
look_up(struct run *run, const struct fold_words *words, size_t n)
{
	const unsigned *lengths = map_find(run->list->first,
	    fold_slice(words, n, 1));

	if (lengths == NULL)
		return;
	for (size_t len = 1; len <= PHRASE_MAX &&
	    n + len <= words->items.len; len++) {
		size_t number;

		if ((*lengths & 1u << len) == 0)
			continue;
		number = (uintptr_t)map_find(run->list->phrases,
		    fold_slice(words, n, len));
		if (number == 0 || (run->seen[number / 8] &
		    1u << number % 8) != 0)
			continue;
		run->seen[number / 8] |= (uint8_t)(1u << number % 8);
		run->found++;
	}
}

static void
scan(struct run *run, const struct fold_words *words)
{
	const struct fold_word *items = words->items.items;

	for (size_t n = 0; n < words->items.len; n++) {
		uint32_t hash = items[n].hash;

		if ((run->list->filter[hash % FILTER_BITS / 8] &
		    1u << hash % 8) != 0)
			look_up(run, words, n);
	}
}

/* The words of a place's texts: struct vec of struct fold_words. */
static const struct vec *
words_of(struct view *view, const struct list *list, size_t n)
{
	void **slot = view_kept(view, list->kept[n]);
	const struct vec *texts;
	struct vec *all;

	if (*slot != NULL)
		return *slot;
	texts = view_texts(view, &list->places[n]);
	all = arena_alloc(view->arena, sizeof(*all));
	vec_init(all, view->arena, sizeof(struct fold_words));
	for (size_t i = 0; i < texts->len; i++)
		fold_words(view->arena, *(struct str *)vec_at(texts, i),
		    list->is_exact, vec_push(all));
	*slot = all;
	return all;
}

static double
words_run(struct view *view, const void *prepared)
{
	const struct list *list = prepared;
	struct run run = { .list = list };

	run.seen = arena_zalloc(view->arena, list->count / 8 + 1);
	for (size_t i = 0; i < list->place_count; i++) {
		const struct vec *texts = words_of(view, list, i);

		for (size_t t = 0; t < texts->len; t++)
			scan(&run, vec_at(texts, t));
	}
	return (double)run.found;
}

const struct call call_words = {
	.name = "words",
	.prepare = words_prepare,
	.run = words_run,
};
