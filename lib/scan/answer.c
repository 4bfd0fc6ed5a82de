/* SPDX-License-Identifier: ISC */
/* answer.c - the names of what is found, and answers without anything. */
#include "scan/answer.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "scan/answer_private.h"

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
	*answer = (struct scan_answer){ .type = STR(""), .text = STR("") };
	vec_init(&answer->entries, arena, sizeof(struct scan_entry));
	vec_init(&answer->links, arena, sizeof(struct str));
}

/* Controls are those of one byte and of two (U+0080 to U+009F). */
size_t
answer_char_len(struct str text, enum answer_text kind)
{
	unsigned char first = (unsigned char)text.data[0];
	size_t len = utf8_char_len(text);
	bool is_c1 = len == 2 && first == 0xc2 &&
	    (unsigned char)text.data[1] < 0xa0;

	if (kind == ANSWER_LINES && (first == '\n' || first == '\t'))
		return 1;
	return first < 0x20 || first == 0x7f || is_c1 ? 0 : len;
}

/* false: it was cut. */
static bool
add_clean(struct buf *out, struct str text, enum answer_text kind, size_t max)
{
	while (text.len != 0) {
		size_t len = answer_char_len(text, kind);
		struct str piece = len == 0 ? STR(REPLACEMENT)
		    : str_sub(text, 0, len);

		if (out->len + piece.len > max)
			return false;
		buf_add_str(out, piece);
		/* A wrong byte goes alone, a control as a whole. */
		if (len == 0)
			len = utf8_char_len(text);
		text = str_from_pos(text, len == 0 ? 1 : len);
	}
	return true;
}

struct str
scan_answer_clean(struct arena *arena, struct str text, size_t max)
{
	struct buf clean;

	buf_init(&clean, arena);
	buf_reserve(&clean, text.len < max ? text.len : max);
	add_clean(&clean, text, ANSWER_NAME, max);
	return buf_str(&clean);
}

bool
scan_answer_add_text(struct buf *out, struct str text, size_t max)
{
	return add_clean(out, text, ANSWER_LINES, max);
}
