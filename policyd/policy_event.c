/* SPDX-License-Identifier: ISC */
/* policy_event.c - what policyd tells of an answer: the event, the log line.
 *
 * An event is one JSON object on one line. To the members of all daemons
 * (lib/mail/event_common.h) policyd adds:
 *   stage, instance                    which request of which message
 *   declared_size, declared_rcpts      the numbers that Postfix gave
 *   action                             what Postfix was told
 *   total_ms, waited_ms                what it cost
 */
#include "policyd/policy_event.h"

#include "base/json.h"
#include "base/log.h"
#include "mail/event_common.h"
#include "mail/txn.h"
#include "mail/verdict.h"
#include "policyd/hearing.h"

#define LOG_TEXT_MAX 120
#define LOG_SENTENCE_MAX 400

bool
policy_event_is_decision(const struct ruling *ruling)
{
	for (size_t i = 0; i < ruling->findings->items.len; i++) {
		const struct finding *finding =
		    vec_at(&ruling->findings->items, i);

		if (finding->suggested != DECISION_HAM || finding->has_failed)
			return true;
	}
	return false;
}

void
policy_event_write(struct buf *out, struct txn *txn,
    const struct ruling *ruling)
{
	const struct request *request = ruling->request;
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	event_put_head(&json, txn, "policyd");
	event_put_wire(&json, "stage", request->protocol_state);
	event_put_wire(&json, "instance", request->instance);
	event_put_client(&json, txn);
	event_put_envelope(&json, txn);
	json_put_int(&json, "declared_size", (int64_t)request->size);
	json_put_int(&json, "declared_rcpts",
	    (int64_t)request->recipient_count);
	event_put_verdict(&json, txn, ruling->verdict);
	json_put_str(&json, "action", ruling->action);
	event_put_findings(&json, ruling->findings);
	json_put_real(&json, "total_ms", (double)ruling->total_us / 1000);
	json_put_real(&json, "waited_ms", (double)ruling->waited_us / 1000);
	json_end_object(&json);
	json_end(&json);
}

static const char *
rcpt_text(struct txn *txn)
{
	const struct rcpt *rcpt;

	if (txn->rcpts.len == 0)
		return "-";
	rcpt = vec_at(&txn->rcpts, 0);
	return log_wire(txn->arena, address_print(txn->arena, &rcpt->address),
	    LOG_TEXT_MAX);
}

void
policy_event_log(struct txn *txn, const struct ruling *ruling)
{
	const struct verdict *verdict = ruling->verdict;
	bool is_decision = policy_event_is_decision(ruling);
	char address[NETADDR_TEXT_SIZE] = "none";
	struct arena *arena = txn->arena;

	if (!log_has_level(is_decision ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG))
		return;
	if (txn->client.address.len != 0)
		netaddr_format(&txn->client.address, address);
	(is_decision ? log_info : log_debug)(&txn->log, "stage=%s decision=%s "
	    "done=%s direction=%s client=%s login=%s sender=%s rcpt=%s "
	    "rcpts=%zu ms=%.1f why=%s", log_wire(arena,
	    ruling->request->protocol_state, LOG_TEXT_MAX),
	    decision_text(verdict->decision), decision_text(verdict->done),
	    direction_text(txn->direction), address,
	    txn->client.login == NULL ? "-" : log_wire(arena,
	    str_from(txn->client.login), LOG_TEXT_MAX), log_wire(arena,
	    address_print(arena, &txn->sender), LOG_TEXT_MAX), rcpt_text(txn),
	    txn->rcpts.len, (double)ruling->total_us / 1000, log_wire(arena,
	    str_from(verdict->sentence), LOG_SENTENCE_MAX));
}
