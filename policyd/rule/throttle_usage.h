/* SPDX-License-Identifier: ISC */
/* throttle_usage.h - what an address has used of its limits. */
#ifndef POLICYD_RULE_THROTTLE_USAGE_H
#define POLICYD_RULE_THROTTLE_USAGE_H

#include <stdbool.h>

#include "base/str.h"

struct rulebook;
struct wait;

/* A question under way: every limit that applies to the address as a login, and
 * as a recipient. (Limits of clients depend on the client.) */
struct throttle_usage;

/* Ask, of the throttle of this name alone where name is not "". The answers
 * post wait, the caller's, which outlives it. NULL with the reason, which begins
 * with a code (ctl.h). Keeps a reference to rulebook. */
struct throttle_usage *throttle_usage_ask(struct rulebook *rulebook,
    struct str address, struct str name, struct wait *wait,
    const char **error_r);
/* The same, but what is used is forgotten. With a name also what the address
 * shares with others; without one only what it has for itself. */
struct throttle_usage *throttle_usage_reset(struct rulebook *rulebook,
    struct str address, struct str name, struct wait *wait,
    const char **error_r);
void throttle_usage_free(struct throttle_usage **usage);

/* Have all answers come? To be called when something was posted: what the
 * directory says decides what the store is asked. */
bool throttle_usage_has_come(struct throttle_usage *usage);
/* They have: write {"address", "limits": [{"throttle", "who", "unit", "per",
 * "limit", "window", "used", "next", "origin", "action", "soft", "dry_run"}]},
 * or of a reset {"address", "reset": N}. next: when one more fits, null: now, "never".
 * Of what is unlimited limit, window, used and next are null.
 * -1 with the reason, which begins with a code (ctl.h). */
int throttle_usage_write(const struct throttle_usage *usage, struct buf *out,
    const char **error_r);

#endif
