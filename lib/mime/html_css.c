/* SPDX-License-Identifier: ISC */
/* html_css.c - declarations of CSS, in attributes and rules alike. */
#include <string.h>

#include "base/vec.h"
#include "mime/html_css.h"

/* The end of the declaration at the front of text: its ';', or the end. Quotes
 * and brackets hide a ';' (CSS Syntax 5.4.4). */
static size_t
declaration_end(struct str text)
{
	size_t depth = 0;
	char quote = '\0';

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (quote != '\0') {
			if (c == quote || c == '\n')
				quote = '\0';
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && depth > 0) {
			depth--;
		} else if (c == ';' && depth == 0) {
			return i;
		}
	}
	return text.len;
}

/* Cut "!important" off *value. */
static bool
cut_important(struct str *value)
{
	ptrdiff_t mark = str_find_last(*value, '!');

	if (mark < 0 || !str_is_nocase(str_trim(str_from_pos(*value,
	    (size_t)mark + 1)), "important"))
		return false;
	*value = str_trim(str_sub(*value, 0, (size_t)mark));
	return true;
}

static void
declare(struct css *css, struct str name, struct str value)
{
	const struct css_property *property = css_property_find(name);
	bool is_important = cut_important(&value);
	uint16_t bit;

	if (property == NULL || value.len == 0)
		return;
	bit = (uint16_t)(1u << property->property);
	if (!is_important && (css->declared->important & bit) != 0)
		return;
	if (!property->set(css, value))
		return;
	css->declared->set |= bit;
	if (is_important)
		css->declared->important |= bit;
}

void
html_css_declare(struct html_declared *declared, struct str text,
    struct vec *urls)
{
	struct css css = { declared, urls };

	while (text.len > 0) {
		size_t end = declaration_end(text);
		struct str one = str_sub(text, 0, end);
		ptrdiff_t colon = str_find(one, ':');

		if (colon > 0)
			declare(&css, str_trim(str_sub(one, 0, (size_t)colon)),
			    str_trim(str_from_pos(one, (size_t)colon + 1)));
		text = str_from_pos(text, end + 1);
	}
}

/* Is bit set above, and not held by what is important below? */
static bool
wins(const struct html_declared *declared, const struct html_declared *above,
    enum html_property property)
{
	unsigned bit = 1u << property;

	return (above->set & bit) != 0 && ((above->important & bit) != 0 ||
	    (declared->important & bit) == 0);
}

void
html_declared_add(struct html_declared *declared,
    const struct html_declared *above)
{
	if (wins(declared, above, CSS_DISPLAY))
		declared->display = above->display;
	if (wins(declared, above, CSS_VISIBILITY))
		declared->is_invisible = above->is_invisible;
	if (wins(declared, above, CSS_OPACITY))
		declared->opacity = above->opacity;
	if (wins(declared, above, CSS_FONT_SIZE)) {
		declared->font_size = above->font_size;
		declared->font_unit = above->font_unit;
	}
	if (wins(declared, above, CSS_COLOUR))
		declared->colour = above->colour;
	if (wins(declared, above, CSS_BACKGROUND)) {
		declared->background = above->background;
		declared->has_picture = above->has_picture;
	}
	if (wins(declared, above, CSS_WIDTH))
		declared->has_no_width = above->has_no_width;
	if (wins(declared, above, CSS_HEIGHT))
		declared->has_no_height = above->has_no_height;
	if (wins(declared, above, CSS_OVERFLOW))
		declared->is_cut = above->is_cut;
	if (wins(declared, above, CSS_POSITION))
		declared->is_placed = above->is_placed;
	if (wins(declared, above, CSS_CLIP))
		declared->is_clipped = above->is_clipped;
	if (wins(declared, above, CSS_WHITE_SPACE))
		declared->is_pre = above->is_pre;
	declared->is_away |= above->is_away;
	declared->is_indented_away |= above->is_indented_away;
	declared->set |= above->set;
	declared->important |= above->important;
}

/* --- text without comments and escapes --------------------------------------- */

/* A character that was escaped; what could mean something else now, and what no
 * name that is read here has, becomes '?'. */
static char
unescaped(unsigned code)
{
	if (code < 0x80 && (char_is_alnum((char)code) || code == '-'))
		return (char)code;
	return '?';
}

/* "\64 " or "\:" at the front of text as one character; how long it is (CSS
 * Syntax 4.3.7). */
static size_t
add_escape(struct buf *buf, struct str text)
{
	unsigned code = 0;
	size_t at = 1;

	if (text.len < 2)
		return text.len;
	while (at < text.len && at <= 6 && char_hex_value(text.data[at]) >= 0)
		code = code * 16 + (unsigned)char_hex_value(text.data[at++]);
	if (at == 1) {
		buf_add_char(buf, unescaped((unsigned char)text.data[1]));
		return 2;
	}
	buf_add_char(buf, unescaped(code));
	return at < text.len && char_is_space(text.data[at]) ? at + 1 : at;
}

/* How long the comment at the front of text is. */
static size_t
comment_len(struct str text)
{
	const char *end = text.len < 4 ? NULL :
	    memmem(text.data + 2, text.len - 2, "*/", 2);

	return end == NULL ? text.len : (size_t)(end - text.data) + 2;
}

struct str
html_css_plain(struct arena *arena, struct str text)
{
	struct buf buf;

	if (str_find(text, '\\') < 0 && (text.len == 0 ||
	    memmem(text.data, text.len, "/*", 2) == NULL))
		return text;
	buf_init(&buf, arena);
	buf_reserve(&buf, text.len);
	while (text.len > 0) {
		size_t len = 1;

		if (text.data[0] == '\\')
			len = add_escape(&buf, text);
		else if (text.len > 1 && memcmp(text.data, "/*", 2) == 0)
			len = comment_len(text);
		else
			buf_add_char(&buf, text.data[0]);
		text = str_from_pos(text, len);
	}
	return buf_str(&buf);
}
