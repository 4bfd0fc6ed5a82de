/* SPDX-License-Identifier: ISC */
/* sa_html_private.h - what the files of SpamAssassin's rendering share. */
#ifndef RULES_PLACE_SA_HTML_PRIVATE_H
#define RULES_PLACE_SA_HTML_PRIVATE_H

#include "mime/html_private.h"
#include "rules/place/sa_html.h"

/* --- tags (sa_html_tags.c) ------------------------------------------------------ */

/* What a tag means there. */
enum sa_tag_flag {
	SA_TAG_ELEMENT = 1 << 0,	/* of HTML 4.01 */
	SA_TAG_TRICK = 1 << 1,		/* of no standard, but rendered */
	SA_TAG_STYLE = 1 << 2,		/* changes how text looks */
	SA_TAG_LINE = 1 << 3,		/* stands for a line end */
	SA_TAG_BLANK = 1 << 4,		/* for a blank */
	SA_TAG_PARAGRAPH = 1 << 5,	/* for two line ends */
	SA_TAG_URI = 1 << 6,		/* has addresses */
};

struct sa_tag {
	const char *name;
	unsigned flags;		/* enum sa_tag_flag */
	unsigned use;		/* enum sa_use */
};

/* NULL: it means nothing. name in lower case. */
const struct sa_tag *sa_tag_find(struct str name);
/* Below SA_TAGS. */
size_t sa_tag_number(const struct sa_tag *tag);

/* --- how text looks (sa_html_style.c) -------------------------------------------- */

#define SA_COLOR_INVALID (-1)
#define SA_COLOR_TRANSPARENT (-2)
#define SA_COLOR_NONE (-3)	/* "#" alone */

struct sa_style {
	const struct sa_tag *tag;	/* NULL: the page itself */
	int foreground, background;	/* RGB, or SA_COLOR_... */
	int size;
	bool is_not_displayed, is_not_visible;
};

struct sa_styles {
	struct vec stack;	/* struct sa_style */
	unsigned open[SA_TAGS];	/* how many of each tag are in it */
	int base_size;
};

void sa_styles_init(struct sa_styles *styles, struct arena *arena);
void sa_styles_open(struct sa_styles *styles, struct arena *arena,
    struct sa_page *page, const struct sa_tag *tag,
    const struct html_token *token);
void sa_styles_close(struct sa_styles *styles, const struct sa_tag *tag);
/* Is text hidden here? What hides it is noted in page. */
bool sa_styles_hide(const struct sa_styles *styles, struct sa_page *page);

/* --- colours (sa_html_color.c) ----------------------------------------------------- */

int sa_color_parse(struct arena *arena, struct str text);
/* "rgb(1, 2, 3)" by its digits alone. */
int sa_color_digits(struct str text);
/* The last layer's colour of CSS's background; SA_COLOR_INVALID: none. */
int sa_color_background(struct arena *arena, struct str value);

/* --- addresses (sa_html_uri.c) ------------------------------------------------------ */

struct sa_uris {
	struct arena *arena;
	struct sa_page *page;
	struct map *by_name;	/* number + 1 */
	struct str base;
};

/* The addresses of a tag. */
void sa_uris_take(struct sa_uris *uris, const struct sa_tag *tag,
    const struct html_token *token);
/* Without blanks around, cut to what is kept. */
struct str sa_uri_trim(struct sa_uris *uris, struct str uri);
/* The entry of an address; it is made where there is none. */
struct sa_page_uri *sa_uris_entry(struct sa_uris *uris, struct str uri);

/* --- a page while it is read (sa_html.c) --------------------------------------------- */

struct sa_reader {
	struct arena *arena;
	struct sa_page *page;
	struct sa_styles styles;
	struct sa_uris uris;
	struct buf text;	/* what is rendered */
	size_t piece_at;	/* where its last piece begins */
	bool has_piece, is_space_piece, is_hidden_piece;
	struct buf chunk;	/* a text, its references resolved */
	struct buf anchor, title;	/* those that are written */
	/* Of page->inside: what text is looked at for. */
	const int *in_script, *in_style, *in_anchor, *in_title;
	struct str anchor_uri;
	bool has_anchor, has_title;
};

/* --- what single tags tell (sa_html_facts.c) ------------------------------------------ */

/* A copy of text, among texts where there is room. */
struct str sa_reader_keep(struct sa_reader *reader, struct vec *texts,
    struct str text);
/* An open tag; name is its own in lower case. */
void sa_reader_take_facts(struct sa_reader *reader,
    const struct html_token *token, struct str name);
void sa_reader_end_anchor(struct sa_reader *reader);
void sa_reader_end_title(struct sa_reader *reader);

static inline bool
sa_is_space(char c)
{
	return char_is_space(c) || c == '\f' || c == '\v';
}

/* The value of an attribute; data NULL: it has none. */
static inline struct str
sa_attr(struct arena *arena, const struct html_token *token,
    enum html_attr attr)
{
	return html_has(token, attr) ?
	    html_attr_text(arena, token->attrs[attr]) : str_of(NULL, 0);
}

#endif
