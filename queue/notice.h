/* SPDX-License-Identifier: ISC */
/* notice.h - what tells a sender that his message is not delivered. */
#ifndef QUEUE_NOTICE_H
#define QUEUE_NOTICE_H

#include <stdint.h>

#include "base/str.h"

struct envelope;

struct notice {
	const char *host;		/* ours, a name */
	const char *queue_id;
	struct str id;			/* ours, a ULID; "" */
	const char *reason;		/* one line; NULL: not known */
	const struct envelope *envelope;
	struct str header;		/* of the message; lines end with LF */
	const char *boundary;		/* what stands in none of these */
};

/* An address of Postfix's queue as it stands in a header field or in a command:
 * its local part in quotes where it must be (RFC 5321 4.1.2). Arena text. */
struct str notice_address(struct arena *arena, struct str address);

/* Append the delivery status notification (RFC 3464) for the recipients whose
 * failure the sender wants to hear of: lines end with LF. The number of these
 * recipients; 0: nothing was appended. */
size_t notice_write(struct buf *out, const struct notice *notice);

#endif
