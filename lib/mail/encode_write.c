/* SPDX-License-Identifier: ISC */
/* encode_write.c - content as quoted-printable and base64, into a spool. */
#include <string.h>

#include "mail/encode_private.h"
#include "mail/spool.h"

/* RFC 2045 6.7 (5), 6.8: without CRLF. */
#define LINE_LEN ((size_t)76)
#define LINE_OCTETS ((size_t)57)

void
writer_flush(struct writer *writer)
{
	spool_add(writer->spool, writer->data, writer->len);
	writer->len = 0;
}

void
writer_add(struct writer *writer, struct str bytes)
{
	if (bytes.len > WRITER_SIZE - writer->len)
		writer_flush(writer);
	if (bytes.len > WRITER_SIZE) {
		spool_add(writer->spool, bytes.data, bytes.len);
		return;
	}
	if (bytes.len != 0)
		memcpy(writer->data + writer->len, bytes.data, bytes.len);
	writer->len += bytes.len;
}

/* Does the octet at position i of a line stand for itself? column: where. */
static bool
is_literal(struct str line, size_t i, size_t column)
{
	char c = line.data[i];

	if (char_is_blank(c))
		return i + 1 < line.len;
	if (c == '-' && column == 0)
		return i + 1 >= line.len || line.data[i + 1] != '-';
	return c > ' ' && c <= '~' && c != '=';
}

static void
add_quoted_line(struct writer *writer, struct str line)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t column = 0;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];
		char code[3] = { '=', digits[c >> 4], digits[c & 15] };
		struct str token = is_literal(line, i, column)
		    ? str_sub(line, i, 1) : str_of(code, sizeof(code));

		/* The "=" of a soft break needs a place too. */
		if (column + token.len > LINE_LEN - (i + 1 < line.len)) {
			writer_add(writer, STR("=\r\n"));
			column = 0;
			/* What begins a line may have to be encoded. */
			if (!is_literal(line, i, column))
				token = str_of(code, sizeof(code));
		}
		writer_add(writer, token);
		column += token.len;
	}
}

void
writer_add_quoted(struct writer *writer, struct str content)
{
	while (content.len != 0) {
		const char *lf = memchr(content.data, '\n', content.len);
		struct str line = content;

		if (lf != NULL)
			line.len = (size_t)(lf - content.data) - 1;
		add_quoted_line(writer, line);
		if (lf != NULL)
			writer_add(writer, STR("\r\n"));
		content = str_from_pos(content, line.len +
		    (lf != NULL ? 2 : 0));
	}
}

/* Up to 57 octets as one line. */
static void
add_base64_line(struct writer *writer, struct str octets)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[LINE_LEN];
	size_t len = 0;

	for (size_t i = 0; i < octets.len; i += 3) {
		size_t left = octets.len - i;
		unsigned a = (unsigned char)octets.data[i];
		unsigned b = left > 1 ? (unsigned char)octets.data[i + 1] : 0;
		unsigned c = left > 2 ? (unsigned char)octets.data[i + 2] : 0;

		line[len++] = digits[a >> 2];
		line[len++] = digits[(a << 4 | b >> 4) & 63];
		line[len++] = left > 1 ? digits[(b << 2 | c >> 6) & 63] : '=';
		line[len++] = left > 2 ? digits[c & 63] : '=';
	}
	writer_add(writer, str_of(line, len));
}

void
writer_add_base64(struct writer *writer, struct str content)
{
	while (content.len != 0) {
		add_base64_line(writer, str_sub(content, 0, LINE_OCTETS));
		content = str_from_pos(content, LINE_OCTETS);
		if (content.len != 0)
			writer_add(writer, STR("\r\n"));
	}
}
