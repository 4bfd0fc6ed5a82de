/* SPDX-License-Identifier: ISC */
/* engine.c - a message through checks, verdict and actions. */
#include "milter/engine.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "directory/parties.h"
#include "mail/spool.h"
#include "mail/verdict_score.h"
#include "milter/settings.h"
#include "milter/snapshot.h"
#include "mime/reader.h"

/* What the findings of the engine itself are called. */
#define ENGINE_LIMITS "limits"
#define ENGINE_SPOOL "spool"
#define ENGINE_DIRECTORY "directory"

struct engine {
	struct snapshot *snapshot;
	struct txn *txn;
	struct dns_source *dns;
	struct chain *chain;
	enum mode mode;
	int64_t start_us;
	struct parties *parties;	/* NULL: nothing is to be asked */
	struct wait *wait;		/* for them; NULL with it */
	const char *unknown_policy;	/* why; NULL: all are known */
	int64_t waited_us;		/* for them */
	const char *rcpts_left_out;
	int spool_error;		/* errno; 0: none */
	struct mime_reader *reader;	/* NULL: nobody wants it */
};

static void
drop_spool(void *arg)
{
	struct spool *spool = arg;

	spool_free(&spool);
}

/* What files hold is kept as the body is, where somebody wants that. */
static struct mime_reader *
new_reader(struct engine *engine)
{
	const struct snapshot *snapshot = engine->snapshot;
	struct arena *arena = engine->txn->arena;
	struct spool *like = NULL;

	if (snapshot->wants_files) {
		like = spool_new(snapshot->settings->spool_directory,
		    (size_t)snapshot->settings->spool_memory);
		arena_on_free(arena, drop_spool, like);
	}
	return mime_reader_new(arena, snapshot->mime_limits, like);
}

struct engine *
engine_new(struct snapshot *snapshot, struct dns_source *dns, int64_t now_ms)
{
	struct txn *txn = txn_new(snapshot->site, now_ms);
	struct engine *engine = arena_zalloc(txn->arena, sizeof(*engine));

	engine->snapshot = snapshot_ref(snapshot);
	engine->txn = txn;
	engine->dns = dns;
	engine->chain = chain_new(txn, snapshot->checks, snapshot->check_count,
	    dns);
	chain_judge_by(engine->chain, snapshot->ruleset);
	engine->mode = (enum mode)snapshot->settings->common.mode;
	engine->start_us = clock_steady_us();
	if (snapshot->wants_mime)
		engine->reader = new_reader(engine);
	return engine;
}

void
engine_set_mode(struct engine *engine, enum mode mode)
{
	engine->mode = mode;
}

void
engine_set_only(struct engine *engine, const char *check)
{
	const struct snapshot *snapshot = engine->snapshot;
	size_t i = 0;

	while (i < snapshot->check_count &&
	    strcmp(snapshot->checks[i].check->name, check) != 0)
		i++;
	engine->chain = chain_new(engine->txn, &snapshot->checks[i],
	    i < snapshot->check_count ? 1 : 0, engine->dns);
}

void
engine_serve(struct engine *engine, struct asker *asker)
{
	chain_serve(engine->chain, asker);
}

void
engine_serve_files(struct engine *engine, struct asker *asker)
{
	chain_serve_files(engine->chain, asker);
}

static void
drop_wait(void *arg)
{
	struct wait *wait = arg;

	wait_unref(&wait);
}

/* Who does not end within a message's own deadline is asked in vain. */
void
engine_consult(struct engine *engine, struct policies *policies)
{
	struct arena *arena = engine->txn->arena;

	if (policies == NULL)
		return;
	engine->wait = wait_new();
	arena_on_free(arena, drop_wait, engine->wait);
	engine->parties = parties_new(policies, engine->txn,
	    engine->snapshot->settings->deadline_ms, engine->wait);
	chain_consult(engine->chain, policies,
	    engine->snapshot->settings->deadline_ms);
}

/* Its author counts when the header is complete: is he the login's own? */
static void
ask_directory(struct engine *engine)
{
	struct txn *txn = engine->txn;

	if (engine->parties == NULL || txn->stage < STAGE_MAIL)
		return;
	parties_ask_txn(engine->parties);
	if (txn->stage >= STAGE_HEADERS && txn_from(txn)->len == 1)
		parties_ask(engine->parties, vec_at(txn_from(txn), 0),
		    txn->client.login);
}

