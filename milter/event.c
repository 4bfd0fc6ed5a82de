/* SPDX-License-Identifier: ISC */
/* event.c - what is told of a decision: the event and the log line.
 *
 * An event is one JSON object on one line:
 *   time, id, queue_id, host, daemon   when, which message, who says so
 *   direction, client{}, login, helo   where it came from
 *   sender, recipients[], from[]       for whom; from: the author's addresses
 *   message_id, size_bytes             what it was
 *   spf{}, dmarc{}                     who was authenticated; null: not judged
 *   mode, decision, done, score        decision is what was found right, done
 *   sentence, reply                    what happened (ham in observe mode)
 *   findings[], actions[]              why, and what was changed
 *   total_ms, waited_ms, dns_questions what it cost
 * Members may be added; none changes its meaning. Texts from the wire are cut
 * at EVENT_TEXT_MAX, lists at EVENT_LIST_MAX with the full count beside them.
 */
#include "milter/event.h"

#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "milter/engine.h"

#define EVENT_TEXT_MAX 500
#define EVENT_LIST_MAX 50
#define LOG_TEXT_MAX 120
#define LOG_SENTENCE_MAX 400

static void
put_wire(struct json_writer *json, const char *key, struct str text)
{
	json_put_str(json, key, str_sub(text, 0, EVENT_TEXT_MAX));
}

static void
put_wire_text(struct json_writer *json, const char *key, const char *text)
{
	if (text != NULL)
		put_wire(json, key, str_from(text));
	else
		json_put_null(json, key);
}

static void
write_client(struct json_writer *json, const struct txn *txn)
{
	const struct client *client = &txn->client;
	char address[NETADDR_TEXT_SIZE];

	json_begin_object(json, "client");
	json_put_text(json, "address", client->address.len != 0
	    ? netaddr_format(&client->address, address) : NULL);
	put_wire_text(json, "name", client->name);
	put_wire_text(json, "helo", client->helo);
	put_wire_text(json, "tls", client->tls_version);
	json_put_bool(json, "is_local", client->is_local);
	json_end_object(json);
	put_wire_text(json, "login", client->login);
}

static void
write_addresses(struct json_writer *json, struct txn *txn)
{
	const struct vec *from = txn_from(txn);

	put_wire(json, "sender", address_print(txn->arena, &txn->sender));
	json_put_int(json, "recipient_count", (int64_t)txn->rcpts.len);
	json_begin_array(json, "recipients");
	for (size_t i = 0; i < txn->rcpts.len && i < EVENT_LIST_MAX; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		put_wire(json, NULL, address_print(txn->arena,
		    &rcpt->address));
	}
	json_end_array(json);
	json_begin_array(json, "from");
	for (size_t i = 0; i < from->len && i < EVENT_LIST_MAX; i++)
		put_wire(json, NULL, address_print(txn->arena,
		    vec_at(from, i)));
	json_end_array(json);
}

static void
write_message(struct json_writer *json, struct txn *txn,
    const struct outcome *outcome)
{
	const struct header *id = header_first(&txn->headers, "Message-ID");

	if (id != NULL)
		put_wire(json, "message_id",
		    header_unfold(txn->arena, id->value));
	else
		json_put_null(json, "message_id");
	json_put_int(json, "size_bytes", (int64_t)outcome->size_bytes);
}

static void
write_spf(struct json_writer *json, const struct spf_verdict *spf)
{
	if (spf == NULL) {
		json_put_null(json, "spf");
		return;
	}
	json_begin_object(json, "spf");
	json_put_text(json, "result", result_text(spf->result));
	put_wire(json, "domain", spf->domain);
	json_end_object(json);
}

/* policy: of the record, null without one; disposition: what it asks for here;
 * override: why something milder is done, a word of RFC 9990, or null. */
static void
write_dmarc(struct json_writer *json, const struct auth_facts *facts)
{
	const struct dmarc_verdict *dmarc = facts->dmarc;

	if (dmarc == NULL) {
		json_put_null(json, "dmarc");
		return;
	}
	json_begin_object(json, "dmarc");
	json_put_text(json, "result", result_text(dmarc->result));
	put_wire(json, "domain", dmarc->domain);
	json_put_text(json, "policy", dmarc->applied.has_record
	    ? dmarc_policy_text(dmarc->applied.policy) : NULL);
	json_put_text(json, "disposition",
	    dmarc_policy_text(dmarc_disposition(dmarc)));
	json_put_text(json, "override", facts->dmarc_override);
	json_end_object(json);
}

