/* SPDX-License-Identifier: ISC */
/* str.h - slices of bytes, and texts that grow in an arena. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/* Bytes that somebody else owns; not NUL-terminated, NUL may be inside. */
struct str {
	const char *data;
	size_t len;
};

/* A literal as a slice, and a slice as the two arguments of "%.*s". */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_ARG(s) (int)(s).len, (s).data

static inline struct str
str_of(const char *data, size_t len)
{
	return (struct str){ data, len };
}

/* The slice of a NUL-terminated text; NULL gives the empty slice. */
static inline struct str
str_from(const char *text)
{
	return text != NULL ? str_of(text, strlen(text)) : STR("");
}

/* Comparison; the _nocase forms fold ASCII letters only. */
static inline bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
str_is(struct str a, const char *text)
{
	return str_eq(a, str_from(text));
}

bool bytes_eq_nocase(const char *a, const char *b, size_t len);

static inline bool
str_eq_nocase(struct str a, struct str b)
{
	return a.len == b.len && bytes_eq_nocase(a.data, b.data, a.len);
}

/* Of a literal the length is known here, and most texts have another one. */
static inline bool
str_is_nocase(struct str a, const char *text)
{
	return str_eq_nocase(a, str_from(text));
}

bool str_has_prefix_nocase(struct str s, struct str prefix);
bool str_has_suffix_nocase(struct str s, struct str suffix);

/* Where c is first or last, or -1. */
ptrdiff_t str_find(struct str s, char c);
ptrdiff_t str_find_last(struct str s, char c);

/* Has no byte its high bit set? */
bool str_is_ascii(struct str s);

/* s from position start on (to its end, or len bytes), cut to what is there. */
static inline struct str
str_from_pos(struct str s, size_t start)
{
	if (start > s.len)
		start = s.len;
	/* NULL + 0 is no pointer in C. */
	return start == 0 ? s : str_of(s.data + start, s.len - start);
}

static inline struct str
str_sub(struct str s, size_t start, size_t len)
{
	struct str rest = str_from_pos(s, start);

	return str_of(rest.data, rest.len < len ? rest.len : len);
}

/* s without blanks, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);

/* Take what stands before the next separator off *rest (which then begins
 * behind it). False when *rest was used up: data is NULL. */
bool str_cut(struct str *rest, char separator, struct str *piece_r);

/* An unsigned decimal number, digits only, at most max. -1: it is not. */
int str_to_u64(struct str s, uint64_t max, uint64_t *value_r);

/* Copies in an arena, NUL-terminated; the second in ASCII lower case. */
char *str_dup(struct arena *arena, struct str s);
char *str_dup_lower(struct arena *arena, struct str s);
/* The same as slices. */
struct str str_copy(struct arena *arena, struct str s);
struct str str_lower(struct arena *arena, struct str s);
/* A copy at *at, in a block that the caller has measured: s.len + 1 octets, with
 * the NUL; *at is behind them then. */
struct str str_pack(char **at, struct str s);

/* One behind the other as one text in arena, NUL-terminated: for what is written
 * for each message, where formatting is dear. */
char *str_concat(struct arena *arena, struct str a, struct str b, struct str c);

/* ASCII only, whatever the locale. They stand here, for parsers ask them about
 * each byte. */
static inline bool
char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
char_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
char_is_alnum(char c)
{
	return char_is_alpha(c) || char_is_digit(c);
}

static inline bool
char_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blank, tab, CR, LF. */
static inline bool
char_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline char
char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* 0 to 15, or -1: no hexadecimal digit. */
static inline int
char_hex_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A text that grows. Its data is NUL-terminated behind len whenever a
 * function here has returned. */
struct buf {
	struct arena *arena;
	char *data;
	size_t len;
	size_t capacity;
};

void buf_init(struct buf *buf, struct arena *arena);
/* buf_reserve() where there is no room. */
void buf_grow(struct buf *buf, size_t more);

static inline void
buf_reserve(struct buf *buf, size_t more)
{
	if (more >= buf->capacity - buf->len)
		buf_grow(buf, more);
}

static inline void
buf_add(struct buf *buf, const void *data, size_t len)
{
	buf_reserve(buf, len);
	if (len != 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

static inline void
buf_add_char(struct buf *buf, char c)
{
	buf_reserve(buf, 1);
	buf->data[buf->len++] = c;
	buf->data[buf->len] = '\0';
}

static inline void
buf_add_str(struct buf *buf, struct str s)
{
	buf_add(buf, s.data, s.len);
}

void buf_add_text(struct buf *buf, const char *text);
/* In decimal digits. */
void buf_add_int(struct buf *buf, int64_t value);
/* With one to three decimals, exactly as printf writes it with "%.*f". */
void buf_add_fixed(struct buf *buf, double value, unsigned decimals);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
struct str buf_str(const struct buf *buf);
/* Forget the content, keep the memory. */
void buf_clear(struct buf *buf);

#endif
