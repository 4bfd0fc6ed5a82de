/* SPDX-License-Identifier: ISC */
/* rulechain.c - runs the rules of a request, all that wait at once. */
#include "policyd/rulechain.h"

#include <string.h>

#include "base/arena.h"
#include "policyd/ledger.h"
#include "policyd/sender_spf.h"

/* One rule of this request. */
struct link {
	const struct rule *rule;
	const struct rule_common *common;
	struct rule_run run;
	struct findings findings;
	struct rule_permit permit;
	enum rule_state state;
	bool has_begun;			/* its exceptions are passed */
};

struct rulechain {
	struct arena *arena;
	struct txn *txn;
	struct wait *wait;
	struct dns_source *dns;		/* NULL: nobody to ask */
	struct sender_spf *spf;		/* NULL: no rule has asked */
	const char *trouble;		/* with the policies; NULL: none */
	struct link *links;
	size_t count;
};

static void
init_link(struct rulechain *rulechain, struct link *link,
    const struct rulechain_entry *entry, const struct rule_run *run)
{
	link->rule = entry->rule;
	link->common = entry->settings;
	findings_init(&link->findings, rulechain->arena);
	link->run = *run;
	link->run.rules = rulechain;
	link->run.settings = entry->settings;
	link->run.data = entry->data;
	link->run.findings = &link->findings;
	link->run.permit = &link->permit;
	link->run.name = entry->rule->name;
	if (!link->common->enabled ||
	    (entry->rule->stages & run->request->stage) == 0)
		return;
	link->state = RULE_STATE_RUNNING;
}

struct rulechain *
rulechain_new(struct txn *txn, const struct request *request,
    const struct rulechain_entry *entries, size_t count, struct wait *wait)
{
	struct rulechain *rulechain = arena_zalloc(txn->arena, sizeof(*rulechain));
	const struct rule_run run = { .txn = txn, .request = request,
		.wait = wait };

	rulechain->arena = txn->arena;
	rulechain->txn = txn;
	rulechain->wait = wait;
	rulechain->links = arena_zalloc(txn->arena,
	    count * sizeof(struct link));
	rulechain->count = count;
	for (size_t i = 0; i < count; i++)
		init_link(rulechain, &rulechain->links[i], &entries[i], &run);
	return rulechain;
}

void
rulechain_serve(struct rulechain *rulechain, struct ledger *ledger,
    size_t rcpts_before)
{
	for (size_t i = 0; i < rulechain->count; i++) {
		struct rule_run *run = &rulechain->links[i].run;

		run->ledger = ledger;
		run->store = ledger != NULL ? ledger_store(ledger) : NULL;
		run->rcpts_before = rcpts_before;
	}
}

void
rulechain_set_notices(struct rulechain *rulechain, struct notices *notices)
{
	for (size_t i = 0; i < rulechain->count; i++)
		rulechain->links[i].run.notices = notices;
}

void
rulechain_set_dns(struct rulechain *rulechain, struct dns_source *dns)
{
	rulechain->dns = dns;
}

void
rulechain_set_trouble(struct rulechain *rulechain, const char *trouble)
{
	rulechain->trouble = trouble;
}

static void
fail_link(struct link *link, const char *reason)
{
	link->findings.items.len = 0;
	link->permit = (struct rule_permit){ 0 };
	link->state = RULE_STATE_FAILED;
	findings_add_failure(&link->findings, link->run.name,
	    link->common->on_error, reason);
}

/* May the rule run? Not if it is excepted, nor while that is not known. */
static bool
may_begin(struct link *link)
{
	const char *exception;

	if (link->has_begun)
		return true;
	if (rule_exception_waits(&link->run, link->common))
		return false;
	exception = rule_exception(&link->run, link->common);
	link->has_begun = exception == NULL;
	if (link->has_begun)
		return true;
	findings_add(&link->findings, link->run.name, RESULT_NONE, exception);
	link->state = RULE_STATE_OFF;
	return false;
}

static void
run_link(struct link *link)
{
	const char *error = "failed without a reason";

	if (!may_begin(link))
		return;
	link->findings.items.len = 0;
	link->permit = (struct rule_permit){ 0 };
	if (link->rule->needs_policies && link->run.rules->trouble != NULL) {
		fail_link(link, link->run.rules->trouble);
		return;
	}
	switch (link->rule->run(&link->run, &error)) {
	case RULE_DONE:
		link->state = RULE_STATE_DONE;
		break;
	case RULE_FAILED:
		fail_link(link, error);
		break;
	case RULE_WAIT:
		break;
	}
}

