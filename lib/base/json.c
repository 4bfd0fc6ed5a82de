/* SPDX-License-Identifier: ISC */
/* json.c - writes JSON (RFC 8259) on one line into a buf. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

void
json_begin(struct json_writer *json, struct buf *out)
{
	*json = (struct json_writer){ .out = out };
}

void
json_end(const struct json_writer *json)
{
	assert(json->depth == 0 && json->levels[0].has_items);
}

/* ASCII that stands for itself. */
static const bool plain[256] = {
	[' '] = true, true, ['#' ... '['] = true, [']' ... 0x7f] = true,
};

/* RFC 8259 7: what must be escaped, by its short form where there is one. */
static void
add_escaped(struct buf *out, char c)
{
	static const char specials[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";

	for (size_t i = 0; i < sizeof(specials) - 1; i++) {
		if (c == specials[i]) {
			buf_add_char(out, '\\');
			buf_add_char(out, letters[i]);
			return;
		}
	}
	buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

/* So many bytes stand for themselves. */
static size_t
plain_len(struct str s)
{
	size_t len = 0;

	while (len < s.len && plain[(unsigned char)s.data[len]])
		len++;
	return len;
}

/* What does not stand for itself at the beginning of *s. */
static void
add_special(struct buf *out, struct str *s)
{
	size_t len = utf8_char_len(*s);

	if (len == 0)
		buf_add_text(out, "\xef\xbf\xbd");	/* U+FFFD */
	else if (len == 1)
		add_escaped(out, s->data[0]);
	else
		buf_add(out, s->data, len);
	*s = str_from_pos(*s, len != 0 ? len : 1);
}

/* Where not all of it is plain. */
static void
add_mixed(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	while (s.len != 0) {
		size_t run = plain_len(s);

		buf_add(out, s.data, run);
		s = str_from_pos(s, run);
		if (s.len != 0)
			add_special(out, &s);
	}
	buf_add_char(out, '"');
}

/* Are these eight octets plain? Taken from each of them, the least that is plain
 * borrows from its high bit where it is less; a quote and a backslash are zero
 * when what they are is taken off bit by bit. A borrow may reach the next octet,
 * but only where the answer is no already. */
static bool
are_plain(uint64_t octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t quote = octets ^ each * '"';
	uint64_t backslash = octets ^ each * '\\';

	return ((octets | (octets - each * ' ') | (quote - each) |
	    (backslash - each)) & each * 0x80) == 0;
}

/* The first four octets and the last four, which may be some of them again. */
static bool
copy_plain_short(char *to, struct str s)
{
	const char *last = s.data + s.len - 4;
	uint32_t ends[2];
	uint64_t octets;

	memcpy(&ends[0], s.data, 4);
	memcpy(&ends[1], last, 4);
	memcpy(&octets, ends, sizeof(octets));
	memcpy(to, &ends[0], 4);
	memcpy(to + s.len - 4, &ends[1], 4);
	return are_plain(octets);
}

/* Copies the text; false: not all of it is plain, and what was copied is of no
 * use. Eight octets at a time, the last eight with some of those before them. */
static bool
copy_plain(char *to, struct str s)
{
	uint64_t octets;
	size_t at = 0;

	if (s.len < 4) {
		for (; at < s.len && plain[(unsigned char)s.data[at]]; at++)
			to[at] = s.data[at];
		return at == s.len;
	}
	if (s.len < sizeof(octets))
		return copy_plain_short(to, s);
	for (;; at = at + 2 * sizeof(octets) < s.len ? at + sizeof(octets)
	    : s.len - sizeof(octets)) {
		memcpy(&octets, s.data + at, sizeof(octets));
		if (!are_plain(octets))
			return false;
		memcpy(to + at, &octets, sizeof(octets));
		if (at + sizeof(octets) == s.len)
			return true;
	}
}

/* Where there is room, with its quotes: what stands behind it then, or NULL: not
 * all of it is plain. An event has some hundred and fifty short texts, and most
 * are. */
static char *
put_plain(char *to, struct str s)
{
	to[0] = '"';
	if (!copy_plain(to + 1, s))
		return NULL;
	to[s.len + 1] = '"';
	return to + s.len + 2;
}

static void
add_string(struct buf *out, struct str s)
{
	char *end;

	buf_reserve(out, s.len + 2);
	end = put_plain(out->data + out->len, s);
	if (end == NULL) {
		add_mixed(out, s);
		return;
	}
	*end = '\0';
	out->len = (size_t)(end - out->data);
}

static void
add_key(struct buf *out, struct str key, bool has_comma)
{
	char *to, *end;

	buf_reserve(out, key.len + 4);
	to = out->data + out->len;
	if (has_comma)
		*to++ = ',';
	end = put_plain(to, key);
	if (end != NULL) {
		*end++ = ':';
		*end = '\0';
		out->len = (size_t)(end - out->data);
		return;
	}
	out->len = (size_t)(to - out->data);
	add_mixed(out, key);
	buf_add_char(out, ':');
}

/* The comma before a value and its key, after a look at whether it may stand
 * here at all. */
static void
begin_value(struct json_writer *json, const char *key)
{
	bool is_object = json->levels[json->depth].is_object;
	bool has_items = json->levels[json->depth].has_items;

	assert(is_object == (key != NULL));
	assert(json->depth != 0 || !has_items);
	json->levels[json->depth].has_items = true;
	if (key != NULL)
		add_key(json->out, str_from(key), has_items);
	else if (has_items)
		buf_add_char(json->out, ',');
}

static void
begin_level(struct json_writer *json, const char *key, bool is_object)
{
	begin_value(json, key);
	assert(json->depth < JSON_DEPTH_MAX);
	json->depth++;
	json->levels[json->depth].is_object = is_object;
	json->levels[json->depth].has_items = false;
	buf_add_char(json->out, is_object ? '{' : '[');
}

static void
end_level(struct json_writer *json, bool is_object)
{
	assert(json->depth != 0);
	assert(json->levels[json->depth].is_object == is_object);
	json->depth--;
	buf_add_char(json->out, is_object ? '}' : ']');
}

void
json_begin_object(struct json_writer *json, const char *key)
{
	begin_level(json, key, true);
}

void
json_end_object(struct json_writer *json)
{
	end_level(json, true);
}

void
json_begin_array(struct json_writer *json, const char *key)
{
	begin_level(json, key, false);
}

void
json_end_array(struct json_writer *json)
{
	end_level(json, false);
}

void
json_put_text(struct json_writer *json, const char *key, const char *text)
{
	if (text == NULL)
		json_put_null(json, key);
	else
		json_put_str(json, key, str_from(text));
}

void
json_put_str(struct json_writer *json, const char *key, struct str s)
{
	begin_value(json, key);
	add_string(json->out, s);
}

void
json_put_int(struct json_writer *json, const char *key, int64_t value)
{
	begin_value(json, key);
	buf_add_int(json->out, value);
}

/* Most are zero, or milliseconds with three digits. False: it is neither. */
static bool
add_thousandths(struct buf *out, double value)
{
	int64_t all = fabs(value) < 1e9
	    ? (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5)) : 0;
	int64_t rest = all % 1000;

	if ((double)all / 1000 != value)
		return false;
	if (all < 0 && all > -1000)
		buf_add_char(out, '-');
	buf_add_int(out, all / 1000);
	if (rest == 0)
		return true;
	buf_add_char(out, '.');
	for (rest = rest < 0 ? -rest : rest; rest != 0;
	    rest = rest % 100 * 10)
		buf_add_char(out, (char)('0' + rest / 100));
	return true;
}

void
json_put_real(struct json_writer *json, const char *key, double value)
{
	char text[32];

	if (!isfinite(value)) {
		json_put_null(json, key);
		return;
	}
	begin_value(json, key);
	if (add_thousandths(json->out, value))
		return;
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_add_text(json->out, text);
}

void
json_put_bool(struct json_writer *json, const char *key, bool value)
{
	begin_value(json, key);
	buf_add_str(json->out, value ? STR("true") : STR("false"));
}

void
json_put_null(struct json_writer *json, const char *key)
{
	begin_value(json, key);
	buf_add_str(json->out, STR("null"));
}
