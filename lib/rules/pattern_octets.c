/* SPDX-License-Identifier: ISC */
/* pattern_octets.c - a pattern as a plain one of octets that matches more.
 *
 * In UTF-8 a database takes minutes to make: each \w and \b is hundreds of ranges
 * of characters, a long repeat of them thousands of states. PCRE2 confirms what
 * is found, so a plain pattern will do:
 *
 *   \w             [0-9A-Za-z_\x80-\xff]{1,4}
 *   \b             stays between letters of ASCII, else is left out
 *   [^.]{0,60}     [^.]*
 *   (?=...) \1     left out; anything
 *
 * Of a text of ASCII the classes keep their octets of ASCII, \b stays, and most
 * patterns need nobody to confirm them; some cannot match at all.
 *
 * One pass without depth. Groups stand in a stack. A \b is written when it is
 * met and taken back when no letter of ASCII follows it on every way: the place
 * where it stands is kept (pending) until the next piece is seen, which may be
 * the first of each alternative of a group. */
#include "rules/pattern_octets.h"

#include "base/arena.h"
#include "rules/pattern_atom.h"
#include "rules/pattern_perl.h"

#define DEPTH_MOST 100
#define SOURCE_LONGEST ((size_t)64 << 10)
/* Longer repeats become "or more". */
#define REPEATS_KEPT 8
/* ... of texts of ASCII these, unless they are many. */
#define REPEATS_OF_ASCII 100
#define REPEATS_SPELLED 300
/* Characters of up to four octets that are counted. */
#define WIDE_SPELLED 2
#define NOWHERE SIZE_MAX
/* In the place of what was taken back. */
#define TAKEN '\0'

struct frame {
	size_t start;		/* in out */
	size_t pending;		/* what waits for the first of the group */
	bool was_behind_word;
	bool ends_in_word;	/* all alternatives so far */
	bool is_look;		/* it asks for what stands there already */
	bool was_dead;		/* in front of the group */
	bool is_dead;		/* all alternatives so far */
	uint64_t places;	/* in front of the group */
};

struct walk {
	struct reading reading;
	struct atom_rules rules;
	struct buf out;
	struct frame frames[DEPTH_MOST];
	size_t depth;		/* frames[0] is the whole pattern */
	size_t pending;		/* a \b in out */
	bool is_behind_word;	/* a letter of ASCII is in front */
	bool is_exact;
	bool is_dead;		/* this alternative cannot match */
	unsigned flags, kept;	/* longest repeat that is */
	size_t pieces;
	uint64_t places;	/* with repeats written out */
};

static struct frame *
top(struct walk *walk)
{
	return &walk->frames[walk->depth];
}

/* --- \b ------------------------------------------------------------------- */

static void
take_back(struct walk *walk, size_t place)
{
	if (place == NOWHERE)
		return;
	walk->out.data[place] = walk->out.data[place + 1] = TAKEN;
}

static void
write_boundary(struct walk *walk)
{
	walk->is_exact &= walk->rules.is_ascii;
	if (walk->rules.is_utf && !walk->rules.is_ascii &&
	    !walk->is_behind_word) {
		if (walk->pending != NOWHERE)
			return;
		walk->pending = walk->out.len;
	}
	buf_add_text(&walk->out, "\\b");
}

/* A piece follows, so often at least. */
static void
pass_piece(struct walk *walk, bool is_word, unsigned least)
{
	if (!is_word || least == 0)
		take_back(walk, walk->pending);
	walk->pending = NOWHERE;
	walk->is_behind_word = is_word && (least > 0 || walk->is_behind_word);
}

/* --- pieces --------------------------------------------------------------- */

static uint64_t
times(uint64_t places, unsigned least, unsigned most)
{
	unsigned count = most < READING_MANY ? most : least + 1;

	return places * (count == 0 ? 1 : count) < UINT32_MAX
	    ? places * (count == 0 ? 1 : count) : UINT32_MAX;
}

static void
write_repeat(struct walk *walk, unsigned least, unsigned most, bool is_wide)
{
	walk->is_exact &= most <= walk->kept || (most >= READING_MANY &&
	    least <= walk->kept);
	if (is_wide)
		most = most <= WIDE_SPELLED ? 4 * most : READING_MANY;
	repeat_write(&walk->out, least, most, walk->kept);
}

static void
walk_atom(struct walk *walk)
{
	unsigned least, most;
	struct atom atom;

	atom_read(&walk->reading, &walk->rules, &atom);
	reading_quantifier(&walk->reading, &least, &most);
	if (walk->reading.is_lost)
		return;
	pass_piece(walk, atom_is_word(&atom), least);
	atom_write(&atom, &walk->out);
	write_repeat(walk, least, most, atom.is_wide);
	walk->is_exact &= atom.is_exact;
	walk->is_dead |= atom.is_none && least > 0;
	walk->pieces++;
	walk->places += times(1, least, most);
}

/* \1: what it stands for is not known here; and \101. */
static void
walk_reference(struct walk *walk)
{
	unsigned least, most;

	walk->reading.walk.at++;
	(void)reading_number(&walk->reading, 0);
	reading_quantifier(&walk->reading, &least, &most);
	pass_piece(walk, false, 0);
	buf_add_text(&walk->out, "[\\x00-\\xff]*");
	walk->is_exact = false;
	walk->pieces++;
	walk->places++;
}

