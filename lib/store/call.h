/* SPDX-License-Identifier: ISC */
/* call.h - an operation under way, as the stores themselves see it. */
#ifndef STORE_CALL_H
#define STORE_CALL_H

#include "store/store.h"

/* A new one with two references: the asker's, and the store's, which ends with
 * store_call_done(). wait NULL: nobody is told. */
struct store_call *store_call_new(struct wait *wait);

/* Copy the answer into the call, post its wait, give the store's reference
 * back. Once. Any thread. */
void store_call_done(struct store_call *call,
    const struct store_answer *answer);
/* The same for a failure. */
void store_call_fail(struct store_call *call, enum store_status status,
    const char *error);

/* Does nobody but the store hold it any more? Then what was not sent yet need
 * not be. Never of one that was asked without a wait: its asker wants it done,
 * not to hear of it. */
bool store_call_is_forgotten(const struct store_call *call);

/* Count a call that has ended so; latency_us counts where it was done. */
void store_stats_add(struct store_stats *stats, enum store_status status,
    int64_t latency_us);

#endif
