/* SPDX-License-Identifier: ISC */
/* rulechain.h - runs the rules of a request, all that wait at once. */
#ifndef POLICYD_RULECHAIN_H
#define POLICYD_RULECHAIN_H

#include <stddef.h>

#include "policyd/rule.h"

struct dns_source;
struct notices;

/* A rule with its settings, fixed for a rulebook. */
struct rulechain_entry {
	const struct rule *rule;
	const void *settings;		/* begins with struct rule_common */
	const void *data;
};

/* One request's run through the table; lives in the transaction's arena. */
struct rulechain;

/* wait is for what the rules ask; the caller's, and outlives the rulechain. */
struct rulechain *rulechain_new(struct txn *txn, const struct request *request,
    const struct rulechain_entry *entries, size_t count, struct wait *wait);

/* What the rules may count in (NULL: nothing), and how many recipients came
 * before (rule.h). Before the first run. */
void rulechain_serve(struct rulechain *rulechain, struct ledger *ledger,
    size_t rcpts_before);
/* By which they may tell users; the caller's. Before the first run. */
void rulechain_set_notices(struct rulechain *rulechain,
    struct notices *notices);
/* Whom they may ask about names; the caller's. Before the first run. */
void rulechain_set_dns(struct rulechain *rulechain, struct dns_source *dns);

/* Why it is not known what holds for the addresses: rules that need it cannot
 * run. Before the first run. */
void rulechain_set_trouble(struct rulechain *rulechain, const char *trouble);

/* Run what has not ended: never blocks. How many rules wait now. Call it again
 * when something was posted to wait. */
size_t rulechain_run(struct rulechain *rulechain);

/* The deadline is over: rules that wait run once more with is_late; those that
 * wait even so have failed ("no answer in time"). */
void rulechain_end(struct rulechain *rulechain);

/* After that, or when none waits: all findings, in the order of the table;
 * failed rules have one with has_failed and what their on_error says. Where a
 * rule allows the request, no finding suggests anything. */
struct findings *rulechain_findings(struct rulechain *rulechain);

/* Tell the rules that ran what was decided. Once, at the end. */
void rulechain_settle(struct rulechain *rulechain,
    const struct verdict *verdict);

/* No finding suggests anything any more, each says why: "(but …)". Those of
 * rules that could not run do where is_failure_spared is false. */
void rulechain_spare(struct findings *findings, const char *why,
    bool is_failure_spared);

#endif
