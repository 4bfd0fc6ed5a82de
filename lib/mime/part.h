/* SPDX-License-Identifier: ISC */
/* part.h - the parts of a message, as a mail client would show them. */
#ifndef MIME_PART_H
#define MIME_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "mime/oddity.h"
#include "mime/transfer.h"

struct mime_limits;
struct spool;

#define MIME_SHA256_SIZE 32

/* What a part is to its reader. */
enum mime_kind {
	MIME_TEXT,		/* shown: its content is in text */
	MIME_CONTAINER,		/* multipart: has parts below it */
	MIME_MESSAGE,		/* message/rfc822: one part below it */
	MIME_FILE,		/* anything else: its content is in content */
};

/* Where a part was found. */
enum mime_source {
	MIME_FROM_STRUCTURE,	/* by MIME's own means */
	MIME_FROM_UUENCODE,	/* within the text of the part above it */
	MIME_FROM_YENC,
	MIME_FROM_PGP,		/* inline, armoured */
	MIME_FROM_TNEF,		/* within winmail.dat */
};

enum mime_disposition {
	MIME_SHOWN,		/* none given, or inline */
	MIME_ATTACHED,		/* attachment, or a word not known (RFC 2183
				 * 2.8) */
};

/* Name in lower case, value decoded (params.h). */
struct mime_param {
	struct str name;
	struct str value;
};

/* One part. All texts are UTF-8 in the arena of the reader, "" when there is
 * none. */
struct mime_part {
	struct mime_part *above;	/* NULL: the message itself */
	struct mime_part *below;	/* the first one; NULL */
	struct mime_part *last_below;
	struct mime_part *next;		/* with the same above */
	unsigned number;		/* in the order of reading, from 1 */
	unsigned depth;			/* 0: the message itself */

	enum mime_kind kind;
	enum mime_source source;
	enum mime_disposition disposition;
	enum transfer transfer;
	struct str type;	/* "text", lower case; what a client takes it
				 * for, not always what is claimed */
	struct str subtype;
	struct vec params;	/* struct mime_param, of Content-Type */
	struct str charset;	/* as claimed, lower case */
	struct str charset_used;	/* what it was read as */
	struct str name;	/* of the file: filename, else name */
	struct str content_id;	/* without <> */
	struct vec fields;	/* struct header, folds as LF; not those of the
				 * message itself, which the caller has */

	struct str text;	/* MIME_TEXT, and MIME_FILE of a type text/:
				 * decoded, UTF-8, lines end with LF, cut at the
				 * limit */
	struct spool *content;	/* MIME_FILE, and MIME_TEXT that has a name:
				 * decoded, cut at the limit; NULL: none was
				 * kept */
	uint64_t size;		/* decoded, whole, before charset conversion */
	bool has_sha256;	/* as content, but always */
	unsigned char sha256[MIME_SHA256_SIZE];	/* of the same bytes */
	uint64_t raw_at, raw_size;	/* the encoded content within the body;
					 * of a part within another's content:
					 * that one's */
	mime_oddities oddities;		/* of this part */
};

/* A message that was read. */
struct mime_message {
	struct mime_part *root;
	unsigned part_count;
	mime_oddities oddities;		/* of all parts together */
	uint64_t body_size;
	const struct mime_limits *limits;	/* it was read with these */
};

/* Every part in the order of reading: start with the root. NULL: no more. */
struct mime_part *mime_part_after(const struct mime_part *part);
/* The value of this parameter of Content-Type; data NULL: there is none. */
struct str mime_part_param(const struct mime_part *part, const char *name);
/* "text/html"? A subtype of NULL fits all. */
bool mime_part_is(const struct mime_part *part, const char *type,
    const char *subtype);
/* Would a client list it as an attachment? */
bool mime_part_is_attachment(const struct mime_part *part);

#endif
