/* SPDX-License-Identifier: ISC */
/* spf_macro.c - the macro strings of SPF records (RFC 7208 7). */
#include "auth/spf_macro.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "auth/spf.h"
#include "base/arena.h"
#include "base/vec.h"

#define NAME_MAX_BYTES 253

/* So many bytes at the end of an expansion decide which name it becomes: 253,
 * the dot before them, and a final dot. */
#define TAIL_SIZE (NAME_MAX_BYTES + 2)

static const char upper_hex[] = "0123456789ABCDEF";

/* More parts than any value has. */
#define PARTS_MAX (SIZE_MAX / 16)

/* One piece of a macro string. */
struct piece {
	struct str text;	/* stands for itself; letter is '\0' */
	bool is_literal;	/* and was no "%%", "%_", "%-" */
	char letter;		/* lower case */
	bool is_escaped;	/* it was upper case */
	bool is_reversed;
	size_t part_count;	/* 0: all parts */
	struct str delimiters;	/* "": there are none */
};

/* What macros have stood for so far, by letter; data NULL: not yet asked. */
struct expander {
	struct arena *arena;
	const struct spf_macro_facts *facts;
	struct str values['z' - 'a' + 1];
};

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* *DIGIT: any number of them, but not zero (7.3). */
static int
take_part_count(struct str *rest, struct piece *piece, const char **error_r)
{
	size_t digits = 0;

	while (digits < rest->len && char_is_digit(rest->data[digits])) {
		if (piece->part_count < PARTS_MAX)
			piece->part_count = piece->part_count * 10 +
			    (size_t)(rest->data[digits] - '0');
		digits++;
	}
	*rest = str_from_pos(*rest, digits);
	if (digits == 0 || piece->part_count != 0)
		return 0;
	*error_r = "a macro asks for 0 parts";
	return -1;
}

/* macro-letter transformers *delimiter "}" behind "%{" (7.1). No "}" can stand
 * inside. */
static int
take_braces(struct str *rest, struct piece *piece, const char **error_r)
{
	struct str inside;

	str_cut(rest, '}', &inside);
	if (rest->data == NULL) {
		*error_r = "a macro has no closing brace";
		return -1;
	}
	if (inside.len == 0 || !is_one_of(char_lower(inside.data[0]),
	    "slodiphcrtv")) {
		*error_r = "a macro has an unknown letter";
		return -1;
	}
	piece->letter = char_lower(inside.data[0]);
	piece->is_escaped = piece->letter != inside.data[0];
	inside = str_from_pos(inside, 1);
	if (take_part_count(&inside, piece, error_r) < 0)
		return -1;
	if (inside.len != 0 && char_lower(inside.data[0]) == 'r') {
		piece->is_reversed = true;
		inside = str_from_pos(inside, 1);
	}
	piece->delimiters = inside;
	for (size_t i = 0; i < inside.len; i++) {
		if (is_one_of(inside.data[i], ".-+,/_="))
			continue;
		*error_r = "a macro has odd bytes before its closing brace";
		return -1;
	}
	return 0;
}

/* Take the first piece off *rest, which is not empty. */
static int
take_piece(struct str *rest, struct piece *piece_r, const char **error_r)
{
	ptrdiff_t percent = str_find(*rest, '%');
	char next = rest->len > 1 ? rest->data[1] : '\0';

	*piece_r = (struct piece){ .is_literal = percent != 0 };
	if (percent != 0) {
		piece_r->text = str_sub(*rest, 0, percent < 0 ? rest->len
		    : (size_t)percent);
		*rest = str_from_pos(*rest, piece_r->text.len);
		return 0;
	}
	*rest = str_from_pos(*rest, 2);
	switch (next) {
	case '{':
		return take_braces(rest, piece_r, error_r);
	case '%':
		piece_r->text = STR("%");
		return 0;
	case '_':
		piece_r->text = STR(" ");
		return 0;
	case '-':
		piece_r->text = STR("%20");
		return 0;
	default:
		*error_r = "a % begins no macro";
		return -1;
	}
}

/* macro-literal = %x21-24 / %x26-7E; explain-string has SP beside it (12). */
static int
check_piece(struct arena *arena, const struct piece *piece,
    enum spf_macro_place place, const char **error_r)
{
	char least = place == SPF_IN_EXPLANATION ? ' ' : '!';

	/* 7.2: c, r and t are for explanations alone. */
	if (is_one_of(piece->letter, "crt") && place != SPF_IN_EXPLANATION) {
		*error_r = arena_printf(arena,
		    "%%{%c} is for explanations alone", piece->letter);
		return -1;
	}
	if (!piece->is_literal)
		return 0;
	for (size_t i = 0; i < piece->text.len; i++) {
		char c = piece->text.data[i];

		if (c >= least && c <= '~')
			continue;
		*error_r = arena_printf(arena,
		    "byte 0x%02x cannot stand in a macro string",
		    (unsigned char)c);
		return -1;
	}
	return 0;
}

