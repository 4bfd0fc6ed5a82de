/* SPDX-License-Identifier: ISC */
/* pattern.c - one regular expression: compiled, matched. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/pattern.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/octets.h"
#include "base/vec.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_split.h"
#include "rules/pattern_starts.h"

/* What one match may hold of memory, whatever its text. */
#define HEAP_LIMIT_KIB 20000
#define DEPTH_LIMIT 100000
#define JIT_STACK_FIRST ((size_t)32 << 10)
#define JIT_STACK_MOST ((size_t)1 << 20)
#define GROUPS_KEPT 64
/* Patterns that are this long are tried where they may begin; so many places of a
 * text, and each with a part of the steps that are allowed, so that all of them
 * together take no more than a few times as long as one match may. */
#define LONG 400
#define PLACES_TRIED 256
#define PLACE_SHARE 64
/* What is too long, compiled, is taken apart so often. */
#define SPLITS_MOST 8

struct pattern {
	struct pattern *next;	/* other alternatives of it; NULL: none */
	pcre2_code *code;
	const struct pattern_starts *starts;	/* NULL: not known */
	bool has_jit, is_utf;
};

struct pattern_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	unsigned match_limit;
	/* Of the last match. */
	struct str text;
	unsigned groups;
};

/* --- compiling ------------------------------------------------------------ */

/* pcre2api(3): lower case of each octet, its other case, 320 octets of sets, and
 * 256 of kinds. Those of the C locale, and of Latin-1 the cases: as Perl's /aa
 * has them for octets, which has no other letters (perlre, "/a"). */
#define TABLES_SIZE 1088
#define TABLES_OTHER_CASE 256

static const uint8_t *latin1_tables;
static pthread_once_t latin1_once = PTHREAD_ONCE_INIT;

static void
make_tables(void)
{
	uint8_t *tables = (uint8_t *)pcre2_maketables(NULL);
	uint32_t size = 0;

	if (tables == NULL)
		abort();
	pcre2_config(PCRE2_CONFIG_TABLES_LENGTH, &size);
	for (unsigned upper = 0xc0; upper <= 0xde && size == TABLES_SIZE;
	    upper++) {
		unsigned lower = pattern_perl_other_case(upper);

		tables[upper] = (uint8_t)lower;
		tables[TABLES_OTHER_CASE + upper] = (uint8_t)lower;
		tables[TABLES_OTHER_CASE + lower] = (uint8_t)upper;
	}
	latin1_tables = tables;
}

static uint32_t
options_of(unsigned flags)
{
	static const struct {
		unsigned flag;
		uint32_t option;
	} options[] = {
		{ PATTERN_CASELESS, PCRE2_CASELESS },
		{ PATTERN_MULTILINE, PCRE2_MULTILINE },
		{ PATTERN_DOTALL, PCRE2_DOTALL },
		{ PATTERN_EXTENDED, PCRE2_EXTENDED },
		{ PATTERN_EXTENDED_MORE, PCRE2_EXTENDED_MORE },
		{ PATTERN_NO_CAPTURE, PCRE2_NO_AUTO_CAPTURE },
		/* Octets that are no UTF-8 match nothing; they are no error. */
		{ PATTERN_UTF, PCRE2_UTF | PCRE2_UCP |
		    PCRE2_MATCH_INVALID_UTF },
	};
	uint32_t all = PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C;

	if ((flags & PATTERN_UTF) == 0)
		all |= PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if ((flags & options[i].flag) != 0)
			all |= options[i].option;
	return all;
}

static pcre2_compile_context *
new_context(const struct pattern_source *source)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);

	if (context == NULL)
		abort();
	/* As Perl has them, however PCRE2 was built. */
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
	if ((source->flags & PATTERN_UTF) == 0) {
		pthread_once(&latin1_once, make_tables);
		pcre2_set_character_tables(context, latin1_tables);
	}
	return context;
}

static const struct pattern_starts *
find_starts(struct arena *arena, const struct pattern_source *source)
{
	bool is_approximate;
	struct str text;

	if (source->text.len < LONG || (source->flags & (PATTERN_UTF |
	    PATTERN_EXTENDED | PATTERN_EXTENDED_MORE)) != 0 ||
	    !pattern_perl_for_lane(arena, source, &text, &is_approximate) ||
	    is_approximate)
		return NULL;
	return pattern_starts_new(arena, text);
}

static void
free_code(void *code)
{
	pcre2_code_free(code);
}

static pcre2_code *
compile(struct arena *arena, const struct pattern_source *source,
    struct str text, uint32_t more_options, int *code_r, const char **error_r)
{
	pcre2_compile_context *context = new_context(source);
	PCRE2_UCHAR words[160];
	PCRE2_SIZE place = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.data, text.len,
	    options_of(source->flags) | more_options, code_r, &place, context);

	pcre2_compile_context_free(context);
	if (code != NULL) {
		arena_on_free(arena, free_code, code);
		return code;
	}
	if (pcre2_get_error_message(*code_r, words, sizeof(words)) < 0)
		words[0] = '\0';
	*error_r = arena_printf(arena, "at %zu: %s", (size_t)place,
	    (const char *)words);
	return NULL;
}

