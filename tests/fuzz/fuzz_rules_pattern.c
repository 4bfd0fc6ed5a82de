/* SPDX-License-Identifier: ISC */
/* fuzz_rules_pattern.c - Perl literals of strangers: read, compiled, matched, and
 * what is found out about them holds for each match. */
#include "base/arena.h"
#include "fuzz.h"
#include "rules/lane_text.h"
#include "rules/lane_windows.h"
#include "rules/pattern.h"
#include "rules/pattern_needs.h"
#include "rules/pattern_octets.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_starts.h"
#include "rules/pattern_tail.h"
#include "rules/pattern_weaken.h"
#include "rules/pattern_window.h"

/* A line end stands between the literal and the text. */
#define LITERAL_MOST 300

static bool
has_word(struct str text, const struct needs_words *words, bool is_utf)
{
	unsigned char fold[256];
	struct arena *arena = arena_new(0);
	char *folded = arena_alloc(arena, text.len + 1);
	bool has = false;

	pattern_needs_fold(is_utf, fold);
	for (size_t i = 0; i < text.len; i++)
		folded[i] = (char)fold[(unsigned char)text.data[i]];
	for (size_t i = 0; i < words->count && !has; i++)
		has = text.len != 0 && memmem(folded, text.len,
		    words->words[i].octets, words->words[i].len) != NULL;
	arena_free(&arena);
	return has;
}

/* One of its windows stands in a text that the pattern matches. */
static void
check_windows(struct arena *arena, struct str pattern, struct str text)
{
	struct lane_windows *windows = lane_windows_new(arena);
	const struct pattern_window *of_pattern = NULL;
	struct lane_seen seen;
	size_t count = pattern_windows(arena, pattern, &of_pattern);

	lane_windows_add(windows, of_pattern, count);
	lane_windows_look(windows, text, &seen);
	must(lane_windows_met(windows, 0, &seen));
}

/* The pattern's tail matches a text that it matches. */
static void
check_tail(struct arena *arena, const struct pattern_source *source,
    struct pattern_scratch *scratch, struct str text)
{
	struct pattern_source tail = { .flags = source->flags };
	struct pattern *pattern;
	const char *error;

	if (!pattern_tail(source->text, &tail.text))
		return;
	pattern = pattern_compile(arena, &tail, &error);
	must(pattern != NULL);
	must(pattern_match(pattern, scratch, text, NULL, NULL) != PATTERN_NO);
}

/* A text that the pattern matches, its weak form matches too. */
static void
check_weak(struct arena *arena, const struct pattern_source *source,
    struct pattern_scratch *scratch, struct str text, size_t place)
{
	struct pattern_source weak = { .flags = source->flags };
	struct pattern_starts *starts;
	struct pattern *pattern;
	bool is_approximate;
	const char *error;
	struct str whole;

	if ((source->flags & (PATTERN_UTF | PATTERN_EXTENDED)) != 0 ||
	    !pattern_perl_for_lane(arena, source, &whole, &is_approximate))
		return;
	check_windows(arena, whole, text);
	check_tail(arena, &(struct pattern_source){ whole, source->flags },
	    scratch, text);
	starts = is_approximate ? NULL : pattern_starts_new(arena, whole);
	must(starts == NULL ||
	    pattern_starts_find(starts, text, place) == place);
	if (!pattern_weaken(arena, whole, &weak.text))
		return;
	pattern = pattern_compile(arena, &weak, &error);
	must(pattern != NULL);
	must(pattern_match(pattern, scratch, text, NULL, NULL) != PATTERN_NO);
}

/* So does its form of octets. */
static void
check_octets(struct arena *arena, const struct pattern_source *source,
    struct pattern_scratch *scratch, struct str text)
{
	struct pattern_octets octets;
	struct pattern_source plain;
	struct pattern *pattern;
	const char *error;
	struct buf out;

