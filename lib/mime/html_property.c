/* SPDX-License-Identifier: ISC */
/* html_property.c - properties of CSS, as far as they can hide text. */
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "mime/html_css.h"

/* What nobody sees any more: an offset of so many pixels, and a box or a font
 * of so few. */
#define AWAY_PX 400.0
#define NO_SIZE_PX 1.0
/* Longer than every name in the table. */
#define PROPERTY_NAME_SIZE 24

struct length {
	double number;
	enum html_unit unit;
};

static const struct {
	const char *name;
	enum html_unit unit;
	double factor;
} units[] = {
	{ "", UNIT_PX, 1 },	/* 0, and what quirks mode takes for pixels */
	{ "px", UNIT_PX, 1 },
	{ "pt", UNIT_PX, 4.0 / 3 },
	{ "pc", UNIT_PX, 16 },
	{ "in", UNIT_PX, 96 },
	{ "cm", UNIT_PX, 96 / 2.54 },
	{ "mm", UNIT_PX, 9.6 / 2.54 },
	{ "em", UNIT_EM, 1 },
	{ "ex", UNIT_EM, 0.5 },
	{ "ch", UNIT_EM, 0.5 },
	{ "rem", UNIT_REM, 1 },
	{ "%", UNIT_PERCENT, 1 },
	{ "vw", UNIT_PX, 8 },
	{ "vh", UNIT_PX, 6 },
};

static bool
parse_length(struct str text, struct length *length_r)
{
	char copy[32];
	char *end;

	if (text.len == 0 || text.len >= sizeof(copy) ||
	    char_is_alpha(text.data[0]))
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	length_r->number = strtod(copy, &end);
	if (end == copy)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!str_is_nocase(str_from(end), units[i].name))
			continue;
		length_r->number *= units[i].factor;
		length_r->unit = units[i].unit;
		return true;
	}
	return false;
}

/* In pixels, for an ordinary font. */
static double
rough_px(const struct length *length)
{
	return length->unit == UNIT_PX ? length->number : length->number * 16;
}

static bool
starts(struct str text, const char *prefix)
{
	return str_has_prefix_nocase(text, str_from(prefix));
}

/* --- one property each ------------------------------------------------------ */

static bool
set_display(struct css *css, struct str value)
{
	struct html_declared *declared = css->declared;

	if (str_is_nocase(value, "none"))
		declared->display = DISPLAY_NONE;
	else if (starts(value, "inline") || starts(value, "table-c") ||
	    str_is_nocase(value, "contents"))
		declared->display = DISPLAY_INLINE;
	else
		declared->display = DISPLAY_BLOCK;
	return true;
}

static bool
set_visibility(struct css *css, struct str value)
{
	css->declared->is_invisible = str_is_nocase(value, "hidden") ||
	    str_is_nocase(value, "collapse");
	return css->declared->is_invisible || str_is_nocase(value, "visible");
}

static bool
set_opacity(struct css *css, struct str value)
{
	struct length length;

	if (!parse_length(value, &length))
		return false;
	css->declared->opacity = (float)(length.unit == UNIT_PERCENT ?
	    length.number / 100 : length.number);
	return true;
}

/* What a browser makes of medium and its neighbours, in pixels. */
static const struct {
	const char *name;
	float px;
} font_sizes[] = {
	{ "xx-small", 9 }, { "x-small", 10 }, { "small", 13 },
	{ "medium", 16 }, { "large", 18 }, { "x-large", 24 },
	{ "xx-large", 32 }, { "xxx-large", 48 },
};

static bool
set_font_size(struct css *css, struct str value)
{
	struct html_declared *declared = css->declared;
	struct length length;

	declared->font_unit = UNIT_PX;
	for (size_t i = 0; i < ARRAY_LEN(font_sizes); i++) {
		declared->font_size = font_sizes[i].px;
		if (str_is_nocase(value, font_sizes[i].name))
			return true;
	}
	if (str_is_nocase(value, "smaller"))
		length = (struct length){ 0.83, UNIT_EM };
	else if (str_is_nocase(value, "larger"))
		length = (struct length){ 1.2, UNIT_EM };
	else if (!parse_length(value, &length) || length.number < 0)
		return false;
	declared->font_unit = (uint8_t)length.unit;
	declared->font_size = (float)length.number;
	return true;
}

