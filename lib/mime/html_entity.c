/* SPDX-License-Identifier: ISC */
/* html_entity.c - character references resolved (WHATWG HTML 13.2.5.72). */
#include <string.h>

#include "base/vec.h"
#include "mime/html_private.h"

/* The longest name, its ';' included, the longest that goes without, and the
 * letters of the shortest. */
#define NAME_MAX_LEN 32
#define BARE_MAX_LEN 6
#define LETTERS_MIN 2

static const struct entity {
	char name[NAME_MAX_LEN + 1];
	uint32_t first, second;
} entities[] = {
#define ENTITY(name, first, second) { name, first, second },
#define BARE(name, first, second)
#include "mime/html_entities.list"
#undef ENTITY
#undef BARE
};

/* The few that go without ';', by themselves: most of the names that a text
 * seems to have are none, and these are what it takes to know that. */
static const struct entity bare[] = {
#define ENTITY(name, first, second)
#define BARE(name, first, second) { name, first, second },
#include "mime/html_entities.list"
#undef ENTITY
#undef BARE
};

/* What 0x80 to 0x9f mean, for they are taken for windows-1252 (13.2.5.80). */
static const uint16_t windows[32] = {
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
};

/* A code point as UTF-8 (RFC 3629 3); how many octets. */
static size_t
put(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* "&#65;", "&#x41": any number of digits. */
static size_t
numeric(struct str text, char *out, size_t *out_len_r)
{
	bool is_hex = text.len > 2 && char_lower(text.data[2]) == 'x';
	size_t at = is_hex ? 3 : 2, from = at;
	uint32_t code = 0;

	for (; at < text.len; at++) {
		int digit = char_hex_value(text.data[at]);

		if (digit < 0 || (!is_hex && digit > 9))
			break;
		if (code < 0x110000)
			code = code * (is_hex ? 16 : 10) + (uint32_t)digit;
	}
	if (at == from)
		return 0;
	if (code == 0 || code >= 0x110000 || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	else if (code >= 0x80 && code < 0xa0)
		code = windows[code - 0x80];
	*out_len_r = put(out, code);
	return at < text.len && text.data[at] == ';' ? at + 1 : at;
}

/* The first eight bytes of name, as html_name_half() has them. */
static uint64_t
front_of(struct str name)
{
	uint64_t front = 0;

	for (size_t i = 0; i < 8; i++)
		front = front << 8 |
		    (i < name.len ? (unsigned char)name.data[i] : 0u);
	return front;
}

/* Is an entity, whose first eight bytes are those of name, the one? */
static bool
is_named(const struct entity *entity, struct str name)
{
	return entity->name[name.len] == '\0' && (name.len <= 8 ||
	    memcmp(entity->name + 8, name.data + 8, name.len - 8) == 0);
}

/* The first of a table whose front is at least this one; behind the last when
 * there is none. No branch that nobody can foresee: a page may have many. */
static const struct entity *
find_front(const struct entity *table, size_t count, uint64_t front)
{
	while (count > 1) {
		size_t step = count / 2;

		table += html_name_half(table[step - 1].name) < front ? step : 0;
		count -= step;
	}
	return table + (html_name_half(table->name) < front);
}

/* By its whole name, ';' included. */
static const struct entity *
find(struct str name)
{
	uint64_t front = front_of(name);
	const struct entity *found;

	if (name.len > NAME_MAX_LEN)
		return NULL;
	/* Few names are alike in their first eight bytes. */
	for (found = find_front(entities, ARRAY_LEN(entities), front);
	    found < entities + ARRAY_LEN(entities) &&
	    html_name_half(found->name) == front; found++)
		if (is_named(found, name))
			return found;
	return NULL;
}

/* The name without ';' with which these letters begin. None of them begins with
 * another one, so it is the last that does not stand behind the letters. */
static const struct entity *
find_bare(struct str letters, size_t *len_r)
{
	struct str name = str_sub(letters, 0, BARE_MAX_LEN);
	const struct entity *found = find_front(bare, ARRAY_LEN(bare),
	    front_of(name) + 1);
	size_t len;

	if (found-- == bare)
		return NULL;
	len = strlen(found->name);
	if (len > name.len || memcmp(found->name, name.data, len) != 0)
		return NULL;
	*len_r = len;
	return found;
}

/* The longest name that the text behind '&' begins with; its length. */
static const struct entity *
longest(struct str name, bool in_attr, size_t *len_r)
{
	const struct entity *entity;
	size_t len = 0;

	while (len < name.len && len < NAME_MAX_LEN &&
	    char_is_alnum(name.data[len]))
		len++;
	if (len < LETTERS_MIN)
		return NULL;
	*len_r = len + 1;
	if (len < name.len && name.data[len] == ';' &&
	    (entity = find(str_sub(name, 0, len + 1))) != NULL)
		return entity;
	entity = find_bare(str_sub(name, 0, len), &len);
	*len_r = len;
	/* "?a=1&copy=2" means no sign. */
	if (entity != NULL && in_attr && len < name.len &&
	    (name.data[len] == '=' || char_is_alnum(name.data[len])))
		return NULL;
	return entity;
}

size_t
html_entity(struct str text, bool in_attr, char out[HTML_ENTITY_MAX],
    size_t *out_len_r)
{
	const struct entity *entity;
	size_t len;

	if (text.len < 2)
		return 0;
	if (text.data[1] == '#')
		return numeric(text, out, out_len_r);
	entity = longest(str_from_pos(text, 1), in_attr, &len);
	if (entity == NULL)
		return 0;
	*out_len_r = put(out, entity->first);
	if (entity->second != 0)
		*out_len_r += put(out + *out_len_r, entity->second);
	return len + 1;
}

struct str
html_attr_text(struct arena *arena, struct str value)
{
	char out[HTML_ENTITY_MAX];
	struct buf buf;
	ptrdiff_t at;
	size_t len, out_len;

	if (str_find(value, '&') < 0)
		return value;
	buf_init(&buf, arena);
	buf_reserve(&buf, value.len);
	while ((at = str_find(value, '&')) >= 0) {
		buf_add(&buf, value.data, (size_t)at);
		value = str_from_pos(value, (size_t)at);
		len = html_entity(value, true, out, &out_len);
		if (len == 0) {
			out[0] = '&';
			len = out_len = 1;
		}
		buf_add(&buf, out, out_len);
		value = str_from_pos(value, len);
	}
	buf_add_str(&buf, value);
	return buf_str(&buf);
}
