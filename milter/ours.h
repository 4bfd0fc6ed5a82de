/* SPDX-License-Identifier: ISC */
/* ours.h - for checks: is a domain that a stranger names one of ours? */
#ifndef MILTER_OURS_H
#define MILTER_OURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct ours;
struct policies;
struct txn;
struct wait;

/* In the transaction's arena. Each question may take so long; wait, which is the
 * caller's, is told of answers. */
struct ours *ours_new(struct policies *policies, struct txn *txn,
    int64_t timeout_ms, struct wait *wait);

/* Can txn_has_domain() be asked about this canonical domain? False: its answer
 * is on its way, and who asks waits (CHECK_WAIT). ours NULL: there is no
 * directory, and the configuration knows all. Where the directory cannot be
 * asked, the configuration alone answers; that something is unknown, the engine
 * finds by the mail's own addresses. */
bool ours_knows(struct ours *ours, struct str domain);
/* No time is left: what is not answered by now never will be. */
void ours_give_up(struct ours *ours);

#endif
