/* SPDX-License-Identifier: ISC */
/* event.c - what is told of a decision: the event and the log line.
 *
 * An event is one JSON object on one line. To the members of all daemons
 * (lib/mail/event_common.h) the milter adds:
 *   from[]                             the author's addresses
 *   message_id, size_bytes             what it was
 *   spf{}, dmarc{}                     who was authenticated; null: not judged
 *   bounds{}, without                  where the score decides, and what
 *                                      would have changed the outcome
 *   actions[]                          what was changed
 *   total_ms, waited_ms, dns_questions what it cost
 */
#include "milter/event.h"

#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "mail/event_common.h"
#include "mail/header.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "mail/verdict_score.h"
#include "milter/engine.h"

#define LOG_TEXT_MAX 120
#define LOG_SENTENCE_MAX 400
#define LOG_USUAL_BYTES 500

/* The author's addresses. */
static void
write_from(struct json_writer *json, struct txn *txn)
{
	const struct vec *from = txn_from(txn);

	json_begin_array(json, "from");
	for (size_t i = 0; i < from->len && i < EVENT_LIST_MAX; i++)
		event_put_wire(json, NULL, address_print(txn->arena,
		    vec_at(from, i)));
	json_end_array(json);
}

static void
write_message(struct json_writer *json, struct txn *txn,
    const struct outcome *outcome)
{
	const struct header *id = header_first(&txn->headers, "Message-ID");

	if (id != NULL)
		event_put_wire(json, "message_id",
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
	event_put_wire(json, "domain", spf->domain);
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
	event_put_wire(json, "domain", dmarc->domain);
	json_put_text(json, "policy", dmarc->applied.has_record
	    ? dmarc_policy_text(dmarc->applied.policy) : NULL);
	json_put_text(json, "disposition",
	    dmarc_policy_text(dmarc_disposition(dmarc)));
	json_put_text(json, "override", facts->dmarc_override);
	json_end_object(json);
}

/* From where on the score decides (null: it does not here), and what would have
 * changed the outcome (null: it is delivered, or not a few findings would). */
static void
write_score(struct json_writer *json, struct txn *txn,
    const struct outcome *outcome)
{
	struct score_bounds bounds = verdict_bounds(txn);

	if (bounds.is_judged) {
		json_begin_object(json, "bounds");
		json_put_real(json, "junk", bounds.junk);
		json_put_real(json, "refuse", bounds.refuse);
		json_put_bool(json, "differ", bounds.differ);
		json_end_object(json);
	} else {
		json_put_null(json, "bounds");
	}
	event_put_wire_text(json, "without", verdict_without(txn,
	    outcome->findings, outcome->verdict));
}

static void
write_actions(struct json_writer *json, const struct outcome *outcome)
{
	json_begin_array(json, "actions");
	for (size_t i = 0; i < outcome->report_count; i++) {
		const struct action_report *report = &outcome->reports[i];

		json_begin_object(json, NULL);
		json_put_text(json, "action", report->action);
		event_put_wire_text(json, "detail", report->detail);
		event_put_if(json, "dry_run", report->is_dry_run);
		event_put_if(json, "failed", report->has_failed);
		json_end_object(json);
	}
	json_end_array(json);
}

void
event_write(struct buf *out, struct txn *txn, const struct outcome *outcome)
{
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	event_put_head(&json, txn, "milter");
	event_put_client(&json, txn);
	event_put_envelope(&json, txn);
	write_from(&json, txn);
	write_message(&json, txn, outcome);
	write_spf(&json, txn->auth.spf);
	write_dmarc(&json, &txn->auth);
	event_put_verdict(&json, txn, outcome->verdict);
	write_score(&json, txn, outcome);
	event_put_findings(&json, outcome->findings);
	write_actions(&json, outcome);
	json_put_real(&json, "total_ms", (double)outcome->total_us / 1000);
	json_put_real(&json, "waited_ms", (double)outcome->waited_us / 1000);
	json_put_int(&json, "dns_questions", (int64_t)outcome->dns_questions);
	json_end_object(&json);
	json_end(&json);
}

/* --- the log line --------------------------------------------------------- */

static void
add_fact(struct buf *line, struct str key, const char *value)
{
	buf_add_str(line, key);
	buf_add_text(line, value);
}

static void
add_number(struct buf *line, struct str key, double value)
{
	buf_add_str(line, key);
	buf_add_fixed(line, value, 1);
}

static const char *
client_text(const struct txn *txn, char text[NETADDR_TEXT_SIZE])
{
	return txn->client.address.len == 0 ? "none"
	    : netaddr_format(&txn->client.address, text);
}

static const char *
login_text(const struct txn *txn)
{
	return txn->client.login == NULL ? "-" : log_wire(txn->arena,
	    str_from(txn->client.login), LOG_TEXT_MAX);
}

/* One for each message: it is put together, not formatted. */
void
event_log(struct txn *txn, const struct outcome *outcome)
{
	const struct verdict *verdict = outcome->verdict;
	char address[NETADDR_TEXT_SIZE];
	struct arena *arena = txn->arena;
	struct buf line;

	if (!log_has_level(LOG_LEVEL_INFO))
		return;
	buf_init(&line, arena);
	buf_reserve(&line, LOG_USUAL_BYTES);
	add_fact(&line, STR("decision="), decision_text(verdict->decision));
	add_fact(&line, STR(" done="), decision_text(verdict->done));
	add_fact(&line, STR(" direction="), direction_text(txn->direction));
	add_fact(&line, STR(" client="), client_text(txn, address));
	add_fact(&line, STR(" login="), login_text(txn));
	add_fact(&line, STR(" sender="), log_wire(arena,
	    address_print(arena, &txn->sender), LOG_TEXT_MAX));
	buf_add_str(&line, STR(" rcpts="));
	buf_add_int(&line, (int64_t)txn->rcpts.len);
	add_number(&line, STR(" score="), verdict->score);
	add_number(&line, STR(" ms="), (double)outcome->total_us / 1000);
	add_number(&line, STR(" waited_ms="),
	    (double)outcome->waited_us / 1000);
	add_fact(&line, STR(" why="), log_wire(arena,
	    str_from(verdict->sentence), LOG_SENTENCE_MAX));
	log_info(&txn->log, "%s", line.data);
}