/* Take the next word off *rest; one with brackets reaches to their end. */
static struct str
next_word(struct str *rest)
{
	size_t at = 0, depth = 0;
	struct str text = str_trim(*rest), word;

	for (; at < text.len; at++) {
		if (text.data[at] == '(')
			depth++;
		else if (text.data[at] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && char_is_space(text.data[at]))
			break;
	}
	word = str_sub(text, 0, at);
	*rest = str_from_pos(text, at);
	return word;
}

/* font: italic bold 12px/30px Georgia. */
static bool
set_font(struct css *css, struct str value)
{
	struct str word;

	while ((word = next_word(&value)).len > 0) {
		ptrdiff_t slash = str_find(word, '/');
		struct length length;

		if (slash >= 0)
			word.len = (size_t)slash;
		/* A number alone is a weight. */
		if (parse_length(word, &length) &&
		    char_is_digit(word.data[word.len - 1]) &&
		    length.number != 0)
			continue;
		if (set_font_size(css, word))
			return true;
	}
	return false;
}

static bool
set_colour(struct css *css, struct str value)
{
	return html_colour_parse(value, &css->declared->colour);
}

/* url(...): what stands between, without its quotes. */
static bool
take_url(struct css *css, struct str word)
{
	struct str url;

	if (!starts(word, "url("))
		return false;
	url = str_from_pos(word, 4);
	if (url.len > 0 && url.data[url.len - 1] == ')')
		url.len--;
	url = str_trim(url);
	if (url.len >= 2 && (url.data[0] == '"' || url.data[0] == '\'') &&
	    url.data[url.len - 1] == url.data[0])
		url = str_sub(url, 1, url.len - 2);
	if (css->urls != NULL && url.len > 0)
		*(struct str *)vec_push(css->urls) = url;
	return true;
}

/* background, background-color, background-image. */
static bool
set_background(struct css *css, struct str value)
{
	struct html_declared *declared = css->declared;
	bool is_set = false;
	struct str word;

	while ((word = next_word(&value)).len > 0) {
		if (take_url(css, word) || starts(word, "linear-gradient")) {
			declared->has_picture = true;
			is_set = true;
		} else if (html_colour_parse(word, &declared->background)) {
			is_set = true;
		}
	}
	return is_set;
}

static bool
is_no_size(struct str value)
{
	struct length length;

	return parse_length(value, &length) && length.number >= 0 &&
	    rough_px(&length) <= NO_SIZE_PX;
}

static bool
set_width(struct css *css, struct str value)
{
	css->declared->has_no_width = is_no_size(value);
	return true;
}

static bool
set_height(struct css *css, struct str value)
{
	css->declared->has_no_height = is_no_size(value);
	return true;
}

/* max-height: 0 holds whatever height says. */
static bool
set_max_width(struct css *css, struct str value)
{
	return is_no_size(value) && set_width(css, value);
}

static bool
set_max_height(struct css *css, struct str value)
{
	return is_no_size(value) && set_height(css, value);
}

static bool
set_overflow(struct css *css, struct str value)
{
	css->declared->is_cut = starts(value, "hidden") ||
	    starts(value, "clip");
	return true;
}

static bool
set_position(struct css *css, struct str value)
{
	css->declared->is_placed = !str_is_nocase(value, "static");
	return true;
}

static bool
is_away(struct str value)
{
	struct length length;

	return parse_length(value, &length) &&
	    (rough_px(&length) < -AWAY_PX || rough_px(&length) > AWAY_PX * 10);
}

/* left, top, right, bottom mean something where position says so. */
static bool
set_offset(struct css *css, struct str value)
{
	css->declared->is_away |= is_away(value);
	return true;
}

static bool
set_indent(struct css *css, struct str value)
{
	css->declared->is_indented_away |= is_away(value);
	return true;
}

/* Take the next argument off *rest, the inside of "name(a, b c)". */
static bool
next_argument(struct str *rest, struct str *argument_r)
{
	size_t at = 0, from;

	while (at < rest->len &&
	    (char_is_space(rest->data[at]) || rest->data[at] == ','))
		at++;
	from = at;
	while (at < rest->len && !char_is_space(rest->data[at]) &&
	    rest->data[at] != ',' && rest->data[at] != ')')
		at++;
	*argument_r = str_sub(*rest, from, at - from);
	*rest = str_from_pos(*rest, at);
	return argument_r->len > 0;
}

