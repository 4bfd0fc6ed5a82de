/* SPDX-License-Identifier: ISC */
/* encode.h - a body made 7-bit clean and short-lined (RFC 2045 6). */
#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct header_list;
struct spool;

/* What every server passes on as it is (RFC 5322 2.1.1). */
#define ENCODE_LINE_MAX ((size_t)998)

enum encode_outcome {
	ENCODE_DONE,
	ENCODE_UNABLE,		/* something wide or long would remain */
	ENCODE_FAILED,		/* the new body could not be stored: errno */
};

struct encoded {
	/* What the message's own Content-Transfer-Encoding must say from now on;
	 * NULL: what it says. */
	const char *transfer;
	bool lacks_version;	/* MIME-Version must be added */
	bool lacks_type;	/* nothing says what the content is */
	bool has_new_body;	/* else out holds what body does */
	size_t quoted;		/* parts that are quoted-printable now */
	size_t base64;		/* parts that are base64 now */
};

/* Write body to out (an empty spool) in such a form that it has neither 8-bit
 * octets nor lines of more than ENCODE_LINE_MAX. Text becomes quoted-printable,
 * other content base64; what needs neither stays as it is, octet by octet, but
 * for the fields that say how it is encoded. Decoded, each part is what it was.
 *
 * It is done wholly or not at all, and only where every reader takes the
 * message apart alike. ENCODE_UNABLE has its reason in *reason_r (arena text):
 * content that may not be changed (multipart/signed, multipart/encrypted,
 * application/pkcs7-mime, message/anything, text with an inline PGP signature),
 * content that is encoded already, 8-bit octets outside of the parts, malformed
 * or too deep structure, lines that do not end with CRLF.
 *
 * Takes time in proportion to the body, and little memory whatever its size.
 * headers are not changed. Any thread. */
enum encode_outcome encode_body(struct arena *arena,
    const struct header_list *headers, struct str body, struct spool *out,
    struct encoded *encoded_r, const char **reason_r);

/* Does the message or, as it seems, a part say that it is 8bit or binary? Postfix
 * goes by that, not by the octets, when it encodes for a server without
 * 8BITMIME; encode_body() makes it 7bit where the octets allow that. */
bool encode_finds_label(const struct header_list *headers, struct str body);

#endif