/* toplabel: letters, digits, hyphens; no hyphen at either end, and not digits
 * alone (7.1). */
static bool
is_top_label(struct str label)
{
	bool is_number = true;

	if (label.len == 0 || label.data[0] == '-' ||
	    label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		if (!char_is_alnum(label.data[i]) && label.data[i] != '-')
			return false;
		if (!char_is_digit(label.data[i]))
			is_number = false;
	}
	return !is_number;
}

/* domain-end = ( "." toplabel [ "." ] ) / macro-expand (7.1): it is looked at
 * before anything is expanded. */
static int
check_end(const struct piece *last, const char **error_r)
{
	struct str end = last->text;
	ptrdiff_t dot;

	if (!last->is_literal)
		return 0;
	if (end.len != 0 && end.data[end.len - 1] == '.')
		end.len--;
	dot = str_find_last(end, '.');
	if (dot >= 0 && is_top_label(str_from_pos(end, (size_t)dot + 1)))
		return 0;
	*error_r = "the domain ends in no top-level label";
	return -1;
}

int
spf_macro_check(struct arena *arena, struct str text,
    enum spf_macro_place place, const char **error_r)
{
	struct piece piece;

	if (text.len == 0 && place == SPF_IN_DOMAIN) {
		*error_r = "the domain is empty";
		return -1;
	}
	while (text.len != 0) {
		if (take_piece(&text, &piece, error_r) < 0 ||
		    check_piece(arena, &piece, place, error_r) < 0)
			return -1;
	}
	return place == SPF_IN_DOMAIN ? check_end(&piece, error_r) : 0;
}

bool
spf_macro_wants_name(struct str text)
{
	struct piece piece;
	const char *error;

	while (text.len != 0 && take_piece(&text, &piece, &error) == 0)
		if (piece.letter == 'p')
			return true;
	return false;
}

static struct str
readable_address(struct arena *arena, const struct netaddr *addr)
{
	char text[NETADDR_TEXT_SIZE];

	return str_from(arena_strdup(arena, netaddr_format(addr, text)));
}

/* 7.3: an IPv6 address is its 32 nibbles with dots between them; upper case,
 * as the public test suite has them. */
static struct str
dotted_nibbles(struct arena *arena, const struct netaddr *addr)
{
	char *text = arena_alloc(arena, 64);

	for (size_t i = 0; i < 16; i++) {
		text[4 * i] = upper_hex[addr->bytes[i] >> 4];
		text[4 * i + 1] = '.';
		text[4 * i + 2] = upper_hex[addr->bytes[i] & 0xf];
		text[4 * i + 3] = '.';
	}
	return str_of(text, 63);
}

static struct str
sender_of(struct arena *arena, struct str local, struct str domain)
{
	struct buf sender;

	buf_init(&sender, arena);
	buf_add_str(&sender, local);
	buf_add_char(&sender, '@');
	buf_add_str(&sender, domain);
	return buf_str(&sender);
}

/* 7.2 */
static struct str
make_value(struct expander *expander, char letter)
{
	struct arena *arena = expander->arena;
	const struct spf_query *query = expander->facts->query;
	/* 2.4, 4.3 */
	struct str local = query->local.len != 0 ? query->local
	    : STR("postmaster");

	switch (letter) {
	case 's':
		return sender_of(arena, local, query->domain);
	case 'l':
		return local;
	case 'o':
		return query->domain;
	case 'd':
		return expander->facts->domain;
	case 'i':
		return query->client.len == 16
		    ? dotted_nibbles(arena, &query->client)
		    : readable_address(arena, &query->client);
	case 'p':
		return expander->facts->name.data != NULL
		    ? expander->facts->name : STR("unknown");
	case 'v':
		return query->client.len == 16 ? STR("ip6") : STR("in-addr");
	case 'h':
		return query->helo;
	case 'c':
		return readable_address(arena, &query->client);
	case 'r':
		return str_from(query->receiver);
	default:
		assert(letter == 't');
		return str_from(arena_printf(arena, "%" PRId64,
		    query->now_ms / 1000));
	}
}

static struct str
value_of(struct expander *expander, char letter)
{
	struct str *value = &expander->values[letter - 'a'];

	if (value->data == NULL)
		*value = make_value(expander, letter);
	if (value->data == NULL)
		*value = STR("");
	return *value;
}

/* Without delimiters of its own a macro is split at dots (7.3). */
static bool
is_delimiter(const struct piece *piece, char c)
{
	return piece->delimiters.len == 0 ? c == '.'
	    : str_find(piece->delimiters, c) >= 0;
}

