/* SPDX-License-Identifier: ISC */
/* words.c - how many different words of a list stand in a text. */
#include "rules/call.h"

#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/native_read.h"
#include "rules/phrases.h"
#include "rules/place_words.h"
#include "rules/view.h"

#define PLACES_MAX 8

/* A list and where it is looked for. */
struct list {
	struct phrases *phrases;
	const struct phrases_place *places[PLACES_MAX];
	size_t place_count;
};

static int
add_phrases(const struct call_setup *setup, struct list *list, struct str name,
    const char **error_r)
{
	const struct vec *lines = draft_lines(setup->draft,
	    native_words_option(setup->arena, name));

	for (size_t i = 0; i < lines->len; i++)
		if (phrases_add(list->phrases, *(struct str *)vec_at(lines, i),
		    error_r) == 0)
			return -1;
	return 0;
}

static int
read_places(const struct call_setup *setup, struct list *list, bool is_exact,
    const char **error_r)
{
	static const char *const usual[] = { "subject", "text" };
	struct place place;
	struct vec words;
	size_t at = 0;

	vec_init(&words, setup->arena, sizeof(struct str));
	for (size_t i = 1; i < setup->args->len; i++)
		*(struct str *)vec_push(&words) =
		    *(struct str *)vec_at(setup->args, i);
	for (size_t i = 0; setup->args->len < 2 && i < ARRAY_LEN(usual); i++)
		*(struct str *)vec_push(&words) = str_from(usual[i]);
	while (at < words.len) {
		if (list->place_count == PLACES_MAX) {
			*error_r = "more than 8 places";
			return -1;
		}
		if (place_read_words(setup->arena, &words, &at, &place,
		    error_r) < 0)
			return -1;
		list->places[list->place_count++] = phrases_place_new(
		    setup->arena, &place, is_exact);
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
	bool is_exact;

	if (setup->args->len == 0) {
		*error_r = "it wants the name of a list of words";
		return -1;
	}
	name = *(struct str *)vec_at(setup->args, 0);
	exact = draft_lines(setup->draft, native_words_exact_option(
	    setup->arena, name));
	is_exact = exact->len != 0 &&
	    str_is(*(struct str *)vec_at(exact, exact->len - 1), "yes");
	list->phrases = phrases_new(setup->arena, is_exact);
	*prepared_r = list;
	if (read_places(setup, list, is_exact, error_r) < 0)
		return -1;
	return add_phrases(setup, list, name, error_r);
}

/* Which ones were seen: each counts once. */
struct seen {
	uint8_t *bits;
	size_t count;
};

static void
on_found(void *arg, size_t number)
{
	struct seen *seen = arg;
	uint8_t bit = (uint8_t)(1u << number % 8);

	seen->count += (seen->bits[number / 8] & bit) == 0;
	seen->bits[number / 8] |= bit;
}

static double
words_run(struct view *view, const void *prepared)
{
	const struct list *list = prepared;
	struct seen seen = { .count = 0 };

	seen.bits = arena_zalloc(view->arena,
	    phrases_count(list->phrases) / 8 + 1);
	for (size_t i = 0; i < list->place_count; i++)
		phrases_find(list->phrases, view, list->places[i], on_found,
		    &seen);
	return (double)seen.count;
}

const struct call call_words = {
	.name = "words",
	.prepare = words_prepare,
	.run = words_run,
};
