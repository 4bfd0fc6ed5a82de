/* SPDX-License-Identifier: ISC */
/* encode_private.h - what the files of the body encoder share. */
#ifndef MAIL_ENCODE_PRIVATE_H
#define MAIL_ENCODE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct spool;

/* --- what the header of a message or part says (encode_entity.c) ------------ */

enum transfer {
	TRANSFER_PLAIN,		/* absent, 7bit */
	TRANSFER_WIDE,		/* 8bit, binary */
	TRANSFER_ENCODED,	/* quoted-printable, base64, anything else */
};

/* Two fields of RFC 2045. Texts are arena memory, in lower case but for
 * boundary. */
struct entity {
	bool has_type;
	struct str type;	/* "text" */
	struct str subtype;	/* "plain" */
	struct str boundary;	/* "": there is none */
	bool has_transfer;
	enum transfer transfer;
	struct str transfer_text;
};

/* A message or part about which nothing is said yet: text/plain, 7bit, or
 * message/rfc822 within a digest (RFC 2045 5.2, 6.1, RFC 2046 5.1.5). */
void entity_init(struct entity *entity, bool is_in_digest);
/* Take a field's value, folds and all; other fields are passed over. NULL, or
 * why the field is not one that all readers understand alike. */
const char *entity_take(struct entity *entity, struct arena *arena,
    struct str name, struct str value);
bool entity_is_multipart(const struct entity *entity);
/* Must its content stay as it is? (RFC 1847 2.1, RFC 2046 5.2.1) */
bool entity_is_fixed(const struct entity *entity);

/* --- what is written (encode_write.c) ---------------------------------------- */

#define WRITER_SIZE 8192

/* Small pieces on their way into a spool. What goes wrong is told by the spool
 * itself in the end. */
struct writer {
	struct spool *spool;
	size_t len;
	char data[WRITER_SIZE];
};

void writer_flush(struct writer *writer);
void writer_add(struct writer *writer, struct str bytes);
/* Content in lines that end with CRLF, the last one perhaps with nothing, as
 * quoted-printable (RFC 2045 6.7). No line of it begins with "--", so that none
 * can be taken for a delimiter. */
void writer_add_quoted(struct writer *writer, struct str content);
/* The content as base64 (RFC 2045 6.8) in lines of 76; the last one has no
 * CRLF. */
void writer_add_base64(struct writer *writer, struct str content);

#endif
