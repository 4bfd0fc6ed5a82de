/* SPDX-License-Identifier: ISC */
/* rtf_private.h - the words of rich text, and the text that is made of it. */
#ifndef MIME_RTF_PRIVATE_H
#define MIME_RTF_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena;
struct charset;

/* --- words (rtf_words.c) -------------------------------------------------------- */

enum rtf_does {
	RTF_NOTHING,
	RTF_TEXT,		/* stands for text */
	RTF_SKIP,		/* what its group has is not shown */
	RTF_FONTS,		/* its group has the fonts */
	RTF_LINK,		/* its group has what a field does */
	RTF_TAG,		/* its group has HTML as it was */
	RTF_FROM_HTML,
	RTF_OFF,		/* what follows was made for readers of RTF */
	RTF_HIDDEN,
	RTF_PLAIN,
	RTF_CODEPAGE,
	RTF_FONT,
	RTF_FONT_FIRST,		/* of those who name none */
	RTF_FONT_CHARSET,
	RTF_BINARY,		/* so many octets follow */
	RTF_UNICODE,
	RTF_UNICODE_SKIP,	/* so many characters stand for one of those */
};

struct rtf_word {
	const char *name;
	enum rtf_does does;
	const char *text;
};

#define RTF_NAME_MAX 32

/* NULL: nothing that we know. */
const struct rtf_word *rtf_word_find(const char *name);
/* The code page of a font by its character set; 0: that of the document. */
uint16_t rtf_codepage_of(long charset);

/* --- text (rtf_text.c) ---------------------------------------------------------- */

/* A code page that is none: units of UTF-16, the lower octet first. */
#define RTF_UTF16 1200
#define RTF_KNOWN 16

/* Octets wait until those of another code page come: a character has several in
 * some. */
struct rtf_text {
	struct buf out;		/* UTF-8 */
	struct buf waiting, utf8;
	uint16_t codepage;	/* of what waits */
	struct {
		uint16_t codepage;
		const struct charset *charset;
	} known[RTF_KNOWN];	/* each where its number says, so far */
	size_t max;
	bool is_cut;		/* there is more than max */
};

void rtf_text_init(struct rtf_text *text, struct arena *arena, size_t max);
void rtf_text_add(struct rtf_text *text, struct str octets,
    uint16_t codepage);
void rtf_text_add_utf8(struct rtf_text *text, struct str utf8);
/* Nothing waits any more. */
void rtf_text_flush(struct rtf_text *text);

#endif
