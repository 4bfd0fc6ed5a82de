/* SPDX-License-Identifier: ISC */
/* call_args.c - reads the arguments of calls. */
#include "rules/call_args.h"

#include "base/arena.h"
#include "base/suggest.h"
#include "base/vec.h"
#include "rules/phrases.h"
#include "rules/place_words.h"
#include "rules/places.h"

int
call_read_place(const struct call_setup *setup, size_t n,
    struct place *place_r, const char **error_r)
{
	if (n >= setup->args->len) {
		*error_r = "where to look must follow";
		return -1;
	}
	if (place_read_words(setup->arena, setup->args, &n, place_r,
	    error_r) < 0)
		return -1;
	if (n < setup->args->len) {
		*error_r = "too many arguments";
		return -1;
	}
	places_number(setup->places, place_r);
	return 0;
}

struct phrase_book *
call_book(const struct call_setup *setup)
{
	return setup->book != NULL ? setup->book :
	    phrase_book_new(setup->arena);
}

struct str
call_arg(const struct call_setup *setup, size_t n)
{
	return n < setup->args->len ?
	    *(struct str *)vec_at(setup->args, n) : STR("");
}

int
call_read_word(const struct call_setup *setup, struct str word,
    const char *const *names, const char *what, const char **error_r)
{
	struct suggest suggest;
	const char *best;

	for (int i = 0; names[i] != NULL; i++)
		if (str_is(word, names[i]))
			return i;
	suggest_begin(&suggest, word);
	for (int i = 0; names[i] != NULL; i++)
		suggest_offer(&suggest, names[i]);
	best = suggest_best(&suggest);
	*error_r = best != NULL ? arena_printf(setup->arena,
	    "'%.*s' is no %s, did you mean '%s'?", STR_ARG(word), what,
	    best) : arena_printf(setup->arena, "'%.*s' is no %s",
	    STR_ARG(word), what);
	return -1;
}

int
call_read_set(const struct call_setup *setup, size_t n,
    const char *const *names, uint64_t *set_r, const char **error_r)
{
	*set_r = 0;
	if (n >= setup->args->len) {
		*error_r = arena_printf(setup->arena, "a word like '%s' must "
		    "follow", names[0]);
		return -1;
	}
	for (; n < setup->args->len; n++) {
		int place = call_read_word(setup, call_arg(setup, n), names,
		    "word that it knows", error_r);

		if (place < 0)
			return -1;
		*set_r |= (uint64_t)1 << place;
	}
	return 0;
}

int
call_prepare_set(const struct call_setup *setup, const char *const *names,
    void **prepared_r, const char **error_r)
{
	uint64_t *set = arena_alloc(setup->arena, sizeof(*set));

	*prepared_r = set;
	return call_read_set(setup, 0, names, set, error_r);
}

int
call_read_number(const struct call_setup *setup, struct str word,
    double *number_r, const char **error_r)
{
	uint64_t number;

	if (str_to_u64(word, (uint64_t)1 << 40, &number) < 0) {
		*error_r = arena_printf(setup->arena, "'%.*s' is no whole "
		    "number", STR_ARG(word));
		return -1;
	}
	*number_r = (double)number;
	return 0;
}

int
call_read_bound(const struct call_setup *setup, size_t n,
    struct call_bound *bound_r, const char **error_r)
{
	static const struct {
		const char *sign, *first, *second;
	} words[] = {
		[CALL_MORE] = { ">", "more", "than" },
		[CALL_LESS] = { "<", "less", "than" },
		[CALL_AT_LEAST] = { ">=", "at", "least" },
		[CALL_AT_MOST] = { "<=", "at", "most" },
		[CALL_EXACTLY] = { "=", "exactly", NULL },
	};
	struct str first = call_arg(setup, n);
	size_t number = 0;
	unsigned kind = CALL_MORE;

	*bound_r = (struct call_bound){ CALL_ANY, 0 };
	if (n >= setup->args->len)
		return 0;
	for (; number == 0 && kind < ARRAY_LEN(words); kind++) {
		if (str_is(first, words[kind].sign) ||
		    (words[kind].second == NULL &&
		    str_is(first, words[kind].first)))
			number = n + 1;
		else if (words[kind].second != NULL &&
		    str_is(first, words[kind].first) &&
		    str_is(call_arg(setup, n + 1), words[kind].second))
			number = n + 2;
	}
	if (number == 0 || number + 1 != setup->args->len) {
		*error_r = "a bound is 'more than N', 'less than N', 'at least "
		    "N', 'at most N' or 'exactly N'";
		return -1;
	}
	bound_r->kind = kind - 1;
	return call_read_number(setup, call_arg(setup, number),
	    &bound_r->number, error_r);
}

double
call_within(const struct call_bound *bound, double number)
{
	switch (bound->kind) {
	case CALL_ANY:
		return number;
	case CALL_MORE:
		return number > bound->number;
	case CALL_LESS:
		return number < bound->number;
	case CALL_AT_LEAST:
		return number >= bound->number;
	case CALL_AT_MOST:
		return number <= bound->number;
	case CALL_EXACTLY:
		return number == bound->number;
	}
	return 0;
}
