/* SPDX-License-Identifier: ISC */
/* smtp_dots.c - a message as it stands between DATA and the final dot. */
#include "smtp/smtp_dots.h"

static void
end_line(struct smtp_dots *dots, struct buf *out)
{
	buf_add(out, "\r\n", 2);
	dots->is_in_line = false;
}

/* How many bytes from position at on are plain text of one line. */
static size_t
plain_from(struct str piece, size_t at)
{
	size_t end = at;

	while (end < piece.len && piece.data[end] != '\r' &&
	    piece.data[end] != '\n')
		end++;
	return end - at;
}

void
smtp_dots_add(struct smtp_dots *dots, struct str piece, struct buf *out)
{
	size_t len;

	for (size_t at = 0; at < piece.len; at += len) {
		char c = piece.data[at];
		bool ends_crlf = c == '\n' && dots->was_cr;

		len = 1;
		dots->was_cr = c == '\r';
		if (c == '\r' || c == '\n') {
			if (!ends_crlf)
				end_line(dots, out);
			continue;
		}
		if (c == '.' && !dots->is_in_line)
			buf_add_char(out, '.');
		dots->is_in_line = true;
		len = plain_from(piece, at);
		buf_add(out, piece.data + at, len);
	}
}

void
smtp_dots_end(struct smtp_dots *dots, struct buf *out)
{
	if (dots->is_in_line)
		end_line(dots, out);
	buf_add(out, ".\r\n", 3);
}
