/* SPDX-License-Identifier: ISC */
/* smtp_dots.h - a message as it stands between DATA and the final dot. */
#ifndef SMTP_SMTP_DOTS_H
#define SMTP_SMTP_DOTS_H

#include <stdbool.h>

#include "base/str.h"

/* How far it is; all false at first. */
struct smtp_dots {
	bool is_in_line;	/* the line has begun */
	bool was_cr;
};

/* Append a piece of a message: lines end with CRLF, whether they ended with LF,
 * CR or CRLF (RFC 5321 2.3.8), and a dot that begins one is doubled (RFC 5321
 * 4.5.2). Pieces may be cut anywhere. */
void smtp_dots_add(struct smtp_dots *dots, struct str piece, struct buf *out);
/* The end of the last line, and the line with the one dot. */
void smtp_dots_end(struct smtp_dots *dots, struct buf *out);

#endif
