/* SPDX-License-Identifier: ISC */
/* words.c - how many different words of a list stand in a text. */
#include "rules/call.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/call_args.h"
#include "rules/draft.h"
#include "rules/native_read.h"
#include "rules/phrases.h"
#include "rules/place_words.h"
#include "rules/places.h"

#define PLACES_MAX 8

/* A list and where it is looked for. */
struct words {
	struct phrase_list *list;
	const struct phrase_places *places;
};

static bool
is_exact(const struct call_setup *setup, struct str name)
{
	const struct vec *lines = draft_lines(setup->draft,
	    native_words_exact_option(setup->arena, name));

	return lines->len != 0 &&
	    str_is(*(struct str *)vec_at(lines, lines->len - 1), "yes");
}

static int
add_phrases(const struct call_setup *setup, struct phrase_list *list,
    struct str name, const char **error_r)
{
	const struct vec *lines = draft_lines(setup->draft,
	    native_words_option(setup->arena, name));

	for (size_t i = 0; i < lines->len; i++)
		if (phrase_list_add(list, *(struct str *)vec_at(lines, i),
		    error_r) == 0)
			return -1;
	return 0;
}

/* struct place */
static int
read_places(const struct call_setup *setup, struct vec *places,
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
		struct place *place = vec_push(places);

		if (places->len > PLACES_MAX) {
			*error_r = "more than 8 places";
			return -1;
		}
		if (place_read_words(setup->arena, &words, &at, place,
		    error_r) < 0)
			return -1;
		places_number(setup->places, place);
	}
	return 0;
}

static int
words_prepare(const struct call_setup *setup, void **prepared_r,
    const char **error_r)
{
	struct words *made = arena_zalloc(setup->arena, sizeof(*made));
	struct phrase_book *book = call_book(setup);
	struct str name = call_arg(setup, 0);
	struct vec places;

	*prepared_r = made;
	if (setup->args->len == 0) {
		*error_r = "it wants the name of a list of words";
		return -1;
	}
	vec_init(&places, setup->arena, sizeof(struct place));
	if (read_places(setup, &places, error_r) < 0)
		return -1;
	made->list = phrase_list(book, name, is_exact(setup, name));
	made->places = phrase_places(book, &places, is_exact(setup, name));
	return add_phrases(setup, made->list, name, error_r);
}

static double
words_run(struct view *view, const void *prepared)
{
	const struct words *words = prepared;

	return (double)phrases_count(view, words->list, words->places);
}

const struct call call_words = {
	.name = "words",
	.prepare = words_prepare,
	.run = words_run,
};
