/* SPDX-License-Identifier: ISC */
/* greylist.c - first contact waits; a second try within the window passes.
 *
 * Judged at RCPT (RFC 6647 2.4): a client, a sender and a recipient that have
 * not met before get 450. Who comes again after `delay` and within `window`
 * passes, and so does all that follows, until nothing came for `lifetime`. A
 * client that has delivered passes_after times passes whatever it sends.
 *
 * A client is its network, because a queue is not always emptied by the host
 * that filled it. Where the network is not known, and the client passes the SPF
 * of the sender's domain, the client is that domain: the many hosts of a large
 * sender are one. The network is asked about first: it is enough for most mail,
 * takes no DNS, and is an answer to fall back on when the DNS is slow, so that
 * nobody gets around this by a slow DNS.
 *
 * Greylisted are recipients whose policy says `greylist yes`. Never: logins,
 * signing_networks, trusted_relays (a queue behind us that would come again for
 * strangers), trusted_forwarders, whom rule access spares, and mail to
 * postmaster and abuse (DESIGN 5.18), as with all rules.
 *
 * The null sender is no exception. RFC 6647 knows none: bounces come from hosts
 * with queues, a callback that is put off has learnt nothing false, and <>
 * would be the way around for everybody else. Its SPF is that of the HELO name.
 *
 * Kept in the store: the triplet as a digest, and for each client the number
 * of its deliveries (lib/store/greylist.c).
 */
#include "store/greylist.h"

#include "auth/spf.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/address.h"
#include "mail/forwarders.h"
#include "mail/policy.h"
#include "mail/sender_fold.h"
#include "policyd/rule.h"
#include "policyd/when.h"
#include "store/key.h"

struct greylist_settings {
	struct rule_common common;
	int64_t delay_ms, window_ms, lifetime_ms;
	int64_t passes_after;
	int64_t ipv4_mask, ipv6_mask;
	bool spf;
};

/* What the store says of a client under one of its names. */
struct trial {
	const char *who;		/* "192.0.2.0/24"; NULL: not asked */
	struct store_call *call;
	struct greylist_result result;
	bool is_answered;
	const char *trouble;		/* why it never will be; NULL: it may */
};

struct greylisting {
	struct str sender, rcpt;	/* folded */
	struct trial network, domain;
};

/* --- who is spared -------------------------------------------------------- */

static const char *
client_excuse(const struct txn *txn)
{
	const struct client *client = &txn->client;
	const struct site *site = txn->site;

	if (client->login != NULL)
		return "it has a login";
	if (client->address.len == 0)
		return "the client's address is not known";
	if (netlist_has(site->signing_networks, &client->address))
		return "the client is in signing_networks";
	if (netlist_has(site->trusted_relays, &client->address))
		return "the client is one of trusted_relays";
	if (forwarders_have_address(site->trusted_forwarders,
	    &client->address) || (client->name != NULL &&
	    forwarders_have_domain(site->trusted_forwarders,
	    str_lower(txn->arena, str_from(client->name)))))
		return "the client is one of trusted_forwarders";
	return NULL;
}

static const char *
find_excuse(const struct rule_run *run)
{
	const struct txn *txn = run->txn;
	const struct rcpt *rcpt;

	if (txn->rcpts.len == 0)
		return "the recipient is no address";
	rcpt = vec_at(&txn->rcpts, 0);
	if (!rcpt->policy->values->greylist)
		return "not wanted for this recipient";
	if (run->store == NULL)
		return "nothing is remembered here";
	if (rule_skips_greylist(run))
		return "rule access spares it";
	return client_excuse(txn);
}

/* --- asking --------------------------------------------------------------- */

static void
let_go(void *arg)
{
	struct greylisting *state = arg;

	store_call_unref(&state->network.call);
	store_call_unref(&state->domain.call);
}

static struct greylisting *
begin(struct rule_run *run)
{
	struct txn *txn = run->txn;
	struct greylisting *state = arena_zalloc(txn->arena,
	    sizeof(*state));
	const struct rcpt *rcpt = vec_at(&txn->rcpts, 0);
	char delimiter = txn->site->recipient_delimiter;

	state->sender = sender_fold(txn->arena, &txn->sender, delimiter);
	state->rcpt = address_canonical(txn->arena, &rcpt->address, delimiter);
	arena_on_free(txn->arena, let_go, state);
	return state;
}

