/* SPDX-License-Identifier: ISC */
/* reply.h - a verdict as the answer that Postfix reads. */
#ifndef POLICYD_REPLY_H
#define POLICYD_REPLY_H

#include "base/str.h"

struct arena;
struct reply;
struct txn;
struct verdict;

/* A refusal in the words of the end of a message: 421 or 521, with which Postfix
 * hangs up. In arena. */
const struct reply *reply_at_end(struct arena *arena,
    const struct reply *reply);

/* "DUNNO", "450 4.7.1 [id] …", "550 5.7.1 [id] …", "HOLD [id] …": what is done,
 * not what was found in observe mode. Never OK or PERMIT, which would switch the
 * administrator's later restrictions off. Printable ASCII. Arena text.
 *
 * A deferral is the code itself, not DEFER_IF_PERMIT: that one waits for what
 * later restrictions say, and there are none behind a service that stands last,
 * where it belongs; and what the client reads is then what `why` tells. */
struct str reply_action(struct txn *txn, const struct verdict *verdict);

/* "action=…" with the empty line behind: the bytes of the answer. */
struct str reply_bytes(struct txn *txn, struct str action);

/* The answer to what is no request that we can read. Postfix writes no such
 * thing, whatever a stranger sends it; somebody else's request is not ours to
 * judge. */
#define REPLY_UNREAD "action=DUNNO\n\n"

#endif
