/* SPDX-License-Identifier: ISC */
/* ledger.h - charges in the store, and what stands in while it is away. */
#ifndef POLICYD_LEDGER_H
#define POLICYD_LEDGER_H

#include <stddef.h>
#include <stdint.h>

struct charge;
struct store;

/* What stands in, and what is owed, take at most so much each. */
#define LEDGER_MEMORY_MAX ((size_t)16 * 1024 * 1024)

/* The store of the host or the site, and a small one in this process. While the
 * first does not answer, charges are made in the second, which begins empty and
 * remembers for as long as the longest window, however often the first one comes
 * and goes: a host alone admits at most the limit once more. What passed is owed,
 * and charged in the store when it is back, by force and under the same name: so
 * what it had heard of does not count twice. One thread. */
struct ledger;

/* store is the caller's, and outlives it. */
struct ledger *ledger_new(struct store *store);
void ledger_free(struct ledger **ledger);

struct store *ledger_store(const struct ledger *ledger);
/* When it is full, it refuses, until some of it has expired. */
struct store *ledger_stand_in(struct ledger *ledger);

/* This charge passed while the store was away (copied). */
void ledger_owe(struct ledger *ledger, const struct charge *charge);
/* Charge it by force and for good, or owe it where that goes astray (copied). */
void ledger_charge(struct ledger *ledger, const struct charge *charge);
/* The same with what the store has reserved, and is to be confirmed. */
void ledger_confirm(struct ledger *ledger, const struct charge *charge);
/* Pay what is owed if the store answers, and find out whether it does; call it
 * every so often. */
void ledger_run(struct ledger *ledger);

struct ledger_stats {
	size_t owed;		/* charges, now */
	uint64_t paid;
	uint64_t lost;		/* there was no room for them */
};

void ledger_count(const struct ledger *ledger, struct ledger_stats *stats_r);

#endif