/* What has no width; some engines let it be repeated. */
static void
walk_assertion(struct walk *walk, size_t len)
{
	struct str piece = str_sub(walk->reading.walk.text,
	    walk->reading.walk.at, len);
	unsigned least, most;
	char letter = piece.data[len - 1];

	walk->reading.walk.at += len;
	reading_quantifier(&walk->reading, &least, &most);
	walk->is_exact &= least == 1 && most == 1;
	if (letter == 'b' && least > 0)
		write_boundary(walk);
	else if (strchr("bBGK", letter) != NULL || least == 0)
		walk->is_exact = false;
	else
		buf_add_str(&walk->out, piece);
}

static void
walk_escape(struct walk *walk)
{
	int letter = reading_peek(&walk->reading, 1);

	if (letter < 0 || strchr("QEXCRkg0", letter) != NULL)
		walk->reading.is_lost = true;
	else if (strchr("bBAZzGK", letter) != NULL)
		walk_assertion(walk, 2);
	else if (letter >= '1' && letter <= '9')
		walk_reference(walk);
	else
		walk_atom(walk);
}

/* --- groups --------------------------------------------------------------- */

static bool
is_look(const struct reading *reading)
{
	int letter = reading_peek(reading, 2), third = reading_peek(reading, 3);

	return reading_peek(reading, 1) == '?' && (letter == '=' ||
	    letter == '!' || (letter == '<' && (third == '=' ||
	    third == '!')));
}

/* (?i) and (?i:. True: a group opens. */
static bool
write_flags(struct walk *walk, struct str opening)
{
	struct str letters = str_sub(opening, 2, opening.len - 3);
	bool is_group = opening.data[opening.len - 1] == ':';

	for (size_t i = 0; i < letters.len; i++)
		walk->reading.is_lost |= strchr("ims-", letters.data[i]) ==
		    NULL;
	buf_add_str(&walk->out, opening);
	return is_group;
}

static bool
has_letters(struct str opening)
{
	char first = opening.len > 2 ? opening.data[2] : '\0';

	return (char_is_alpha(first) && first != 'P') || first == '-' ||
	    first == '^';
}

static void
push(struct walk *walk, size_t start, bool is_look)
{
	if (walk->depth + 1 >= DEPTH_MOST) {
		walk->reading.is_lost = true;
		return;
	}
	walk->depth++;
	*top(walk) = (struct frame){ start, walk->pending,
		walk->is_behind_word, true, is_look, walk->is_dead, true,
		walk->places };
	walk->places = 0;
	walk->is_dead = false;
	if (is_look) {
		walk->pending = NOWHERE;
		walk->is_behind_word = false;
	}
}

static void
walk_opening(struct walk *walk)
{
	struct reading *reading = &walk->reading;
	size_t start = reading->walk.at, out = walk->out.len;
	bool looks = is_look(reading);
	enum group_kind kind = reading_opening(reading);
	struct str opening = str_sub(reading->walk.text, start,
	    reading->walk.at - start);

	reading->is_lost |= kind == GROUP_ANYTHING ||
	    reading->walk.at > reading->walk.text.len;
	if (reading->is_lost)
		return;
	if (!has_letters(opening))
		buf_add_text(&walk->out, "(?:");
	else if (!write_flags(walk, opening))
		return;
	push(walk, out, looks);
}

/* At "|" or ")". */
static void
end_alternative(struct walk *walk)
{
	struct frame *frame = top(walk);

	take_back(walk, walk->pending);
	frame->ends_in_word &= walk->is_behind_word;
	frame->is_dead &= walk->is_dead;
	walk->is_dead = false;
	walk->pending = frame->is_look ? NOWHERE : frame->pending;
	walk->is_behind_word = frame->was_behind_word && !frame->is_look;
}

/* What look-around asks for is there or not: PCRE2 knows. */
static void
close_look(struct walk *walk, const struct frame *frame)
{
	unsigned least, most;

	reading_quantifier(&walk->reading, &least, &most);
	walk->out.len = frame->start;
	walk->places = frame->places;
	walk->pending = frame->pending;
	walk->is_behind_word = frame->was_behind_word;
	walk->is_dead = frame->was_dead;
	walk->is_exact = false;
}

static void
walk_closing(struct walk *walk)
{
	struct frame *frame = top(walk);
	unsigned least, most;

	walk->reading.walk.at++;
	if (walk->depth == 0) {
		walk->reading.is_lost = true;
		return;
	}
	end_alternative(walk);
	walk->depth--;
	if (frame->is_look) {
		close_look(walk, frame);
		return;
	}
	buf_add_char(&walk->out, ')');
	reading_quantifier(&walk->reading, &least, &most);
	if (least == 0)
		take_back(walk, frame->pending);
	walk->pending = NOWHERE;
	walk->is_behind_word = frame->ends_in_word &&
	    (least > 0 || frame->was_behind_word);
	write_repeat(walk, least, most, false);
	walk->is_dead = frame->was_dead || (frame->is_dead && least > 0);
	walk->places = frame->places + times(walk->places, least, most);
}

