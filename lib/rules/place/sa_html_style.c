/* SPDX-License-Identifier: ISC */
/* sa_html_style.c - how text looks: the open tags that change it. */
#include "base/arena.h"
#include "rules/place/sa_html_private.h"

/* Tags open within each other; beyond that none is taken. */
#define DEPTH_MAX ((size_t)20000)
/* Text nearer to its background than that is hardly seen. */
#define DISTANCE_MIN 12.0

static unsigned *
open_count(struct sa_styles *styles, const struct sa_tag *tag)
{
	return &styles->open[sa_tag_number(tag)];
}

static struct sa_style *
top(const struct sa_styles *styles)
{
	return vec_at(&styles->stack, styles->stack.len - 1);
}

static void
push(struct sa_styles *styles, const struct sa_style *style)
{
	if (styles->stack.len >= DEPTH_MAX)
		return;
	*(struct sa_style *)vec_push(&styles->stack) = *style;
	++*open_count(styles, style->tag);
}

static void
pop(struct sa_styles *styles)
{
	--*open_count(styles, top(styles)->tag);
	styles->stack.len--;
}

void
sa_styles_init(struct sa_styles *styles, struct arena *arena)
{
	vec_init(&styles->stack, arena, sizeof(struct sa_style));
	memset(styles->open, 0, sizeof(styles->open));
	styles->base_size = 3;
	*(struct sa_style *)vec_push(&styles->stack) = (struct sa_style){
		.background = 0xffffff, .size = 3 };
}

/* --- what attributes say ---------------------------------------------------------- */

static struct str
without_important(struct str value)
{
	ptrdiff_t mark = str_find_last(value, '!');

	if (mark >= 0 && str_is(str_trim(str_from_pos(value,
	    (size_t)mark + 1)), "important"))
		value.len = (size_t)mark;
	return str_trim(value);
}

static void
take_color(struct arena *arena, int *color, struct str value)
{
	value = without_important(str_lower(arena, value));
	if (memmem(value.data, value.len, "rgb", 3) != NULL)
		*color = sa_color_digits(value);
	else if (str_is(value, "transparent"))
		*color = SA_COLOR_TRANSPARENT;
	else if (!str_is(value, "inherit"))
		*color = sa_color_parse(arena, value);
}

static void
take_declaration(struct arena *arena, struct sa_style *style, struct str text)
{
	ptrdiff_t colon = str_find(text, ':');
	struct str name, value;
	int color;

	if (colon <= 0)
		return;
	name = str_sub(text, 0, (size_t)colon);
	while (name.len != 0 && char_is_space(name.data[0]))
		name = str_from_pos(name, 1);
	value = str_trim(str_from_pos(text, (size_t)colon + 1));
	if (value.len == 0)
		return;
	if (str_is_nocase(name, "color")) {
		take_color(arena, &style->foreground, value);
	} else if (str_is_nocase(name, "background-color")) {
		take_color(arena, &style->background, value);
	} else if (str_is(name, "background")) {
		color = sa_color_background(arena, str_lower(arena, value));
		if (color != SA_COLOR_INVALID)
			style->background = color;
	} else if (str_is(str_trim(name), "display")) {
		style->is_not_displayed = str_is_nocase(value, "none");
	} else if (str_is(str_trim(name), "visibility")) {
		style->is_not_visible = str_is_nocase(value, "hidden");
	}
}

static void
take_css(struct arena *arena, struct sa_style *style,
    const struct sa_style *above, struct str css)
{
	struct str declaration;

	while (str_cut(&css, ';', &declaration))
		take_declaration(arena, style, declaration);
	if (style->background == SA_COLOR_TRANSPARENT)
		style->background = above->background;
	if (style->foreground == SA_COLOR_TRANSPARENT)
		style->foreground = style->background;
}

/* "3", "+1", "-2"; false: no number. */
static bool
read_size(struct str text, int *size_r, bool *is_relative_r)
{
	int sign = 1, size = 0;
	size_t at = 0, from;

	while (at < text.len && char_is_space(text.data[at]))
		at++;
	*is_relative_r = at < text.len &&
	    (text.data[at] == '+' || text.data[at] == '-');
	if (*is_relative_r)
		sign = text.data[at++] == '-' ? -1 : 1;
	for (from = at; at < text.len && at < from + 6 &&
	    char_is_digit(text.data[at]); at++)
		size = size * 10 + (text.data[at] - '0');
	*size_r = sign * size;
	return at > from;
}