/* Wait for what was asked. */
static void
take_policies(struct engine *engine, int64_t deadline_ms)
{
	int64_t start_us = clock_steady_us();
	enum policies_result result;
	bool is_late = false;

	ask_directory(engine);
	if (engine->parties == NULL)
		return;
	while ((result = parties_look(engine->parties, is_late,
	    &engine->unknown_policy)) == POLICIES_WAIT)
		is_late = wait_sleep(engine->wait, deadline_ms) == 0;
	engine->waited_us = clock_steady_us() - start_us;
}

struct txn *
engine_txn(struct engine *engine)
{
	return engine->txn;
}

void
engine_free(struct engine **engine)
{
	struct snapshot *snapshot;
	struct txn *txn;

	if (*engine == NULL)
		return;
	/* The engine itself lives in the transaction's arena. */
	snapshot = (*engine)->snapshot;
	txn = (*engine)->txn;
	*engine = NULL;
	txn_free(&txn);
	snapshot_unref(&snapshot);
}

/* As the list keeps it: it lives as long as the reader. */
static void
read_last_field(struct engine *engine)
{
	const struct vec *fields = &engine->txn->headers.fields;
	const struct header *field = vec_at(fields, fields->len - 1);

	if (engine->reader != NULL)
		mime_reader_field(engine->reader, field->name, field->value);
}

void
engine_add_header(struct engine *engine, struct str name, struct str value)
{
	const struct milter_settings *settings = engine->snapshot->settings;
	struct txn *txn = engine->txn;
	const struct header_list *headers = &txn->headers;

	if (txn->headers_left_out != NULL)
		return;
	if (headers->fields.len >= (size_t)settings->max_headers) {
		txn->headers_left_out = arena_printf(txn->arena,
		    "more than %lld header fields",
		    (long long)settings->max_headers);
	} else if (headers->size_bytes + name.len + value.len >
	    (size_t)settings->max_header_size) {
		txn->headers_left_out = arena_printf(txn->arena,
		    "more than %lld bytes of header fields",
		    (long long)settings->max_header_size);
	} else {
		header_list_add(&txn->headers, name, value);
		read_last_field(engine);
	}
}

void
engine_add_body(struct engine *engine, const void *data, size_t len)
{
	const struct milter_settings *settings = engine->snapshot->settings;
	struct txn *txn = engine->txn;

	if (!engine->snapshot->wants_body || txn->body_left_out != NULL)
		return;
	if (txn->body == NULL)
		txn->body = spool_new(settings->spool_directory,
		    (size_t)settings->spool_memory);
	if (txn->headers.size_bytes + spool_size(txn->body) + len >
	    (size_t)settings->max_message_size) {
		txn->body_left_out = arena_printf(txn->arena,
		    "a message of more than %lld bytes",
		    (long long)settings->max_message_size);
	} else if (spool_add(txn->body, data, len) < 0) {
		engine->spool_error = errno;
		txn->body_left_out = arena_printf(txn->arena,
		    "the body could not be stored: %s", strerror(errno));
	}
	if (txn->body_left_out != NULL)
		spool_free(&txn->body);
	else if (engine->reader != NULL)
		mime_reader_feed(engine->reader, str_of(data, len));
}

enum rcpt_answer
engine_add_rcpt(struct engine *engine, const char *path)
{
	const struct milter_settings *settings = engine->snapshot->settings;
	struct txn *txn = engine->txn;
	const char *error;

	if (txn->rcpts.len >= (size_t)settings->max_rcpts) {
		if (engine->mode == MODE_ENFORCE)
			return RCPT_TOO_MANY;
		engine->rcpts_left_out = arena_printf(txn->arena,
		    "more than %lld recipients",
		    (long long)settings->max_rcpts);
	} else if (txn_add_rcpt(txn, path, &error) < 0) {
		log_info(&txn->log, "recipient=%s is no address: %s",
		    log_wire(txn->arena, str_from(path), 200), error);
	}
	return RCPT_TAKEN;
}

void
engine_reach(struct engine *engine, enum stage stage)
{
	struct txn *txn = engine->txn;

	if (stage <= txn->stage)
		return;
	txn->stage = stage;
	txn->direction = direction_of(txn);
	ask_directory(engine);
	chain_run(engine->chain);
}

