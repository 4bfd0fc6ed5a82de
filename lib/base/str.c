/* SPDX-License-Identifier: ISC */
/* str.c - slices of bytes, and texts that grow in an arena. */
#include "base/str.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Eight octets with their letters in lower case. Without the high bit no sum
 * reaches the next octet. */
static uint64_t
lower_eight(const char *octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t word, low, is_upper;

	memcpy(&word, octets, sizeof(word));
	low = word & each * 0x7f;
	is_upper = (low + each * (0x80 - 'A')) &
	    ~(low + each * (0x7f - 'Z')) & ~word & each * 0x80;
	return word | is_upper >> 2;
}

bool
bytes_eq_nocase(const char *a, const char *b, size_t len)
{
	for (; len >= 8; a += 8, b += 8, len -= 8)
		if (lower_eight(a) != lower_eight(b))
			return false;
	for (size_t i = 0; i < len; i++)
		if (char_lower(a[i]) != char_lower(b[i]))
			return false;
	return true;
}

bool
str_has_prefix_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    bytes_eq_nocase(s.data, prefix.data, prefix.len);
}

bool
str_has_suffix_nocase(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	    str_eq_nocase(str_from_pos(s, s.len - suffix.len), suffix);
}

ptrdiff_t
str_find(struct str s, char c)
{
	const char *found = s.len != 0 ? memchr(s.data, c, s.len) : NULL;

	return found != NULL ? found - s.data : -1;
}

ptrdiff_t
str_find_last(struct str s, char c)
{
	const char *found = s.len != 0 ? memrchr(s.data, c, s.len) : NULL;

	return found != NULL ? found - s.data : -1;
}

bool
str_is_ascii(struct str s)
{
	uint64_t bits = 0, words[8];
	size_t i = 0;

	for (; i + sizeof(words) <= s.len; i += sizeof(words)) {
		memcpy(words, s.data + i, sizeof(words));
		bits |= words[0] | words[1] | words[2] | words[3] |
		    words[4] | words[5] | words[6] | words[7];
	}
	for (; i + sizeof(*words) <= s.len; i += sizeof(*words)) {
		memcpy(words, s.data + i, sizeof(*words));
		bits |= *words;
	}
	if (s.len >= sizeof(*words)) {
		/* The last eight, of which some were seen. */
		memcpy(words, s.data + s.len - sizeof(*words), sizeof(*words));
		bits |= *words;
		i = s.len;
	}
	for (; i < s.len; i++)
		bits |= (unsigned char)s.data[i];
	return (bits & UINT64_C(0x8080808080808080)) == 0;
}

struct str
str_trim(struct str s)
{
	while (s.len != 0 && char_is_space(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len != 0 && char_is_space(s.data[s.len - 1]))
		s.len--;
	return s;
}

bool
str_cut(struct str *rest, char separator, struct str *piece_r)
{
	ptrdiff_t end;

	if (rest->data == NULL)
		return false;
	end = str_find(*rest, separator);
	if (end < 0) {
		*piece_r = *rest;
		*rest = str_of(NULL, 0);
		return true;
	}
	*piece_r = str_of(rest->data, (size_t)end);
	*rest = str_from_pos(*rest, (size_t)end + 1);
	return true;
}

int
str_to_u64(struct str s, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (s.len == 0)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit;

		if (!char_is_digit(s.data[i]))
			return -1;
		digit = (uint64_t)(s.data[i] - '0');
		if (value > (max - digit) / 10 || digit > max)
			return -1;
		value = value * 10 + digit;
	}
	*value_r = value;
	return 0;
}

char *
str_dup(struct arena *arena, struct str s)
{
	return arena_strndup(arena, s.data, s.len);
}

char *
str_dup_lower(struct arena *arena, struct str s)
{
	char *copy = str_dup(arena, s);

	for (size_t i = 0; i < s.len; i++)
		copy[i] = char_lower(copy[i]);
	return copy;
}

struct str
str_copy(struct arena *arena, struct str s)
{
	return str_of(str_dup(arena, s), s.len);
}

