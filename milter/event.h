/* SPDX-License-Identifier: ISC */
/* event.h - what is told of a decision: the event and the log line. */
#ifndef MILTER_EVENT_H
#define MILTER_EVENT_H

struct buf;
struct outcome;
struct txn;

/* Append the event of a decision as JSON on one line (DESIGN 6). */
void event_write(struct buf *out, struct txn *txn,
    const struct outcome *outcome);

/* One line for the administrator: facts and the sentence. */
void event_log(struct txn *txn, const struct outcome *outcome);

#endif
