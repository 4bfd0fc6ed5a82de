/* SPDX-License-Identifier: ISC */
/* html_private.h - what the files of the HTML reader share. */
#ifndef MIME_HTML_PRIVATE_H
#define MIME_HTML_PRIVATE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/html.h"

struct arena;

/* --- tags (html_token.c) ------------------------------------------------------ */

enum html_tag {
	TAG_OTHER,
#define TAG(name, behaviour) TAG_##name,
#include "mime/html_tags.list"
#undef TAG
	TAG_COUNT
};

/* How an element behaves. */
enum html_behaviour {
	BLOCK = 1 << 0,		/* stands on lines of its own */
	PARAGRAPH = 1 << 1,	/* with an empty line around */
	VOID = 1 << 2,		/* has no content */
	RAW = 1 << 3,		/* its content is no HTML, to its end tag */
	ESCAPABLE = 1 << 4,	/* the same, with character references */
	HIDDEN = 1 << 5,	/* its content is not shown */
	FORMATTING = 1 << 6,	/* goes on behind a block that ends within it */
	BARRIER = 1 << 7,	/* end tags within it reach no further */
	LIST = 1 << 8,		/* has items */
	ITEM = 1 << 9,		/* ended by the next item of its list */
	TABLE = 1 << 10,
	ROWS = 1 << 11,
	ROW = 1 << 12,
	CELL = 1 << 13,
};

extern const uint16_t html_behaviours[TAG_COUNT];

static inline unsigned
html_behaviour(enum html_tag tag)
{
	return html_behaviours[tag];
}

/* Eight bytes of a name as a number that has their order: two are compared
 * without a call. */
static inline uint64_t
html_name_half(const char *name)
{
	uint64_t number;

	memcpy(&number, name, sizeof(number));
	return be64toh(number);
}

enum html_attr {
#define ATTR(name, identifier) ATTR_##identifier,
#include "mime/html_attrs.list"
#undef ATTR
	ATTR_COUNT
};

enum html_token_kind {
	TOKEN_END,		/* of the page */
	TOKEN_TEXT,		/* text; character references in it */
	TOKEN_RAW,		/* the content of the raw element tag */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMENT,
};

/* Slices of the page. */
struct html_token {
	enum html_token_kind kind;
	enum html_tag tag;
	struct str text;	/* TEXT, RAW, COMMENT */
	struct str name;	/* of a tag */
	unsigned handlers;	/* attributes like onclick */
	uint64_t present;	/* 1 << enum html_attr */
	struct str attrs[ATTR_COUNT];	/* those present; the first counts */
};

/* Names that were looked up before, each in the one place that it can have. */
struct html_names {
	struct html_known_name {
		uint64_t front;	/* of name */
		struct str name;	/* "": none yet */
		unsigned value;
	} slots[64];
};

/* A page as its tokens (WHATWG HTML 13.2.5). */
struct html_tokens {
	struct html_names tags, attrs;
	struct str page;
	size_t at;
	enum html_tag raw;	/* its content comes next */
	bool has_no_end;
	struct html_token token;
};

void html_tokens_init(struct html_tokens *tokens, struct str page);
/* Read the next one into tokens->token. */
enum html_token_kind html_tokens_next(struct html_tokens *tokens);

static inline bool
html_has(const struct html_token *token, enum html_attr attr)
{
	return (token->present >> attr & 1) != 0;
}

/* --- character references (html_entity.c) ------------------------------------- */

/* Text begins with '&': the characters meant, as UTF-8 in out, and how long the
 * reference is. 0: it is none. in_attr: those without ';' are stricter (WHATWG
 * HTML 13.2.5.73). */
#define HTML_ENTITY_MAX ((size_t)8)
size_t html_entity(struct str text, bool in_attr, char out[HTML_ENTITY_MAX],
    size_t *out_len_r);
/* The value of an attribute, references resolved; a slice where it has none. */
struct str html_attr_text(struct arena *arena, struct str value);

/* --- colours (html_colour.c) --------------------------------------------------- */

