/* SPDX-License-Identifier: ISC */
/* html.h - a page of HTML as a person sees it, and what it hides. */
#ifndef MIME_HTML_H
#define MIME_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/limits.h"

struct arena;

/* Why text is not seen. */
enum html_hidden {
	HTML_SEEN,
	HTML_NOT_SHOWN,		/* display: none, the attribute hidden */
	HTML_NOT_VISIBLE,	/* visibility: hidden or collapse */
	HTML_CLEAR,		/* opacity of (nearly) nothing */
	HTML_TINY,		/* a font of at most 2 px, a box of no size */
	HTML_SAME_COLOUR,	/* as what is behind it, or nearly */
	HTML_OFF_SCREEN,	/* far outside, or cut to nothing */
	HTML_HIDDEN_COUNT
};

const char *html_hidden_text(enum html_hidden hidden);

/* Where in a page an address stands. */
enum html_use {
	HTML_LINK,		/* a, area */
	HTML_FORM,		/* where a form goes */
	HTML_IMAGE,		/* img, picture, background, CSS url() */
	HTML_REFRESH,		/* meta refresh */
	HTML_FRAME,		/* iframe, frame, object, embed */
	HTML_SCRIPT,		/* script src */
	HTML_STYLE,		/* link rel=stylesheet, @import */
	HTML_OTHER,
	HTML_USE_COUNT
};

const char *html_use_text(enum html_use use);

struct html_address {
	enum html_use use;
	struct str target;	/* as a browser would resolve it by base; blanks,
				 * tabs and line ends cut as it does (WHATWG URL
				 * 4.4) */
	struct str shown;	/* HTML_LINK: the text that is the link, or the
				 * alt text of its image */
	enum html_hidden hidden;
};

/* Neighbours that are hidden in the same way, as one text. */
struct html_piece {
	enum html_hidden hidden;
	struct str text;
};

struct html_page {
	struct str text;	/* what is seen: UTF-8, blocks on lines of their
				 * own, white space collapsed, list items "* ",
				 * table cells by tab, images by their alt text */
	struct str title;
	struct vec hidden;	/* struct html_piece: what is not seen, in order */
	size_t hidden_bytes[HTML_HIDDEN_COUNT];	/* of its text, by kind */
	struct vec addresses;	/* struct html_address, in order */
	struct str base;	/* of the element base; "" */
	size_t tags;
	size_t images, remote_images, tiny_images;	/* tiny: at most 2 by 2 */
	size_t forms, password_fields, scripts, event_handlers, frames;
	size_t comments_bytes;
	/* Words that a short comment or an empty element cuts; elements that do
	 * not exist and that nobody can pronounce (html_split.c). */
	size_t split_words, nonsense_tags;
	size_t max_depth;	/* of open elements, as far as counted */
	bool has_refresh;
	bool has_conditional;	/* comments for Outlook: [if mso] */
	bool is_cut;		/* a limit was reached; the rest was not read, or
				 * not with its style */
	bool has_no_end;	/* ends within a tag, comment or script */
};

/* Read a page of UTF-8. Texts are in arena or slices of page. Styles count as
 * they stand in attributes and in style elements (selectors by tag, class, id, and lists of
 * them; what is more is passed over). Time in proportion to the length, whatever
 * the content. Any thread. */
void html_read(struct arena *arena, struct str page,
    const struct html_limits *limits, struct html_page *page_r);

#endif