static void
write_verdict(struct json_writer *json, const struct txn *txn,
    const struct verdict *verdict)
{
	const struct reply *reply = verdict->reply;

	json_put_text(json, "mode", mode_text(verdict->mode));
	json_put_text(json, "decision", decision_text(verdict->decision));
	json_put_text(json, "done", decision_text(verdict->done));
	json_put_real(json, "score", verdict->score);
	json_put_text(json, "sentence", verdict->sentence);
	if (reply != NULL)
		json_put_text(json, "reply", arena_printf(txn->arena,
		    "%d %s %s", reply->code, reply->enhanced, reply->text));
	else
		json_put_null(json, "reply");
}

static void
write_findings(struct json_writer *json, const struct findings *findings)
{
	json_begin_array(json, "findings");
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		json_begin_object(json, NULL);
		json_put_text(json, "check", finding->check);
		json_put_text(json, "result", result_text(finding->result));
		json_put_real(json, "score", finding->score);
		put_wire_text(json, "reason", finding->reason);
		json_put_text(json, "suggested",
		    decision_text(finding->suggested));
		json_put_bool(json, "dry_run", finding->is_dry_run);
		json_put_bool(json, "failed", finding->has_failed);
		json_end_object(json);
	}
	json_end_array(json);
}

static void
write_actions(struct json_writer *json, const struct outcome *outcome)
{
	json_begin_array(json, "actions");
	for (size_t i = 0; i < outcome->report_count; i++) {
		const struct action_report *report = &outcome->reports[i];

		json_begin_object(json, NULL);
		json_put_text(json, "action", report->action);
		put_wire_text(json, "detail", report->detail);
		json_put_bool(json, "dry_run", report->is_dry_run);
		json_put_bool(json, "failed", report->has_failed);
		json_end_object(json);
	}
	json_end_array(json);
}

void
event_write(struct buf *out, struct txn *txn, const struct outcome *outcome)
{
	char time_text[CLOCK_TEXT_SIZE];
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "time", clock_format(txn->now_ms, time_text));
	json_put_text(&json, "id", txn->id);
	put_wire_text(&json, "queue_id", txn->queue_id);
	json_put_text(&json, "host", txn->site->host_id);
	json_put_text(&json, "daemon", "milter");
	json_put_text(&json, "direction", direction_text(txn->direction));
	write_client(&json, txn);
	write_addresses(&json, txn);
	write_message(&json, txn, outcome);
	write_spf(&json, txn->auth.spf);
	write_dmarc(&json, &txn->auth);
	write_verdict(&json, txn, outcome->verdict);
	write_findings(&json, outcome->findings);
	write_actions(&json, outcome);
	json_put_real(&json, "total_ms", (double)outcome->total_us / 1000);
	json_put_real(&json, "waited_ms", (double)outcome->waited_us / 1000);
	json_put_int(&json, "dns_questions", (int64_t)outcome->dns_questions);
	json_end_object(&json);
	json_end(&json);
}

void
event_log(struct txn *txn, const struct outcome *outcome)
{
	const struct verdict *verdict = outcome->verdict;
	char address[NETADDR_TEXT_SIZE] = "none";
	struct arena *arena = txn->arena;

	if (!log_has_level(LOG_LEVEL_INFO))
		return;
	if (txn->client.address.len != 0)
		netaddr_format(&txn->client.address, address);
	log_info(&txn->log, "decision=%s done=%s direction=%s client=%s "
	    "login=%s sender=%s rcpts=%zu score=%.1f ms=%.1f waited_ms=%.1f "
	    "why=%s", decision_text(verdict->decision),
	    decision_text(verdict->done), direction_text(txn->direction),
	    address, txn->client.login == NULL ? "-" : log_wire(arena,
	    str_from(txn->client.login), LOG_TEXT_MAX),
	    log_wire(arena, address_print(arena, &txn->sender), LOG_TEXT_MAX),
	    txn->rcpts.len, verdict->score, (double)outcome->total_us / 1000,
	    (double)outcome->waited_us / 1000, log_wire(arena,
	    str_from(verdict->sentence), LOG_SENTENCE_MAX));
}
