/* SPDX-License-Identifier: ISC */
/* received.h - what a Received field tells of the hop it records (RFC 5321
 * 4.4). */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include <stdbool.h>

#include "base/str.h"
#include "mail/netlist.h"

struct arena;

/* Of one field, as the host behind "by" wrote it. Texts are slices of the
 * field, "" when it does not tell. */
struct received {
	struct netaddr client;	/* len 0: not told */
	struct str helo;	/* as the client gave it */
	struct str name;	/* of the client, and known to lead back to it:
				 * only from hosts that look (Postfix, sendmail,
				 * Exim) */
	struct str by;
	struct str via;
	struct str with;	/* "ESMTPS" */
	struct str id;
	bool is_local;		/* no SMTP client: "by HOST (Postfix, from
				 * userid 0)", sendmail, webmail */
	bool has_login;		/* the client logged in there (RFC 3848) */
	bool is_note;		/* of a part of the host: the next field is
				 * the same host's, and tells more (qmail) */
};

/* Read the forms of Postfix, sendmail, Exim, qmail, Exchange, Gmail and what
 * is near them; value as struct header has it. Time in proportion to its
 * length. -1: nothing can be taken from it with certainty (several addresses
 * that differ, one that stands only where the client itself may have written
 * it, a comment without end, two "by"). */
int received_parse(struct str value, struct received *received_r);

#endif
