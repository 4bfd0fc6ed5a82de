/* SPDX-License-Identifier: ISC */
/* sa_html_color.c - colours as SpamAssassin reads them: what it cannot read is
 * invalid, and rules ask for that. */
#include "rules/place/sa_html_private.h"

/* "255" and above. */
static int
channel(struct str digits)
{
	int value = 0;

	for (size_t i = 0; i < digits.len && value <= 255; i++)
		value = value * 10 + (digits.data[i] - '0');
	return value > 255 ? 255 : value;
}

int
sa_color_digits(struct str text)
{
	int color = 0;
	unsigned at = 0;

	for (size_t i = 0, from; at < 3; at++) {
		char digits[4];
		size_t len = 0;

		for (from = i; i < text.len && text.data[i] != ','; i++)
			if (char_is_digit(text.data[i]) && len < 4)
				digits[len++] = text.data[i];
		color = color << 8 | channel(str_of(digits, len));
		i += i < text.len;
		(void)from;
	}
	return color;
}

/* The hexadecimal digits of "#...", three or six of them. */
static int
parse_hex(struct str text)
{
	int digits[6], color = 0;
	size_t len = 0;

	for (size_t i = 0; i < text.len && len < 6; i++)
		if (char_hex_value(text.data[i]) >= 0)
			digits[len++] = char_hex_value(text.data[i]);
	if (len == 0)
		return SA_COLOR_NONE;
	if (len > 3 && len < 6)
		len = 3;
	while (len % 3 != 0)
		digits[len++] = 0;
	for (size_t i = 0; i < len; i++)
		color = len == 3 ? color << 8 | digits[i] * 17 :
		    color << 4 | digits[i];
	return color;
}

/* "rgb(1, 2, 3)" or "rgb(1%, 2%, 3%)", and nothing else within. */
static int
parse_rgb(struct str text)
{
	struct str inner = str_from_pos(text, 4), piece;
	bool has_percent = str_find(text, '%') >= 0;
	int color = 0;
	unsigned count = 0;

	if (str_find(inner, ')') < 0)
		return SA_COLOR_INVALID;
	inner.len = (size_t)str_find(inner, ')');
	while (count < 4 && str_cut(&inner, ',', &piece)) {
		piece = str_trim(piece);
		if (has_percent && (piece.len == 0 ||
		    piece.data[piece.len - 1] != '%'))
			return SA_COLOR_INVALID;
		piece.len -= has_percent;
		for (size_t i = 0; i < piece.len; i++)
			if (!char_is_digit(piece.data[i]))
				return SA_COLOR_INVALID;
		if (piece.len == 0)
			return SA_COLOR_INVALID;
		color = color << 8 | (has_percent ? channel(piece) * 255 / 100 &
		    255 : channel(piece));
		count++;
	}
	return count == 3 ? color : SA_COLOR_INVALID;
}

static bool
is_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_alpha(text.data[i]))
			return false;
	return text.len != 0 && !str_is(text, "transparent") &&
	    !str_is(text, "currentcolor") && !str_is(text, "rebeccapurple");
}

int
sa_color_parse(struct arena *arena, struct str text)
{
	struct html_colour colour;

	text = str_lower(arena, str_trim(text));
	if (is_name(text))
		return html_colour_parse(text, &colour) ? colour.red << 16 |
		    colour.green << 8 | colour.blue : SA_COLOR_INVALID;
	if (str_has_prefix_nocase(text, STR("rgb(")))
		return parse_rgb(text);
	if (text.len == 0 || text.data[0] != '#')
		return SA_COLOR_INVALID;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '#' && char_hex_value(text.data[i]) < 0)
			return SA_COLOR_INVALID;
	return parse_hex(text);
}

/* The next value of a layer, taken off *rest; parentheses hold it together. */
static bool
next_value(struct str *rest, struct str *value_r, bool *is_new_layer_r)
{
	size_t at = 0, from;
	unsigned depth = 0;

	*is_new_layer_r = false;
	for (; at < rest->len && (rest->data[at] == ' ' ||
	    rest->data[at] == ','); at++)
		*is_new_layer_r |= rest->data[at] == ',';
	for (from = at; at < rest->len && (depth != 0 ||
	    (rest->data[at] != ' ' && rest->data[at] != ',')); at++) {
		depth += rest->data[at] == '(';
		depth -= rest->data[at] == ')' && depth != 0;
	}
	*value_r = str_sub(*rest, from, at - from);
	*rest = str_from_pos(*rest, at);
	return value_r->len != 0;
}

int
sa_color_background(struct arena *arena, struct str value)
{
	int color = SA_COLOR_INVALID;
	struct str word;
	bool is_new_layer;

	while (next_value(&value, &word, &is_new_layer)) {
		if (is_new_layer)
			color = SA_COLOR_INVALID;
		if (color == SA_COLOR_INVALID)
			color = sa_color_parse(arena, word);
	}
	return color;
}
