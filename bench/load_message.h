/* SPDX-License-Identifier: ISC */
/* load_message.h - one message, cut into what Postfix hands to a milter. */
#ifndef BENCH_LOAD_MESSAGE_H
#define BENCH_LOAD_MESSAGE_H

#include <stddef.h>

/* Who sends a message; a NULL member is taken from the default envelope. */
struct load_envelope {
	const char *client_addr;
	const char *client_name;	/* "unknown" when it has none */
	const char *helo;
	const char *sender;		/* without <>, "" is the null sender */
	const char *recipient;
	const char *login;		/* NULL or "": not authenticated */
};

struct load_header {
	const char *name;
	const char *value;		/* with its leading blank, folds as LF */
};

struct load_message {
	char *name;			/* file name, relative to the corpus */
	struct load_envelope from;
	struct load_header *headers;
	size_t header_count;
	char *body;			/* CRLF line ends */
	size_t body_len;
	size_t size;			/* of the message as it is sent */
	char *text;			/* what name and value point into */
};

/*
 * Cuts LEN bytes of an RFC 5322 file with LF or CRLF line ends; TEXT is heap,
 * has one more writable byte behind it and now belongs to the message.  The
 * header ends at an empty line or at the first line that is no header, an
 * mbox "From " line in front is dropped, and a header value ends at a NUL.
 */
void load_message_parse(char *text, size_t len, struct load_message *msg_r);

void load_message_done(struct load_message *msg);

#endif
