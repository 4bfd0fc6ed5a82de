/* SPDX-License-Identifier: ISC */
/* rtf_words.c - the words of rich text that matter to its text (Rich Text Format
 * 1.9.1; [MS-OXRTFEX] for those of HTML within). */
#include "mime/rtf_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* In the order of their names. */
static const struct rtf_word words[] = {
	{ "ansicpg", RTF_CODEPAGE, NULL },
	{ "bin", RTF_BINARY, NULL },
	{ "bullet", RTF_TEXT, "\xe2\x80\xa2" },
	{ "cell", RTF_TEXT, "\t" },
	{ "colortbl", RTF_SKIP, NULL },
	{ "deff", RTF_FONT_FIRST, NULL },
	{ "emdash", RTF_TEXT, "\xe2\x80\x94" },
	{ "emspace", RTF_TEXT, "\xe2\x80\x83" },
	{ "endash", RTF_TEXT, "\xe2\x80\x93" },
	{ "enspace", RTF_TEXT, "\xe2\x80\x82" },
	{ "f", RTF_FONT, NULL },
	{ "fcharset", RTF_FONT_CHARSET, NULL },
	{ "fldinst", RTF_LINK, NULL },
	{ "fonttbl", RTF_FONTS, NULL },
	{ "footer", RTF_SKIP, NULL },
	{ "footerf", RTF_SKIP, NULL },
	{ "footerl", RTF_SKIP, NULL },
	{ "footerr", RTF_SKIP, NULL },
	{ "fromhtml", RTF_FROM_HTML, NULL },
	{ "header", RTF_SKIP, NULL },
	{ "headerf", RTF_SKIP, NULL },
	{ "headerl", RTF_SKIP, NULL },
	{ "headerr", RTF_SKIP, NULL },
	{ "htmlrtf", RTF_OFF, NULL },
	{ "htmltag", RTF_TAG, NULL },
	{ "info", RTF_SKIP, NULL },
	{ "ldblquote", RTF_TEXT, "\xe2\x80\x9c" },
	{ "line", RTF_TEXT, "\n" },
	{ "lquote", RTF_TEXT, "\xe2\x80\x98" },
	{ "mhtmltag", RTF_SKIP, NULL },
	{ "nestcell", RTF_TEXT, "\t" },
	{ "nestrow", RTF_TEXT, "\n" },
	{ "nonshppict", RTF_SKIP, NULL },
	{ "objdata", RTF_SKIP, NULL },
	{ "page", RTF_TEXT, "\n" },
	{ "par", RTF_TEXT, "\n" },
	{ "pict", RTF_SKIP, NULL },
	{ "plain", RTF_PLAIN, NULL },
	{ "rdblquote", RTF_TEXT, "\xe2\x80\x9d" },
	{ "row", RTF_TEXT, "\n" },
	{ "rquote", RTF_TEXT, "\xe2\x80\x99" },
	{ "sect", RTF_TEXT, "\n" },
	{ "stylesheet", RTF_SKIP, NULL },
	{ "tab", RTF_TEXT, "\t" },
	{ "tc", RTF_SKIP, NULL },
	{ "tcn", RTF_SKIP, NULL },
	{ "u", RTF_UNICODE, NULL },
	{ "uc", RTF_UNICODE_SKIP, NULL },
	{ "v", RTF_HIDDEN, NULL },
	{ "xe", RTF_SKIP, NULL },
};

static int
compare(const void *name, const void *word)
{
	return strcmp(name, ((const struct rtf_word *)word)->name);
}

const struct rtf_word *
rtf_word_find(const char *name)
{
	return bsearch(name, words, ARRAY_LEN(words), sizeof(words[0]),
	    compare);
}

uint16_t
rtf_codepage_of(long charset)
{
	static const struct {
		uint8_t charset;
		uint16_t codepage;
	} known[] = {
		{ 0, 1252 }, { 77, 10000 }, { 128, 932 }, { 129, 949 },
		{ 134, 936 }, { 136, 950 }, { 161, 1253 }, { 162, 1254 },
		{ 163, 1258 }, { 177, 1255 }, { 178, 1256 }, { 186, 1257 },
		{ 204, 1251 }, { 222, 874 }, { 238, 1250 }, { 254, 437 },
		{ 255, 850 },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].charset == charset)
			return known[i].codepage;
	return 0;
}
