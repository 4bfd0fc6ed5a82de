/* SPDX-License-Identifier: ISC */
/* sa_html.h - a page of HTML as SpamAssassin renders it (Mail::SpamAssassin::HTML):
 * its text, hidden or not, and what rules ask of its tags. */
#ifndef RULES_PLACE_SA_HTML_H
#define RULES_PLACE_SA_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;
struct map;
struct view;

/* Which tag an address stands in, as a set. */
enum sa_use {
	SA_IN_TEXT = 1 << 0,	/* "parsed": of text, not of a tag */
	SA_IN_A = 1 << 1,
	SA_IN_AREA = 1 << 2,
	SA_IN_BASE = 1 << 3,
	SA_IN_BGSOUND = 1 << 4,
	SA_IN_BODY = 1 << 5,
	SA_IN_EMBED = 1 << 6,
	SA_IN_FORM = 1 << 7,
	SA_IN_FRAME = 1 << 8,
	SA_IN_IFRAME = 1 << 9,
	SA_IN_IMG = 1 << 10,
	SA_IN_LINK = 1 << 11,
	SA_IN_META = 1 << 12,
	SA_IN_SCRIPT = 1 << 13,
	SA_IN_TABLE = 1 << 14,
	SA_IN_TD = 1 << 15,
	SA_IN_TR = 1 << 16,
	SA_SCHEMELESS = 1 << 17,	/* of text, and no scheme in front */
	SA_UNLINKED = 1 << 18,		/* no mail client makes it a link */
	SA_IN_SIGNATURE = 1 << 19,	/* of DKIM: a domain, no address */
};

/* One address of a page, resolved by its base. */
struct sa_page_uri {
	struct str uri;
	unsigned uses;		/* enum sa_use */
	struct vec anchors;	/* struct str: texts of links to it */
};

/* Tags that mean something (sa_html_tags.c). */
#define SA_TAGS 100

struct sa_page {
	struct str text;	/* UTF-8 */
	bool is_wide;		/* it has characters beyond octets */
	size_t length;		/* of the source, in characters */
	size_t text_length;	/* of the text */
	size_t space_length;	/* white space in it */
	unsigned elements, tags, elements_seen, tags_seen, closed_extra;
	unsigned obfuscation;	/* words cut in two by tags */
	size_t image_area;
	int min_size, max_size;	/* of fonts */
	bool has_low_contrast, has_invalid_color, has_bad_face;
	bool has_mailto_form, has_embeds;
	struct vec anchors, titles, comments, scripts;	/* struct str */
	struct vec uris;	/* struct sa_page_uri */
	bool has_cut_uri;	/* one was longer than is kept */
	int inside[SA_TAGS];	/* how many of a known tag are open; -1: none
				 * was seen */
	struct map *others;	/* int, by other names: the same */
};

/* Render a page. source: UTF-8; is_wide: it was no plain ASCII. */
struct sa_page *sa_html_render(struct arena *arena, struct str source,
    bool is_wide);
/* How many of this tag are open at the end; -1: it was not seen. */
int sa_page_inside(const struct sa_page *page, struct str tag);
/* The pages of a message: struct sa_page *. */
const struct vec *sa_pages(struct view *view);

#endif
