/* SPDX-License-Identifier: ISC */
/* rule.h - what a rule is: one file that ends in one of these. */
#ifndef POLICYD_RULE_H
#define POLICYD_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/setting.h"
#include "mail/finding.h"
#include "mail/on_error.h"
#include "mail/txn.h"
#include "policyd/request.h"

struct arena;
struct conf;
struct ledger;
struct lists;
struct netlist;
struct notices;
struct rulechain;
struct spf_verdict;
struct store;
struct verdict;
struct wait;

/* What every rule has; the first member of its settings struct. Its rows come
 * by RULE_COMMON_ROWS, its section's check calls rule_common_check(). */
struct rule_common {
	bool enabled;
	bool dry_run;
	int on_error;			/* enum on_error (on_error.h) */
	struct setting_list except_networks;
	struct setting_list except_logins;
	struct setting_list except_senders;
	const struct netlist *except;	/* by rule_common_check() */
};

#define RULE_COMMON_ROWS(type, on_error_default)                             \
	SETTING_BOOL_ROW("enabled", type, common.enabled, "yes",             \
	    "Run this rule."),                                               \
	SETTING_BOOL_ROW("dry_run", type, common.dry_run, "no",              \
	    "Run it, show and count what it would have done, but let it "    \
	    "decide nothing."),                                              \
	SETTING_WORD_ROW("on_error", type, common.on_error, on_error_words,  \
	    on_error_default,                                                \
	    "What happens when the rule could not run."),                    \
	SETTING_LIST_ROW("except_networks", type, common.except_networks,    \
	    NULL, "Clients for which it does not run."),                     \
	SETTING_LIST_ROW("except_logins", type, common.except_logins, NULL,  \
	    "Logins for which it does not run: joe@example.org, or "         \
	    "@example.org for all of a domain."),                            \
	SETTING_LIST_ROW("except_senders", type, common.except_senders,      \
	    NULL, "Senders of the envelope for which it does not run, in "   \
	    "the same words, where SPF passes.")

int rule_common_check(void *values, struct arena *arena, const char **key_r,
    const char **error_r);
/* Is login (NULL: none) one of these: itself, or by its "@domain"? */
bool rule_has_login(const struct setting_list *logins, const char *login);

/* What a rule says beside its findings. That of a dry run counts nowhere. */
struct rule_permit {
	const char *allowed_by;		/* no rule refuses, defers or holds;
					 * why, for people; NULL: does not */
	bool skips_greylist;
};

/* One run of one rule over one request. */
struct rule_run {
	struct txn *txn;		/* the facts: client, sender, … */
	const struct request *request;	/* stage, numbers */
	const void *settings;		/* its settings struct */
	const void *data;		/* what its load() gave */
	struct findings *findings;	/* where its findings go */
	struct rule_permit *permit;	/* its own; cleared before each call */
	struct wait *wait;		/* whom an answer wakes */
	struct store *store;		/* NULL: there is none */
	struct ledger *ledger;		/* charges in it; NULL with it */
	struct notices *notices;	/* to users; NULL: there are none */
	/* At RCPT: recipients of this message before this one that were not
	 * refused. */
	size_t rcpts_before;
	const char *name;		/* its own, for findings */
	void *state;			/* its own, NULL at first; in the arena */
	/* The deadline is over: judge by what is there, or be taken for one
	 * that could not run. */
	bool is_late;
	struct rulechain *rules;		/* for the functions below */
};

enum rule_status {
	RULE_FAILED = -1,	/* could not run: on_error decides */
	RULE_DONE = 0,		/* not called again for this request */
	RULE_WAIT = 1,		/* call again when something was posted */
};

/* How far another rule of this request is, by its name. */
enum rule_state {
	RULE_STATE_OFF,		/* not enabled, not for this stage, excepted */
	RULE_STATE_RUNNING,	/* or not begun */
	RULE_STATE_DONE,
	RULE_STATE_FAILED,
};

enum rule_state rule_state_of(const struct rule_run *run, const char *name);
/* Has a rule that is done, and no dry run, spared this request greylisting? */
bool rule_skips_greylist(const struct rule_run *run);

/* Is the sender proven (sender_spf.h)? The same for all rules of a request, and
 * asked about with the first call. NULL: answers are missing; RULE_WAIT. */
const struct spf_verdict *rule_spf(const struct rule_run *run);

struct rule {
	const char *name;
	unsigned stages;		/* where it runs: enum policy_stage */
	/* Without the policies of the directory, where there is one, it cannot
	 * run. */
	bool needs_policies;
	const struct section *section;	/* "rule NAME"; its settings */
	/* Further sections that it reads; NULL, or ends with NULL. */
	const struct section *const *more;
	/* What follows from all of these, and from the lists of the directory
	 * (NULL: there are none), for run->data; NULL: the settings are enough.
	 * Lives in arena, conf and lists as well. NULL with the reason. */
	const void *(*load)(struct arena *arena, const struct conf *conf,
	    const struct lists *lists, const char **error_r);
	/* Pure and restartable: reads the facts and the answers present, asks
	 * for what is missing and returns RULE_WAIT; findings and permit count
	 * only from the call that returns RULE_DONE. Never blocks. */
	enum rule_status (*run)(struct rule_run *run, const char **error_r);
	/* What all rules together have come to: for those that keep accounts.
	 * Also after the deadline. Never blocks. NULL: it is all the same. */
	void (*settle)(struct rule_run *run, const struct verdict *verdict);
};

/* Why these settings do not hold for the request: it is from one of
 * except_networks, except_logins, except_senders, or about a notice of our own.
 * NULL: they do. */
const char *rule_exception(const struct rule_run *run,
    const struct rule_common *common);
/* Is it not known yet, because except_senders names the sender, and whether he
 * is proven is being asked? Never once is_late: he counts as any other then. */
bool rule_exception_waits(const struct rule_run *run,
    const struct rule_common *common);

/* All of rules.list, in its order; ends with NULL. */
extern const struct rule *const rules[];

#endif
