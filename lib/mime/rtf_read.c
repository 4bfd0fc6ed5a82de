/* SPDX-License-Identifier: ISC */
/* rtf_read.c - what is read in rich text, or the page of HTML of which it was
 * made.
 *
 * Groups in braces, words behind backslashes, all else is text in the code page
 * of its font. A group begins with what holds around it and leaves nothing behind
 * but its text. Programs of Microsoft keep a message in HTML as rich text: its
 * tags stand in groups of their own (htmltag), its text as text, and what was
 * added for readers of rich text is marked (htmlrtf), so that the page can be had
 * again ([MS-OXRTFEX] 2.1.3, 3.1.1). */
#include "mime/rtf.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mime/rtf_private.h"

/* Groups within one another; what is deeper is not read. */
#define DEPTH_MAX 10000
/* Fonts with a higher number have the document's code page. */
#define FONTS_MAX 1024
#define LINK_MAX 2048

/* What a group is for. */
enum group {
	GROUP_SHOWN,
	GROUP_SKIPPED,
	GROUP_TAG,
	GROUP_LINK,
	GROUP_FONTS,
};

struct state {
	uint16_t codepage;	/* 0: the document's */
	uint8_t group;		/* enum group */
	uint8_t unicode_skip;
	bool is_off, is_hidden;
};

struct rtf {
	struct str rest;
	struct rtf_text text;
	struct state state;
	struct vec outer;	/* struct state */
	uint16_t codepage;	/* of the document */
	bool is_html;
	bool is_over;		/* the outermost group has ended, or it is too
				 * deep */
	bool is_starred;	/* a group began with "\*": who does not know
				 * the next word skips it */
	size_t to_skip;		/* characters */
	long font_first;
	long font;		/* the one that the table tells about */
	uint16_t codepages[FONTS_MAX];	/* of fonts */
	struct buf link;
};

/* --- text ------------------------------------------------------------------------ */

static bool
is_shown(const struct rtf *rtf)
{
	if (rtf->is_html)
		return rtf->state.group == GROUP_TAG ||
		    (rtf->state.group == GROUP_SHOWN && !rtf->state.is_off);
	return rtf->state.group == GROUP_SHOWN && !rtf->state.is_hidden;
}

static void
add_octets(struct rtf *rtf, struct str octets)
{
	size_t skipped = rtf->to_skip < octets.len ? rtf->to_skip
	    : octets.len;

	rtf->to_skip -= skipped;
	octets = str_from_pos(octets, skipped);
	if (rtf->state.group == GROUP_LINK)
		buf_add_str(&rtf->link, str_sub(octets, 0,
		    LINK_MAX - rtf->link.len));
	else if (is_shown(rtf))
		rtf_text_add(&rtf->text, octets, rtf->state.codepage != 0
		    ? rtf->state.codepage : rtf->codepage);
}

static void
add_utf8(struct rtf *rtf, const char *text)
{
	if (rtf->to_skip != 0)
		rtf->to_skip--;
	else if (is_shown(rtf))
		rtf_text_add_utf8(&rtf->text, str_from(text));
}

/* Negative ones are those above 32767. */
static void
add_unit(struct rtf *rtf, long unit)
{
	const char octets[] = { (char)(unit & 0xff), (char)(unit >> 8 & 0xff) };

	if (rtf->state.group == GROUP_LINK)
		add_octets(rtf, str_of(octets, 1));
	else if (is_shown(rtf))
		rtf_text_add(&rtf->text, str_of(octets, sizeof(octets)),
		    RTF_UTF16);
	rtf->to_skip = rtf->state.unicode_skip;
}

/* HYPERLINK "http://…", with quotes or without; not HYPERLINK \l "place". "" for
 * other fields. */
static struct str
link_of(struct str field)
{
	static const struct str word = { "hyperlink", 9 };
	struct str link = STR("");

	if (!str_has_prefix_nocase(field, word))
		return link;
	field = str_trim(str_from_pos(field, word.len));
	if (field.len == 0 || field.data[0] == '\\')
		return link;
	if (field.data[0] != '"') {
		str_cut(&field, ' ', &link);
		return link;
	}
	field = str_from_pos(field, 1);
	str_cut(&field, '"', &link);
	return link;
}

/* What a click on the words behind it opens. */
static void
end_link(struct rtf *rtf)
{
	struct str link = link_of(str_trim(buf_str(&rtf->link)));

	if (link.len != 0 && !rtf->is_html && is_shown(rtf)) {
		rtf_text_add_utf8(&rtf->text, STR("<"));
		rtf_text_add(&rtf->text, link, rtf->codepage);
		rtf_text_add_utf8(&rtf->text, STR("> "));
	}
	buf_clear(&rtf->link);
}

