/* SPDX-License-Identifier: ISC */
/* native_read_test.c - `test NAME PLACE PATTERN` and `test NAME CALL ARGUMENTS`. */
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "rules/call.h"
#include "rules/native_read.h"
#include "rules/native_read_private.h"
#include "rules/place.h"

/* The words behind the test's name, one by one. */
struct words {
	const struct conf_line *line;
	size_t at;
};

static const char *
next(struct words *words)
{
	return words->at < words->line->count ?
	    words->line->words[words->at++] : NULL;
}

/* Places of the other language are for its own rules. */
static bool
is_ours(const struct place_row *row)
{
	return strncmp(row->name, "sa_", 3) != 0;
}

static const struct place_row *
find_place(struct str name, struct place *place_r)
{
	for (int kind = 0; kind < PLACE_COUNT; kind++) {
		const struct place_row *row = place_row(kind);

		if (is_ours(row) && str_is(name, row->name)) {
			*place_r = (struct place){ .kind = kind,
			    .name = STR(""), .form = STR("") };
			return row;
		}
	}
	return NULL;
}

static int
refuse_unknown(struct native *native, const struct conf_line *line,
    const char *word)
{
	struct vec known;
	size_t calls_count = 0;

	vec_init(&known, native->arena, sizeof(const char *));
	for (int kind = 0; kind < PLACE_COUNT; kind++)
		if (is_ours(place_row(kind)))
			*(const char **)vec_push(&known) =
			    place_row(kind)->name;
	for (; calls[calls_count] != NULL; calls_count++)
		*(const char **)vec_push(&known) = calls[calls_count]->name;
	vec_push(&known);
	return native_refuse(native, line->place, "place or test", word,
	    known.items);
}

/* "from:addr:domain": the field and its form; or "subject:raw". */
static struct str
cut_form(struct native *native, const char *word, struct str *form_r)
{
	struct str whole = str_from(word);
	ptrdiff_t colon = str_find(whole, ':');

	if (colon < 0)
		return whole;
	*form_r = str_copy(native->arena, str_from_pos(whole,
	    (size_t)colon + 1));
	return str_sub(whole, 0, (size_t)colon);
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
read_place(struct native *native, const struct place_row *row,
    struct words *words, struct draft_test *test)
{
	const struct conf_line *line = words->line;
	const char *word = next(words);

	if (row->has_name) {
		if (word == NULL || test->place.form.len != 0)
			return native_fail(native, line->place, "'%s' wants "
			    "the name of a field behind it", row->name);
		test->place.name = str_lower(native->arena, cut_form(native,
		    word, &test->place.form));
		word = next(words);
	}
	if (word == NULL)
		return native_fail(native, line->place, "a pattern, 'exists' "
		    "or 'missing' must follow");
	if (words->at < line->count)
		return native_fail(native, line->place, "'%s' behind the end "
		    "of the test", line->words[words->at]);
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
read_call(struct native *native, const struct call *call, struct words *words,
    struct draft_test *test)
{
	const char *word;

	test->kind = DRAFT_CALL;
	test->call = str_from(call->name);
	while ((word = next(words)) != NULL)
		*(struct str *)vec_push(&test->args) = str_from(word);
	return check_call(native, call, words->line, test);
}

int
native_read_test(struct native *native, const struct conf_line *line,
    struct native_test *test_r)
{
	/* `if` is the rule's only test, and has no name. */
	bool is_named = strcmp(line->words[0], "if") != 0;
	struct words words = { line, is_named ? 2 : 1 };
	struct draft_test *test = &test_r->test;
	const struct place_row *row;
	const struct call *call;
	struct str form = { NULL, 0 }, name;
	const char *word;

	*test_r = (struct native_test){ .name = str_from(is_named &&
	    line->count > 1 ? line->words[1] : ""),
	    .is_counted = strcmp(line->words[0], "count") == 0,
	    .origin = native_origin(native, line->place) };
	vec_init(&test->args, native->arena, sizeof(struct str));
	if (is_named && (line->count < 2 || !native_is_name(line->words[1])))
		return native_fail(native, line->place, "'%s' wants a name, "
		    "then where to look and for what", line->words[0]);
	word = next(&words);
	if (word == NULL)
		return native_fail(native, line->place, "where to look, and "
		    "for what, must follow");
	name = cut_form(native, word, &form);
	row = find_place(name, &test->place);
	if (row != NULL) {
		if (form.data != NULL)
			test->place.form = form;
		return read_place(native, row, &words, test);
	}
	call = call_find(str_from(word));
	return call != NULL ? read_call(native, call, &words, test) :
	    refuse_unknown(native, line, word);
}
