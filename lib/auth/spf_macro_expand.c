/* SPDX-License-Identifier: ISC */
/* spf_macro_expand.c - what macro strings stand for (RFC 7208 7.2, 7.3). */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "auth/spf_macro_private.h"
#include "base/arena.h"
#include "base/vec.h"

#define NAME_SIZE_MAX 253

/* So many bytes at the end of an expansion decide which name it becomes: 253,
 * the dot before them, and a final dot. */
#define TAIL_SIZE (NAME_SIZE_MAX + 2)

static const char upper_hex[] = "0123456789ABCDEF";

/* What macros have stood for so far, by letter; data NULL: not yet asked. */
struct expander {
	struct arena *arena;
	const struct spf_macro_facts *facts;
	struct str values['z' - 'a' + 1];
};

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

static bool
is_delimiter(const struct spf_piece *piece, char c)
{
	return spf_char_is_in(c, piece->delimiters);
}

/* The parts of value that are used, as they stand in it: the right-hand ones
 * after reversal, so the left-hand ones of what is reversed. Nothing is done
 * for parts that are not used: whoever repeats %{l1} of a long local part pays
 * for what comes out alone. */
static struct str
used_parts(const struct spf_piece *piece, struct str value)
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
join_parts(struct arena *arena, const struct spf_piece *piece, struct str value)
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
		    spf_char_is_in(value.data[i], "-._~")) {
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
expand_piece(struct expander *expander, const struct spf_piece *piece)
{
	struct str value;

	if (piece->letter == '\0')
		return piece->text;
	value = used_parts(piece, value_of(expander, piece->letter));
	if (piece->is_reversed || strcmp(piece->delimiters, ".") != 0)
		value = join_parts(expander->arena, piece, value);
	return piece->is_escaped ? url_escape(expander->arena, value) : value;
}

/* Whoever expands has checked. */
static struct spf_piece
take_good_piece(struct str *rest)
{
	struct spf_piece piece;
	const char *error;
	int status = spf_piece_take(rest, &piece, &error);

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
	while (text.len != 0 && expanded.len < SPF_EXPANSION_MAX) {
		struct spf_piece piece = take_good_piece(&text);

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
	while (name.len > NAME_SIZE_MAX)
		str_cut(&name, '.', &label);
	return name.data != NULL ? name : STR("");
}

/* The last bytes of the expansion, at most TAIL_SIZE. Pieces are expanded from
 * the last to the first: once the tail is full, what stands before it cannot
 * change the name any more, however long it is. */
static struct str
expand_tail(struct expander *expander, const struct vec *pieces, char *tail)
{
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
	struct expander expander = { .facts = facts };
	struct vec pieces;
	struct str name;

	if (str_find(text, '%') < 0)
		return fit_name(text);
	/* 64 KB are 30,000 pieces, which take 3 MB. */
	expander.arena = arena_new(0);
	vec_init(&pieces, expander.arena, sizeof(struct spf_piece));
	while (text.len != 0)
		*(struct spf_piece *)vec_push(&pieces) = take_good_piece(&text);
	name = fit_name(expand_tail(&expander, &pieces,
	    arena_alloc(arena, TAIL_SIZE)));
	arena_free(&expander.arena);
	return name;
}