struct html_colour {
	uint8_t red, green, blue;
	uint8_t alpha;		/* 0: not seen at all */
};

/* A colour of CSS. False: it is none. */
bool html_colour_parse(struct str text, struct html_colour *colour_r);
/* One of an attribute: any text is one (WHATWG HTML 2.4.6). */
struct html_colour html_colour_attr(struct str text);
/* Can nobody tell one from the other? */
bool html_colour_near(struct html_colour a, struct html_colour b);

/* --- styles (html_css.c, html_sheet.c, html_style.c) -------------------------- */

/* What declarations say, one bit each in `set`. */
enum html_property {
	CSS_DISPLAY,
	CSS_VISIBILITY,
	CSS_OPACITY,
	CSS_FONT_SIZE,
	CSS_COLOUR,
	CSS_BACKGROUND,
	CSS_WIDTH,		/* and max-width */
	CSS_HEIGHT,		/* and max-height */
	CSS_OVERFLOW,
	CSS_POSITION,
	CSS_OFFSET,		/* left, top, right, bottom, margins, indent: once
				 * far outside, always */
	CSS_CLIP,
	CSS_WHITE_SPACE,
	CSS_PROPERTY_COUNT
};

enum html_display { DISPLAY_NONE, DISPLAY_INLINE, DISPLAY_BLOCK };
enum html_unit { UNIT_PX, UNIT_EM, UNIT_PERCENT, UNIT_REM };

struct html_declared {
	uint16_t set;		/* 1 << enum html_property */
	uint16_t important;
	uint8_t display;	/* enum html_display */
	bool is_invisible;
	bool is_cut;		/* overflow: hidden */
	bool is_placed;		/* position: absolute, fixed, relative */
	bool is_away;		/* an offset far outside */
	bool is_indented_away;	/* the same without position */
	bool is_clipped;
	bool is_pre;
	bool has_picture;	/* behind the text: colours tell nothing */
	bool has_no_width, has_no_height;
	uint8_t font_unit;	/* enum html_unit */
	float font_size;
	float opacity;
	struct html_colour colour, background;
};

/* Add to declared what "name: value; ..." says, later ones over earlier ones.
 * urls: where url(...) goes (struct str); NULL. */
void html_css_declare(struct html_declared *declared, struct str text,
    struct vec *urls);
/* Put all of above over declared; what is important there stays. */
void html_declared_add(struct html_declared *declared,
    const struct html_declared *above);
/* text without comments, escapes resolved; a slice when it has neither. */
struct str html_css_plain(struct arena *arena, struct str text);

/* The rules of all style elements. */
struct html_sheet;
struct html_sheet *html_sheet_new(struct arena *arena, size_t max_rules);
/* Add the content of a style element. urls: those of @import (struct str). False:
 * max_rules was reached. */
bool html_sheet_add(struct html_sheet *sheet, struct str css,
    struct vec *urls);
/* What the rules say of an element. */
void html_sheet_declare(const struct html_sheet *sheet,
    const struct html_token *token, struct html_declared *declared);

/* How an element's text looks. */
struct html_style {
	enum html_hidden hides;		/* is text of this style seen? */
	enum html_hidden around;	/* something around it hides all below */
	bool is_invisible;
	bool is_pre;
	bool is_block;
	bool has_picture;
	float font_px;
	float opacity;
	struct html_colour colour, background;
};

extern const struct html_style html_first_style;

/* The style of an element within one of style above. */
struct html_style html_style_of(const struct html_style *above,
    enum html_tag tag, const struct html_declared *declared);
/* What the old attributes say (bgcolor, color, size, hidden). */
void html_style_attrs(const struct html_token *token,
    struct html_declared *declared);

/* --- what is written (html_write.c) -------------------------------------------- */

/* Text that grows, white space as a browser lays it out. */
struct html_writer {
	struct buf buf;
	size_t max;
	unsigned breaks;	/* line ends due before the next word */
	bool has_space;		/* a blank is due */
	bool is_cut;
};

