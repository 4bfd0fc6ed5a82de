/* SPDX-License-Identifier: ISC */
/* auth_results_write.c - our own Authentication-Results field (RFC 8601 2.2). */
#include "mail/auth_results.h"

#include <string.h>

#include "mail/header.h"
#include "mail/lexer.h"

#define NAME_LEN (sizeof("Authentication-Results") - 1)
#define LINE_AIM 78
/* Of most fields. */
#define USUAL_SIZE 500
/* A stranger's text is cut here: quoted it may double, and no line may reach
 * 998 (RFC 5322 2.1.1). */
#define TEXT_MAX 400

struct writer {
	struct buf text;
	struct buf piece;	/* the one at work */
	size_t column;
};

/* What a byte may not be. */
enum { NO_TOKEN = 1, NO_QUOTED = 2, NO_COMMENT = 4, NO_KEYWORD = 8 };

/* RFC 2045 5.1 tspecials and the blank; RFC 5322 3.2.4 and 3.2.2. */
static const unsigned char classes[256] = {
	[0 ... 0x1f] = NO_KEYWORD,
	[' '] = NO_KEYWORD | NO_TOKEN,
	['!'] = NO_KEYWORD,
	['"'] = NO_KEYWORD | NO_TOKEN | NO_QUOTED,
	['#' ... '\''] = NO_KEYWORD,
	['(' ... ')'] = NO_KEYWORD | NO_TOKEN | NO_COMMENT,
	['*' ... '+'] = NO_KEYWORD,
	[','] = NO_KEYWORD | NO_TOKEN,
	['.'] = NO_KEYWORD,
	['/'] = NO_KEYWORD | NO_TOKEN,
	[':' ... '@'] = NO_KEYWORD | NO_TOKEN,
	['['] = NO_KEYWORD | NO_TOKEN,
	['\\'] = NO_KEYWORD | NO_TOKEN | NO_QUOTED | NO_COMMENT,
	[']'] = NO_KEYWORD | NO_TOKEN,
	['^' ... '`'] = NO_KEYWORD,
	['{' ... 0xff] = NO_KEYWORD,
};

static bool
is_any(char c, int class)
{
	return (classes[(unsigned char)c] & class) != 0;
}

/* One piece with a blank in front, on a new line when this one is full. Pieces
 * with blanks inside are folded there later. */
static void
put(struct writer *writer)
{
	struct str piece = buf_str(&writer->piece);

	if (writer->column + 1 + piece.len > LINE_AIM) {
		buf_add_text(&writer->text, "\n\t");
		writer->column = 1;
	} else {
		buf_add_char(&writer->text, ' ');
		writer->column++;
	}
	buf_add_str(&writer->text, piece);
	writer->column += piece.len;
	buf_clear(&writer->piece);
}

/* The one place through which the bytes of strangers pass. */
static struct str
clean(const char *text, char copy[TEXT_MAX])
{
	size_t len = 0;

	for (; len < TEXT_MAX && text[len] != '\0'; len++)
		copy[len] = text[len] >= ' ' && text[len] < 0x7f ? text[len]
		    : '?';
	return str_of(copy, len);
}

static void
add_escaped(struct buf *buf, struct str text, int class)
{
	char *to;

	buf_reserve(buf, 2 * text.len);
	to = buf->data + buf->len;
	for (size_t i = 0; i < text.len; i++) {
		if (is_any(text.data[i], class))
			*to++ = '\\';
		*to++ = text.data[i];
	}
	*to = '\0';
	buf->len = (size_t)(to - buf->data);
}

/* RFC 2045 5.1. */
static bool
is_token(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_any(text.data[i], NO_TOKEN))
			return false;
	return text.len != 0;
}

/* RFC 6376 3.5 domain-name: at least two labels. */
static bool
is_domain_name(struct str text)
{
	char before = '.';

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '.' ? before == '.' : !char_is_alnum(c) && c != '-')
			return false;
		before = c;
	}
	return before != '.' && str_find(text, '.') > 0;
}

