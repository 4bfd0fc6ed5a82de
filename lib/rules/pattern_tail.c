/* SPDX-License-Identifier: ISC */
/* pattern_tail.c - the end of a pattern that begins as most texts do.
 *
 * "^https?://[^/?#]+/[^?#]*\.(?:exe|scr)" starts at every link, and a database
 * goes on with it octet by octet up to the link's end; many such patterns keep it
 * busy. Their ends alone, "\.(?:exe|scr)", are words that it finds in a few
 * looks. Where one is there, PCRE2 tells whether the rest is too. */
#include "rules/pattern_tail.h"

#include "base/arena.h"
#include "rules/pattern_shape.h"
#include "rules/pattern_window.h"

/* A head of fewer octets may be rare enough by itself to end the search. */
#define HEAD_LEAST 4
/* An octet of the head is one of so many at most. */
#define FEW 2
/* What may be so much longer than it must is a gap. */
#define GAP_LEAST 8
/* An end is found by runs of so many octets. */
#define WORD_LEAST 3
/* Ends that are looked at. */
#define ENDS_MOST 8

/* Runs of two octets, like "=" and a letter, are in too many texts. */
static bool
is_rare(struct str text)
{
	struct arena *arena = arena_new(0);
	const struct pattern_window *windows;
	size_t count = pattern_windows(arena, text, &windows);
	bool is_rare = count != 0;

	for (size_t i = 0; i < count; i++)
		is_rare &= windows[i].len >= WORD_LEAST;
	arena_free(&arena);
	return is_rare;
}

/* Past a piece and how often it comes; it counts for the head where it has to be
 * there. True: it is a gap. */
static bool
pass_piece(struct reading *reading, unsigned *head)
{
	struct shape shape;
	unsigned least, most;

	pattern_shape(reading, &shape);
	reading_quantifier(reading, &least, &most);
	if (!shape.may_be_empty && octets_count(&shape.single) <= FEW)
		*head += least;
	return most >= GAP_LEAST || shape.longest >= GAP_LEAST;
}

bool
pattern_tail(struct str text, struct str *tail_r)
{
	struct reading reading = { .walk = { .text = text, .at = 1 } };
	unsigned head = 0, ends = 0;
	bool is_found = false;

	if (text.len == 0 || text.data[0] != '^' || reading_has_flags(text, "imsx"))
		return false;
	while (reading.walk.at < text.len && !reading.is_lost) {
		int c = reading_peek(&reading, 0);
		struct str tail;

		if (c == '|' || c == ')')
			return false;
		if (!pass_piece(&reading, &head) || head < HEAD_LEAST ||
		    reading.is_lost || ends++ >= ENDS_MOST)
			continue;
		tail = str_from_pos(text, reading.walk.at);
		if (!is_rare(tail))
			continue;
		*tail_r = tail;
		is_found = true;
	}
	return is_found && !reading.is_lost;
}