/* Run every rule once that has not ended. How many wait, how many have ended
 * now. */
static size_t
run_pass(struct rulechain *rulechain, size_t *ended_r)
{
	size_t waiting = 0, ended = 0;

	for (size_t i = 0; i < rulechain->count; i++) {
		struct link *link = &rulechain->links[i];

		if (link->state != RULE_STATE_RUNNING)
			continue;
		run_link(link);
		if (link->state == RULE_STATE_RUNNING)
			waiting++;
		else
			ended++;
	}
	*ended_r = ended;
	return waiting;
}

size_t
rulechain_run(struct rulechain *rulechain)
{
	size_t waiting, ended;

	/* A rule may wait for what one that has just ended found out. */
	do
		waiting = run_pass(rulechain, &ended);
	while (waiting != 0 && ended != 0);
	return waiting;
}

void
rulechain_end(struct rulechain *rulechain)
{
	for (size_t i = 0; i < rulechain->count; i++)
		rulechain->links[i].run.is_late = true;
	if (rulechain_run(rulechain) == 0)
		return;
	for (size_t i = 0; i < rulechain->count; i++)
		if (rulechain->links[i].state == RULE_STATE_RUNNING)
			fail_link(&rulechain->links[i], "no answer in time");
}

void
rulechain_settle(struct rulechain *rulechain, const struct verdict *verdict)
{
	for (size_t i = 0; i < rulechain->count; i++) {
		struct link *link = &rulechain->links[i];

		if (link->state != RULE_STATE_OFF &&
		    link->rule->settle != NULL)
			link->rule->settle(&link->run, verdict);
	}
}

enum rule_state
rule_state_of(const struct rule_run *run, const char *name)
{
	for (size_t i = 0; i < run->rules->count; i++)
		if (strcmp(run->rules->links[i].run.name, name) == 0)
			return run->rules->links[i].state;
	return RULE_STATE_OFF;
}

static bool
counts(const struct link *link)
{
	return link->state == RULE_STATE_DONE && !link->common->dry_run;
}

bool
rule_skips_greylist(const struct rule_run *run)
{
	for (size_t i = 0; i < run->rules->count; i++)
		if (counts(&run->rules->links[i]) &&
		    run->rules->links[i].permit.skips_greylist)
			return true;
	return false;
}

const struct spf_verdict *
rule_spf(const struct rule_run *run)
{
	struct rulechain *rulechain = run->rules;

	/* Of an address alone, without a request, nothing can be proven. */
	if (rulechain == NULL)
		return NULL;
	if (rulechain->spf == NULL)
		rulechain->spf = sender_spf_new(rulechain->txn, rulechain->dns,
		    rulechain->wait);
	return sender_spf_judge(rulechain->spf);
}

static const char *
find_permit(const struct rulechain *rulechain)
{
	for (size_t i = 0; i < rulechain->count; i++)
		if (counts(&rulechain->links[i]) &&
		    rulechain->links[i].permit.allowed_by != NULL)
			return rulechain->links[i].permit.allowed_by;
	return NULL;
}

void
rulechain_spare(struct findings *findings, const char *why,
    bool is_failure_spared)
{
	for (size_t i = 0; i < findings->items.len; i++) {
		struct finding *finding = vec_at(&findings->items, i);

		if (finding->suggested == DECISION_HAM ||
		    (finding->has_failed && !is_failure_spared))
			continue;
		finding->suggested = DECISION_HAM;
		finding->reply = NULL;
		finding->reason = arena_printf(findings->arena, "%s (but %s)",
		    finding->reason != NULL ? finding->reason
		    : finding->check, why);
	}
}

struct findings *
rulechain_findings(struct rulechain *rulechain)
{
	struct findings *all = arena_alloc(rulechain->arena, sizeof(*all));
	const char *permit = find_permit(rulechain);

	findings_init(all, rulechain->arena);
	for (size_t i = 0; i < rulechain->count; i++)
		findings_add_all(all, &rulechain->links[i].findings,
		    rulechain->links[i].common->dry_run);
	if (permit != NULL)
		rulechain_spare(all, permit, true);
	return all;
}
