/* SPDX-License-Identifier: ISC */
/* pattern_atom.c - one character of a pattern, as octets.
 *
 * Of what matches characters above U+007F only the octets are kept of which they
 * are made: [aé] is [a\xc3\xa9], \w is [0-9A-Za-z_\x80-\xff], once to four times.
 * To name them all, as the tables of Unicode do, would make hundreds of ranges.
 * What a set leaves out is left out where it is sure: a letter of ASCII.
 *
 * In a text of ASCII none of these octets stands, and nearly all that matches is
 * known exactly. */
#include "rules/pattern_atom.h"

#include "base/utf8.h"
#include "base/vec.h"
#include "rules/letter_case.h"
#include "rules/pattern_perl.h"

/* Ranges of no more characters are spelled out. */
#define RANGE_SPELLED 64

/* --- characters ----------------------------------------------------------- */

static int32_t
decode(struct str s, size_t len)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	int32_t value = (unsigned char)s.data[0] & masks[len];

	for (size_t i = 1; i < len; i++)
		value = value << 6 | ((unsigned char)s.data[i] & 0x3f);
	return value;
}

/* Under /x these are blanks in UTF-8 (pcre2pattern(3), "Comments"). */
static bool
is_wide_blank(int32_t value)
{
	return value == 0x85 || value == 0x200e || value == 0x200f ||
	    value == 0x2028 || value == 0x2029;
}

static int32_t
read_raw(struct reading *reading, const struct atom_rules *rules)
{
	struct str rest = str_from_pos(reading->walk.text, reading->walk.at);
	size_t len = rules->is_utf ? utf8_char_len(rest) : 1;
	int32_t value;

	if (len == 0) {
		reading->is_lost = true;
		return 0;
	}
	value = len == 1 ? (unsigned char)rest.data[0] : decode(rest, len);
	reading->walk.at += len;
	reading->is_lost |= reading->is_extended && is_wide_blank(value);
	return value;
}

/* -1: an escape that is no character alone, which is passed over. */
static int32_t
read_character(struct reading *reading, const struct atom_rules *rules)
{
	if (reading_peek(reading, 0) != '\\')
		return read_raw(reading, rules);
	if (reading_peek(reading, 1) < 0x80)
		return perl_walk_char(&reading->walk);
	reading->walk.at++;
	return read_raw(reading, rules);
}

/* --- sets of characters --------------------------------------------------- */

/* What may match, and what is sure to: of UTF-8, letters of ASCII alone. */
struct members {
	struct octets may, must;
	bool is_wide;
	bool is_guess;		/* of ASCII too more may than does */
};

/* Of these only what may stand in a text of ASCII. */
static void
keep_ascii(struct members *members)
{
	struct octets wide = { { 0 } };

	octets_add_range(&wide, 0x80, 0xff);
	octets_take(&members->may, &wide);
	octets_take(&members->must, &wide);
	members->is_wide = false;
}

/* What is not understood. */
static void
add_all(struct members *members, const struct atom_rules *rules)
{
	octets_add_range(&members->may, 0, 255);
	members->is_wide |= rules->is_utf;
	members->is_guess = true;
}

/* The octets of all characters above U+007F. */
static void
add_wide(struct members *members)
{
	octets_add_range(&members->may, 0x80, 0xff);
	members->is_wide = true;
}

static void
add_sure(struct members *members, const struct octets *octets)
{
	octets_unite(&members->may, octets);
	octets_unite(&members->must, octets);
}

/* U+017F is an s and U+212A a k under /i. */
static bool
is_strange(int32_t value)
{
	return value == 's' || value == 'S' || value == 'k' || value == 'K';
}

static void
add_narrow(struct members *members, int32_t value,
    const struct atom_rules *rules)
{
	octets_add(&members->may, (unsigned)value);
	octets_add(&members->must, (unsigned)value);
	if (rules->is_utf && rules->is_mixed && is_strange(value))
		add_wide(members);
	if (!rules->is_utf && rules->folds)
		octets_add(&members->may,
		    pattern_perl_other_case((unsigned)value));
}