static void
add_limit(struct engine *engine, struct findings *findings, const char *limit)
{
	static const struct reply reply = { 552, "5.3.4",
		"the message is larger than what can be examined here" };
	int on_limit = engine->snapshot->settings->on_limit;
	struct finding *finding;

	if (limit == NULL)
		return;
	finding = findings_add(findings, ENGINE_LIMITS, RESULT_POLICY, limit);
	finding->suggested = on_error_decide(on_limit, &finding->reply);
	if (on_limit == ON_ERROR_REJECT)
		finding->reply = &reply;
}

static void
add_unknown_policy(struct engine *engine, struct findings *findings)
{
	if (engine->unknown_policy != NULL)
		findings_add_failure(findings, ENGINE_DIRECTORY,
		    engine->snapshot->settings->on_unknown_policy,
		    engine->unknown_policy);
}

/* What kept the engine from reading the message whole (DESIGN 7: over a limit
 * is a finding, not silence). */
static void
add_own_findings(struct engine *engine, struct findings *findings)
{
	static const struct reply reply = { 452, "4.3.1",
		"insufficient system storage" };
	const struct txn *txn = engine->txn;
	struct finding *finding;

	add_limit(engine, findings, engine->rcpts_left_out);
	add_limit(engine, findings, txn->headers_left_out);
	add_unknown_policy(engine, findings);
	if (engine->spool_error == 0) {
		add_limit(engine, findings, txn->body_left_out);
		return;
	}
	finding = findings_add(findings, ENGINE_SPOOL, RESULT_TEMPERROR,
	    txn->body_left_out);
	finding->has_failed = true;
	finding->suggested = DECISION_DEFER;
	finding->reply = &reply;
}

/* Who refuses or defers performs no action; in observe mode none lasts. */
static const struct verdict *
act(struct engine *engine, struct findings *findings,
    const struct verdict *verdict, struct outcome *outcome)
{
	const struct snapshot *snapshot = engine->snapshot;
	bool is_observed = engine->mode == MODE_OBSERVE;
	struct txn *txn = engine->txn;
	const struct undo *undo = undo_save(txn);
	struct apply apply = {
		.txn = txn,
		.findings = findings,
		.verdict = verdict,
		.keys = snapshot->keys,
		.is_observed = is_observed,
	};

	vec_init(&apply.reports, txn->arena, sizeof(struct action_report));
	if (apply_actions(&apply, snapshot->actions, snapshot->action_count) <
	    0)
		verdict = verdict_of(txn, findings, engine->mode);
	if (is_observed || verdict->decision >= DECISION_DEFER)
		undo_restore(txn, undo);
	if (verdict->decision < DECISION_DEFER) {
		outcome->reports = apply.reports.items;
		outcome->report_count = apply.reports.len;
	}
	return verdict;
}

const struct outcome *
engine_finish(struct engine *engine)
{
	const struct milter_settings *settings = engine->snapshot->settings;
	struct txn *txn = engine->txn;
	struct outcome *outcome = arena_zalloc(txn->arena, sizeof(*outcome));
	int64_t deadline_ms = clock_steady_ms() + settings->deadline_ms;
	struct findings *findings;

	if (txn->body == NULL)
		txn->body = spool_new(settings->spool_directory,
		    (size_t)settings->spool_memory);
	outcome->size_bytes = txn->headers.size_bytes + spool_size(txn->body);
	if (engine->reader != NULL)
		txn->mime = mime_reader_end(engine->reader);
	take_policies(engine, deadline_ms);
	engine_reach(engine, STAGE_MESSAGE);
	chain_finish(engine->chain, deadline_ms);
	findings = chain_findings(engine->chain);
	add_own_findings(engine, findings);
	verdict_add_score(txn, findings);
	outcome->findings = findings;
	outcome->verdict = verdict_of(txn, findings, engine->mode);
	if (outcome->verdict->decision < DECISION_DEFER)
		outcome->verdict = act(engine, findings, outcome->verdict,
		    outcome);
	outcome->total_us = clock_steady_us() - engine->start_us;
	outcome->waited_us = engine->waited_us +
	    chain_waited_us(engine->chain);
	outcome->dns_questions = chain_questions(engine->chain);
	return outcome;
}