/* --- the whole pattern ---------------------------------------------------- */

static void
walk_pattern(struct walk *walk)
{
	struct reading *reading = &walk->reading;

	while (!reading->is_lost) {
		int c;

		reading_skip_unseen(reading);
		c = reading_peek(reading, 0);
		if (c < 0)
			break;
		if (c == '(') {
			walk_opening(walk);
		} else if (c == ')') {
			walk_closing(walk);
		} else if (c == '|') {
			end_alternative(walk);
			buf_add_char(&walk->out, '|');
			reading->walk.at++;
		} else if (c == '\\') {
			walk_escape(walk);
		} else if (c == '^' || c == '$') {
			walk_assertion(walk, 1);
		} else {
			walk_atom(walk);
		}
	}
	take_back(walk, walk->pending);
}

/* (?i) in front of everything is the flag i: how long it is. */
static size_t
take_leading_flags(struct walk *walk, struct str text)
{
	unsigned flags = 0;
	size_t at = 2;

	if (text.len < 4 || memcmp(text.data, "(?", 2) != 0)
		return 0;
	for (; at < text.len; at++)
		if (text.data[at] == 'i')
			flags |= PATTERN_CASELESS;
		else if (text.data[at] == 'm')
			flags |= PATTERN_MULTILINE;
		else if (text.data[at] == 's')
			flags |= PATTERN_DOTALL;
		else
			break;
	if (at == text.len || text.data[at] != ')')
		return 0;
	walk->flags |= flags;
	return at + 1;
}

static void
begin(struct walk *walk, const struct pattern_source *source, struct str text)
{
	struct reading *reading = &walk->reading;
	struct str rest;

	walk->flags = source->flags & (PATTERN_CASELESS | PATTERN_MULTILINE |
	    PATTERN_DOTALL);
	reading->walk.text = text;
	reading->walk.at = take_leading_flags(walk, text);
	reading->is_extended = (source->flags & PATTERN_EXTENDED) != 0;
	rest = str_from_pos(text, reading->walk.at);
	walk->rules.is_utf = (source->flags & PATTERN_UTF) != 0;
	walk->rules.is_mixed = reading_has_flags(rest, "i^");
	walk->rules.folds = (walk->flags & PATTERN_CASELESS) != 0 ||
	    walk->rules.is_mixed;
	walk->rules.is_dotall = (walk->flags & PATTERN_DOTALL) != 0 ||
	    reading_has_flags(rest, "s^");
	walk->frames[0] = (struct frame){ .pending = NOWHERE, .is_dead = true };
	walk->pending = NOWHERE;
	/* Where the dot is a line's end in a part alone it may be one anywhere. */
	walk->is_exact = walk->rules.is_utf && !walk->rules.is_mixed &&
	    !reading_has_flags(rest, "s^");
}

static struct str
without_taken(struct arena *arena, const struct buf *out)
{
	char *text = arena_alloc(arena, out->len + 1);
	size_t len = 0;

	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] != TAKEN)
			text[len++] = out->data[i];
	text[len] = '\0';
	return str_of(text, len);
}

static bool
make(struct walk *walk, struct arena *arena,
    const struct pattern_source *source, struct pattern_octets *octets_r)
{
	struct str text;
	const char *error;

	if (source->text.len > SOURCE_LONGEST ||
	    (source->flags & PATTERN_EXTENDED_MORE) != 0 ||
	    pattern_perl_translate(walk->reading.walk.arena, source, &text,
	    &error) < 0)
		return false;
	begin(walk, source, text);
	walk_pattern(walk);
	if (walk->reading.is_lost || walk->depth != 0)
		return false;
	*octets_r = (struct pattern_octets){
		.text = without_taken(arena, &walk->out),
		.flags = walk->flags,
		.is_exact = walk->is_exact,
		.is_caseless = walk->rules.folds && !walk->rules.is_mixed,
		.is_impossible = walk->frames[0].is_dead && walk->is_dead,
		.pieces = walk->pieces,
		.repeats = walk->places > walk->pieces ? walk->places -
		    walk->pieces : 0,
	};
	return true;
}

static bool
make_kept(struct arena *arena, const struct pattern_source *source,
    bool for_ascii, unsigned kept, struct pattern_octets *octets_r)
{
	struct arena *own = arena_new(0);
	struct walk walk = { .reading.walk.arena = own,
		.rules.is_ascii = for_ascii, .kept = kept };
	bool is_made;

	buf_init(&walk.out, own);
	is_made = make(&walk, arena, source, octets_r);
	arena_free(&own);
	return is_made;
}

bool
pattern_octets(struct arena *arena, const struct pattern_source *source,
    bool for_ascii, struct pattern_octets *octets_r)
{
	if (for_ascii && make_kept(arena, source, true, REPEATS_OF_ASCII,
	    octets_r) && octets_r->repeats <= REPEATS_SPELLED)
		return true;
	return make_kept(arena, source, for_ascii, REPEATS_KEPT, octets_r);
}
