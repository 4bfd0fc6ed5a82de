/* SPDX-License-Identifier: ISC */
/* hearing.c - one request from its attributes to the answer. */
#include "policyd/hearing.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "directory/parties.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "policyd/instances.h"
#include "policyd/reply.h"
#include "policyd/rulebook.h"
#include "policyd/rulechain.h"
#include "policyd/settings.h"

/* Angle brackets, and quotes where they are needed. */
#define PATH_MARKS 4

struct hearing {
	struct rulebook *rulebook;
	struct instances *instances;
	struct txn *txn;
	struct parties *parties;	/* NULL: nothing is to be asked */
	struct rulechain *rules;
	struct request request;
	int64_t start_us, run_us;	/* begun, first run of the rules over */
};

static const char *
text_or_null(struct arena *arena, struct str text)
{
	return text.len != 0 ? str_dup(arena, text) : NULL;
}

/* Postfix sends addresses as it keeps them, without quotes: a b@example.org is
 * "a b"@example.org, and the last @ is the one before the domain. */
static const char *
path_of(struct arena *arena, struct str internal)
{
	ptrdiff_t at = str_find_last(internal, '@');
	struct address address = { .local = internal, .domain = STR("") };
	struct buf path;

	if (at >= 0) {
		address.local = str_sub(internal, 0, (size_t)at);
		address.domain = str_from_pos(internal, (size_t)at + 1);
	}
	if (internal.len == 0)
		return "<>";
	buf_init(&path, arena);
	buf_reserve(&path, internal.len + PATH_MARKS);
	buf_add_char(&path, '<');
	buf_add_str(&path, address_print(arena, &address));
	buf_add_char(&path, '>');
	return path.data;
}

static void
set_client(struct txn *txn, const struct request *request)
{
	struct client *client = &txn->client;

	if (netaddr_parse(request->client_address, &client->address) < 0)
		client->address.len = 0;
	if (netaddr_parse(request->server_address, &client->server) < 0)
		client->server.len = 0;
	client->name = text_or_null(txn->arena, request->client_name);
	client->ptr_name = text_or_null(txn->arena,
	    request->reverse_client_name);
	client->helo = text_or_null(txn->arena, request->helo);
	client->tls_version = text_or_null(txn->arena, request->tls_version);
	client->login = text_or_null(txn->arena, request->login);
}

static void
add_rcpt(struct txn *txn, struct str rcpt)
{
	const char *error;

	if (txn_add_rcpt(txn, path_of(txn->arena, rcpt), &error) < 0)
		log_info(&txn->log, "recipient=%s is no address: %s",
		    log_wire(txn->arena, rcpt, 200), error);
}

/* At RCPT the one that is asked about; later all that were not refused. */
static void
set_rcpts(struct hearing *hearing)
{
	const struct request *request = &hearing->request;
	struct str at = STR("");

	if (request->stage != POLICY_RCPT)
		while (instances_next_rcpt(hearing->instances,
		    request->instance, &at))
			add_rcpt(hearing->txn, at);
	if (hearing->txn->rcpts.len == 0 && request->recipient.len != 0)
		add_rcpt(hearing->txn, request->recipient);
	/* No addresses for us, or forgotten meanwhile. */
	hearing->txn->has_more_rcpts =
	    request->recipient_count > hearing->txn->rcpts.len;
}

static void
set_facts(struct hearing *hearing)
{
	const struct request *request = &hearing->request;
	struct txn *txn = hearing->txn;
	const char *error;

	/* Our milter, which asks about what sendmail submits. */
	if (ulid_is_valid(request->instance))
		memcpy(txn->id, request->instance.data, ULID_SIZE - 1);
	if (request->instance.len != 0)
		instances_id(hearing->instances, request->instance,
		    clock_steady_ms(), txn->id);
	if (request->queue_id.len != 0)
		txn_set_queue_id(txn, str_dup(txn->arena, request->queue_id));
	set_client(txn, request);
	if (txn_set_sender(txn, path_of(txn->arena, request->sender),
	    &error) < 0)
		log_info(&txn->log, "sender=%s is no address: %s",
		    log_wire(txn->arena, request->sender, 200), error);
	set_rcpts(hearing);
	/* The headers are yet to come, whatever the stage. */
	txn->stage = STAGE_RCPT;
	txn->direction = direction_of(txn);
}

/* The texts move from the connection's buffer into the arena. */
static void
copy_request(struct request *copy, const struct request *request,
    struct arena *arena)
{
	struct str *const texts[] = { &copy->protocol_state, &copy->instance,
		&copy->queue_id, &copy->client_address, &copy->client_name,
		&copy->reverse_client_name, &copy->server_address,
		&copy->helo, &copy->sender, &copy->recipient, &copy->login,
		&copy->tls_version };

	*copy = *request;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = str_copy(arena, *texts[i]);
}

/* The rules run when it is known what holds for all that it names. */
static void
ask_directory(struct hearing *hearing, struct policies *policies,
    struct wait *wait)
{
	if (policies == NULL)
		return;
	hearing->parties = parties_new(policies, hearing->txn,
	    hearing_deadline_ms(hearing), wait);
	parties_ask_txn(hearing->parties);
}