/* Which attributes of a tag are heard. */
static bool
hears(const struct sa_tag *tag, enum html_attr attr)
{
	bool is_font = str_is(str_from(tag->name), "font") ||
	    str_is(str_from(tag->name), "basefont");

	switch (attr) {
	case ATTR_color: case ATTR_face: case ATTR_size:
		return is_font;
	case ATTR_text:
		return str_is(str_from(tag->name), "body");
	case ATTR_style:
		return !is_font && !str_is(str_from(tag->name), "body") &&
		    !str_is(str_from(tag->name), "marquee");
	default:
		return false;
	}
}

static void
note_size(struct sa_page *page, int size)
{
	if (size > page->max_size)
		page->max_size = size;
	else if (size < page->min_size)
		page->min_size = size;
}

static void
take_attrs(struct sa_styles *styles, struct arena *arena, struct sa_page *page,
    struct sa_style *style, const struct html_token *token)
{
	static const enum html_attr attrs[] = { ATTR_color, ATTR_face,
		ATTR_size, ATTR_text, ATTR_style };
	int size;
	bool is_relative;

	for (size_t i = 0; i < ARRAY_LEN(attrs); i++) {
		struct str value;

		if (!html_has(token, attrs[i]) || !hears(style->tag, attrs[i]))
			continue;
		value = sa_attr(arena, token, attrs[i]);
		if (value.data == NULL)
			continue;
		if (attrs[i] == ATTR_color || attrs[i] == ATTR_text)
			style->foreground = sa_color_parse(arena, value);
		else if (attrs[i] == ATTR_style)
			take_css(arena, style, top(styles), value);
		else if (attrs[i] == ATTR_size &&
		    read_size(value, &size, &is_relative))
			style->size = is_relative ?
			    styles->base_size + size : size;
		note_size(page, style->size);
	}
}

/* --- tags -------------------------------------------------------------------------- */

static bool
is_open(struct sa_styles *styles, const struct sa_tag *tag)
{
	return *open_count(styles, tag) != 0;
}

/* A cell ends the cell before it, a row the row. */
static void
close_table(struct sa_styles *styles, bool is_row)
{
	while (styles->stack.len > 1) {
		struct str name = str_from(top(styles)->tag->name);

		if (!str_is(name, "font") && !str_is(name, "td") &&
		    !(is_row && str_is(name, "tr")))
			break;
		pop(styles);
	}
}

/* A cell of a header is a cell. */
static const struct sa_tag *
as_cell(const struct sa_tag *tag)
{
	return str_is(str_from(tag->name), "th") ? sa_tag_find(STR("td")) : tag;
}

void
sa_styles_open(struct sa_styles *styles, struct arena *arena,
    struct sa_page *page, const struct sa_tag *tag,
    const struct html_token *token)
{
	struct sa_style style;
	struct str name;
	bool is_relative;
	int size;

	tag = as_cell(tag);
	name = str_from(tag->name);
	if (str_is(name, "basefont") && html_has(token, ATTR_size) &&
	    read_size(token->attrs[ATTR_size], &size, &is_relative) &&
	    !is_relative) {
		styles->base_size = size;
		return;
	}
	if ((str_is(name, "td") || str_is(name, "tr")) && is_open(styles, tag))
		close_table(styles, str_is(name, "tr"));
	style = *top(styles);
	style.tag = tag;
	if (str_is(name, "big"))
		style.size++;
	else if (str_is(name, "small"))
		style.size--;
	else
		take_attrs(styles, arena, page, &style, token);
	push(styles, &style);
}

void
sa_styles_close(struct sa_styles *styles, const struct sa_tag *tag)
{
	tag = as_cell(tag);
	if (str_is(str_from(tag->name), "body") || !is_open(styles, tag))
		return;
	while (top(styles)->tag != tag)
		pop(styles);
	pop(styles);
}

/* How far apart two colours look, squared. */
static double
distance(int a, int b)
{
	double red = 0.2126 * ((a >> 16 & 255) - (b >> 16 & 255));
	double green = 0.7152 * ((a >> 8 & 255) - (b >> 8 & 255));
	double blue = 0.0722 * ((a & 255) - (b & 255));

	return red * red + green * green + blue * blue;
}

bool
sa_styles_hide(const struct sa_styles *styles, struct sa_page *page)
{
	const struct sa_style *style = top(styles);
	int front = style->foreground, back = style->background;

	if (front == back || (front >= 0 && back >= 0 &&
	    distance(front, back) < DISTANCE_MIN * DISTANCE_MIN)) {
		page->has_low_contrast = true;
		return true;
	}
	if (front == SA_COLOR_INVALID || back == SA_COLOR_INVALID) {
		page->has_invalid_color = true;
		return true;
	}
	return style->size <= 1 || style->is_not_displayed ||
	    style->is_not_visible;
}
