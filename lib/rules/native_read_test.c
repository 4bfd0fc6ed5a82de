/* SPDX-License-Identifier: ISC */
/* native_read_test.c - `test NAME PLACE PATTERN` and `test NAME CALL ARGUMENTS`. */
#include <string.h>

#include "base/arena.h"
#include "rules/call.h"
#include "rules/native_read_private.h"
#include "rules/place.h"
#include "rules/place_words.h"

static int
refuse_unknown(struct native *native, const struct conf_line *line,
    const char *word)
{
	struct vec known;
	size_t calls_count = 0;

	vec_init(&known, native->arena, sizeof(const char *));
	for (int kind = 0; kind < PLACE_COUNT; kind++)
		if (strncmp(place_row(kind)->name, "sa_", 3) != 0)
			*(const char **)vec_push(&known) =
			    place_row(kind)->name;
	for (; calls[calls_count] != NULL; calls_count++)
		*(const char **)vec_push(&known) = calls[calls_count]->name;
	vec_push(&known);
	return native_refuse(native, line->place, "place or test", word,
	    known.items);
}

static int
read_pattern(struct native *native, const struct conf_line *line,
    const char *word, struct draft_test *test)
{
	const char *error;
	struct arena *scratch;
	struct str rest;
	bool is_good;

	if (pattern_read(native->arena, str_from(word), &test->pattern, &rest,
	    &error) < 0)
		return native_fail(native, line->place, "the pattern %s: %s "
		    "(it is written '/.../' or '/.../i')", word, error);
	if (str_trim(rest).len != 0)
		return native_fail(native, line->place, "'%.*s' behind the "
		    "pattern", STR_ARG(str_trim(rest)));
	/* What is decoded is UTF-8; as it came, it may be anything. */
	if (!str_is(test->place.form, "raw") && strcmp(place_row(
	    test->place.kind)->name, "raw") != 0)
		test->pattern.flags |= PATTERN_UTF;
	scratch = arena_new(0);
	is_good = pattern_compile(scratch, &test->pattern, &error) != NULL;
	if (!is_good)
		native_fail(native, line->place, "the pattern %s: %s", word,
		    error);
	arena_free(&scratch);
	test->kind = DRAFT_PATTERN;
	return is_good ? 0 : -1;
}

static int
read_place(struct native *native, const struct conf_line *line,
    const struct vec *words, struct draft_test *test)
{
	const char *error, *word;
	size_t at = 0;

	if (place_read_words(native->arena, words, &at, &test->place,
	    &error) < 0)
		return native_fail(native, line->place, "%s", error);
	if (at == words->len)
		return native_fail(native, line->place, "a pattern, 'exists' "
		    "or 'missing' must follow");
	word = ((struct str *)vec_at(words, at++))->data;
	if (at < words->len)
		return native_fail(native, line->place, "'%s' behind the end "
		    "of the test", ((struct str *)vec_at(words, at))->data);
	if (strcmp(word, "exists") == 0 || strcmp(word, "missing") == 0) {
		test->kind = DRAFT_EXISTS;
		test->is_negated = word[0] == 'm';
		return 0;
	}
	return read_pattern(native, line, word, test);
}

/* Arguments that the call does not take are an error here, with their place.
 * (Lists of words may stand in a later file: native_check_words().) */
static int
check_call(struct native *native, const struct call *call,
    const struct conf_line *line, const struct draft_test *test)
{
	struct arena *scratch;
	struct call_setup setup = { .draft = native->draft,
	    .args = &test->args };
	const char *error = "it takes no arguments";
	void *prepared;
	int result = 0;

	if (strcmp(call->name, "words") == 0)
		return 0;
	if (call->prepare == NULL) {
		result = test->args.len == 0 ? 0 : native_fail(native,
		    line->place, "%s: %s", call->name, error);
		return result;
	}
	scratch = arena_new(0);
	setup.arena = scratch;
	if (call->prepare(&setup, &prepared, &error) < 0)
		result = native_fail(native, line->place, "%s: %s",
		    call->name, error);
	arena_free(&scratch);
	return result;
}

static int
read_what(struct native *native, const struct conf_line *line,
    const struct vec *words, struct draft_test *test)
{
	struct str first = *(struct str *)vec_at(words, 0);
	const struct call *call = call_find(first);

	if (place_is_word(first))
		return read_place(native, line, words, test);
	if (call == NULL)
		return refuse_unknown(native, line, first.data);
	test->kind = DRAFT_CALL;
	test->call = first;
	for (size_t i = 1; i < words->len; i++)
		*(struct str *)vec_push(&test->args) =
		    *(struct str *)vec_at(words, i);
	return check_call(native, call, line, test);
}

int
native_read_test(struct native *native, const struct conf_line *line,
    struct native_test *test_r)
{
	/* `if` is the rule's only test, and has no name. */
	bool is_named = strcmp(line->words[0], "if") != 0;
	struct vec words;

	*test_r = (struct native_test){ .name = str_from(is_named &&
	    line->count > 1 ? line->words[1] : ""),
	    .is_counted = strcmp(line->words[0], "each") == 0,
	    .origin = native_origin(native, line->place) };
	vec_init(&test_r->test.args, native->arena, sizeof(struct str));
	vec_init(&words, native->arena, sizeof(struct str));
	for (size_t i = is_named ? 2 : 1; i < line->count; i++)
		*(struct str *)vec_push(&words) = str_from(line->words[i]);
	if (is_named && (line->count < 2 || !native_is_name(line->words[1])))
		return native_fail(native, line->place, "'%s' wants a name, "
		    "then where to look and for what", line->words[0]);
	if (words.len == 0)
		return native_fail(native, line->place, "where to look, and "
		    "for what, must follow");
	return read_what(native, line, &words, &test_r->test);
}