static bool
has_policies(struct hearing *hearing, bool is_late)
{
	const char *error;

	if (hearing->parties == NULL)
		return true;
	switch (parties_look(hearing->parties, is_late, &error)) {
	case POLICIES_WAIT:
		return false;
	case POLICIES_UNAVAILABLE:
		rulechain_set_trouble(hearing->rules, error);
		break;
	case POLICIES_FOUND:
		break;
	}
	hearing->parties = NULL;
	return true;
}

struct hearing *
hearing_new(struct rulebook *rulebook, struct instances *instances,
    const struct request *request, struct wait *wait)
{
	struct txn *txn = txn_new_small(rulebook_site(rulebook),
	    clock_now_ms());
	struct hearing *hearing = arena_zalloc(txn->arena, sizeof(*hearing));
	const struct rulechain_entry *entries;
	size_t count;

	hearing->start_us = clock_steady_us();
	hearing->rulebook = rulebook_ref(rulebook);
	hearing->instances = instances;
	hearing->txn = txn;
	copy_request(&hearing->request, request, txn->arena);
	set_facts(hearing);
	entries = rulebook_rules(rulebook, &count);
	hearing->rules = rulechain_new(txn, &hearing->request, entries, count,
	    wait);
	rulechain_serve(hearing->rules, rulebook_ledger(rulebook),
	    instances_rcpt_count(instances, hearing->request.instance));
	rulechain_set_notices(hearing->rules, rulebook_notices(rulebook));
	rulechain_set_dns(hearing->rules, rulebook_dns(rulebook));
	ask_directory(hearing, rulebook_policies(rulebook), wait);
	return hearing;
}

void
hearing_free(struct hearing **hearing)
{
	struct rulebook *rulebook;
	struct txn *txn;

	if (*hearing == NULL)
		return;
	/* The hearing itself lives in the transaction's arena. */
	rulebook = (*hearing)->rulebook;
	txn = (*hearing)->txn;
	*hearing = NULL;
	txn_free(&txn);
	rulebook_unref(&rulebook);
}

struct txn *
hearing_txn(struct hearing *hearing)
{
	return hearing->txn;
}

int64_t
hearing_deadline_ms(const struct hearing *hearing)
{
	return rulebook_settings(hearing->rulebook)->deadline_ms;
}

bool
hearing_run(struct hearing *hearing)
{
	bool is_over = has_policies(hearing, false) &&
	    rulechain_run(hearing->rules) == 0;

	if (hearing->run_us == 0)
		hearing->run_us = clock_steady_us();
	return is_over;
}

/* The verdict with words that fit here: what we let pass others still judge. */
static const struct verdict *
judge(struct hearing *hearing, struct findings *findings)
{
	static const char usual[] = "delivered: no check objects";
	const struct policyd_settings *settings =
	    rulebook_settings(hearing->rulebook);
	struct txn *txn = hearing->txn;
	struct verdict *verdict;

	/* They hear of no junk mark, which only the milter sets. */
	if (verdict_is_for_postmaster(txn))
		rulechain_spare(findings, "who answers for the host is not kept "
		    "from its mail", false);
	verdict = arena_memdup(txn->arena, verdict_of(txn, findings,
	    (enum mode)settings->common.mode), sizeof(*verdict));
	if (hearing->request.stage == POLICY_END && verdict->reply != NULL)
		verdict->reply = reply_at_end(txn->arena, verdict->reply);
	if (strncmp(verdict->sentence, usual, sizeof(usual) - 1) == 0)
		verdict->sentence = arena_printf(txn->arena,
		    "passed on: no rule objects%s",
		    verdict->sentence + sizeof(usual) - 1);
	return verdict;
}

static void
remember(struct hearing *hearing, const struct verdict *verdict)
{
	const struct request *request = &hearing->request;
	int64_t now_ms = clock_steady_ms();

	if (request->instance.len == 0)
		return;
	if (request->stage == POLICY_RCPT && verdict->done < DECISION_DEFER)
		instances_add_rcpt(hearing->instances, request->instance,
		    request->recipient, now_ms);
	else if (request->stage == POLICY_END)
		instances_end(hearing->instances, request->instance, now_ms);
}

const struct ruling *
hearing_end(struct hearing *hearing)
{
	struct txn *txn = hearing->txn;
	struct ruling *ruling = arena_zalloc(txn->arena, sizeof(*ruling));
	struct findings *findings;

	has_policies(hearing, true);
	ruling->is_late = rulechain_run(hearing->rules) != 0;
	if (ruling->is_late)
		rulechain_end(hearing->rules);
	findings = rulechain_findings(hearing->rules);
	ruling->request = &hearing->request;
	ruling->findings = findings;
	ruling->verdict = judge(hearing, findings);
	ruling->action = reply_action(txn, ruling->verdict);
	ruling->total_us = clock_steady_us() - hearing->start_us;
	if (hearing->run_us != 0)
		ruling->waited_us = clock_steady_us() - hearing->run_us;
	remember(hearing, ruling->verdict);
	rulechain_settle(hearing->rules, ruling->verdict);
	return ruling;
}
