/* SPDX-License-Identifier: ISC */
/* key.c - the names of the store's entries: mr:{TAG}:KIND:REST. */
#include "store/key.h"

#include <string.h>

static const struct str head = { "mr:{", 4 };

/* 8-bit and control characters are never plain. */
enum { IN_TAG = 1, IN_REST = 2, EVERYWHERE = IN_TAG | IN_REST };
static const uint8_t plain[256] = {
	['!' ... '$'] = EVERYWHERE,	/* but not the percent sign */
	['&' ... '9'] = EVERYWHERE,
	/* In the rest, which is the last part: nothing ends there. */
	[':'] = IN_REST,
	[';' ... 'z'] = EVERYWHERE,	/* but no braces */
	['|'] = EVERYWHERE,
	['~'] = EVERYWHERE,
};

static void
add_escaped(struct buf *out, struct str part, uint8_t where)
{
	static const char digits[] = "0123456789ABCDEF";

	while (part.len != 0) {
		size_t run = 0;
		uint8_t byte;

		while (run < part.len &&
		    (plain[(uint8_t)part.data[run]] & where) != 0)
			run++;
		buf_add(out, part.data, run);
		part = str_from_pos(part, run);
		if (part.len == 0)
			break;
		byte = (uint8_t)part.data[0];
		buf_add_char(out, '%');
		buf_add_char(out, digits[byte >> 4]);
		buf_add_char(out, digits[byte & 15]);
		part = str_from_pos(part, 1);
	}
}

struct str
store_key(struct arena *arena, struct str tag, const char *kind,
    struct str rest)
{
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, head.len + tag.len + strlen(kind) + rest.len + 4);
	buf_add_str(&out, head);
	add_escaped(&out, tag, IN_TAG);
	buf_add_text(&out, "}:");
	buf_add_text(&out, kind);
	buf_add_char(&out, ':');
	add_escaped(&out, rest, IN_REST);
	return buf_str(&out);
}

struct str
store_key_tag(struct str key)
{
	struct str tag;

	if (key.len < head.len || memcmp(key.data, head.data, head.len) != 0)
		return STR("");
	tag = str_from_pos(key, head.len);
	if (str_find(tag, '}') < 0)
		return STR("");
	return str_sub(tag, 0, (size_t)str_find(tag, '}'));
}

struct str
store_key_place(struct str key)
{
	struct str tag = store_key_tag(key);

	return tag.len != 0 ? tag : key;
}

struct str
store_key_kind(struct str key)
{
	struct str tag = store_key_tag(key), kind;

	if (tag.len == 0)
		return STR("");
	key = str_from_pos(key, head.len + tag.len + 2);
	return str_cut(&key, ':', &kind) && key.data != NULL ? kind : STR("");
}
