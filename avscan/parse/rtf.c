/* SPDX-License-Identifier: ISC */
/* rtf.c - rich text: the objects that it carries in hexadecimal digits.
 *
 * Whoever hides an object puts braces, blanks and control words between its
 * digits, and Word reads on: so digits are collected from \objdata to the end of
 * its group, whatever stands between them. One pass. */
#include <string.h>

#include "avscan/look.h"
#include "base/arena.h"
#include "base/vec.h"

#define OBJECTS_MAX 256
/* Words that are longer are none that we know. */
#define WORD_MAX 32

/* What is read, and where we are. */
struct rtf {
	struct look *look;
	const struct piece *piece;
	struct str rest;
	size_t depth;		/* of braces */
	size_t data_depth;	/* of the group with \objdata; 0: in none */
	int nibble;		/* the first half of a byte, or -1 */
	struct buf object;
	size_t objects;
};

static const struct {
	const char *word;
	enum scan_mark mark;
} words[] = {
	{ "object", SCAN_MARK_embedded_object },
	{ "objdata", SCAN_MARK_embedded_object },
	{ "objupdate", SCAN_MARK_rtf_update },
	{ "objautlink", SCAN_MARK_external_link },
	{ "objlink", SCAN_MARK_external_link },
	{ "objocx", SCAN_MARK_activex },
	{ "template", SCAN_MARK_external_template },
};

static bool
contains_nocase(struct str data, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= data.len; i++)
		if (str_is_nocase(str_sub(data, i, len), text))
			return true;
	return false;
}

/* The head of an object of OLE 1 ([MS-OLEDS] 2.2.4) names its class; one of OLE
 * 2 stands in it as a compound file. */
static void
end_object(struct rtf *rtf)
{
	static const char compound[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
	struct str data = buf_str(&rtf->object);
	struct str head = str_sub(data, 0, 64);
	const char *at = data.len == 0 ? NULL : memmem(data.data, data.len,
	    compound, sizeof(compound) - 1);

	rtf->data_depth = 0;
	rtf->nibble = -1;
	if (contains_nocase(head, "equation"))
		look_mark(rtf->look, SCAN_MARK_equation);
	if (contains_nocase(head, "package"))
		look_mark(rtf->look, SCAN_MARK_embedded_file);
	if (at != NULL && rtf->objects++ < OBJECTS_MAX)
		look_at(rtf->look, str_of(at, data.len -
		    (size_t)(at - data.data)), STR(""), rtf->piece->depth + 1);
	buf_clear(&rtf->object);
}

/* A control word, without its backslash; digits behind it are its number. */
static void
take_word(struct rtf *rtf)
{
	size_t len = 0;
	struct str word;

	while (len < rtf->rest.len && char_is_alpha(rtf->rest.data[len]))
		len++;
	word = str_sub(rtf->rest, 0, len < WORD_MAX ? len : WORD_MAX);
	/* A symbol: one character, and a byte as \'hh. */
	if (len == 0)
		len = rtf->rest.len != 0 && rtf->rest.data[0] == '\'' ? 3 : 1;
	else
		while (len < rtf->rest.len &&
		    (char_is_digit(rtf->rest.data[len]) ||
		    rtf->rest.data[len] == '-'))
			len++;
	rtf->rest = str_from_pos(rtf->rest, len);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_is(word, words[i].word))
			look_mark(rtf->look, words[i].mark);
	if (str_is(word, "objdata") && rtf->data_depth == 0)
		rtf->data_depth = rtf->depth;
}

static void
take_digit(struct rtf *rtf, char c)
{
	int value = char_hex_value(c);

	if (rtf->data_depth == 0 || value < 0)
		return;
	if (rtf->nibble < 0) {
		rtf->nibble = value;
	} else {
		buf_add_char(&rtf->object, (char)(rtf->nibble << 4 | value));
		rtf->nibble = -1;
	}
}

static void
take_char(struct rtf *rtf)
{
	char c = rtf->rest.data[0];

	rtf->rest = str_from_pos(rtf->rest, 1);
	if (c == '\\') {
		take_word(rtf);
	} else if (c == '{') {
		rtf->depth++;
	} else if (c == '}') {
		if (rtf->data_depth != 0 && rtf->depth <= rtf->data_depth)
			end_object(rtf);
		rtf->depth -= rtf->depth != 0;
	} else {
		take_digit(rtf, c);
	}
}

static bool
fits(const struct piece *piece)
{
	return piece->kind == SCAN_KIND_rtf;
}

static void
read_rtf(struct look *look, const struct piece *piece)
{
	struct rtf rtf = { .look = look, .piece = piece,
		.rest = piece->data, .nibble = -1 };

	look_mark(look, SCAN_MARK_rtf);
	buf_init(&rtf.object, look->arena);
	while (rtf.rest.len != 0)
		take_char(&rtf);
	if (rtf.data_depth != 0)
		end_object(&rtf);
}

const struct parser parser_rtf = {
	.fits = fits,
	.read = read_rtf,
};