/* pvalue: [ [ local-part ] "@" ] domain-name. */
static bool
is_address(struct str text)
{
	ptrdiff_t at = str_find_last(text, '@');

	return at >= 0 &&
	    (at == 0 || lexer_is_dot_atom(str_sub(text, 0, (size_t)at))) &&
	    is_domain_name(str_from_pos(text, (size_t)at + 1));
}

/* RFC 2045 5.1 value: a token, or a quoted string. */
static void
add_value(struct buf *buf, struct str text)
{
	if (is_token(text)) {
		buf_add_str(buf, text);
		return;
	}
	buf_add_char(buf, '"');
	add_escaped(buf, text, NO_QUOTED);
	buf_add_char(buf, '"');
}

/* Of a property: an address may stand unquoted too. */
static void
add_pvalue(struct buf *buf, struct str text)
{
	if (is_address(text))
		buf_add_str(buf, text);
	else
		add_value(buf, text);
}

/* Our own words; whatever else gets in there cannot end them. */
static void
add_keyword(struct buf *buf, const char *word)
{
	size_t len = strnlen(word, TEXT_MAX);
	char *to;

	buf_reserve(buf, len);
	to = buf->data + buf->len;
	for (size_t i = 0; i < len; i++)
		to[i] = is_any(word[i], NO_KEYWORD) ? '-' : word[i];
	to[len] = '\0';
	buf->len += len;
}

/* An address that is cut at its end would be that of another domain: of one
 * that is too long the local part is left out (2.2 pvalue). */
static const char *
shorten(const char *value)
{
	const char *at = strlen(value) > TEXT_MAX ? strrchr(value, '@') : NULL;

	return at != NULL ? at : value;
}

static void
put_property(struct writer *writer, const struct auth_property *property)
{
	struct buf *piece = &writer->piece;
	char value[TEXT_MAX];

	add_keyword(piece, property->ptype);
	buf_add_char(piece, '.');
	add_keyword(piece, property->property);
	buf_add_char(piece, '=');
	add_pvalue(piece, clean(shorten(property->value), value));
	put(writer);
}

static void
put_result(struct writer *writer, const struct auth_result *result)
{
	struct buf *piece = &writer->piece;
	char text[TEXT_MAX];

	buf_add_text(&writer->text, "\n\t");
	add_keyword(&writer->text, result->method);
	buf_add_char(&writer->text, '=');
	add_keyword(&writer->text, result->result);
	writer->column = 2 + strlen(result->method) + strlen(result->result);
	if (result->comment != NULL && result->comment[0] != '\0') {
		buf_add_char(piece, '(');
		add_escaped(piece, clean(result->comment, text), NO_COMMENT);
		buf_add_char(piece, ')');
		put(writer);
	}
	if (result->reason != NULL) {
		buf_add_text(piece, "reason=");
		add_value(piece, clean(result->reason, text));
		put(writer);
	}
	for (size_t i = 0; i < result->property_count; i++)
		put_property(writer, &result->properties[i]);
}

struct str
auth_results_write(struct arena *arena, const char *authserv_id,
    const struct auth_result *const *results, size_t count)
{
	struct writer writer = { .column = 0 };
	char id[TEXT_MAX];

	buf_init(&writer.text, arena);
	buf_reserve(&writer.text, USUAL_SIZE);
	buf_init(&writer.piece, arena);
	buf_add_char(&writer.text, ' ');
	add_value(&writer.text, clean(authserv_id, id));
	for (size_t i = 0; i < count; i++) {
		buf_add_char(&writer.text, ';');
		put_result(&writer, results[i]);
	}
	if (count == 0)
		buf_add_text(&writer.text, "; none");
	return header_fold(arena, NAME_LEN, buf_str(&writer.text));
}