/* --- groups ------------------------------------------------------------------------ */

static void
begin_group(struct rtf *rtf)
{
	rtf->to_skip = 0;
	rtf->is_starred = false;
	if (rtf->outer.len >= DEPTH_MAX) {
		rtf->is_over = true;
		rtf->text.is_cut = true;
		return;
	}
	*(struct state *)vec_push(&rtf->outer) = rtf->state;
}

static void
end_group(struct rtf *rtf)
{
	bool was_link = rtf->state.group == GROUP_LINK;

	rtf->to_skip = 0;
	rtf->is_starred = false;
	rtf->state = *(struct state *)vec_at(&rtf->outer, rtf->outer.len - 1);
	rtf->outer.len--;
	rtf->is_over = rtf->outer.len == 0;
	if (was_link && rtf->state.group != GROUP_LINK)
		end_link(rtf);
}

/* What is within a group that is skipped stays so. */
static void
set_group(struct rtf *rtf, enum group group)
{
	if (rtf->state.group != GROUP_SKIPPED)
		rtf->state.group = (uint8_t)group;
}

/* --- fonts ------------------------------------------------------------------------- */

static uint16_t
codepage_of(const struct rtf *rtf, long font)
{
	return font >= 0 && font < FONTS_MAX ? rtf->codepages[font] : 0;
}

static void
take_font(struct rtf *rtf, long font)
{
	if (rtf->state.group == GROUP_FONTS)
		rtf->font = font;
	else
		rtf->state.codepage = codepage_of(rtf, font);
}

static void
take_charset(struct rtf *rtf, long charset)
{
	if (rtf->state.group == GROUP_FONTS && rtf->font >= 0 &&
	    rtf->font < FONTS_MAX)
		rtf->codepages[rtf->font] = rtf_codepage_of(charset);
}

/* --- words ------------------------------------------------------------------------- */

/* Of those that change how text is taken. */
static void
set_state(struct rtf *rtf, enum rtf_does does, long number)
{
	switch (does) {
	case RTF_OFF:
		rtf->state.is_off = number != 0;
		break;
	case RTF_HIDDEN:
		rtf->state.is_hidden = number != 0;
		break;
	case RTF_PLAIN:
		rtf->state.is_hidden = false;
		rtf->state.codepage = codepage_of(rtf, rtf->font_first);
		break;
	case RTF_CODEPAGE:
		if (number > 0 && number <= UINT16_MAX && number != RTF_UTF16)
			rtf->codepage = (uint16_t)number;
		break;
	case RTF_FONT:
		take_font(rtf, number);
		break;
	case RTF_FONT_FIRST:
		rtf->font_first = number;
		break;
	case RTF_FONT_CHARSET:
		take_charset(rtf, number);
		break;
	case RTF_UNICODE_SKIP:
		rtf->state.unicode_skip = (uint8_t)(number < 0 ? 0
		    : number > UINT8_MAX ? UINT8_MAX : number);
		break;
	default:
		break;
	}
}

static void
do_word(struct rtf *rtf, const struct rtf_word *word, long number)
{
	switch (word->does) {
	case RTF_TEXT:
		add_utf8(rtf, word->text);
		break;
	case RTF_SKIP:
		set_group(rtf, GROUP_SKIPPED);
		break;
	case RTF_FONTS:
		set_group(rtf, GROUP_FONTS);
		break;
	case RTF_LINK:
		set_group(rtf, GROUP_LINK);
		break;
	case RTF_TAG:
		set_group(rtf, GROUP_TAG);
		break;
	case RTF_FROM_HTML:
		/* In the head, before any text ([MS-OXRTFEX] 2.1.3.1.1). */
		if (rtf->outer.len == 1 && rtf->text.out.len == 0)
			rtf->is_html = number != 0;
		break;
	case RTF_BINARY:
		rtf->rest = str_from_pos(rtf->rest, number > 0
		    ? (size_t)number : 0);
		break;
	case RTF_UNICODE:
		if (rtf->to_skip != 0)
			rtf->to_skip--;
		else
			add_unit(rtf, number);
		break;
	default:
		set_state(rtf, word->does, number);
	}
}

/* The number behind a word, with a blank that belongs to it; 1 without. */
static long
take_number(struct rtf *rtf)
{
	bool is_negative = rtf->rest.len > 1 && rtf->rest.data[0] == '-' &&
	    char_is_digit(rtf->rest.data[1]);
	size_t at = is_negative ? 1 : 0;
	bool has_digits = false;
	long number = 0;

	for (; at < rtf->rest.len && char_is_digit(rtf->rest.data[at]); at++) {
		has_digits = true;
		if (number < INT32_MAX / 10)
			number = number * 10 + (rtf->rest.data[at] - '0');
	}
	if (at < rtf->rest.len && rtf->rest.data[at] == ' ')
		at++;
	rtf->rest = str_from_pos(rtf->rest, at);
	return !has_digits ? 1 : is_negative ? -number : number;
}

