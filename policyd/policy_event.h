/* SPDX-License-Identifier: ISC */
/* policy_event.h - what policyd tells of an answer: the event, the log line. */
#ifndef POLICYD_POLICY_EVENT_H
#define POLICYD_POLICY_EVENT_H

#include <stdbool.h>

struct buf;
struct ruling;
struct txn;

/* Did it decide anything, or would it have (observe mode, a dry run, a rule that
 * could not run)? All else is a plain DUNNO, of which there are three for each
 * message. */
bool policy_event_is_decision(const struct ruling *ruling);

/* Append the event as JSON on one line. */
void policy_event_write(struct buf *out, struct txn *txn,
    const struct ruling *ruling);

/* One line for the administrator; of a plain DUNNO at level debug. */
void policy_event_log(struct txn *txn, const struct ruling *ruling);

#endif
