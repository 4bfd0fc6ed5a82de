/* SPDX-License-Identifier: ISC */
/* contract.h - names that daemons, plugins and scripts of others rely on. */
#ifndef CONTRACT_H
#define CONTRACT_H

/* What the milter writes into a message. A field whose name begins with
 * HEADER_PREFIX never comes in from outside. */
#define HEADER_PREFIX "X-Mailreeve-"
#define HEADER_ID HEADER_PREFIX "Id"		/* ULID of the transaction */
#define HEADER_VERDICT HEADER_PREFIX "Verdict"	/* "junk; score=6.5" */
#define HEADER_SPAM_FLAG "X-Spam-Flag"		/* "YES", or it is not there */
#define HEADER_SPAM_SCORE "X-Spam-Score"
#define HEADER_SPAM_STATUS "X-Spam-Status"	/* removed, never written */

#endif
