/* SPDX-License-Identifier: ISC */
/* html_colour.c - colours, as CSS and the old attributes write them. */
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "mime/html_private.h"

#define NAME_MAX_LEN 20
/* Two colours that differ by less in every channel are one to the eye. */
#define NEAR 16

static const struct colour {
	char name[NAME_MAX_LEN + 1];
	uint32_t rgb;
} colours[] = {
#define COLOUR(name, rgb) { name, rgb },
#include "mime/html_colours.list"
#undef COLOUR
};

static struct html_colour
of_rgb(uint32_t rgb)
{
	return (struct html_colour){ (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8),
	    (uint8_t)rgb, 255 };
}

static bool
find_name(struct str text, struct html_colour *colour_r)
{
	size_t low = 0, high = ARRAY_LEN(colours);
	char key[NAME_MAX_LEN + 1] = "";

	if (text.len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++)
		key[i] = char_lower(text.data[i]);
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(key, colours[middle].name);

		if (order == 0) {
			*colour_r = of_rgb(colours[middle].rgb);
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* "#rgb", "#rgba", "#rrggbb", "#rrggbbaa" without "#" (CSS Color 4 5.2). */
static bool
parse_hex(struct str digits, struct html_colour *colour_r)
{
	uint8_t channels[4] = { 0, 0, 0, 255 };
	size_t width = digits.len > 4 ? 2 : 1;

	if (digits.len != 3 && digits.len != 4 && digits.len != 6 &&
	    digits.len != 8)
		return false;
	for (size_t i = 0; i < digits.len; i++)
		if (char_hex_value(digits.data[i]) < 0)
			return false;
	for (size_t i = 0; i < digits.len / width; i++) {
		int high = char_hex_value(digits.data[i * width]);
		int low = char_hex_value(digits.data[i * width + width - 1]);

		channels[i] = (uint8_t)(high * 16 + low);
	}
	*colour_r = (struct html_colour){ channels[0], channels[1],
	    channels[2], channels[3] };
	return true;
}

/* The numbers of "rgb(1, 2 3 / 40%)": at most 4; a percentage is one of
 * `whole`. */
static size_t
parse_numbers(struct str text, double *numbers, const double *whole)
{
	char copy[64];
	char *at = copy, *end;
	size_t count = 0;
	double value;

	if (text.len >= sizeof(copy))
		return 0;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	while (count < 4) {
		at += strspn(at, " \t\r\n\f,/");
		value = strtod(at, &end);
		if (end == at)
			break;
		at = end;
		numbers[count] = value;
		if (*at == '%') {
			numbers[count] *= whole[count] / 100;
			at++;
		} else if (strncmp(at, "deg", 3) == 0) {
			at += 3;
		}
		count++;
	}
	return count;
}

static uint8_t
channel(double value)
{
	if (!(value > 0))
		return 0;
	return value < 255 ? (uint8_t)(value + 0.5) : 255;
}

/* One channel of a hue (CSS Color 4 7.1). */
static uint8_t
of_hue(double offset, double hue, double saturation, double lightness)
{
	double k = offset + hue / 30;
	double a = saturation *
	    (lightness < 1 - lightness ? lightness : 1 - lightness);
	double step;

	k -= 12 * (double)(long)(k / 12);
	step = k - 3 < 9 - k ? k - 3 : 9 - k;
	if (step > 1)
		step = 1;
	if (step < -1)
		step = -1;
	return channel(255 * (lightness - a * step));
}

static bool
parse_hsl(struct str text, struct html_colour *colour_r)
{
	static const double whole[4] = { 360, 1, 1, 1 };
	double numbers[4] = { 0, 0, 0, 1 };
	double hue;

	if (parse_numbers(text, numbers, whole) < 3)
		return false;
	if (!(numbers[0] > -36000 && numbers[0] < 36000))
		return false;
	hue = numbers[0];
	while (hue < 0)
		hue += 360;
	*colour_r = (struct html_colour){
		of_hue(0, hue, numbers[1], numbers[2]),
		of_hue(8, hue, numbers[1], numbers[2]),
		of_hue(4, hue, numbers[1], numbers[2]),
		channel(numbers[3] * 255),
	};
	return true;
}

static bool
parse_rgb(struct str text, struct html_colour *colour_r)
{
	static const double whole[4] = { 255, 255, 255, 1 };
	double numbers[4] = { 0, 0, 0, 1 };

	if (parse_numbers(text, numbers, whole) < 3)
		return false;
	*colour_r = (struct html_colour){ channel(numbers[0]),
	    channel(numbers[1]), channel(numbers[2]),
	    channel(numbers[3] * 255) };
	return true;
}

bool
html_colour_parse(struct str text, struct html_colour *colour_r)
{
	ptrdiff_t open = str_find(text, '(');
	struct str name = text, inner = STR("");

	if (text.len > 1 && text.data[0] == '#')
		return parse_hex(str_from_pos(text, 1), colour_r);
	if (open >= 0) {
		name = str_sub(text, 0, (size_t)open);
		inner = str_from_pos(text, (size_t)open + 1);
		if (str_find(inner, ')') >= 0)
			inner.len = (size_t)str_find(inner, ')');
	}
	if (str_is_nocase(name, "rgb") || str_is_nocase(name, "rgba"))
		return parse_rgb(inner, colour_r);
	if (str_is_nocase(name, "hsl") || str_is_nocase(name, "hsla"))
		return parse_hsl(inner, colour_r);
	if (str_is_nocase(name, "transparent")) {
		*colour_r = (struct html_colour){ 0, 0, 0, 0 };
		return true;
	}
	return find_name(name, colour_r);
}

/* The nth of three equal pieces of digits, its two leading ones as a channel;
 * skip: leading digits that all three pieces can do without. */
static uint8_t
legacy_channel(const char *digits, size_t piece, size_t skip, size_t nth)
{
	const char *at = digits + nth * piece + skip;
	int high = char_hex_value(at[0]);

	if (piece - skip == 1)
		return (uint8_t)high;
	return (uint8_t)(high * 16 + char_hex_value(at[1]));
}

/* WHATWG HTML 2.3.6, rules for parsing a legacy colour value. */
struct html_colour
html_colour_attr(struct str text)
{
	char digits[129];
	size_t len = 0, piece, skip;
	struct html_colour colour;

	text = str_trim(text);
	if (find_name(text, &colour))
		return colour;
	if (text.len == 4 && text.data[0] == '#' &&
	    parse_hex(str_from_pos(text, 1), &colour))
		return colour;
	if (text.len > 0 && text.data[0] == '#')
		text = str_from_pos(text, 1);
	for (; len < text.len && len < 128; len++)
		digits[len] = char_hex_value(text.data[len]) < 0 ? '0' :
		    text.data[len];
	while (len == 0 || len % 3 != 0)
		digits[len++] = '0';
	piece = len / 3;
	skip = piece > 8 ? piece - 8 : 0;
	while (piece - skip > 2 && digits[skip] == '0' &&
	    digits[piece + skip] == '0' && digits[2 * piece + skip] == '0')
		skip++;
	return (struct html_colour){ legacy_channel(digits, piece, skip, 0),
	    legacy_channel(digits, piece, skip, 1),
	    legacy_channel(digits, piece, skip, 2), 255 };
}

static bool
is_near(uint8_t a, uint8_t b)
{
	return abs((int)a - (int)b) < NEAR;
}

bool
html_colour_near(struct html_colour a, struct html_colour b)
{
	return is_near(a.red, b.red) && is_near(a.green, b.green) &&
	    is_near(a.blue, b.blue);
}