/* What stands behind the '(' of value; "" without one. */
static struct str
arguments(struct str value)
{
	ptrdiff_t open = str_find(value, '(');

	return open < 0 ? STR("") : str_from_pos(value, (size_t)open + 1);
}

/* clip: rect(0 0 0 0); clip-path: inset(50%), circle(0). */
static bool
set_clip(struct css *css, struct str value)
{
	struct html_declared *declared = css->declared;
	struct str argument, rest = arguments(value);
	struct length length;

	if (starts(value, "inset(")) {
		declared->is_clipped = next_argument(&rest, &argument) &&
		    parse_length(argument, &length) &&
		    length.unit == UNIT_PERCENT && length.number >= 50;
		return true;
	}
	if (!starts(value, "rect(") && !starts(value, "circle("))
		return false;
	declared->is_clipped = true;
	while (next_argument(&rest, &argument))
		declared->is_clipped &= parse_length(argument, &length) &&
		    rough_px(&length) <= NO_SIZE_PX;
	return true;
}

/* transform: scale(0), translateX(-9999px). */
static bool
set_transform(struct css *css, struct str value)
{
	struct str argument, rest = arguments(value);
	struct length length;

	if (!next_argument(&rest, &argument) ||
	    !parse_length(argument, &length))
		return false;
	if (starts(value, "scale"))
		css->declared->is_clipped = length.number == 0;
	else if (starts(value, "translate"))
		css->declared->is_clipped = is_away(argument);
	return true;
}

static bool
set_white_space(struct css *css, struct str value)
{
	css->declared->is_pre = starts(value, "pre") ||
	    str_is_nocase(value, "break-spaces");
	return true;
}

static bool
set_picture(struct css *css, struct str value)
{
	take_url(css, value);
	return false;
}

/* Sorted by name. */
static const struct css_property properties[] = {
	{ "background", CSS_BACKGROUND, set_background },
	{ "background-color", CSS_BACKGROUND, set_background },
	{ "background-image", CSS_BACKGROUND, set_background },
	{ "bottom", CSS_OFFSET, set_offset },
	{ "clip", CSS_CLIP, set_clip },
	{ "clip-path", CSS_CLIP, set_clip },
	{ "color", CSS_COLOUR, set_colour },
	{ "content", CSS_PROPERTY_COUNT, set_picture },
	{ "display", CSS_DISPLAY, set_display },
	{ "font", CSS_FONT_SIZE, set_font },
	{ "font-size", CSS_FONT_SIZE, set_font_size },
	{ "height", CSS_HEIGHT, set_height },
	{ "left", CSS_OFFSET, set_offset },
	{ "list-style", CSS_PROPERTY_COUNT, set_picture },
	{ "list-style-image", CSS_PROPERTY_COUNT, set_picture },
	{ "margin-left", CSS_OFFSET, set_indent },
	{ "margin-top", CSS_OFFSET, set_indent },
	{ "max-height", CSS_HEIGHT, set_max_height },
	{ "max-width", CSS_WIDTH, set_max_width },
	{ "opacity", CSS_OPACITY, set_opacity },
	{ "overflow", CSS_OVERFLOW, set_overflow },
	{ "position", CSS_POSITION, set_position },
	{ "right", CSS_OFFSET, set_offset },
	{ "text-indent", CSS_OFFSET, set_indent },
	{ "top", CSS_OFFSET, set_offset },
	{ "transform", CSS_CLIP, set_transform },
	{ "visibility", CSS_VISIBILITY, set_visibility },
	{ "white-space", CSS_WHITE_SPACE, set_white_space },
	{ "width", CSS_WIDTH, set_width },
};

const struct css_property *
css_property_find(struct str name)
{
	size_t low = 0, high = ARRAY_LEN(properties);
	char key[PROPERTY_NAME_SIZE] = "";

	if (name.len >= sizeof(key))
		return NULL;
	for (size_t i = 0; i < name.len; i++)
		key[i] = char_lower(name.data[i]);
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(key, properties[middle].name);

		if (order == 0)
			return &properties[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