	if (!pattern_octets(arena, source, false, &octets))
		return;
	plain = (struct pattern_source){ octets.text, octets.flags };
	pattern = pattern_compile(arena, &plain, &error);
	must(pattern != NULL);
	buf_init(&out, arena);
	if (octets.is_caseless && lane_text_is_strange(text))
		text = lane_text_plain(text, &out);
	must(pattern_match(pattern, scratch, text, NULL, NULL) != PATTERN_NO);
	check_tail(arena, &plain, scratch, text);
}

/* To a text of ASCII its form for these is the same, where it is exact. */
static void
check_ascii(struct arena *arena, const struct pattern_source *source,
    struct pattern_scratch *scratch, struct str text, bool matches)
{
	struct pattern_octets octets;
	struct pattern_source plain;
	struct pattern *pattern;
	const char *error;

	if ((source->flags & PATTERN_UTF) == 0 || !str_is_ascii(text) ||
	    !pattern_octets(arena, source, true, &octets))
		return;
	must(!matches || !octets.is_impossible);
	plain = (struct pattern_source){ octets.text, octets.flags };
	pattern = pattern_compile(arena, &plain, &error);
	must(pattern != NULL);
	switch (pattern_match(pattern, scratch, text, NULL, NULL)) {
	case PATTERN_YES:
		must(matches || !octets.is_exact);
		break;
	case PATTERN_NO:
		must(!matches);
		break;
	case PATTERN_LIMIT:
		break;
	}
}

/* What is written once matches what was written several times. */
static void
check_folded(struct arena *arena, const struct pattern_source *source,
    struct pattern_scratch *scratch, struct str text)
{
	struct pattern_source folded = { .flags = source->flags };
	struct pattern *pattern;
	const char *error;
	struct str plain;

	if (pattern_perl_translate(arena, source, &plain, &error) < 0 ||
	    !pattern_perl_fold(arena, source, plain, &folded.text))
		return;
	pattern = pattern_compile(arena, &folded, &error);
	if (pattern != NULL)
		must(pattern_match(pattern, scratch, text, NULL, NULL) !=
		    PATTERN_NO);
}

static void
check(struct arena *arena, const struct pattern_source *source, struct str text)
{
	struct pattern_scratch *scratch = pattern_scratch_new(arena, 5000);
	bool is_utf = (source->flags & PATTERN_UTF) != 0;
	struct needs_words words;
	enum pattern_result result;
	struct pattern *pattern;
	const char *error;
	size_t at = 0;
	struct str found;

	pattern_needs(source, &words);
	pattern = pattern_compile(arena, source, &error);
	if (pattern == NULL)
		return;
	result = pattern_match(pattern, scratch, text, &at, &found);
	if (result != PATTERN_LIMIT)
		check_ascii(arena, source, scratch, text,
		    result == PATTERN_YES);
	if (result != PATTERN_YES)
		return;
	must(found.data >= text.data &&
	    found.data + found.len <= text.data + text.len);
	/* U+017F and U+212A are s and k. */
	must(words.count == 0 || has_word(text, &words, is_utf) ||
	    (is_utf && (memmem(text.data, text.len, "\xc5\xbf", 2) != NULL ||
	    memmem(text.data, text.len, "\xe2\x84\xaa", 3) != NULL)));
	check_weak(arena, source, scratch, text,
	    (size_t)(found.data - text.data));
	check_octets(arena, source, scratch, text);
	check_folded(arena, source, scratch, text);
	for (int i = 0; i < 20 && pattern_match(pattern, scratch, text, &at,
	    &found) == PATTERN_YES; i++)
		must(at <= text.len + 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, line, behind;
	struct arena *arena = arena_new(0);
	struct pattern_source source, whole;
	const char *error;

	str_cut(&rest, '\n', &line);
	if (rest.data == NULL)
		rest = STR("");
	if (line.len <= LITERAL_MOST) {
		if (pattern_read(arena, line, &source, &behind, &error) == 0) {
			check(arena, &source, rest);
			source.flags |= PATTERN_UTF;
			check(arena, &source, rest);
		}
		if (pattern_read_whole(arena, line, &whole, &error) == 0)
			check(arena, &whole, rest);
	}
	arena_free(&arena);
	return 0;
}
