/* SPDX-License-Identifier: ISC */
/* origin.h - the client that handed a message to our site: the SMTP client, or
 * who gave it to the trusted relay that we have it from (DESIGN 5.15). */
#ifndef MAIL_ORIGIN_H
#define MAIL_ORIGIN_H

#include <stdbool.h>

#include "mail/netlist.h"

struct txn;

enum origin_status {
	ORIGIN_CLIENT,		/* the SMTP client itself */
	ORIGIN_RELAYED,		/* told by the Received of a trusted relay */
	ORIGIN_UNKNOWN,		/* by a trusted relay, but its Received does not
				 * tell from whom: nothing can be judged */
	ORIGIN_PENDING,		/* by a trusted relay, and the header is not
				 * complete yet */
};

struct origin {
	enum origin_status status;
	struct netaddr address;		/* len 0: not known */
	const char *helo;		/* NULL: not known */
	const char *name;		/* verified by who wrote it, or NULL */
	const char *relay;		/* address of the last relay, for people;
					 * NULL: none */
};

/* Walks from the top through the Received fields that trusted relays wrote
 * (each the one below its predecessor), until it finds a client that is no
 * relay of ours. A relay that has the message from itself (127.0.0.1: its
 * content filter) has written the next one too; a message that was made at a
 * relay, or submitted there with a login, comes from that relay. A client with
 * a login is nobody's relay. Found once the header is complete, then kept in
 * the transaction. */
const struct origin *origin_of(struct txn *txn);

#endif
