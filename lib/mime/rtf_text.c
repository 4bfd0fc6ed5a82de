/* SPDX-License-Identifier: ISC */
/* rtf_text.c - the text that is made of rich text, from many code pages. */
#include "mime/rtf_private.h"

#include <stdio.h>

#include "base/arena.h"
#include "mime/charset_private.h"

#define MACINTOSH 10000

void
rtf_text_init(struct rtf_text *text, struct arena *arena, size_t max)
{
	*text = (struct rtf_text){ .max = max };
	buf_init(&text->out, arena);
	buf_init(&text->waiting, arena);
	buf_init(&text->utf8, arena);
}

/* No character is cut in two. */
static void
append(struct rtf_text *text, struct str utf8)
{
	size_t room = text->max - text->out.len;

	if (utf8.len > room) {
		text->is_cut = true;
		while (room != 0 && (utf8.data[room] & 0xc0) == 0x80)
			room--;
		utf8.len = room;
	}
	buf_add_str(&text->out, utf8);
}

/* Looking for a charset by its name takes longer than reading some octets. */
static const struct charset *
charset_of(struct rtf_text *text, uint16_t codepage)
{
	size_t place = codepage % RTF_KNOWN;
	char name[16];

	if (text->known[place].codepage == codepage)
		return text->known[place].charset;
	snprintf(name, sizeof(name), "cp%u", codepage);
	text->known[place].codepage = codepage;
	text->known[place].charset = charset_find(codepage == MACINTOSH
	    ? STR("macintosh") : str_from(name));
	return text->known[place].charset;
}

/* Who writes octets says what they are, so nothing is guessed; what is not known
 * is read as windows-1252. */
static void
convert(struct rtf_text *text, struct str octets, struct buf *utf8)
{
	const struct charset *charset;

	if (text->codepage == RTF_UTF16) {
		charset_utf16(octets, false, utf8);
		return;
	}
	charset = charset_of(text, text->codepage);
	if (charset != NULL && charset->kind == CHARSET_UTF8) {
		charset_utf8_repair(octets, utf8);
	} else if (charset == NULL || charset->iconv_name == NULL ||
	    charset_iconv(charset, octets, utf8) < 0) {
		buf_clear(utf8);
		charset_latin(octets, utf8);
	}
}

void
rtf_text_flush(struct rtf_text *text)
{
	if (text->waiting.len == 0)
		return;
	buf_clear(&text->utf8);
	convert(text, buf_str(&text->waiting), &text->utf8);
	append(text, buf_str(&text->utf8));
	buf_clear(&text->waiting);
}

/* ASCII is the same in all of them, but in the middle of a character. */
void
rtf_text_add(struct rtf_text *text, struct str octets, uint16_t codepage)
{
	if (text->waiting.len != 0 && text->codepage != codepage)
		rtf_text_flush(text);
	if (text->waiting.len == 0 && codepage != RTF_UTF16 &&
	    str_is_ascii(octets)) {
		append(text, octets);
		return;
	}
	text->codepage = codepage;
	buf_add_str(&text->waiting, octets);
	/* Two octets are one of UTF-8 at least. */
	if (text->waiting.len / 2 > text->max - text->out.len)
		text->is_cut = true;
}

void
rtf_text_add_utf8(struct rtf_text *text, struct str utf8)
{
	rtf_text_flush(text);
	append(text, utf8);
}
