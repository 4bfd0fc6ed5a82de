/* SPDX-License-Identifier: ISC */
/* html_style.c - how the text of an element looks, and whether anybody sees
 * it. */
#include <string.h>

#include "mime/html_private.h"

/* A font of so many pixels or less is not read, and so much opacity is not
 * seen. */
#define TINY_PX 2.0f
#define CLEAR 0.05f
#define CLEAR_ALPHA 16
#define SOLID_ALPHA 240
#define MEDIUM_PX 16.0f

const struct html_style html_first_style = {
	.font_px = MEDIUM_PX,
	.opacity = 1,
	.colour = { 0, 0, 0, 255 },
	.background = { 255, 255, 255, 255 },
};

static const char *const hidden_words[HTML_HIDDEN_COUNT] = {
	[HTML_SEEN] = "seen",
	[HTML_NOT_SHOWN] = "not shown",
	[HTML_NOT_VISIBLE] = "not visible",
	[HTML_CLEAR] = "clear",
	[HTML_TINY] = "tiny",
	[HTML_SAME_COLOUR] = "same colour",
	[HTML_OFF_SCREEN] = "off screen",
};

const char *
html_hidden_text(enum html_hidden hidden)
{
	return hidden_words[hidden];
}

static const char *const use_words[HTML_USE_COUNT] = {
	[HTML_LINK] = "link",
	[HTML_FORM] = "form",
	[HTML_IMAGE] = "image",
	[HTML_REFRESH] = "refresh",
	[HTML_FRAME] = "frame",
	[HTML_SCRIPT] = "script",
	[HTML_STYLE] = "style",
	[HTML_OTHER] = "other",
};

const char *
html_use_text(enum html_use use)
{
	return use_words[use];
}

static bool
has(const struct html_declared *declared, enum html_property property)
{
	return (declared->set >> property & 1) != 0;
}

/* One channel of above laid over below. */
static uint8_t
laid_over(uint8_t above, uint8_t below, unsigned alpha)
{
	return (uint8_t)((above * alpha + below * (255 - alpha)) / 255);
}

static void
take_background(struct html_style *style, const struct html_declared *declared)
{
	struct html_colour above = declared->background;
	struct html_colour below = style->background;

	if (above.alpha >= SOLID_ALPHA)
		style->has_picture = false;
	style->background = (struct html_colour){
		laid_over(above.red, below.red, above.alpha),
		laid_over(above.green, below.green, above.alpha),
		laid_over(above.blue, below.blue, above.alpha), 255,
	};
	style->has_picture |= declared->has_picture;
}

static float
font_px(const struct html_declared *declared, float above_px)
{
	float px = declared->font_size;

	switch ((enum html_unit)declared->font_unit) {
	case UNIT_PX:
		break;
	case UNIT_EM:
		px *= above_px;
		break;
	case UNIT_PERCENT:
		px *= above_px / 100;
		break;
	case UNIT_REM:
		px *= MEDIUM_PX;
		break;
	}
	return px < 1000 ? px : 1000;
}

/* What hides all that stands within, whatever that says of itself. */
static enum html_hidden
hides_all(enum html_tag tag, const struct html_declared *declared)
{
	if ((html_behaviour(tag) & HIDDEN) != 0 ||
	    (has(declared, CSS_DISPLAY) && declared->display == DISPLAY_NONE))
		return HTML_NOT_SHOWN;
	if ((declared->is_away && declared->is_placed) ||
	    declared->is_indented_away || declared->is_clipped)
		return HTML_OFF_SCREEN;
	if (declared->is_cut &&
	    (declared->has_no_width || declared->has_no_height))
		return HTML_TINY;
	return HTML_SEEN;
}

static enum html_hidden
hides(const struct html_style *style)
{
	if (style->around != HTML_SEEN)
		return style->around;
	if (style->is_invisible)
		return HTML_NOT_VISIBLE;
	if (style->opacity <= CLEAR || style->colour.alpha < CLEAR_ALPHA)
		return HTML_CLEAR;
	if (style->font_px <= TINY_PX)
		return HTML_TINY;
	if (!style->has_picture &&
	    html_colour_near(style->colour, style->background))
		return HTML_SAME_COLOUR;
	return HTML_SEEN;
}

