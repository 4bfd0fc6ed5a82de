/* SPDX-License-Identifier: ISC */
/* pattern_needs.c - what must stand in a text that a pattern matches.
 *
 * "(?:buy|get) v[i1]agra" matches no text without "buy viagra", "buy v1agra",
 * "get viagra" or "get v1agra". To look for words is far cheaper than to try the
 * pattern, so that most patterns need not be tried at all where no database
 * tells.
 *
 * The pattern is read once, from left to right. A sequence keeps the words that
 * its last pieces spell (run) and the best words that it met (best): all of a
 * sequence is needed, so one good set of words is enough. Of alternatives one
 * set of words each is needed, and together they are the set. Whatever is not
 * understood counts as "anything may stand here", and groups within groups are
 * followed to a depth. */
#include "rules/pattern_needs.h"

#include "base/arena.h"
#include "rules/pattern_perl.h"
#include "rules/pattern_reading.h"
#include "rules/pattern_words.h"

/* Longer patterns are not looked at. */
#define LONGEST ((size_t)16 << 10)
/* Octets of one set of characters that are spelled out. */
#define CLASS_MEMBERS 4
#define REPEATS 4

/* What a piece matches. */
struct sum {
	bool is_exact;			/* just the words of exact */
	struct needs_words exact, best;
};

/* --- sequences ------------------------------------------------------------ */

struct sequence {
	bool is_exact;
	struct needs_words run, best;
};

static void
end_run(struct sequence *sequence)
{
	words_take_better(&sequence->best, &sequence->run);
	words_only_nothing(&sequence->run);
	sequence->is_exact = false;
}

static void
append(struct sequence *sequence, const struct sum *piece)
{
	if (!piece->is_exact) {
		end_run(sequence);
		words_take_better(&sequence->best, &piece->best);
	} else if (!words_multiply(&sequence->run, &piece->exact)) {
		end_run(sequence);
		sequence->run = piece->exact;
	}
}

static void
append_repeated(struct sequence *sequence, struct sum *piece, unsigned least,
    unsigned most)
{
	struct needs_words nothing;

	words_only_nothing(&nothing);
	if (least == 0 && most == 1 && piece->is_exact &&
	    words_unite(&piece->exact, &nothing)) {
		append(sequence, piece);
		return;
	}
	for (unsigned i = 0; i < least && i < REPEATS; i++)
		append(sequence, piece);
	if (least != most || least > REPEATS)
		end_run(sequence);
}

/* --- reading -------------------------------------------------------------- */

static void
add_octet(const struct reading *reading, struct sum *sum, int32_t value)
{
	struct needs_word *word = &sum->exact.words[sum->exact.count++];

	word->len = 1;
	word->octets[0] = reading->fold[value];
}

/* A set of few characters is as many words; any other may be anything. */
static void
read_class(struct reading *reading, struct sum *sum)
{
	struct perl_walk *walk = &reading->walk;
	bool is_plain = reading_peek(reading, 1) != '^';
	size_t first = walk->at + (is_plain ? 1 : 2);

	walk->at = first;
	while (walk->at == first || reading_peek(reading, 0) != ']') {
		size_t start = walk->at, named = perl_posix_len(walk);
		int32_t value;

		if (start >= walk->text.len) {
			reading->is_lost = true;
			return;
		}
		is_plain &= named == 0 && (walk->text.data[start] != '-' ||
		    start == first || reading_peek(reading, 1) == ']');
		walk->at += named;
		value = named != 0 ? -1 : perl_walk_char(walk);
		is_plain &= value >= 0 &&
		    value < (reading->is_utf ? 0x80 : 0x100) &&
		    sum->exact.count < CLASS_MEMBERS;
		if (is_plain)
			add_octet(reading, sum, value);
	}
	walk->at++;
	sum->is_exact = is_plain;
}

static void
read_alternatives(struct reading *reading, struct sum *sum);

