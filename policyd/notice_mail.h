/* SPDX-License-Identifier: ISC */
/* notice_mail.h - a notice as a message (RFC 5322). */
#ifndef POLICYD_NOTICE_MAIL_H
#define POLICYD_NOTICE_MAIL_H

#include <stdint.h>

struct buf;

struct notice_mail {
	const char *from, *to;		/* addresses */
	const char *subject;		/* ASCII */
	const char *text;		/* UTF-8, lines end with LF */
	const char *host;		/* for Message-ID */
	int64_t now_ms;
	const char *id;			/* for HEADER_ID; NULL: without */
};

/* Append the message; lines end with CRLF. */
void notice_mail_write(const struct notice_mail *mail, struct buf *out);

#endif
