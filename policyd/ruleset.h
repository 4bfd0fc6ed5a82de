/* SPDX-License-Identifier: ISC */
/* ruleset.h - runs the rules of a request, all that wait at once. */
#ifndef POLICYD_RULESET_H
#define POLICYD_RULESET_H

#include <stddef.h>

#include "policyd/rule.h"

struct dns_source;
struct notices;

/* A rule with its settings, fixed for a rulebook. */
struct ruleset_entry {
	const struct rule *rule;
	const void *settings;		/* begins with struct rule_common */
	const void *data;
};

/* One request's run through the table; lives in the transaction's arena. */
struct ruleset;

/* wait is for what the rules ask; the caller's, and outlives the ruleset. */
struct ruleset *ruleset_new(struct txn *txn, const struct request *request,
    const struct ruleset_entry *entries, size_t count, struct wait *wait);

/* What the rules may count in (NULL: nothing), and how many recipients came
 * before (rule.h). Before the first run. */
void ruleset_serve(struct ruleset *ruleset, struct ledger *ledger,
    size_t rcpts_before);
/* By which they may tell users; the caller's. Before the first run. */
void ruleset_set_notices(struct ruleset *ruleset, struct notices *notices);
/* Whom they may ask about names; the caller's. Before the first run. */
void ruleset_set_dns(struct ruleset *ruleset, struct dns_source *dns);

/* Why it is not known what holds for the addresses: rules that need it cannot
 * run. Before the first run. */
void ruleset_set_trouble(struct ruleset *ruleset, const char *trouble);

/* Run what has not ended: never blocks. How many rules wait now. Call it again
 * when something was posted to wait. */
size_t ruleset_run(struct ruleset *ruleset);

/* The deadline is over: rules that wait run once more with is_late; those that
 * wait even so have failed ("no answer in time"). */
void ruleset_end(struct ruleset *ruleset);

/* After that, or when none waits: all findings, in the order of the table;
 * failed rules have one with has_failed and what their on_error says. Where a
 * rule allows the request, no finding suggests anything. */
struct findings *ruleset_findings(struct ruleset *ruleset);

/* Tell the rules that ran what was decided. Once, at the end. */
void ruleset_settle(struct ruleset *ruleset, const struct verdict *verdict);

/* No finding suggests anything any more, each says why: "(but …)". Those of
 * rules that could not run do where is_failure_spared is false. */
void ruleset_spare(struct findings *findings, const char *why,
    bool is_failure_spared);

#endif
