/* SPDX-License-Identifier: ISC */
/* chain.h - runs the checks of a transaction, all that wait at once. */
#ifndef MILTER_CHAIN_H
#define MILTER_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "milter/check.h"

struct arena;
struct asker;
struct dns_source;
struct policies;
struct ruleset;
struct wait;

/* A table of checks with their settings, fixed for a snapshot. */
struct chain_entry {
	const struct check *check;
	const void *settings;		/* begins with struct check_common */
};

/* One transaction's run through the table; lives in its arena. */
struct chain;

struct chain *chain_new(struct txn *txn, const struct chain_entry *entries,
    size_t count, struct dns_source *dns);
/* By whom checks may ask policyd and mailreeve-avscan; without it they ask
 * nobody. Before chain_run(). */
void chain_serve(struct chain *chain, struct asker *asker);
/* The same for those checks alone that want files read. */
void chain_serve_files(struct chain *chain, struct asker *asker);

/* Whom checks may ask whether a domain is ours; each answer may take so long.
 * Else the configuration alone knows. Before chain_run(). */
void chain_consult(struct chain *chain, struct policies *policies,
    int64_t timeout_ms);

/* By which rules checks may judge; the caller holds them longer than txn. Before
 * chain_run(). */
void chain_judge_by(struct chain *chain, struct ruleset *ruleset);

/* Run what may run at txn->stage and has not ended: never blocks. The number
 * of checks that still wait. */
size_t chain_run(struct chain *chain);

/* At STAGE_MESSAGE: run and sleep until every check has ended or the steady
 * clock reads deadline_ms. Then missing answers count as timeouts and the
 * checks that wait for them run once more; one that waits even so has failed
 * (temperror, "no answer in time"), and who waited for its facts runs without
 * them. Blocks: call it at end of message only. */
void chain_finish(struct chain *chain, int64_t deadline_ms);

/* All findings, sorted in the order of the table; failed checks have one with
 * has_failed and what their on_error says. After chain_finish; the caller may
 * add its own behind them. */
struct findings *chain_findings(struct chain *chain);

/* How long chain_finish slept, and how many DNS questions the checks asked. */
int64_t chain_waited_us(const struct chain *chain);
size_t chain_questions(const struct chain *chain);

#endif
