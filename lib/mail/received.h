/* SPDX-License-Identifier: ISC */
/* received.h - what a Received field tells of the hop it records (RFC 5321
 * 4.4). */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include <stdbool.h>

#include "base/str.h"
#include "mail/netlist.h"

struct arena;

/* Of one field, as the host behind "by" wrote it. Texts are slices or arena
 * text, "" when it does not tell. */
struct received {
	struct netaddr client;	/* len 0: not told, or several that differ */
	struct str helo;	/* as the client gave it */
	struct str name;	/* that the host found for the client; not
				 * "unknown" */
	struct str by;
	struct str with;	/* "ESMTPS" */
	struct str id;
	bool is_local;		/* no SMTP client: "by HOST (Postfix, from
				 * userid 0)" and such */
};

/* Read the forms of Postfix, sendmail, Exim, qmail, Exchange, Gmail and what
 * is near them; value as struct header has it. -1: nothing can be taken from
 * it with certainty (the address stands in several places and differs, it
 * stands only where the client itself may write it). */
int received_parse(struct arena *arena, struct str value,
    struct received *received_r);

#endif
