/* SPDX-License-Identifier: ISC */
/* reply.c - a verdict as the answer that Postfix reads. */
#include "policyd/reply.h"

#include <assert.h>

#include "base/arena.h"
#include "mail/txn.h"
#include "mail/verdict.h"

/* Postfix reads no more than 2 KB of an attribute (line_length_limit). */
#define REPLY_MAX 512

/* One line of printable ASCII: a reason may quote what a stranger wrote. */
static struct str
cleaned(char *text)
{
	size_t len = 0;

	for (; len < REPLY_MAX && text[len] != '\0'; len++)
		if (text[len] < ' ' || text[len] > '~')
			text[len] = '?';
	return str_of(text, len);
}

static const char *
hold_words(const struct verdict *verdict)
{
	const struct finding *cause = verdict->cause;

	return cause->reason != NULL ? cause->reason : cause->check;
}

/* After a refusal at END-OF-MESSAGE Postfix (3.7) keeps the envelope, but not
 * the queue file: a client that does not say RSET gets 503 for its next MAIL,
 * and with DATA it ends smtpd by a signal. After 421 and 521 smtpd hangs up
 * (access(5)), so neither can happen. */
const struct reply *
reply_at_end(struct arena *arena, const struct reply *reply)
{
	struct reply *last = arena_memdup(arena, reply, sizeof(*reply));

	last->code = reply->code / 100 * 100 + 21;
	return last;
}

struct str
reply_action(struct txn *txn, const struct verdict *verdict)
{
	const struct reply *reply = verdict->reply;

	switch (verdict->done) {
	case DECISION_HAM:
	case DECISION_JUNK:
		break;
	case DECISION_HOLD:
		return cleaned(arena_printf(txn->arena, "HOLD [%s] %s",
		    txn->id, hold_words(verdict)));
	case DECISION_DEFER:
	case DECISION_REFUSE:
		/* "200 …" would be an OK. */
		assert(reply->code >= 400 && reply->code <= 599);
		return cleaned(arena_printf(txn->arena, "%d %s %s",
		    reply->code, reply->enhanced, reply->text));
	}
	return STR("DUNNO");
}

struct str
reply_bytes(struct txn *txn, struct str action)
{
	return str_from(arena_printf(txn->arena, "action=%.*s\n\n",
	    STR_ARG(action)));
}