/* A name that is longer is none of ours. */
static void
take_word(struct rtf *rtf)
{
	char name[RTF_NAME_MAX + 1];
	const struct rtf_word *word;
	size_t len = 0;
	long number;

	while (len < rtf->rest.len && char_is_alpha(rtf->rest.data[len]))
		len++;
	memcpy(name, rtf->rest.data, len < RTF_NAME_MAX ? len : RTF_NAME_MAX);
	name[len < RTF_NAME_MAX ? len : RTF_NAME_MAX] = '\0';
	rtf->rest = str_from_pos(rtf->rest, len);
	number = take_number(rtf);
	word = rtf_word_find(name);
	if (rtf->is_starred && (word == NULL ||
	    (word->does != RTF_LINK && word->does != RTF_TAG)))
		set_group(rtf, GROUP_SKIPPED);
	rtf->is_starred = false;
	if (word != NULL)
		do_word(rtf, word, number);
	else if (rtf->to_skip != 0)
		rtf->to_skip--;
}

/* "\'e4"; a digit that is none counts as 0. */
static void
take_octet(struct rtf *rtf)
{
	char octet = 0;

	for (size_t i = 0; i < 2 && i < rtf->rest.len; i++) {
		int value = char_hex_value(rtf->rest.data[i]);

		octet = (char)(octet << 4 | (value < 0 ? 0 : value));
	}
	rtf->rest = str_from_pos(rtf->rest, 2);
	add_octets(rtf, str_of(&octet, 1));
}

/* Behind a backslash. */
static void
take_symbol(struct rtf *rtf)
{
	char symbol = rtf->rest.data[0];

	rtf->rest = str_from_pos(rtf->rest, 1);
	switch (symbol) {
	case '\'':
		take_octet(rtf);
		break;
	case '\\':
	case '{':
	case '}':
		add_octets(rtf, str_of(&symbol, 1));
		break;
	case '*':
		rtf->is_starred = true;
		break;
	case '~':
		add_utf8(rtf, "\xc2\xa0");
		break;
	case '_':
		add_utf8(rtf, "\xe2\x80\x91");
		break;
	case '\r':
	case '\n':
		add_utf8(rtf, "\n");
		break;
	default:		/* "\-", where a word may be parted */
		break;
	}
}

/* --- the document -------------------------------------------------------------------- */

/* A line's end is no text, nor is a NUL. */
static bool
is_text(char c)
{
	return c != '{' && c != '}' && c != '\\' && c != '\r' && c != '\n' &&
	    c != '\0';
}

static void
take_run(struct rtf *rtf)
{
	size_t len = 0;

	while (len < rtf->rest.len && is_text(rtf->rest.data[len]))
		len++;
	if (len == 0)
		len = 1;
	else
		add_octets(rtf, str_sub(rtf->rest, 0, len));
	rtf->rest = str_from_pos(rtf->rest, len);
}

static void
take(struct rtf *rtf)
{
	char first = rtf->rest.data[0];

	if (first != '{' && first != '}' && first != '\\') {
		take_run(rtf);
		return;
	}
	rtf->rest = str_from_pos(rtf->rest, 1);
	if (first == '{')
		begin_group(rtf);
	else if (first == '}')
		end_group(rtf);
	else if (rtf->rest.len != 0 && char_is_alpha(rtf->rest.data[0]))
		take_word(rtf);
	else if (rtf->rest.len != 0)
		take_symbol(rtf);
}

bool
rtf_read(struct arena *arena, struct str octets, size_t max,
    struct rtf_reading *reading_r)
{
	struct rtf *rtf;

	if (!str_eq(str_sub(octets, 0, 5), STR("{\\rtf")))
		return false;
	rtf = arena_zalloc(arena, sizeof(*rtf));
	rtf->rest = str_from_pos(octets, 1);
	rtf->codepage = 1252;
	rtf->state.unicode_skip = 1;
	vec_init(&rtf->outer, arena, sizeof(struct state));
	*(struct state *)vec_push(&rtf->outer) = rtf->state;
	buf_init(&rtf->link, arena);
	rtf_text_init(&rtf->text, arena, max);
	while (rtf->rest.len != 0 && !rtf->is_over && !rtf->text.is_cut)
		take(rtf);
	rtf_text_flush(&rtf->text);
	*reading_r = (struct rtf_reading){ .text = buf_str(&rtf->text.out),
		.is_html = rtf->is_html, .is_cut = rtf->text.is_cut };
	return true;
}