struct str
str_lower(struct arena *arena, struct str s)
{
	return str_of(str_dup_lower(arena, s), s.len);
}

struct str
str_pack(char **at, struct str s)
{
	char *copy = *at;

	if (s.len != 0)
		memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	*at += s.len + 1;
	return str_of(copy, s.len);
}

char *
str_concat(struct arena *arena, struct str a, struct str b, struct str c)
{
	struct str pieces[] = { a, b, c };
	char *text = arena_alloc(arena, a.len + b.len + c.len + 1), *end = text;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (pieces[i].len != 0)
			end = mempcpy(end, pieces[i].data, pieces[i].len);
	*end = '\0';
	return text;
}

void
buf_init(struct buf *buf, struct arena *arena)
{
	*buf = (struct buf){ .arena = arena, .data = arena_alloc(arena, 1),
	    .capacity = 1 };
	buf->data[0] = '\0';
}

void
buf_grow(struct buf *buf, size_t more)
{
	size_t capacity = buf->capacity;
	char *data;

	if (more > SIZE_MAX / 4)
		abort();
	while (more >= capacity - buf->len)
		capacity = capacity < 64 ? 64 : capacity * 2;
	data = arena_alloc(buf->arena, capacity);
	memcpy(data, buf->data, buf->len + 1);
	buf->data = data;
	buf->capacity = capacity;
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_int(struct buf *buf, int64_t value)
{
	/* -INT64_MIN is no int64_t. */
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (value < 0)
		buf_add_char(buf, '-');
	buf_add(buf, digits + at, sizeof(digits) - at);
}

/* Below 2^52 a number is a whole one and a fraction of at most 52 bits, each of
 * which fits in 64 bits even a thousand times; half goes to the even digit. What
 * is too small for such a fraction rounds to zero. */
static bool
split_fixed(double value, uint64_t power, uint64_t *whole_r, uint64_t *digits_r)
{
	uint64_t bits, mantissa, fraction, half;
	unsigned exponent, shift;

	memcpy(&bits, &value, sizeof(bits));
	exponent = bits >> 52 & 0x7ff;
	if (exponent >= 1023 + 52)
		return false;
	*whole_r = *digits_r = 0;
	shift = 1023 + 52 - exponent;
	if (shift > 63)
		return true;
	mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
	*whole_r = mantissa >> shift;
	fraction = (mantissa & ((UINT64_C(1) << shift) - 1)) * power;
	*digits_r = fraction >> shift;
	fraction &= (UINT64_C(1) << shift) - 1;
	half = UINT64_C(1) << (shift - 1);
	*digits_r += fraction > half || (fraction == half && *digits_r % 2 != 0);
	*whole_r += *digits_r / power;
	*digits_r %= power;
	return true;
}

void
buf_add_fixed(struct buf *buf, double value, unsigned decimals)
{
	static const uint64_t powers[] = { 1, 10, 100, 1000 };
	char text[sizeof("....")] = ".";
	uint64_t whole, digits;

	assert(decimals >= 1 && decimals < sizeof(powers) / sizeof(*powers));
	if (!split_fixed(value, powers[decimals], &whole, &digits)) {
		buf_printf(buf, "%.*f", (int)decimals, value);
		return;
	}
	if (signbit(value))
		buf_add_char(buf, '-');
	buf_add_int(buf, (int64_t)whole);
	for (unsigned i = decimals; i > 0; i--, digits /= 10)
		text[i] = (char)('0' + digits % 10);
	buf_add(buf, text, decimals + 1);
}

void
buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	size_t room = buf->capacity - buf->len;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(buf->data + buf->len, room, format, args);
	if (len < 0)
		abort();
	if ((size_t)len >= room) {
		/* buf_grow() copies the NUL behind len, too. */
		buf->data[buf->len] = '\0';
		buf_reserve(buf, (size_t)len);
		vsnprintf(buf->data + buf->len, (size_t)len + 1, format,
		    again);
	}
	va_end(again);
	buf->len += (size_t)len;
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

struct str
buf_str(const struct buf *buf)
{
	return str_of(buf->data, buf->len);
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->data[0] = '\0';
}
