/* SPDX-License-Identifier: ISC */
/* parties.h - what the directory says about the addresses of one mail. */
#ifndef DIRECTORY_PARTIES_H
#define DIRECTORY_PARTIES_H

#include <stdbool.h>
#include <stdint.h>

#include "directory/policies.h"

struct address;
struct txn;
struct wait;

/* All questions of one transaction, under way at once. One thread's. */
struct parties;

/* In the transaction's arena. Each question may take so long; wait is told of
 * answers, and is the caller's. */
struct parties *parties_new(struct policies *policies, struct txn *txn,
    int64_t timeout_ms, struct wait *wait);

/* Ask, once for the same; the address need not be a whole one: without a local
 * part it is the domain, without anything the global values. With a login
 * (NULL: none) also whether that may send as it. */
void parties_ask(struct parties *parties, const struct address *address,
    const char *login);
/* What is needed about the client's login, the sender and the recipients that
 * the transaction has; those asked about already are not asked about again. */
void parties_ask_txn(struct parties *parties);

/* FOUND: all answers there are stand in the transaction (txn_policy.h), its
 * direction follows them. UNAVAILABLE: so does what there is, and some answer is
 * missing; *error_r says why. is_late: there is no time left to wait. */
enum policies_result parties_look(struct parties *parties, bool is_late,
    const char **error_r);

#endif
