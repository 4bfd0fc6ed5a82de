/* SPDX-License-Identifier: ISC */
/* html_write.c - text on its lines, white space as a browser lays it out. */
#include <string.h>

#include "mime/html_private.h"

/* U+00A0 in UTF-8: a blank like others here, for rules and words. */
#define NBSP_LEAD '\xc2'
#define NBSP_TRAIL '\xa0'

void
html_writer_init(struct html_writer *writer, struct arena *arena, size_t max)
{
	memset(writer, 0, sizeof(*writer));
	buf_init(&writer->buf, arena);
	writer->max = max;
}

/* Add, cut at the limit between two characters. */
static void
add(struct html_writer *writer, struct str text)
{
	struct buf *buf = &writer->buf;
	size_t room = writer->max > buf->len ? writer->max - buf->len : 0;

	if (writer->is_cut)
		return;
	if (text.len > room) {
		writer->is_cut = true;
		while (room > 0 && (text.data[room] & 0xc0) == 0x80)
			room--;
		text.len = room;
	}
	buf_add_str(buf, text);
}

static char
last(const struct html_writer *writer)
{
	return writer->buf.len > 0 ? writer->buf.data[writer->buf.len - 1] :
	    '\n';
}

/* Write what is due before a word. */
static void
settle(struct html_writer *writer)
{
	if (writer->breaks > 0) {
		unsigned there = 0;
		size_t len = writer->buf.len;

		while (there < 2 && len > there &&
		    writer->buf.data[len - 1 - there] == '\n')
			there++;
		for (; len > 0 && there < writer->breaks; there++)
			add(writer, STR("\n"));
	} else if (writer->has_space && last(writer) != '\n' &&
	    last(writer) != '\t') {
		add(writer, STR(" "));
	}
	writer->breaks = 0;
	writer->has_space = false;
}

void
html_write_break(struct html_writer *writer, unsigned breaks)
{
	if (writer->breaks < breaks)
		writer->breaks = breaks;
}

void
html_write_line(struct html_writer *writer)
{
	const struct buf *buf = &writer->buf;

	if (writer->breaks > 0)
		settle(writer);
	writer->has_space = false;
	if (buf->len > 0 && (buf->len < 2 ||
	    memcmp(buf->data + buf->len - 2, "\n\n", 2) != 0))
		add(writer, STR("\n"));
}

void
html_write_cell(struct html_writer *writer)
{
	if (writer->breaks > 0 || last(writer) == '\n')
		return;
	writer->has_space = false;
	add(writer, STR("\t"));
}

/* What is no letter of a word. */
#define BLANK 1
#define SPECIAL 2	/* other white space, or the begin of what may be a blank
			 * or a reference */

static const unsigned char classes[256] = {
	[0 ... ' ' - 1] = SPECIAL, [' '] = BLANK, ['&'] = SPECIAL,
	[(unsigned char)NBSP_LEAD] = SPECIAL,
};

/* Does "&" there begin no reference? Then it is as good as a letter. */
static bool
is_alone(struct str text, size_t at)
{
	char next = at + 1 < text.len ? text.data[at + 1] : '\0';

	return text.data[at] == '&' && next != '#' && !char_is_alnum(next);
}

/* How much of text is written as it is: words with one blank between them, or a
 * word, if white space stays. The loop does not end with each word, for where
 * words end nobody can foresee. */
static size_t
words_len(struct str text, unsigned how)
{
	unsigned ends = (how & WRITE_PRE) != 0 ? SPECIAL | BLANK : SPECIAL;
	unsigned before = BLANK;
	size_t len;

	for (len = 0; len < text.len; len++) {
		unsigned class = classes[(unsigned char)text.data[len]];

		if ((class & (ends | before)) != 0) {
			if (before == BLANK || !is_alone(text, len))
				break;
			class = 0;
		}
		before = class;
	}
	return before == BLANK && len > 0 ? len - 1 : len;
}

static void
write_word(struct html_writer *writer, struct str word)
{
	settle(writer);
	add(writer, word);
}

static void
write_blank(struct html_writer *writer, char c, unsigned how)
{
	if ((how & WRITE_PRE) == 0)
		writer->has_space = true;
	else if (c == '\n')
		html_write_line(writer);
	else if (c != '\r')
		write_word(writer, str_of(&c, 1));
}

/* A character reference at the front of text; how long it is, 1 for '&' alone. */
static size_t
write_reference(struct html_writer *writer, struct str text, unsigned how)
{
	char out[HTML_ENTITY_MAX];
	size_t out_len;
	size_t len = html_entity(text, false, out, &out_len);

	if (len == 0) {
		write_word(writer, STR("&"));
		return 1;
	}
	if (out_len == 1 && char_is_space(out[0]))
		write_blank(writer, out[0], how);
	else if (out_len == 2 && out[0] == NBSP_LEAD && out[1] == NBSP_TRAIL)
		write_blank(writer, ' ', how);
	else
		write_word(writer, str_of(out, out_len));
	return len;
}

/* What is no word at the front of text; how long it is. */
static size_t
write_special(struct html_writer *writer, struct str text, unsigned how)
{
	char c = text.data[0];

	if (c == '&' && (how & WRITE_REFERENCES) != 0)
		return write_reference(writer, text, how);
	if (c == NBSP_LEAD && text.len > 1 && text.data[1] == NBSP_TRAIL) {
		write_blank(writer, ' ', how);
		return 2;
	}
	if (c == '&' || c == NBSP_LEAD)
		write_word(writer, str_sub(text, 0, 1));
	else if (char_is_space(c) || c == '\f')
		write_blank(writer, c, how);
	/* Other control characters are not shown. */
	return 1;
}

void
html_write(struct html_writer *writer, struct str text, unsigned how)
{
	while (text.len > 0) {
		size_t len = words_len(text, how);

		if (len > 0)
			write_word(writer, str_sub(text, 0, len));
		else
			len = write_special(writer, text, how);
		text = str_from_pos(text, len);
	}
}
