/* SPDX-License-Identifier: ISC */
/* client.h - what the checks of the client share. */
#ifndef MILTER_CHECK_CLIENT_H
#define MILTER_CHECK_CLIENT_H

#include "base/str.h"

struct check_run;
struct netaddr;
struct origin;
struct txn;

/* Why the client of origin_of(txn) is not judged by its names and address (our
 * own host, signing_networks, a login, which shows from STAGE_MAIL on; a
 * trusted relay does not tell who it is), or NULL: it is, or that is pending.
 * Arena text or constant. */
const char *client_excuse(const struct txn *txn, const struct origin *origin);

/* What was found out about the client, and which client that is where a trusted
 * relay told it: reason itself, or arena text. */
const char *client_reason(const struct txn *txn, const struct origin *origin,
    const char *reason);

/* Where a name leads to. */
enum forward {
	FORWARD_UNKNOWN,	/* asked for, not answered yet */
	FORWARD_CLIENT,		/* to the client's address */
	FORWARD_ELSEWHERE,	/* to addresses of its family, but not to it */
	FORWARD_NOWHERE,	/* it has no address of its family */
	FORWARD_TIMEOUT,	/* no answer in time */
	FORWARD_FAULT,		/* SERVFAIL */
};

/* Ask for the addresses of name, of the family of address, the client's, alone.
 */
enum forward client_forward(const struct check_run *run,
    const struct netaddr *address, struct str name);

#endif
