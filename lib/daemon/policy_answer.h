/* SPDX-License-Identifier: ISC */
/* policy_answer.h - what mailreeve-policyd answers, read from its bytes. */
#ifndef DAEMON_POLICY_ANSWER_H
#define DAEMON_POLICY_ANSWER_H

#include <stddef.h>

#include "base/str.h"
#include "mail/finding.h"

struct arena;

/* No answer is longer: policyd's have at most 512 bytes of text. */
#define POLICY_ANSWER_MAX ((size_t)2048)

/* One answer, or what all about a message come to. */
struct policy_answer {
	const char *error;	/* there is none: why; NULL: there is one */
	enum decision decision;	/* HAM, HOLD, DEFER or REFUSE */
	struct reply reply;	/* with DEFER and REFUSE, else its text alone:
				 * "" or why; printable ASCII */
	size_t rcpt;		/* the recipient that it is about; their number:
				 * it is about the message */
};

/* How many bytes the first answer in text has, its empty line included; 0: it
 * has not come whole. */
size_t policy_answer_len(struct str text);

/* Read "action=…\n\n": DUNNO, HOLD, or a code of 4xx or 5xx. Of the text the id
 * and the words for the outcome are cut off, which whoever passes it on puts
 * there himself; codes that only make smtpd hang up become the usual ones. Texts
 * live in arena. 0, or -1 with the reason: it makes no sense. */
int policy_answer_parse(struct arena *arena, struct str text,
    struct policy_answer *answer_r, const char **error_r);

#endif
