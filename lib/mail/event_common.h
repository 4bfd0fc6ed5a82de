/* SPDX-License-Identifier: ISC */
/* event_common.h - the members that the events of all daemons have.
 *
 *   time, id, queue_id, host, daemon   when, which message, who says so
 *   direction, client{}, login         where it came from
 *   sender, recipients[]               for whom
 *   mode, decision, done, score        decision is what was found right, done
 *   sentence, reply                    what happened (ham in observe mode)
 *   exceptions[]                       recipients for whom another decision
 *                                      holds, or who alone would have had a
 *                                      stricter one (asked: DESIGN 5.17)
 *   findings[]                         why; suggested where it is not ham, dry_run
 *                                      and failed where they are true
 * Members may be added; none changes its meaning. Texts from the wire are cut
 * at EVENT_TEXT_MAX, lists at EVENT_LIST_MAX with the full count beside them. */
#ifndef MAIL_EVENT_COMMON_H
#define MAIL_EVENT_COMMON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct findings;
struct json_writer;
struct txn;
struct verdict;

#define EVENT_TEXT_MAX 500
#define EVENT_LIST_MAX 50

/* A text from the wire; NULL becomes null. */
void event_put_wire(struct json_writer *json, const char *key, struct str text);
void event_put_wire_text(struct json_writer *json, const char *key,
    const char *text);

/* time to daemon, which is its name: "milter", "policyd". */
void event_put_head(struct json_writer *json, const struct txn *txn,
    const char *daemon);
/* direction, client, login. */
void event_put_client(struct json_writer *json, const struct txn *txn);
/* sender, recipient_count, recipients. */
void event_put_envelope(struct json_writer *json, struct txn *txn);
/* mode to exceptions. */
void event_put_verdict(struct json_writer *json, const struct txn *txn,
    const struct verdict *verdict);
/* A member that is there where it is true alone. */
void event_put_if(struct json_writer *json, const char *name, bool value);
void event_put_findings(struct json_writer *json,
    const struct findings *findings);

#endif