/* Both, or NULL where one of them is. */
static struct pattern *
join(struct pattern *first, struct pattern *second)
{
	struct pattern *last = first;

	if (first == NULL || second == NULL)
		return NULL;
	while (last->next != NULL)
		last = last->next;
	last->next = second;
	return first;
}

/* What is too long, compiled, is written shorter, or taken apart. What cannot be
 * leaves the reason, that of the whole. */
static struct pattern *
compile_text(struct arena *arena, const struct pattern_source *source,
    struct str text, const struct pattern_starts *starts, unsigned depth,
    const char **error_r)
{
	uint32_t options = starts != NULL ? PCRE2_USE_OFFSET_LIMIT : 0;
	struct pattern *pattern = arena_zalloc(arena, sizeof(*pattern));
	struct str folded, halves[2];
	int code = 0;

	pattern->starts = starts;
	pattern->is_utf = (source->flags & PATTERN_UTF) != 0;
	pattern->code = compile(arena, source, text, options, &code, error_r);
	if (pattern->code == NULL && code == PCRE2_ERROR_PATTERN_TOO_LARGE &&
	    pattern_perl_fold(arena, source, text, &folded))
		pattern->code = compile(arena, source, folded, options, &code,
		    error_r);
	if (pattern->code != NULL) {
		pattern->has_jit = pcre2_jit_compile(pattern->code,
		    PCRE2_JIT_COMPLETE) == 0;
		return pattern;
	}
	if (code != PCRE2_ERROR_PATTERN_TOO_LARGE || depth == SPLITS_MOST ||
	    (source->flags & PATTERN_EXTENDED) != 0 ||
	    !pattern_split(arena, text, halves))
		return NULL;
	return join(compile_text(arena, source, halves[0], starts, depth + 1,
	    error_r), compile_text(arena, source, halves[1], starts,
	    depth + 1, error_r));
}

struct pattern *
pattern_compile(struct arena *arena, const struct pattern_source *source,
    const char **error_r)
{
	struct str text;

	if (pattern_perl_translate(arena, source, &text, error_r) < 0)
		return NULL;
	return compile_text(arena, source, text, find_starts(arena, source),
	    0, error_r);
}

bool
pattern_has_jit(void)
{
	PCRE2_SIZE place;
	int error;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)"a", 1, 0, &error, &place,
	    NULL);
	bool has_jit = code != NULL &&
	    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;

	pcre2_code_free(code);
	return has_jit;
}

/* --- matching ------------------------------------------------------------- */

static void
free_scratch(void *data)
{
	struct pattern_scratch *scratch = data;

	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->context);
	pcre2_jit_stack_free(scratch->stack);
}

void
pattern_scratch_bound(struct pattern_scratch *scratch, unsigned match_limit)
{
	scratch->match_limit = match_limit;
	pcre2_set_match_limit(scratch->context, match_limit);
}

struct pattern_scratch *
pattern_scratch_new(struct arena *arena, unsigned match_limit)
{
	struct pattern_scratch *scratch = arena_zalloc(arena, sizeof(*scratch));

	scratch->data = pcre2_match_data_create(GROUPS_KEPT, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	if (scratch->data == NULL || scratch->context == NULL)
		abort();
	/* NULL where there is no JIT. */
	scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST,
	    NULL);
	if (scratch->stack != NULL)
		pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
	pattern_scratch_bound(scratch, match_limit);
	pcre2_set_heap_limit(scratch->context, HEAP_LIMIT_KIB);
	pcre2_set_depth_limit(scratch->context, DEPTH_LIMIT);
	arena_on_free(arena, free_scratch, scratch);
	return scratch;
}

/* Machine code that finds its stack too small says so at once: then the
 * interpreter, whose memory is the heap, has its try. */
static int
match(const struct pattern *pattern, struct pattern_scratch *scratch,
    struct str text, size_t at)
{
	PCRE2_SPTR data = (PCRE2_SPTR)text.data;

	if (pattern->has_jit) {
		int result = pcre2_jit_match(pattern->code, data, text.len, at,
		    0, scratch->data, scratch->context);

		if (result != PCRE2_ERROR_JIT_STACKLIMIT)
			return result;
	}
	return pcre2_match(pattern->code, data, text.len, at, PCRE2_NO_JIT,
	    scratch->data, scratch->context);
}

/* At places where it may begin, and nowhere else. *at: from where on it is still
 * to be tried; SIZE_MAX: nowhere. A place that takes long is left to who may take
 * all steps. */
