/* SPDX-License-Identifier: ISC */
/* serve_charges.h - what policyd has reserved for a message: settled when the
 * milter has decided. */
#ifndef MILTER_SERVE_CHARGES_H
#define MILTER_SERVE_CHARGES_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct loop;
struct store;
struct store_call;
struct store_settings;
struct txn;
struct wait;

/* The store that the milter shares with policyd. Nothing here blocks but
 * charges_take_id(). */
struct charges;

/* A connection of its own to the store of these settings; answers are followed
 * up in loop. A store in memory is policyd's own (remote.h). NULL with the
 * reason. */
struct charges *charges_open(const struct store_settings *settings,
    struct loop *loop, struct arena *arena, const char **error_r);
/* Waits for what is under way, for as long as the store may take. */
void charges_close(struct charges **charges);

/* Of a message under way; all zero at first. */
struct charged {
	struct store_call *id_call;	/* NULL: not asked, or taken */
	struct wait *id_wait;
	bool is_settled;
};

/* These four from any thread, for each message in this order. */

/* Its queue id is known: ask for the id that policyd has given it. */
void charges_ask_id(struct charges *charges, struct charged *charged,
    struct txn *txn);
/* Make it the transaction's. Waits until it has come, or the store's time is
 * over: a round trip, for replies and headers carry the id. At end of message
 * only. */
void charges_take_id(struct charges *charges, struct charged *charged,
    struct txn *txn);
/* It is taken: what was reserved for it stays charged. Or it is refused (or
 * deferred) and given back, and charged where refusals are counted. */
void charges_settle(struct charges *charges, struct charged *charged,
    const struct txn *txn, bool is_taken);
/* It is over. One whose end never came is given back altogether. */
void charges_end(struct charges *charges, struct charged *charged,
    const struct txn *txn);

struct store *charges_store(const struct charges *charges);
/* Messages whose charges could not be settled. A policyd that never was there
 * has none. */
uint64_t charges_lost(const struct charges *charges);

#endif
