/* SPDX-License-Identifier: ISC */
/* message.h - the bytes of a stored message, split as a mail server would. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>

#include "base/str.h"

struct arena;

/* A message that is being read: its fields first, then its body. Lines end
 * with CRLF or LF, both read alike. */
struct message {
	struct arena *arena;
	struct str rest;	/* not read yet; not ours */
	bool has_bare_lines;	/* a line without colon ended the header */
	char *piece;		/* buffer of the body's pieces */
	char last;		/* the last byte of the body given out */
};

/* bytes must outlive the reading. The "From " lines of mailbox files in front,
 * ">From " too, are passed over. */
void message_begin(struct message *message, struct arena *arena,
    struct str bytes);

/* The next field as struct header has it (blanks before the colon cut, folds
 * as LF); slices of the bytes, or arena text. False: the header has ended, with
 * an empty line or, as Postfix sees it, before the first line that is no
 * field. */
bool message_next_field(struct message *message, struct str *name_r,
    struct str *value_r);

/* Then the next piece of the body as it would be transmitted: every line end
 * is CRLF, also behind the last line. It holds until the next call. False: no
 * more. */
bool message_next_piece(struct message *message, struct str *piece_r);

#endif