/* The parts of value that are used, as they stand in it: the right-hand ones
 * after reversal, so the left-hand ones of what is reversed. Nothing is done
 * for parts that are not used: whoever repeats %{l1} of a long local part pays
 * for what comes out alone. */
static struct str
used_parts(const struct piece *piece, struct str value)
{
	size_t left = piece->part_count;

	if (left == 0)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		size_t at = piece->is_reversed ? i : value.len - 1 - i;

		if (!is_delimiter(piece, value.data[at]) || --left != 0)
			continue;
		return piece->is_reversed ? str_sub(value, 0, at)
		    : str_from_pos(value, at + 1);
	}
	return value;
}

/* The parts with dots between them (7.3). Delimiters next to each other, and at
 * the ends, have empty parts between them. */
static struct str
join_parts(struct arena *arena, const struct piece *piece, struct str value)
{
	char *joined = arena_alloc(arena, value.len + 1);
	size_t end = value.len, at = 0;

	for (size_t i = value.len; piece->is_reversed && i-- > 0;) {
		if (!is_delimiter(piece, value.data[i]))
			continue;
		memcpy(joined + at, value.data + i + 1, end - i - 1);
		at += end - i - 1;
		joined[at++] = '.';
		end = i;
	}
	for (size_t i = 0; i < end; i++)
		joined[at++] = is_delimiter(piece, value.data[i]) ? '.'
		    : value.data[i];
	return str_of(joined, at);
}

/* All but the unreserved characters of RFC 3986 2.3 (7.3). */
static struct str
url_escape(struct arena *arena, struct str value)
{
	char *escaped = arena_alloc(arena, 3 * value.len + 1);
	size_t at = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (char_is_alnum(value.data[i]) ||
		    is_one_of(value.data[i], "-._~")) {
			escaped[at++] = value.data[i];
			continue;
		}
		escaped[at++] = '%';
		escaped[at++] = upper_hex[c >> 4];
		escaped[at++] = upper_hex[c & 0xf];
	}
	return str_of(escaped, at);
}

static struct str
expand_piece(struct expander *expander, const struct piece *piece)
{
	struct str value;

	if (piece->letter == '\0')
		return piece->text;
	value = used_parts(piece, value_of(expander, piece->letter));
	if (piece->is_reversed || piece->delimiters.len != 0)
		value = join_parts(expander->arena, piece, value);
	return piece->is_escaped ? url_escape(expander->arena, value) : value;
}

/* Whoever expands has checked. */
static struct piece
take_good_piece(struct str *rest)
{
	struct piece piece;
	const char *error;
	int status = take_piece(rest, &piece, &error);

	assert(status == 0);
	(void)status;
	return piece;
}

struct str
spf_macro_expand(struct arena *arena, struct str text,
    const struct spf_macro_facts *facts)
{
	struct expander expander = { .arena = arena, .facts = facts };
	struct buf expanded;

	buf_init(&expanded, arena);
	buf_reserve(&expanded, text.len);
	while (text.len != 0 && expanded.len < SPF_EXPANSION_MAX) {
		struct piece piece = take_good_piece(&text);

		buf_add_str(&expanded, str_sub(expand_piece(&expander,
		    &piece), 0, SPF_EXPANSION_MAX - expanded.len));
	}
	return buf_str(&expanded);
}

/* 7.3 */
static struct str
fit_name(struct str name)
{
	struct str label;

	if (name.len != 0 && name.data[name.len - 1] == '.')
		name.len--;
	while (name.len > NAME_MAX_BYTES)
		str_cut(&name, '.', &label);
	return name.data != NULL ? name : STR("");
}

/* The last bytes of the expansion, at most TAIL_SIZE. Pieces are expanded from
 * the last to the first: once the tail is full, what stands before it cannot
 * change the name any more, however long it is. */
static struct str
expand_tail(struct expander *expander, const struct vec *pieces)
{
	char *tail = arena_alloc(expander->arena, TAIL_SIZE);
	size_t start = TAIL_SIZE;

	for (size_t i = pieces->len; i-- > 0 && start != 0;) {
		struct str more = expand_piece(expander, vec_at(pieces, i));
		size_t len = more.len < start ? more.len : start;

		start -= len;
		memcpy(tail + start, more.data + more.len - len, len);
	}
	return str_of(tail + start, TAIL_SIZE - start);
}

struct str
spf_macro_domain(struct arena *arena, struct str text,
    const struct spf_macro_facts *facts)
{
	struct expander expander = { .arena = arena, .facts = facts };
	struct vec pieces;

	if (str_find(text, '%') < 0)
		return fit_name(text);
	vec_init(&pieces, arena, sizeof(struct piece));
	while (text.len != 0)
		*(struct piece *)vec_push(&pieces) = take_good_piece(&text);
	return fit_name(expand_tail(&expander, &pieces));
}
