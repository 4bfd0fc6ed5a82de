/* SPDX-License-Identifier: ISC */
/* key.c - the names of the store's entries: mr:{TAG}:KIND:REST. */
#include "store/key.h"

#include <string.h>

static const struct str head = { "mr:{", 4 };

/* A colon in rest stays: rest is the last part, so nothing ends there. */
static bool
stands_for_itself(char c, bool is_tag)
{
	if (c <= ' ' || c > '~')	/* 8-bit too, where char is signed */
		return false;
	return strchr(is_tag ? "{}%:" : "{}%", c) == NULL;
}

static void
add_escaped(struct buf *out, struct str part, bool is_tag)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < part.len; i++) {
		uint8_t byte = (uint8_t)part.data[i];

		if (stands_for_itself(part.data[i], is_tag)) {
			buf_add_char(out, part.data[i]);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, digits[byte >> 4]);
		buf_add_char(out, digits[byte & 15]);
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
	add_escaped(&out, tag, true);
	buf_add_text(&out, "}:");
	buf_add_text(&out, kind);
	buf_add_char(&out, ':');
	add_escaped(&out, rest, false);
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
