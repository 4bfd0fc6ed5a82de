/* SPDX-License-Identifier: ISC */
/* answer.c - the names of what is found, and answers without anything. */
#include "scan/answer.h"

#include "base/arena.h"
#include "base/utf8.h"

struct named {
	const char *name, *words;
};

static const struct named marks[] = {
#define SCAN_MARK(name, words) { #name, words },
#include "scan/marks.list"
#undef SCAN_MARK
};

static const struct named reasons[] = {
	{ "read", "it was read" },
#define SCAN_UNREAD(name, words) { #name, words },
#include "scan/unread.list"
#undef SCAN_UNREAD
};

static const char *const kinds[] = {
#define SCAN_KIND(name) #name,
#include "scan/kinds.list"
#undef SCAN_KIND
};

#define REPLACEMENT "\xef\xbf\xbd"

const char *
scan_mark_name(enum scan_mark mark)
{
	return marks[mark].name;
}

const char *
scan_mark_words(enum scan_mark mark)
{
	return marks[mark].words;
}

const char *
scan_unread_name(enum scan_unread unread)
{
	return reasons[unread].name;
}

const char *
scan_unread_words(enum scan_unread unread)
{
	return reasons[unread].words;
}

const char *
scan_kind_name(enum scan_kind kind)
{
	return kinds[kind];
}

void
scan_answer_init(struct scan_answer *answer, struct arena *arena)
{
	*answer = (struct scan_answer){ .type = STR("") };
	vec_init(&answer->entries, arena, sizeof(struct scan_entry));
	vec_init(&answer->links, arena, sizeof(struct str));
}

/* The first character of text as it may stand: *len_r bytes of it are gone. */
static struct str
clean_char(struct str text, size_t *len_r)
{
	size_t len = utf8_char_len(text);
	unsigned char first = (unsigned char)text.data[0];
	bool is_c1 = len == 2 && first == 0xc2 &&
	    (unsigned char)text.data[1] < 0xa0;

	*len_r = len == 0 ? 1 : len;
	if (len == 0 || first < 0x20 || first == 0x7f || is_c1)
		return STR(REPLACEMENT);
	return str_sub(text, 0, len);
}

struct str
scan_answer_clean(struct arena *arena, struct str text, size_t max)
{
	struct buf clean;

	buf_init(&clean, arena);
	buf_reserve(&clean, text.len < max ? text.len : max);
	while (text.len != 0) {
		size_t len;
		struct str piece = clean_char(text, &len);

		if (clean.len + piece.len > max)
			break;
		buf_add_str(&clean, piece);
		text = str_from_pos(text, len);
	}
	return buf_str(&clean);
}
