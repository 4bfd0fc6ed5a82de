/* SPDX-License-Identifier: ISC */
/* verdict.h - from findings and policy to what is done with the message. */
#ifndef MAIL_VERDICT_H
#define MAIL_VERDICT_H

#include <stdbool.h>

#include "mail/finding.h"

struct txn;

/* observe: all is computed and logged, nothing refused or changed. */
enum mode { MODE_OBSERVE, MODE_ENFORCE };

const char *mode_text(enum mode mode);

/* What holds for one recipient: the decision of the message; but junk is ham
 * for whom no finding asks for more, and for whom the policy says `junk no`. */
struct rcpt_verdict {
	enum decision decision;
	/* What the findings ask for this one; more than decision where others
	 * of the same message stand against it (DESIGN 5.17). */
	enum decision asked;
	const struct reply *reply;	/* its own; NULL: the message's */
};

struct verdict {
	enum mode mode;
	enum decision decision;		/* what the findings ask for */
	enum decision done;		/* what is done: ham in observe mode */
	double score;			/* of all findings but dry runs */
	const char *sentence;		/* explains it, for people */
	const struct reply *reply;	/* for DEFER, REFUSE, with "[id] " */
	const struct finding *cause;	/* what decided; NULL: nothing */
	const struct rcpt_verdict *rcpts;	/* one for each of txn->rcpts */
};

/* Is the mail solely to postmaster@ or abuse@ (RFC 5321 4.5.1, RFC 2142), and
 * not outbound? A stolen login is not spared for writing to abuse@elsewhere. */
bool verdict_is_for_postmaster(const struct txn *txn);

/* A pure function: the same findings and facts give the same verdict. The
 * strongest suggestion that is not a dry run decides, among equals the first.
 * For mail solely to postmaster@ or abuse@ (DESIGN 5.18) a suggestion to refuse
 * or defer counts as junk, that of a check that could not run as defer. A
 * reply's words are those of the finding's reply, else its
 * reason, made fit for SMTP: printable ASCII, one line; of a check that could
 * not run only that. Lives in the transaction's arena, findings must too. */
const struct verdict *verdict_of(struct txn *txn,
    const struct findings *findings, enum mode mode);

#endif