/* A character of several octets: "\xc3\xa4", of which each may be one. */
static void
add_octets_of(struct members *members, int32_t value)
{
	int32_t lead = value < 0x800 ? 0xc0 | value >> 6 :
	    value < 0x10000 ? 0xe0 | value >> 12 : 0xf0 | value >> 18;

	octets_add(&members->may, (unsigned)lead & 0xff);
	for (int32_t rest = value; rest >= 0x40; rest >>= 6)
		octets_add(&members->may, 0x80 | ((unsigned)rest & 0x3f));
	members->is_wide = true;
}

static size_t
cases_of(int32_t value, const struct atom_rules *rules,
    int32_t cases_r[LETTER_CASES])
{
	cases_r[0] = value;
	return rules->folds ? letter_cases(value, cases_r) : 1;
}

static void
add_character(struct members *members, int32_t value,
    const struct atom_rules *rules)
{
	int32_t cases[LETTER_CASES];
	size_t count;

	if (value < (rules->is_utf ? 0x80 : 0x100)) {
		add_narrow(members, value, rules);
		return;
	}
	count = cases_of(value, rules, cases);
	if (count == 0)
		add_all(members, rules);
	for (size_t i = 0; i < count; i++)
		if (cases[i] < 0x80)
			octets_add(&members->may, (unsigned)cases[i]);
		else
			add_octets_of(members, cases[i]);
}

static void
add_range(struct members *members, int32_t first, int32_t last,
    const struct atom_rules *rules)
{
	int32_t narrow = rules->is_utf ? 0x7f : 0xff;
	int32_t value = first;

	for (; value <= last && value <= narrow; value++)
		add_narrow(members, value, rules);
	if (last - value < RANGE_SPELLED) {
		for (; value <= last; value++)
			add_character(members, value, rules);
		return;
	}
	add_wide(members);
	members->is_guess |= rules->folds;
	for (const char *c = "sSkK"; rules->folds && *c != '\0'; c++)
		octets_add(&members->may, (unsigned char)*c);
}

/* --- kinds of characters -------------------------------------------------- */

/* Those of ASCII: first and last of each range (pcre2pattern(3), "Generic
 * character types", "Posix character classes"). */