/* "192.0.2.0/24" */
static const char *
network_text(const struct rule_run *run)
{
	const struct greylist_settings *settings = run->settings;
	const struct netaddr *address = &run->txn->client.address;
	unsigned mask = (unsigned)(address->len == 4 ? settings->ipv4_mask
	    : settings->ipv6_mask);
	struct netaddr network = netaddr_mask(address, mask);
	char text[NETADDR_TEXT_SIZE];

	return arena_printf(run->txn->arena, "%s/%u",
	    netaddr_format(&network, text), mask);
}

/* Who waits so long still has time to come back. */
static void
take_times(const struct rule_run *run, struct greylist *greylist)
{
	const struct greylist_settings *settings = run->settings;
	const struct rcpt *rcpt = vec_at(&run->txn->rcpts, 0);

	greylist->delay_ms = settings->delay_ms;
	greylist->window_ms = settings->window_ms;
	greylist->lifetime_ms = settings->lifetime_ms;
	if (!policy_says(rcpt->policy, "greylist_delay"))
		return;
	greylist->delay_ms = rcpt->policy->values->greylist_delay_ms;
	if (greylist->delay_ms >= greylist->window_ms)
		greylist->window_ms += greylist->delay_ms;
}

static void
ask(struct rule_run *run, const struct greylisting *state,
    struct trial *trial, const char *who)
{
	const struct greylist_settings *settings = run->settings;
	struct arena *arena = run->txn->arena;
	struct str tag = str_from(who);
	struct greylist greylist = {
		.triplet = greylist_triplet(arena, tag, tag, state->sender,
		    state->rcpt),
		.client = store_key(arena, tag, "greyclient", STR("")),
		.now_ms = run->txn->now_ms,
		.passes_after = settings->passes_after,
	};

	take_times(run, &greylist);
	trial->who = who;
	trial->call = greylist_ask(run->store, arena, &greylist, run->wait);
}

/* Take the answer if it has come. */
static void
look(const struct rule_run *run, struct trial *trial)
{
	const struct store_answer *answer;
	const char *error;

	if (trial->call == NULL || trial->is_answered)
		return;
	answer = store_call_answer(trial->call);
	if (answer == NULL)
		return;
	if (answer->status != STORE_DONE)
		trial->trouble = arena_printf(run->txn->arena,
		    "the store: %s", answer->error);
	else if (greylist_read(answer, &trial->result, &error) < 0)
		trial->trouble = "the store's answer makes no sense";
	else
		trial->is_answered = true;
}

static bool
has_passed(const struct trial *trial)
{
	return trial->is_answered && trial->result.state >= GREYLIST_PASSED;
}

/* Is it worth waiting for what the domain's name makes of it? */
static bool
try_domain(struct rule_run *run, struct greylisting *state)
{
	const struct greylist_settings *settings = run->settings;
	const struct spf_verdict *verdict;
	struct arena *arena = run->txn->arena;

	if (!settings->spf)
		return false;
	if (state->domain.call == NULL) {
		verdict = rule_spf(run);
		if (verdict == NULL)
			return true;
		if (verdict->result != RESULT_PASS)
			return false;
		ask(run, state, &state->domain, str_dup_lower(arena,
		    verdict->domain));
	}
	look(run, &state->domain);
	return !state->domain.is_answered && state->domain.trouble == NULL;
}

/* --- telling -------------------------------------------------------------- */

static const char *const state_texts[] = {
	[GREYLIST_NEW] = "new",
	[GREYLIST_EARLY] = "too early",
	[GREYLIST_PASSED] = "has come back",
	[GREYLIST_KNOWN] = "known",
	[GREYLIST_CLIENT_KNOWN] = "a client that delivers often",
};

/* RFC 6647 5: a 4yz reply; 4.7.1, as it is policy (RFC 3463 3.8). */
static const struct reply *
make_reply(const struct rule_run *run, const struct trial *trial)
{
	struct arena *arena = run->txn->arena;
	struct reply *reply = arena_zalloc(arena, sizeof(*reply));

	*reply = (struct reply){ 450, "4.7.1", arena_printf(arena,
	    "greylisted; next possible at %s", when_text(arena,
	    run->txn->now_ms, trial->result.next_ms)) };
	return reply;
}

