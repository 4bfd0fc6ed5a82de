/* SPDX-License-Identifier: ISC */
/* txn_policy.h - what holds for the addresses of a transaction.
 *
 * What the directory manages has the policy that stands there. What it does not
 * manage has that of the configuration's sections domain, user and alias. Where
 * neither has a section for a domain, and for each value that the directory
 * sets nowhere, the global values hold: the directory's, then those of the
 * configuration's section policy.
 */
#ifndef MAIL_TXN_POLICY_H
#define MAIL_TXN_POLICY_H

#include <stdbool.h>

#include "base/str.h"

struct address;
struct policy;
struct txn;

/* The directory's answer for an address, and for the login that was asked about
 * with it (NULL: none). The policy lives as long as txn. */
void txn_put_answer(struct txn *txn, const struct address *address,
    const char *login, const struct policy *answer);
/* When all that was asked is answered: sender_policy, and those of the
 * recipients, by these answers. */
void txn_take_answers(struct txn *txn);

/* What the directory said; NULL: there is none, or it was not asked. */
const struct policy *txn_find_answer(const struct txn *txn,
    const struct address *address, const char *login);
/* What holds for an address. Never NULL. */
const struct policy *txn_policy(const struct txn *txn,
    const struct address *address);

/* Is a canonical domain managed here (local), by what the directory said of it,
 * else by the configuration? */
bool txn_has_domain(const struct txn *txn, struct str domain);

/* May the login use the address as its own? By the directory, where that
 * manages the login; else as login_may_use() says. */
bool txn_may_use(const struct txn *txn, const char *login,
    const struct address *address);

#endif