static const struct kind {
	const char *name;
	unsigned count;
	unsigned char ranges[4][2];
} kinds[] = {
	{ "w", 4, { { 'a', 'z' }, { 'A', 'Z' }, { '0', '9' }, { '_', '_' } } },
	{ "d", 1, { { '0', '9' } } },
	{ "s", 2, { { '\t', '\r' }, { ' ', ' ' } } },
	{ "word", 4, { { 'a', 'z' }, { 'A', 'Z' }, { '0', '9' }, { '_', '_' } } },
	{ "alpha", 2, { { 'a', 'z' }, { 'A', 'Z' } } },
	{ "alnum", 3, { { 'a', 'z' }, { 'A', 'Z' }, { '0', '9' } } },
	{ "digit", 1, { { '0', '9' } } },
	{ "xdigit", 3, { { '0', '9' }, { 'a', 'f' }, { 'A', 'F' } } },
	{ "space", 2, { { '\t', '\r' }, { ' ', ' ' } } },
	{ "punct", 4, { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
	{ "ascii", 1, { { 0, 0x7f } } },
};

static const struct kind *
find_kind(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(name, str_from(kinds[i].name)))
			return &kinds[i];
	return NULL;
}

static void
add_kind(struct members *members, const struct kind *kind, bool is_negated,
    const struct atom_rules *rules)
{
	struct octets octets = { { 0 } }, narrow = { { 0 } };

	octets_add_range(&narrow, 0, rules->is_utf ? 0x7f : 0xff);
	for (unsigned i = 0; i < kind->count; i++)
		octets_add_range(&octets, kind->ranges[i][0],
		    kind->ranges[i][1]);
	if (is_negated) {
		octets_take(&narrow, &octets);
		octets = narrow;
	}
	add_sure(members, &octets);
	if (rules->is_utf)
		add_wide(members);
}

/* Letters by their case, where it counts; others may be anything. */
static void
add_property(struct members *members, struct str name, bool is_negated,
    const struct atom_rules *rules)
{
	bool is_upper = str_eq(name, STR("Lu"));
	struct octets letters = { { 0 } };

	if (!rules->is_utf || rules->folds || (!is_upper &&
	    !str_eq(name, STR("Ll")))) {
		add_all(members, rules);
		return;
	}
	octets_add_range(&letters, is_upper ? 'A' : 'a', is_upper ? 'Z' : 'z');
	if (is_negated) {
		struct octets narrow = { { 0 } };

		octets_add_range(&narrow, 0, 0x7f);
		octets_take(&narrow, &letters);
		letters = narrow;
	}
	add_sure(members, &letters);
	add_wide(members);
}

/* The escape from start to the place: \w, \P{Lu}. */
static void
add_escape(struct members *members, struct str escape,
    const struct atom_rules *rules)
{
	char letter = escape.len > 1 ? escape.data[1] : '\0';
	char lower = char_lower(letter);
	const struct kind *kind = find_kind(str_of(&lower, 1));

	if (kind != NULL)
		add_kind(members, kind, letter != lower, rules);
	else if (lower == 'p' && escape.len > 3 && escape.data[2] == '{')
		add_property(members, str_sub(escape, 3, escape.len - 4),
		    letter == 'P', rules);
	else
		add_all(members, rules);
}

static void
add_posix(struct members *members, struct str name,
    const struct atom_rules *rules)
{
	bool is_negated = name.len > 0 && name.data[0] == '^';
	const struct kind *kind = find_kind(str_from_pos(name, is_negated));

	if (kind != NULL)
		add_kind(members, kind, is_negated, rules);
	else
		add_all(members, rules);
}

/* --- [...] ---------------------------------------------------------------- */

/* A kind, or -1 where there is none; a dash behind it is read in several
 * ways. */
static bool
read_kind(struct reading *reading, const struct atom_rules *rules,
    struct members *members, int32_t *value_r)
{
	size_t start = reading->walk.at, len = perl_posix_len(&reading->walk);
	struct str text = reading->walk.text;
	bool is_backspace = reading_peek(reading, 0) == '\\' &&
	    reading_peek(reading, 1) == 'b';

	*value_r = -1;
	reading->walk.at += len;
	if (len != 0)
		add_posix(members, str_sub(text, start + 2, len - 4), rules);
	else
		*value_r = read_character(reading, rules);
	if (is_backspace)
		*value_r = '\b';
	else if (len == 0 && *value_r < 0)
		add_escape(members, str_sub(text, start, reading->walk.at -
		    start), rules);
	return *value_r < 0;
}

static bool
is_range(const struct reading *reading)
{
	return reading_peek(reading, 0) == '-' &&
	    reading_peek(reading, 1) >= 0 && reading_peek(reading, 1) != ']';
}

/* False: what is sure to be in the set is not known. */
static bool
read_member(struct reading *reading, const struct atom_rules *rules,
    struct members *members)
{
	int32_t first, last;

	if (read_kind(reading, rules, members, &first))
		return !is_range(reading);
	last = first;
	if (is_range(reading)) {
		reading->walk.at++;
		if (read_kind(reading, rules, members, &last))
			return false;
	}
	add_range(members, first, last, rules);
	return true;
}

/* "[[:<:]]" and "[[:>:]]" are no sets. */
static bool
is_no_set(const struct reading *reading)
{
	return reading_peek(reading, 1) == '[' &&
	    reading_peek(reading, 2) == ':' && (reading_peek(reading, 3) == '<'
	    || reading_peek(reading, 3) == '>');
}

static void
read_members(struct reading *reading, const struct atom_rules *rules,
    struct members *members)
{
	size_t first = reading->walk.at;
	bool is_known = true;

	while (!reading->is_lost && (reading->walk.at == first ||
	    reading_peek(reading, 0) != ']')) {
		if (reading_peek(reading, 0) < 0)
			reading->is_lost = true;
		else
			is_known &= read_member(reading, rules, members);
	}
	reading->walk.at++;
	if (!is_known) {
		add_all(members, rules);
		members->must = (struct octets){ { 0 } };
	}
}

static void
read_set(struct reading *reading, const struct atom_rules *rules,
    struct members *members)
{
	bool is_negated = reading_peek(reading, 1) == '^';
	struct members left_out = { .is_wide = false };

	reading->is_lost |= is_no_set(reading);
	reading->walk.at += is_negated ? 2 : 1;
	read_members(reading, rules, is_negated ? &left_out : members);
	if (!is_negated)
		return;
	if (rules->is_ascii)
		keep_ascii(&left_out);
	members->is_guess = left_out.is_guess ||
	    !octets_are_within(&left_out.may, &left_out.must);
	if (rules->folds && !rules->is_mixed)
		octets_add_cases(&left_out.must);
	octets_add_range(&members->may, 0, 255);
	octets_take(&members->may, &left_out.must);
	members->is_wide = rules->is_utf;
}

/* --- atoms ---------------------------------------------------------------- */

/* A character of several octets, in all its cases. */
static void
write_texts(struct reading *reading, int32_t value,
    const struct atom_rules *rules, struct atom *atom)
{
	int32_t cases[LETTER_CASES];
	size_t count = cases_of(value, rules, cases);
	struct buf out;

	reading->is_lost |= count == 0;
	buf_init(&out, reading->walk.arena);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&out, '|');
		if (cases[i] < 0x80)
			buf_add_char(&out, (char)cases[i]);
		else
			perl_write_utf8(&out, cases[i]);
	}
	atom->texts = buf_str(&out);
}

