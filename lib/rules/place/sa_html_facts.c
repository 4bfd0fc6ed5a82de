/* SPDX-License-Identifier: ISC */
/* sa_html_facts.c - what single tags tell: links, titles, images, fonts. */
#include "base/arena.h"
#include "rules/place/sa_html_private.h"

/* Texts of one kind that are kept. */
#define TEXTS_MAX ((size_t)20000)
/* Images without a size, and screens that images fill by percent. */
#define IMAGE_SIDE 200
#define SCREEN_WIDTH 8
#define SCREEN_HEIGHT 6

struct str
sa_reader_keep(struct sa_reader *reader, struct vec *texts, struct str text)
{
	struct str copy = str_copy(reader->arena, text);

	if (texts->len < TEXTS_MAX)
		*(struct str *)vec_push(texts) = copy;
	return copy;
}

/* --- links and titles ------------------------------------------------------------ */

void
sa_reader_end_anchor(struct sa_reader *reader)
{
	struct sa_page_uri *entry;
	struct str text;

	if (!reader->has_anchor)
		return;
	text = sa_reader_keep(reader, &reader->page->anchors, buf_str(&reader->anchor));
	entry = sa_uris_entry(&reader->uris, reader->anchor_uri);
	if (entry->anchors.len < TEXTS_MAX)
		*(struct str *)vec_push(&entry->anchors) = text;
	reader->has_anchor = false;
}

void
sa_reader_end_title(struct sa_reader *reader)
{
	if (reader->has_title)
		sa_reader_keep(reader, &reader->page->titles, buf_str(&reader->title));
	reader->has_title = false;
}

static void
begin_anchor(struct sa_reader *reader, const struct html_token *token)
{
	struct str uri = sa_attr(reader->arena, token, ATTR_href);

	sa_reader_end_anchor(reader);
	reader->anchor_uri = uri.data != NULL ?
	    str_copy(reader->arena, sa_uri_trim(&reader->uris, uri)) : STR("");
	buf_clear(&reader->anchor);
	reader->has_anchor = true;
}

/* --- what single tags tell ------------------------------------------------------------------ */

/* "120" or "50%"; 0: neither. */
static size_t
side(struct str text, unsigned percent)
{
	size_t value = 0, at = 0;

	for (; at < text.len && at < 7 && char_is_digit(text.data[at]); at++)
		value = value * 10 + (size_t)(text.data[at] - '0');
	if (at == text.len)
		return value;
	return text.data[at] == '%' && at + 1 == text.len ? value * percent : 0;
}

static void
take_image(struct sa_reader *reader, const struct html_token *token)
{
	struct arena *arena = reader->arena;
	size_t width, height;

	if (reader->has_anchor && *reader->in_anchor > 0)
		buf_add_text(&reader->anchor, "<img>\n");
	if (!html_has(token, ATTR_width) || !html_has(token, ATTR_height))
		return;
	width = side(sa_attr(arena, token, ATTR_width), SCREEN_WIDTH);
	height = side(sa_attr(arena, token, ATTR_height), SCREEN_HEIGHT);
	reader->page->image_area += (width != 0 ? width : IMAGE_SIDE) *
	    (height != 0 ? height : IMAGE_SIDE);
}

static size_t
skip_blanks(struct str text, size_t at)
{
	while (at < text.len && sa_is_space(text.data[at]))
		at++;
	return at;
}

/* The end of one name of fonts; 0: it is none that people have. first: a blank
 * or a dot may stand in front. */
static size_t
font_name(struct str face, size_t at, bool first)
{
	size_t from;

	if (at < face.len && (face.data[at] == '"' || face.data[at] == '\'' ||
	    (first && face.data[at] == '.')))
		at++;
	from = at;
	while (at < face.len && (char_is_alpha(face.data[at]) ||
	    face.data[at] == ' ' || face.data[at] == '-'))
		at++;
	if (at < from + 2 || !char_is_alpha(face.data[at - 1]) ||
	    face.data[from] == '-' || (!first && face.data[from] == ' '))
		return 0;
	at += at < face.len && char_is_digit(face.data[at]);
	at += at < face.len && (face.data[at] == '"' || face.data[at] == '\'');
	return at;
}

/* Is it a list of names as people write them? */
static bool
is_good_face(struct str face)
{
	size_t at = font_name(face, skip_blanks(face, 0), true);

	/* A blank may also be the first letter of the name. */
	if (at == 0 && skip_blanks(face, 0) != 0)
		at = font_name(face, skip_blanks(face, 0) - 1, true);
	while (at != 0 && at < face.len && face.data[at] == ',')
		at = font_name(face, skip_blanks(face, at + 1), false);
	if (at != 0 && at < face.len && face.data[at] == ';')
		at++;
	return at != 0 && (at == face.len ||
	    (at + 1 == face.len && face.data[at] == '\n'));
}

static bool
contains(struct arena *arena, struct str text, const char *what)
{
	return text.data != NULL && memmem(str_lower(arena, text).data,
	    text.len, what, strlen(what)) != NULL;
}

void
sa_reader_take_facts(struct sa_reader *reader, const struct html_token *token,
    struct str name)
{
	struct arena *arena = reader->arena;
	struct sa_page *page = reader->page;

	if (str_is(name, "font") && html_has(token, ATTR_face))
		page->has_bad_face |=
		    !is_good_face(sa_attr(arena, token, ATTR_face));
	else if (str_is(name, "img"))
		take_image(reader, token);
	else if (str_is(name, "form"))
		page->has_mailto_form |= contains(arena,
		    sa_attr(arena, token, ATTR_action), "mailto:");
	else if (str_is(name, "object") || str_is(name, "embed"))
		page->has_embeds = true;
	else if (str_is(name, "a"))
		begin_anchor(reader, token);
	if (str_is(name, "title")) {
		sa_reader_end_title(reader);
		buf_clear(&reader->title);
		reader->has_title = true;
	}
}
