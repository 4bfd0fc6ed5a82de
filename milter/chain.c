/* SPDX-License-Identifier: ISC */
/* chain.c - runs the checks of a transaction, all that wait at once. */
#include "milter/chain.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "milter/ours.h"

/* One check of this transaction. */
struct link {
	const struct chain_entry *entry;
	const struct check_common *common;
	struct check_run run;
	struct findings findings;
	bool has_ended;
	bool has_failed;
};

struct chain {
	struct txn *txn;
	struct wait *wait;
	struct dns_view *dns;
	struct ours *ours;		/* NULL: there is no directory */
	struct link *links;
	size_t count;
	struct findings findings;	/* of all, once collected */
	bool is_collected;
	int64_t waited_us;
};

static void
drop_wait(void *arg)
{
	struct wait *wait = arg;

	wait_unref(&wait);
}

static void
init_link(struct chain *chain, struct link *link,
    const struct chain_entry *entry)
{
	link->entry = entry;
	link->common = entry->settings;
	link->has_ended = !link->common->enabled;
	findings_init(&link->findings, chain->txn->arena);
	link->run = (struct check_run){
		.txn = chain->txn,
		.dns = chain->dns,
		.settings = entry->settings,
		.findings = &link->findings,
		.name = entry->check->name,
		.chain = chain,
		.wait = chain->wait,
	};
}

struct chain *
chain_new(struct txn *txn, const struct chain_entry *entries, size_t count,
    struct dns_source *dns)
{
	struct chain *chain = arena_zalloc(txn->arena, sizeof(*chain));

	chain->txn = txn;
	chain->wait = wait_new();
	arena_on_free(txn->arena, drop_wait, chain->wait);
	chain->dns = dns_view_new(txn->arena, dns, chain->wait);
	chain->links = arena_zalloc(txn->arena, count * sizeof(struct link));
	chain->count = count;
	for (size_t i = 0; i < count; i++)
		init_link(chain, &chain->links[i], &entries[i]);
	findings_init(&chain->findings, txn->arena);
	return chain;
}

void
chain_serve(struct chain *chain, struct asker *asker)
{
	for (size_t i = 0; i < chain->count; i++)
		chain->links[i].run.asker = asker;
}

void
chain_serve_files(struct chain *chain, struct asker *asker)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->links[i].entry->check->wants_files)
			chain->links[i].run.asker = asker;
}

void
chain_consult(struct chain *chain, struct policies *policies,
    int64_t timeout_ms)
{
	chain->ours = ours_new(policies, chain->txn, timeout_ms, chain->wait);
	for (size_t i = 0; i < chain->count; i++)
		chain->links[i].run.ours = chain->ours;
}

void
chain_judge_by(struct chain *chain, struct ruleset *ruleset)
{
	for (size_t i = 0; i < chain->count; i++)
		chain->links[i].run.ruleset = ruleset;
}

static void
fail_link(struct link *link, const char *reason)
{
	link->findings.items.len = 0;
	link->has_ended = true;
	link->has_failed = true;
	findings_add_failure(&link->findings, link->run.name,
	    link->common->on_error, reason);
}

/* Why the check cannot judge this message, or NULL: a part was left out. */
static const char *
find_gap(const struct txn *txn, const struct check *check)
{
	if (txn->stage < STAGE_HEADERS)
		return NULL;
	if (txn->headers_left_out != NULL &&
	    (check->wants_body || check->first_stage >= STAGE_HEADERS))
		return txn->headers_left_out;
	return check->wants_body ? txn->body_left_out : NULL;
}

static void
run_link(struct link *link)
{
	const struct check *check = link->entry->check;
	const char *gap = find_gap(link->run.txn, check);
	const char *error = "failed without a reason";

	if (gap != NULL) {
		fail_link(link, gap);
		return;
	}
	link->findings.items.len = 0;
	switch (check->run(&link->run, &error)) {
	case CHECK_DONE:
		link->has_ended = true;
		break;
	case CHECK_FAILED:
		fail_link(link, error);
		break;
	case CHECK_WAIT:
		break;
	}
}

/* Run every check that may run once. How many wait, how many have ended now. */
static size_t
run_pass(struct chain *chain, size_t *ended_r)
{
	size_t waiting = 0, ended = 0;

	for (size_t i = 0; i < chain->count; i++) {
		struct link *link = &chain->links[i];

		if (link->has_ended ||
		    link->entry->check->first_stage > chain->txn->stage)
			continue;
		run_link(link);
		if (link->has_ended)
			ended++;
		else
			waiting++;
	}
	*ended_r = ended;
	return waiting;
}

size_t
chain_run(struct chain *chain)
{
	size_t waiting, ended;

	/* A check may wait for what one that has just ended found out. */
	do
		waiting = run_pass(chain, &ended);
	while (waiting != 0 && ended != 0);
	return waiting;
}

enum check_state
check_state_of(const struct check_run *run, const char *name)
{
	const struct chain *chain = run->chain;

	for (size_t i = 0; i < chain->count; i++) {
		const struct link *link = &chain->links[i];

		if (!link->common->enabled ||
		    strcmp(link->run.name, name) != 0)
			continue;
		if (!link->has_ended)
			return CHECK_STATE_RUNNING;
		return link->has_failed ? CHECK_STATE_FAILED
					: CHECK_STATE_DONE;
	}
	return CHECK_STATE_OFF;
}

const struct findings *
check_findings_before(const struct check_run *run)
{
	const struct chain *chain = run->chain;
	struct findings *found;
	size_t i = 0;

	for (; &chain->links[i].run != run; i++)
		if (!chain->links[i].has_ended)
			return NULL;
	found = arena_alloc(chain->txn->arena, sizeof(*found));
	findings_init(found, chain->txn->arena);
	for (size_t before = 0; before < i; before++)
		findings_add_all(found, &chain->links[before].findings,
		    chain->links[before].common->dry_run);
	return found;
}

static bool
sleep_until_answer(struct chain *chain, int64_t deadline_ms)
{
	int64_t start_us = clock_steady_us();
	bool has_come;

	/* Answers that keep coming must not carry it past the deadline. */
	has_come = start_us / 1000 < deadline_ms &&
	    wait_sleep(chain->wait, deadline_ms) == 1;
	chain->waited_us += clock_steady_us() - start_us;
	return has_come;
}

void
chain_finish(struct chain *chain, int64_t deadline_ms)
{
	size_t waiting;

	while ((waiting = chain_run(chain)) != 0)
		if (!sleep_until_answer(chain, deadline_ms))
			break;
	if (waiting == 0)
		return;
	dns_view_give_up(chain->dns);
	ours_give_up(chain->ours);
	waiting = chain_run(chain);
	for (size_t i = 0; i < chain->count && waiting != 0; i++) {
		if (chain->links[i].has_ended)
			continue;
		fail_link(&chain->links[i], "no answer in time");
		waiting = chain_run(chain);
	}
}

struct findings *
chain_findings(struct chain *chain)
{
	if (!chain->is_collected)
		for (size_t i = 0; i < chain->count; i++)
			findings_add_all(&chain->findings,
			    &chain->links[i].findings,
			    chain->links[i].common->dry_run);
	chain->is_collected = true;
	return &chain->findings;
}

int64_t
chain_waited_us(const struct chain *chain)
{
	return chain->waited_us;
}

size_t
chain_questions(const struct chain *chain)
{
	return dns_view_asked(chain->dns);
}
