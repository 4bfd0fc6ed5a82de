/* SPDX-License-Identifier: ISC */
/* dkim_sign.h - a signature for a message that leaves (RFC 6376 5).
 * (libopendkim, in the same program, owns the name dkim_sign.) */
#ifndef AUTH_DKIM_SIGN_H
#define AUTH_DKIM_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/dkim_key.h"
#include "base/str.h"

struct arena;
struct header_list;

/* What may happen to a body on its way, so that no signature survives. */
struct dkim_body_risks {
	bool has_8bit;		/* made quoted-printable for a receiver
				 * without 8BITMIME (RFC 6152 3) */
	bool has_long_line;	/* over 998 bytes: broken up (RFC 5322 2.1.1) */
	bool has_lone_end;	/* CR or LF alone, or no CRLF at the end:
				 * everybody makes something else of it */
};

struct dkim_body_risks dkim_body_look(struct str body);

/* Has a field that would be signed a line of more than 998 bytes? It is broken
 * up on the way, as those of bodies are. */
bool dkim_header_has_long_line(const struct header_list *headers);

enum dkim_signing {
	DKIM_SIGNED,
	DKIM_UNSIGNABLE,	/* no signature on this message would last */
	DKIM_SIGNING_FAILED,	/* not the message's fault */
};

/* The value of a DKIM-Signature field (leading blank, folded with LF), made over
 * headers as they are now and body: relaxed/relaxed, SHA-256. Which fields it
 * covers stands in dkim_sign.c. domain in lower case. *reason_r tells why not:
 * no From, control characters, has_lone_end. Any thread. */
enum dkim_signing dkim_sign_message(struct arena *arena,
    const struct dkim_key *key, struct str domain, const char *selector,
    int64_t now_ms, const struct header_list *headers, struct str body,
    struct str *value_r, const char **reason_r);

#endif
