/* SPDX-License-Identifier: ISC */
/* client.h - what the checks of the SMTP client share. */
#ifndef MILTER_CHECK_CLIENT_H
#define MILTER_CHECK_CLIENT_H

#include "base/str.h"

struct check_run;
struct txn;

/* Why this client is not judged by its name and address (it is our own host,
 * or has a login, which shows from STAGE_MAIL on), or NULL: it is. */
const char *client_excuse(const struct txn *txn);

/* Where a name leads to. */
enum forward {
	FORWARD_UNKNOWN,	/* asked for, not answered yet */
	FORWARD_CLIENT,		/* to the client's address */
	FORWARD_ELSEWHERE,	/* to addresses of its family, but not to it */
	FORWARD_NOWHERE,	/* it has no address of its family */
	FORWARD_TIMEOUT,	/* no answer in time */
	FORWARD_FAULT,		/* SERVFAIL */
};

/* Ask for the addresses of name, of the client's family alone. */
enum forward client_forward(const struct check_run *run, struct str name);

#endif