static int
match_at_starts(const struct pattern *pattern, struct pattern_scratch *scratch,
    struct str text, size_t *at)
{
	int result = PCRE2_ERROR_NOMATCH;

	pcre2_set_match_limit(scratch->context,
	    scratch->match_limit / PLACE_SHARE);
	for (unsigned i = 0; i < PLACES_TRIED &&
	    result == PCRE2_ERROR_NOMATCH; i++) {
		*at = pattern_starts_find(pattern->starts, text, *at);
		if (*at == SIZE_MAX)
			break;
		pcre2_set_offset_limit(scratch->context, *at);
		result = match(pattern, scratch, text, *at);
		*at += result == PCRE2_ERROR_NOMATCH;
	}
	pcre2_set_offset_limit(scratch->context, PCRE2_UNSET);
	pcre2_set_match_limit(scratch->context, scratch->match_limit);
	return result;
}

static int
match_from(const struct pattern *pattern, struct pattern_scratch *scratch,
    struct str text, size_t at)
{
	int result = PCRE2_ERROR_NOMATCH;

	if (pattern->starts != NULL)
		result = match_at_starts(pattern, scratch, text, &at);
	if (result >= 0 || at == SIZE_MAX)
		return result;
	return match(pattern, scratch, text, at);
}

/* By the part that matches first in the text; of those that match at one place,
 * by the first of them. Each leaves its places in the scratch. */
static int
match_parts(const struct pattern *pattern, struct pattern_scratch *scratch,
    struct str text, size_t at)
{
	const PCRE2_SIZE *places = pcre2_get_ovector_pointer(scratch->data);
	const struct pattern *best = NULL;
	size_t best_place = SIZE_MAX;
	int none = PCRE2_ERROR_NOMATCH;

	if (pattern->next == NULL)
		return match_from(pattern, scratch, text, at);
	for (; pattern != NULL; pattern = pattern->next) {
		int result = match_from(pattern, scratch, text, at);

		if (result < 0 && result != PCRE2_ERROR_NOMATCH)
			none = result;
		if (result >= 0 && places[0] < best_place) {
			best = pattern;
			best_place = places[0];
		}
	}
	return best != NULL ? match_from(best, scratch, text, at) : none;
}

/* Behind an empty match one character further. */
static size_t
next_place(const struct pattern *pattern, struct str text,
    const PCRE2_SIZE *places)
{
	size_t at = places[1];

	if (places[0] < places[1])
		return at;
	at++;
	while (pattern->is_utf && at < text.len &&
	    ((unsigned char)text.data[at] & 0xc0) == 0x80)
		at++;
	return at;
}

enum pattern_result
pattern_match(const struct pattern *pattern, struct pattern_scratch *scratch,
    struct str text, size_t *at, struct str *found_r)
{
	const PCRE2_SIZE *places;
	size_t start = at == NULL ? 0 : *at;
	int result;

	scratch->groups = 0;
	scratch->text = text.data == NULL ? STR("") : text;
	if (start > text.len)
		return PATTERN_NO;
	result = match_parts(pattern, scratch, scratch->text, start);
	if (result < 0)
		return result == PCRE2_ERROR_NOMATCH ? PATTERN_NO :
		    PATTERN_LIMIT;
	scratch->groups = result == 0 ? GROUPS_KEPT : (unsigned)result;
	places = pcre2_get_ovector_pointer(scratch->data);
	if (at != NULL)
		*at = next_place(pattern, text, places);
	if (found_r != NULL)
		*found_r = pattern_caught(scratch, 0);
	return PATTERN_YES;
}

/* \K may set the start behind the end. */
struct str
pattern_caught(const struct pattern_scratch *scratch, unsigned n)
{
	const PCRE2_SIZE *places = pcre2_get_ovector_pointer(scratch->data);

	if (n >= scratch->groups || places[2 * n] == PCRE2_UNSET)
		return (struct str){ NULL, 0 };
	if (places[2 * n] > places[2 * n + 1])
		return str_sub(scratch->text, places[2 * n + 1], 0);
	return str_sub(scratch->text, places[2 * n],
	    places[2 * n + 1] - places[2 * n]);
}

/* Several groups may have one name: the first that caught something. An entry of
 * the table is a number of two octets and the name (pcre2api(3)). */
struct str
pattern_caught_as(const struct pattern *pattern,
    const struct pattern_scratch *scratch, const char *name)
{
	PCRE2_SPTR first, last;
	int size = pcre2_substring_nametable_scan(pattern->code,
	    (PCRE2_SPTR)name, &first, &last);

	for (; size > 0 && first <= last; first += size) {
		struct str caught = pattern_caught(scratch,
		    octets_be(first, 2));

		if (caught.data != NULL)
			return caught;
	}
	return (struct str){ NULL, 0 };
}