struct html_style
html_style_of(const struct html_style *above, enum html_tag tag,
    const struct html_declared *declared)
{
	struct html_style style = *above;
	enum html_hidden hidden = hides_all(tag, declared);

	style.is_block = (html_behaviour(tag) & BLOCK) != 0;
	style.is_pre |= tag == TAG_pre || tag == TAG_listing ||
	    tag == TAG_xmp || tag == TAG_plaintext || tag == TAG_textarea;
	if (style.around == HTML_SEEN || hidden == HTML_NOT_SHOWN)
		style.around = hidden != HTML_SEEN ? hidden : style.around;
	if (style.around != HTML_SEEN)
		style.hides = style.around;
	if (declared->set == 0)
		return style;
	if (has(declared, CSS_DISPLAY))
		style.is_block = declared->display == DISPLAY_BLOCK;
	if (has(declared, CSS_VISIBILITY))
		style.is_invisible = declared->is_invisible;
	if (has(declared, CSS_OPACITY))
		style.opacity *= declared->opacity;
	if (has(declared, CSS_FONT_SIZE))
		style.font_px = font_px(declared, above->font_px);
	if (has(declared, CSS_COLOUR))
		style.colour = declared->colour;
	if (has(declared, CSS_BACKGROUND))
		take_background(&style, declared);
	if (has(declared, CSS_WHITE_SPACE))
		style.is_pre = declared->is_pre;
	style.hides = hides(&style);
	return style;
}

/* --- the old attributes (WHATWG HTML 15.3) ------------------------------------ */

static void
set_property(struct html_declared *declared, enum html_property property)
{
	declared->set |= (uint16_t)(1u << property);
}

/* font size: 1 to 7, or so much more or less than 3. */
static void
take_font_size(struct html_declared *declared, struct str text)
{
	static const float sizes[] = { 10, 13, 16, 18, 24, 32, 48 };
	int sign = 0, size = 0;

	text = str_trim(text);
	if (text.len > 0 && (text.data[0] == '+' || text.data[0] == '-')) {
		sign = text.data[0] == '+' ? 1 : -1;
		text = str_from_pos(text, 1);
	}
	if (text.len == 0 || !char_is_digit(text.data[0]))
		return;
	for (size_t i = 0; i < text.len && char_is_digit(text.data[i]) &&
	    size < 100; i++)
		size = size * 10 + (text.data[i] - '0');
	if (sign != 0)
		size = 3 + sign * size;
	size = size < 1 ? 1 : size > 7 ? 7 : size;
	declared->font_unit = UNIT_PX;
	declared->font_size = sizes[size - 1];
	set_property(declared, CSS_FONT_SIZE);
}

static void
take_colour(struct html_declared *declared, struct str text)
{
	declared->colour = html_colour_attr(text);
	set_property(declared, CSS_COLOUR);
}

void
html_style_attrs(const struct html_token *token,
    struct html_declared *declared)
{
	if (token->tag == TAG_a && html_has(token, ATTR_href)) {
		declared->colour = (struct html_colour){ 0, 0, 0xee, 255 };
		set_property(declared, CSS_COLOUR);
	}
	if (token->present == 0)
		return;
	if (html_has(token, ATTR_hidden)) {
		declared->display = DISPLAY_NONE;
		set_property(declared, CSS_DISPLAY);
	}
	if (html_has(token, ATTR_bgcolor)) {
		declared->background =
		    html_colour_attr(token->attrs[ATTR_bgcolor]);
		set_property(declared, CSS_BACKGROUND);
	}
	if (html_has(token, ATTR_background)) {
		declared->has_picture = true;
		set_property(declared, CSS_BACKGROUND);
	}
	if (token->tag == TAG_body && html_has(token, ATTR_text))
		take_colour(declared, token->attrs[ATTR_text]);
	if (token->tag == TAG_font && html_has(token, ATTR_color))
		take_colour(declared, token->attrs[ATTR_color]);
	if (token->tag == TAG_font && html_has(token, ATTR_size))
		take_font_size(declared, token->attrs[ATTR_size]);
}