/* What the text is. */
enum html_writing {
	WRITE_REFERENCES = 1 << 0,	/* character references mean characters */
	WRITE_PRE = 1 << 1,		/* white space stays */
};

void html_writer_init(struct html_writer *writer, struct arena *arena,
    size_t max);
/* how: enum html_writing. */
void html_write(struct html_writer *writer, struct str text, unsigned how);
/* The next text stands on a new line (2: behind an empty one). */
void html_write_break(struct html_writer *writer, unsigned breaks);
/* A line end, as br writes it; no more than two together. */
void html_write_line(struct html_writer *writer);
/* The next text stands in the next cell of a row. */
void html_write_cell(struct html_writer *writer);

/* --- addresses (html_address.c) ------------------------------------------------- */

/* target without the blanks and control characters that browsers cut (WHATWG
 * URL 4.4). */
struct str html_address_clean(struct arena *arena, struct str target);
/* target as it stands relative to base, both clean (RFC 3986 5.2). */
struct str html_address_resolve(struct arena *arena, struct str base,
    struct str target);
/* Is it fetched from elsewhere? */
bool html_address_is_remote(struct str target);
/* The next address of a srcset, taken off *rest (WHATWG HTML 4.8.4.2.1). */
bool html_srcset_next(struct str *rest, struct str *address_r);
/* The address of meta refresh's content; "" (WHATWG HTML 4.2.5.3). */
struct str html_refresh_address(struct str content);

/* --- the open elements (html_tree.c) -------------------------------------------- */

struct html_element {
	enum html_tag tag;
	struct str name;
	size_t address;		/* of a link: its place + 1; 0: none */
	uint64_t scope[2];	/* tags that an end tag here can reach */
	struct html_style style;
	struct html_declared declared;
};

/* What stood since the last letter of text. */
struct html_split {
	bool is_in_word;	/* nothing but what may cut a word */
	unsigned comments, tags;
};

/* A page while it is read. */
struct html_reader {
	struct arena *arena;		/* of the page */
	struct arena *scratch;		/* freed when it is read */
	const struct html_limits *limits;
	struct html_page *page;
	struct html_tokens tokens;
	struct html_sheet *sheet;
	struct html_writer seen, hidden;
	struct html_element *elements;	/* those open, the outermost first */
	size_t depth;
	unsigned too_deep[TAG_COUNT];	/* open, but not among elements */
	struct vec pieces;		/* struct html_extent, of hidden */
	struct vec spans;		/* struct html_span, one an address */
	struct vec css_urls;		/* struct str */
	struct html_split split;
	bool has_base, has_title;
};

/* A piece of what a writer wrote. */
struct html_extent {
	enum html_hidden hidden;
	size_t from, to;
};

/* Where the text of a link stands. */
struct html_span {
	bool is_link;
	size_t seen_from, seen_to;
	size_t hidden_from, hidden_to;
};

/* The next token was read: count words that are cut (html_split.c). */
void html_split_take(struct html_reader *reader);

/* The innermost open element; there is always one. */
struct html_element *html_top(struct html_reader *reader);
/* A tag that opens an element, what it ends is closed: now it is open. style and
 * declared are its own, address is as in html_element. */
void html_tree_open(struct html_reader *reader,
    const struct html_style *style, const struct html_declared *declared,
    size_t address);
/* What a tag ends by its place alone: the p before a div. */
void html_tree_imply(struct html_reader *reader, enum html_tag tag);
void html_tree_close(struct html_reader *reader, enum html_tag tag,
    struct str name);
/* The page has ended. */
void html_tree_end(struct html_reader *reader);

/* --- what the tags tell (html_facts.c) ------------------------------------------- */

/* Count what the open tag is, keep its addresses. style: its own. The place + 1
 * of the address of a link, 0 for others. */
size_t html_facts_take(struct html_reader *reader,
    const struct html_style *style);
/* The addresses of CSS, which were gathered in css_urls. */
void html_facts_take_css(struct html_reader *reader, enum html_use use,
    enum html_hidden hidden);

#endif
