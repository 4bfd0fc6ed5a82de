/* SPDX-License-Identifier: ISC */
/* instances.h - what is remembered of a message between its requests.
 *
 * Postfix gives all requests about one message the same instance, and names a
 * recipient at RCPT only: of several, END-OF-MESSAGE has just the number
 * (DESIGN 5.10). So each message's id and the recipients that we did not refuse
 * stand here, until the message has ended, or nothing was heard of it for long.
 * All is bounded: with no room left the oldest message is forgotten, and its end
 * is judged by recipient_count alone. */
#ifndef POLICYD_INSTANCES_H
#define POLICYD_INSTANCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/ulid.h"

/* Longer than smtpd waits for a slow client between two recipients. */
#define INSTANCE_OPEN_MS (30 * 60 * INT64_C(1000))
/* Postfix asks again when the answer was lost. */
#define INSTANCE_ENDED_MS (60 * INT64_C(1000))
/* The default of Postfix's smtpd_recipient_limit; what comes beyond is not
 * remembered. */
#define INSTANCE_RCPTS_MAX 1000

struct instances;

struct instances *instances_new(size_t bytes_max);
void instances_free(struct instances **instances);

/* The id of the message name (never empty), remembered from its first request;
 * id_r holds the one that a new message gets. now_ms is of the steady clock,
 * here and below. */
void instances_id(struct instances *instances, struct str name, int64_t now_ms,
    char id_r[ULID_SIZE]);

/* A recipient (no NUL in it) was not refused; one that is known counts once.
 * Nothing happens when the message is not known. */
void instances_add_rcpt(struct instances *instances, struct str name,
    struct str rcpt, int64_t now_ms);

/* The recipients of the message, one after the other: *at is "" at first, then
 * the one before; holds until the next call that changes something. False: there
 * are no more. */
bool instances_next_rcpt(const struct instances *instances, struct str name,
    struct str *at);

/* How many there are. */
size_t instances_rcpt_count(const struct instances *instances,
    struct str name);

/* The message has ended: it is forgotten soon. */
void instances_end(struct instances *instances, struct str name,
    int64_t now_ms);

size_t instances_count(const struct instances *instances);
size_t instances_bytes(const struct instances *instances);

#endif
