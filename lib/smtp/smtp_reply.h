/* SPDX-License-Identifier: ISC */
/* smtp_reply.h - what an SMTP or LMTP server says, reply by reply. */
#ifndef SMTP_SMTP_REPLY_H
#define SMTP_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* More than RFC 5321 4.5.3.1.5 allows a line, which has 512 octets; a whole
 * reply may have so many, in so many lines. */
#define SMTP_REPLY_LINE_MAX ((size_t)2048)
#define SMTP_REPLY_BYTES_MAX ((size_t)32768)
#define SMTP_REPLY_LINES_MAX 128

struct smtp_reply {
	unsigned code;		/* 200 to 559 */
	/* Its lines without their codes, LF between them; any byte but LF may
	 * be in it. Lives until the next smtp_reader_next(). */
	struct str text;
};

/* Reads replies out of bytes that come in any pieces. */
struct smtp_reader;

struct smtp_reader *smtp_reader_new(void);
void smtp_reader_free(struct smtp_reader **reader);

void smtp_reader_feed(struct smtp_reader *reader, const void *data,
    size_t len);
/* 1: a whole reply (RFC 5321 4.2); 0: more bytes are needed; -1 with the reason,
 * from now on: no reply, or one that is too long. */
int smtp_reader_next(struct smtp_reader *reader, struct smtp_reply *reply_r,
    const char **error_r);
/* Has it nothing that belongs to a reply to come? */
bool smtp_reader_is_empty(const struct smtp_reader *reader);

#endif
