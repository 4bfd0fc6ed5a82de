/* SPDX-License-Identifier: ISC */
/* auth_results_write.c - our own Authentication-Results field (RFC 8601 2.2). */
#include "mail/auth_results.h"

#include <string.h>

#include "base/arena.h"
#include "mail/header.h"
#include "mail/lexer.h"

#define NAME_LEN (sizeof("Authentication-Results") - 1)
#define LINE_AIM 78
/* A stranger's text is cut here: quoted it may double, and no line may reach
 * 998 (RFC 5322 2.1.1). */
#define TEXT_MAX 400

struct writer {
	struct buf text;
	size_t column;
};

/* One piece with a blank in front, on a new line when this one is full. Pieces
 * with blanks inside are folded there later. */
static void
put(struct writer *writer, struct str piece)
{
	if (writer->column + 1 + piece.len > LINE_AIM) {
		buf_add_text(&writer->text, "\n\t");
		writer->column = 1;
	} else {
		buf_add_char(&writer->text, ' ');
		writer->column++;
	}
	buf_add_str(&writer->text, piece);
	writer->column += piece.len;
}

/* The one place through which the bytes of strangers pass. */
static struct str
clean(struct arena *arena, const char *text)
{
	struct str copy = str_of(text, strnlen(text, TEXT_MAX));
	char *data = str_dup(arena, copy);

	for (size_t i = 0; i < copy.len; i++)
		if (lexer_is_control(data[i]) || (unsigned char)data[i] >= 0x80)
			data[i] = '?';
	return str_of(data, copy.len);
}

static void
add_escaped(struct buf *buf, struct str text, const char *specials)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(specials, text.data[i]) != NULL)
			buf_add_char(buf, '\\');
		buf_add_char(buf, text.data[i]);
	}
}

/* RFC 2045 5.1. */
static bool
is_token(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == ' ' ||
		    strchr("()<>@,;:\\\"/[]?=", text.data[i]) != NULL)
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
	add_escaped(buf, text, "\"\\");
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
	struct str text = clean(buf->arena, word);

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		buf_add_char(buf, char_is_alnum(c) || c == '-' ? c : '-');
	}
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
	struct buf piece;

	buf_init(&piece, writer->text.arena);
	add_keyword(&piece, property->ptype);
	buf_add_char(&piece, '.');
	add_keyword(&piece, property->property);
	buf_add_char(&piece, '=');
	add_pvalue(&piece, clean(piece.arena, shorten(property->value)));
	put(writer, buf_str(&piece));
}

static void
put_result(struct writer *writer, const struct auth_result *result)
{
	struct buf piece;

	buf_init(&piece, writer->text.arena);
	buf_add_text(&writer->text, "\n\t");
	add_keyword(&writer->text, result->method);
	buf_add_char(&writer->text, '=');
	add_keyword(&writer->text, result->result);
	writer->column = 2 + strlen(result->method) + strlen(result->result);
	if (result->comment != NULL && result->comment[0] != '\0') {
		buf_add_char(&piece, '(');
		add_escaped(&piece, clean(piece.arena, result->comment),
		    "()\\");
		buf_add_char(&piece, ')');
		put(writer, buf_str(&piece));
	}
	if (result->reason != NULL) {
		buf_clear(&piece);
		buf_add_text(&piece, "reason=");
		add_value(&piece, clean(piece.arena, result->reason));
		put(writer, buf_str(&piece));
	}
	for (size_t i = 0; i < result->property_count; i++)
		put_property(writer, &result->properties[i]);
}

struct str
auth_results_write(struct arena *arena, const char *authserv_id,
    const struct auth_result *const *results, size_t count)
{
	struct writer writer = { .column = 0 };

	buf_init(&writer.text, arena);
	buf_add_char(&writer.text, ' ');
	add_value(&writer.text, clean(arena, authserv_id));
	for (size_t i = 0; i < count; i++) {
		buf_add_char(&writer.text, ';');
		put_result(&writer, results[i]);
	}
	if (count == 0)
		buf_add_text(&writer.text, "; none");
	return header_fold(arena, NAME_LEN, buf_str(&writer.text));
}
