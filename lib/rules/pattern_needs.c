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
#include "rules/pattern_perl_class.h"
#include "rules/pattern_words.h"

#define DEPTH 16
/* Longer patterns are not looked at. */
#define LONGEST ((size_t)16 << 10)
/* Octets of one set of characters that are spelled out. */
#define CLASS_MEMBERS 4
#define REPEATS 4

struct reading {
	struct perl_walk walk;	/* text and place */
	unsigned char fold[256];
	bool is_utf, is_extended, is_lost;
	unsigned depth;
};

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

static int
peek(const struct reading *reading, size_t ahead)
{
	size_t at = reading->walk.at + ahead;

	return at < reading->walk.text.len
	    ? (unsigned char)reading->walk.text.data[at] : -1;
}

static void
skip_extended(struct reading *reading)
{
	while (reading->is_extended) {
		int c = peek(reading, 0);

		if (c == '#') {
			while (c >= 0 && c != '\n') {
				reading->walk.at++;
				c = peek(reading, 0);
			}
		} else if (c < 0 || (!char_is_space((char)c) && c != '\v' &&
		    c != '\f')) {
			return;
		}
		reading->walk.at += c >= 0;
	}
}

static unsigned
read_number(struct reading *reading, unsigned none)
{
	unsigned value = none;

	for (int c = peek(reading, 0); c >= '0' && c <= '9';
	    c = peek(reading, 0)) {
		value = (value == none ? 0 : value) * 10 + (unsigned)(c - '0');
		value = value > 65535 ? 65535 : value;
		reading->walk.at++;
	}
	return value;
}

/* {2}, {2,}, {2,5} at the place; else nothing is taken. */
static bool
read_braces(struct reading *reading, unsigned *least_r, unsigned *most_r)
{
	size_t start = reading->walk.at++;
	unsigned least = read_number(reading, 65535), most = least;

	if (peek(reading, 0) == ',') {
		reading->walk.at++;
		most = read_number(reading, 65534);
	}
	if (least == 65535 || peek(reading, 0) != '}') {
		reading->walk.at = start;
		return false;
	}
	reading->walk.at++;
	*least_r = least;
	*most_r = most;
	return true;
}

static void
read_quantifier(struct reading *reading, unsigned *least_r, unsigned *most_r)
{
	int c;

	*least_r = *most_r = 1;
	skip_extended(reading);
	c = peek(reading, 0);
	if (c == '{') {
		if (!read_braces(reading, least_r, most_r))
			return;
	} else if (c == '*' || c == '?' || c == '+') {
		*least_r = c == '+';
		*most_r = c == '?' ? 1 : 65534;
		reading->walk.at++;
	} else {
		return;
	}
	skip_extended(reading);
	c = peek(reading, 0);
	reading->walk.at += c == '?' || c == '+';
}

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
	bool is_plain = peek(reading, 1) != '^';
	size_t first = walk->at + (is_plain ? 1 : 2);

	walk->at = first;
	while (walk->at == first || peek(reading, 0) != ']') {
		size_t start = walk->at, named = perl_posix_len(walk);
		int32_t value;

		if (start >= walk->text.len) {
			reading->is_lost = true;
			return;
		}
		is_plain &= named == 0 && (walk->text.data[start] != '-' ||
		    start == first || peek(reading, 1) == ']');
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
	int letter = peek(reading, 1);
	int32_t value;

	if (letter < 0 || strchr("QEgkc", letter) != NULL) {
		reading->is_lost = true;
		return;
	}
	if (letter >= '0' && letter <= '9') {
		reading->walk.at++;
		(void)read_number(reading, 0);
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

/* What kind of group opens here? Its words are as if it were not there (plain),
 * or it stands for nothing (look-around), or for anything. */
enum group_kind { GROUP_PLAIN, GROUP_NOTHING, GROUP_ANYTHING, GROUP_FLAGS };

/* (?i) and (?i:. */
static enum group_kind
read_flags(struct reading *reading)
{
	int c = peek(reading, 0);

	for (; c >= 0 && (char_is_alpha((char)c) || c == '^' || c == '-');
	    c = peek(reading, 0)) {
		reading->is_lost |= c == 'x' || c == 'P' || c == 'R' ||
		    c == 'C';
		reading->walk.at++;
	}
	reading->walk.at++;
	reading->is_lost |= c != ')' && c != ':';
	return c == ')' ? GROUP_FLAGS : GROUP_PLAIN;
}

/* (?<name>, (?'name', (?P<name>. */
static enum group_kind
read_name(struct reading *reading)
{
	int c;

	do {
		reading->walk.at++;
		c = peek(reading, 0);
	} while (c >= 0 && c != '>' && c != '\'');
	reading->walk.at++;
	return GROUP_PLAIN;
}

static enum group_kind
read_opening(struct reading *reading)
{
	int next = peek(reading, 1), letter = peek(reading, 2);
	int third = peek(reading, 3);

	reading->walk.at++;
	reading->is_lost |= next == '*';
	if (next != '?')
		return GROUP_PLAIN;
	reading->walk.at++;
	if (letter == '(')
		return GROUP_ANYTHING;
	if (letter == '=' || letter == '!' || (letter == '<' &&
	    (third == '=' || third == '!'))) {
		reading->walk.at += letter == '<' ? 2 : 1;
		return GROUP_NOTHING;
	}
	if (letter == '<' || letter == '\'' || (letter == 'P' && third == '<'))
		return read_name(reading);
	if (letter == ':' || letter == '|' || letter == '>') {
		reading->walk.at++;
		return GROUP_PLAIN;
	}
	/* Calls, (?1) and (?&name), and comments are of the rest. */
	return read_flags(reading);
}

static void
read_group(struct reading *reading, struct sum *sum)
{
	enum group_kind kind = read_opening(reading);

	if (kind != GROUP_FLAGS && !reading->is_lost) {
		if (++reading->depth > DEPTH)
			reading->is_lost = true;
		else
			read_alternatives(reading, sum);
		reading->depth--;
		reading->is_lost |= peek(reading, 0) != ')';
		reading->walk.at++;
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
	int c = peek(reading, 0);

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

		skip_extended(reading);
		c = peek(reading, 0);
		if (c < 0 || c == '|' || c == ')')
			break;
		read_piece(reading, &piece);
		read_quantifier(reading, &least, &most);
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
	while (!reading->is_lost && peek(reading, 0) == '|') {
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
