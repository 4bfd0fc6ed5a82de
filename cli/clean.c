/* SPDX-License-Identifier: ISC */
/* clean.c - texts from strangers, made fit for a terminal. */
#include "cli/clean.h"

#include "base/utf8.h"

/* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: what they do to the order
 * of letters, or to lines, makes a text look like another (UAX 9). */
static bool
turns_text(struct str character)
{
	unsigned char second = (unsigned char)character.data[1];
	unsigned char third = (unsigned char)character.data[2];

	if (second == 0x80)
		return (third >= 0x8e && third <= 0x8f) ||
		    (third >= 0xa8 && third <= 0xae);
	return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

static bool
is_control(struct str character)
{
	unsigned char first = (unsigned char)character.data[0];

	if (character.len == 1)
		return first < 0x20 || first == 0x7f;
	/* U+0080 to U+009F */
	if (character.len == 2)
		return first == 0xc2 && (unsigned char)character.data[1] < 0xa0;
	return character.len == 3 && first == 0xe2 && turns_text(character);
}

const char *
clean_str(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	while (text.len != 0 && out.len < CLEAN_TEXT_MAX) {
		struct str character = str_sub(text, 0, utf8_char_len(text));

		if (character.len == 0 || is_control(character))
			buf_add_char(&out, '?');
		else
			buf_add_str(&out, character);
		text = str_from_pos(text,
		    character.len == 0 ? 1 : character.len);
	}
	if (text.len != 0)
		buf_add_text(&out, "…");
	return out.data;
}

const char *
clean_text(struct arena *arena, const char *text)
{
	return clean_str(arena, str_from(text));
}