/* Of two that wait the one that passes first. */
static const struct trial *
find_best(const struct greylisting *state)
{
	const struct trial *network = &state->network;
	const struct trial *domain = &state->domain;

	if (!domain->is_answered || has_passed(network))
		return network;
	return has_passed(domain) ||
	    domain->result.next_ms < network->result.next_ms ? domain
	    : network;
}

static void
tell(struct rule_run *run, const struct greylisting *state)
{
	const struct trial *trial = find_best(state);
	bool passes = has_passed(trial);
	struct finding *finding = findings_add(run->findings, run->name,
	    passes ? RESULT_PASS : RESULT_FAIL,
	    arena_printf(run->txn->arena, "%s: from %s by %s to %.*s",
	    state_texts[trial->result.state],
	    state->sender.len != 0 ? str_dup(run->txn->arena, state->sender)
	    : "<>", trial->who, STR_ARG(state->rcpt)));

	if (passes)
		return;
	finding->suggested = DECISION_DEFER;
	finding->reply = make_reply(run, trial);
}

static enum rule_status
run_greylist(struct rule_run *run, const char **error_r)
{
	struct greylisting *state = run->state;
	const char *excuse = find_excuse(run);

	if (excuse != NULL) {
		findings_add(run->findings, run->name, RESULT_NONE, excuse);
		return RULE_DONE;
	}
	if (state == NULL) {
		run->state = state = begin(run);
		ask(run, state, &state->network, network_text(run));
	}
	look(run, &state->network);
	*error_r = state->network.trouble;
	if (state->network.trouble != NULL)
		return RULE_FAILED;
	if (!state->network.is_answered)
		return RULE_WAIT;
	if (!has_passed(&state->network) && try_domain(run, state) &&
	    !run->is_late)
		return RULE_WAIT;
	/* It may spare us yet. */
	if (rule_state_of(run, "access") == RULE_STATE_RUNNING &&
	    !run->is_late)
		return RULE_WAIT;
	tell(run, state);
	return RULE_DONE;
}

static int
check_greylist(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct greylist_settings *settings = values;

	*key_r = "delay";
	*error_r = "it is not shorter than window: nobody would ever pass";
	if (settings->delay_ms >= settings->window_ms)
		return -1;
	return rule_common_check(&settings->common, arena, key_r, error_r);
}

static const struct setting rows[] = {
	RULE_COMMON_ROWS(struct greylist_settings, "pass"),
	SETTING_DURATION_ROW("delay", struct greylist_settings, delay_ms,
	    "3m", 1000, 86400000,
	    "A stranger who comes again sooner is still put off. What "
	    "greylist_delay says of a recipient goes before this."),
	SETTING_DURATION_ROW("window", struct greylist_settings, window_ms,
	    "1d", 60000, INT64_C(30) * 86400000,
	    "A stranger who comes again later begins anew."),
	SETTING_DURATION_ROW("lifetime", struct greylist_settings,
	    lifetime_ms, "35d", 3600000, INT64_C(730) * 86400000,
	    "How long who has passed is known, since it last came."),
	SETTING_INT_ROW("passes_after", struct greylist_settings,
	    passes_after, "5", 0, 1000000,
	    "After so many deliveries a client is put off no more, whatever "
	    "it sends; 0: never."),
	SETTING_INT_ROW("ipv4_mask", struct greylist_settings, ipv4_mask,
	    "24", 8, 32, "Clients of one such network are one client."),
	SETTING_INT_ROW("ipv6_mask", struct greylist_settings, ipv6_mask,
	    "64", 16, 128, "The same for IPv6."),
	SETTING_BOOL_ROW("spf", struct greylist_settings, spf, "yes",
	    "Take all clients that pass the SPF of the sender's domain for "
	    "one."),
};

static const struct section section = {
	.name = "rule",
	.label = "greylist",
	.help = "Strangers are asked to come again later (RFC 6647), where "
	    "the recipient's policy says `greylist yes`. Mail servers do, who "
	    "sends spam by the million often does not.",
	.size = sizeof(struct greylist_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check_greylist,
};

const struct rule rule_greylist = {
	.name = "greylist",
	.stages = POLICY_RCPT,
	.needs_policies = true,
	.section = &section,
	.run = run_greylist,
};
