/* SPDX-License-Identifier: ISC */
/* queue.h - held mail, listed, released and returned, as root may. */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "base/str.h"

struct arena;
struct ctl_request;
struct postfix;

/* Where mailreeve-queue is asked, by who is not root (see deploy/systemd). */
#define QUEUE_SOCKET "/run/mailreeve/queue.ctl"

/* Answer a request (base/ctl.h) in JSON:
 *   list
 *	[{"queue_id","arrival","size_bytes","sender","recipients","id"}], oldest
 *	first; sender "" is the null sender; id is ours, as the message's header
 *	has it (of the first 1,000), or null
 *   release {"messages":[…]} (request.h)
 *	they leave the HOLD queue as they are, and Postfix tries at once
 *	[{"queue_id","error"}], error null: it is released
 *   return {"messages":[…]}
 *	the sender is told (notice.h), then the message is removed
 *	[{"queue_id","error","sender","told"}]: for how many recipients the
 *	sender was told; 0: he wanted to hear of none (RFC 3461 4.1)
 * 0, or -1 with the reason, whose first word is a code. */
int queue_answer(const struct postfix *postfix,
    const struct ctl_request *request, struct arena *arena, struct buf *out,
    const char **error_r);

#endif
