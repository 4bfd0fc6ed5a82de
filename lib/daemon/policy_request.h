/* SPDX-License-Identifier: ISC */
/* policy_request.h - a message as requests of Postfix's policy protocol. */
#ifndef DAEMON_POLICY_REQUEST_H
#define DAEMON_POLICY_REQUEST_H

#include "base/str.h"

struct arena;
struct policy_message;

/* One request for each recipient, in their order (protocol_state RCPT). */
struct str policy_requests_rcpt(struct arena *arena,
    const struct policy_message *message);
/* The one about the whole message (END-OF-MESSAGE). */
struct str policy_request_end(struct arena *arena,
    const struct policy_message *message);

#endif