static void
add_dot(struct members *members, const struct atom_rules *rules)
{
	octets_add_range(&members->may, 0, 255);
	members->is_wide = rules->is_utf;
	if (!rules->is_dotall)
		members->may.bits[0] &= ~(UINT64_C(1) << '\n');
}

static void
set_atom(struct atom *atom, struct members *members,
    const struct atom_rules *rules)
{
	if (rules->is_ascii)
		keep_ascii(members);
	atom->is_exact = !members->is_wide &&
	    !(rules->is_ascii && members->is_guess);
	atom->is_wide = members->is_wide;
	/* An octet that is not there stands for none. */
	atom->is_none = rules->is_ascii && octets_are_none(&members->may);
	if (atom->is_none)
		octets_add(&members->may, 0xff);
	atom->octets = members->may;
}

void
atom_read(struct reading *reading, const struct atom_rules *rules,
    struct atom *atom_r)
{
	size_t start = reading->walk.at;
	struct members members = { .is_wide = false };
	int c = reading_peek(reading, 0);
	int32_t value = -1;

	*atom_r = (struct atom){ .is_exact = true };
	if (c == '[')
		read_set(reading, rules, &members);
	else if (c != '.')
		value = read_character(reading, rules);
	if (value >= 0x80 && rules->is_ascii)
		add_character(&members, value, rules);
	else if (value >= (rules->is_utf ? 0x80 : 0x100))
		write_texts(reading, value, rules, atom_r);
	else if (value >= 0)
		add_narrow(&members, value, rules);
	else if (c == '\\')
		add_escape(&members, str_sub(reading->walk.text, start,
		    reading->walk.at - start), rules);
	if (c == '.') {
		reading->walk.at++;
		add_dot(&members, rules);
	}
	set_atom(atom_r, &members, rules);
	reading->is_lost |= atom_r->texts.data == NULL &&
	    octets_are_none(&members.may);
}