static void
read_escape(struct reading *reading, struct sum *sum)
{
	int letter = reading_peek(reading, 1);
	int32_t value;

	if (letter < 0 || strchr("QEgkc", letter) != NULL) {
		reading->is_lost = true;
		return;
	}
	if (letter >= '0' && letter <= '9') {
		reading->walk.at++;
		(void)reading_number(reading, 0);
		return;
	}
	value = perl_walk_char(&reading->walk);
	if (value < 0 && strchr("bBAZzGK", letter) != NULL) {
		words_only_nothing(&sum->exact);
		sum->is_exact = true;
	} else if (value >= 0 && value < (reading->is_utf ? 0x80 : 0x100)) {
		add_octet(reading, sum, value);
		sum->is_exact = true;
	}
}

static void
read_group(struct reading *reading, struct sum *sum)
{
	enum group_kind kind;

	if (reading_enter(reading, &kind)) {
		read_alternatives(reading, sum);
		reading_leave(reading);
	}
	if (kind == GROUP_PLAIN)
		return;
	sum->best.count = 0;
	sum->is_exact = kind != GROUP_ANYTHING;
	words_only_nothing(&sum->exact);
}

static void
read_piece(struct reading *reading, struct sum *sum)
{
	int c = reading_peek(reading, 0);

	*sum = (struct sum){ .is_exact = false };
	if (c == '(') {
		read_group(reading, sum);
	} else if (c == '[') {
		read_class(reading, sum);
	} else if (c == '\\') {
		read_escape(reading, sum);
	} else {
		reading->walk.at++;
		sum->is_exact = c != '.' && !(reading->is_utf && c >= 0x80);
		if (c == '^' || c == '$')
			words_only_nothing(&sum->exact);
		else if (sum->is_exact)
			add_octet(reading, sum, c);
	}
}

static void
read_sequence(struct reading *reading, struct sum *sum)
{
	struct sequence sequence = { .is_exact = true };

	words_only_nothing(&sequence.run);
	while (!reading->is_lost) {
		struct sum piece;
		unsigned least, most;
		int c;

		reading_skip_unseen(reading);
		c = reading_peek(reading, 0);
		if (c < 0 || c == '|' || c == ')')
			break;
		read_piece(reading, &piece);
		reading_quantifier(reading, &least, &most);
		append_repeated(&sequence, &piece, least, most);
	}
	sum->is_exact = sequence.is_exact;
	sum->exact = sequence.run;
	words_take_better(&sequence.best, &sequence.run);
	sum->best = sequence.best;
}

static void
add_alternative(struct sum *sum, const struct sum *other)
{
	sum->is_exact = sum->is_exact && other->is_exact &&
	    words_unite(&sum->exact, &other->exact);
	if (sum->best.count == 0 || other->best.count == 0 ||
	    !words_unite(&sum->best, &other->best))
		sum->best.count = 0;
}

static void
read_alternatives(struct reading *reading, struct sum *sum)
{
	read_sequence(reading, sum);
	while (!reading->is_lost && reading_peek(reading, 0) == '|') {
		struct sum other;

		reading->walk.at++;
		read_sequence(reading, &other);
		add_alternative(sum, &other);
	}
}

/* --- the whole pattern ---------------------------------------------------- */

void
pattern_needs_fold(bool is_utf, unsigned char fold_r[256])
{
	for (unsigned i = 0; i < 256; i++) {
		fold_r[i] = (unsigned char)char_lower((char)i);
		if (!is_utf && i >= 0xc0 && i <= 0xde)
			fold_r[i] = (unsigned char)pattern_perl_other_case(i);
	}
}

void
pattern_needs(const struct pattern_source *source, struct needs_words *words_r)
{
	struct arena *arena = arena_new(0);
	struct reading reading = {
		.is_utf = (source->flags & PATTERN_UTF) != 0,
		.is_extended = (source->flags & (PATTERN_EXTENDED |
		    PATTERN_EXTENDED_MORE)) != 0,
	};
	struct sum sum = { .is_exact = false };
	const char *error;

	words_r->count = 0;
	pattern_needs_fold(reading.is_utf, reading.fold);
	if (source->text.len <= LONGEST &&
	    pattern_perl_translate(arena, source, &reading.walk.text,
	    &error) == 0) {
		read_alternatives(&reading, &sum);
		if (!reading.is_lost &&
		    reading.walk.at >= reading.walk.text.len &&
		    words_worth(&sum.best) >= 0)
			*words_r = sum.best;
	}
	arena_free(&arena);
}
