/* SPDX-License-Identifier: ISC */
/* policy_asker.h - asks mailreeve-policyd about a message, as Postfix's smtpd
 * would. */
#ifndef DAEMON_POLICY_ASKER_H
#define DAEMON_POLICY_ASKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/ulid.h"
#include "daemon/policy_answer.h"

struct arena;
struct asker;
struct wait;

/* A message whose recipients are all known, as smtpd knows it. Bytes that the
 * protocol cannot carry are replaced. */
struct policy_message {
	const char *id;			/* stands for the instance: policyd takes
					 * it over */
	const char *queue_id;		/* NULL: not known */
	struct str client_address, client_name;
	struct str sender;		/* without <>; "" is the null sender */
	struct str login;
	const struct str *rcpts;
	size_t rcpt_count;
	uint64_t size_bytes;
};

/* One conversation: all recipients in one go, and when none of them is refused
 * or deferred, the end of the message, which is when limits are charged. */
struct policy_question;

/* Ask the service that listens on the UNIX socket at path, by an asker (asker.h).
 * Never NULL, never blocks; everything is copied; the answer posts wait. Any
 * thread, like the functions below. */
struct policy_question *policy_ask(struct asker *asker, const char *path,
    const struct policy_message *message, struct wait *wait);
/* The answer, or NULL while it is under way: the first one that refuses or
 * defers, else the first that holds. It lives as long as the question. */
const struct policy_answer *policy_question_answer(
    struct policy_question *question);
/* Who asked has no more use for it: a conversation under way ends. */
void policy_question_drop(struct policy_question **question);

#endif
