/* SPDX-License-Identifier: ISC */
/* event_common.c - the members that the events of all daemons have. */
#include "mail/event_common.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "mail/txn.h"
#include "mail/verdict.h"

void
event_put_wire(struct json_writer *json, const char *key, struct str text)
{
	json_put_str(json, key, str_sub(text, 0, EVENT_TEXT_MAX));
}

void
event_put_wire_text(struct json_writer *json, const char *key,
    const char *text)
{
	if (text != NULL)
		event_put_wire(json, key, str_from(text));
	else
		json_put_null(json, key);
}

void
event_put_head(struct json_writer *json, const struct txn *txn,
    const char *daemon)
{
	char time_text[CLOCK_TEXT_SIZE];

	json_put_text(json, "time", clock_format(txn->now_ms, time_text));
	json_put_text(json, "id", txn->id);
	event_put_wire_text(json, "queue_id", txn->queue_id);
	json_put_text(json, "host", txn->site->host_id);
	json_put_text(json, "daemon", daemon);
}

void
event_put_client(struct json_writer *json, const struct txn *txn)
{
	const struct client *client = &txn->client;
	char address[NETADDR_TEXT_SIZE];

	json_put_text(json, "direction", direction_text(txn->direction));
	json_begin_object(json, "client");
	json_put_text(json, "address", client->address.len != 0
	    ? netaddr_format(&client->address, address) : NULL);
	event_put_wire_text(json, "name", client->name);
	event_put_wire_text(json, "helo", client->helo);
	event_put_wire_text(json, "tls", client->tls_version);
	json_put_bool(json, "is_local", client->is_local);
	json_end_object(json);
	event_put_wire_text(json, "login", client->login);
}

void
event_put_envelope(struct json_writer *json, struct txn *txn)
{
	event_put_wire(json, "sender",
	    address_print(txn->arena, &txn->sender));
	json_put_int(json, "recipient_count", (int64_t)txn->rcpts.len);
	json_begin_array(json, "recipients");
	for (size_t i = 0; i < txn->rcpts.len && i < EVENT_LIST_MAX; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);

		event_put_wire(json, NULL, address_print(txn->arena,
		    &rcpt->address));
	}
	json_end_array(json);
}

/* For whom something else holds, or alone would have held. */
static void
put_exceptions(struct json_writer *json, const struct txn *txn,
    const struct verdict *verdict)
{
	size_t count = 0;

	json_begin_array(json, "exceptions");
	for (size_t i = 0; i < txn->rcpts.len && count < EVENT_LIST_MAX;
	    i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);
		const struct rcpt_verdict *own = &verdict->rcpts[i];

		if (own->decision == verdict->decision &&
		    own->asked <= verdict->decision)
			continue;
		count++;
		json_begin_object(json, NULL);
		event_put_wire(json, "recipient", address_print(txn->arena,
		    &rcpt->address));
		json_put_text(json, "decision", decision_text(own->decision));
		json_put_text(json, "asked", decision_text(own->asked));
		json_end_object(json);
	}
	json_end_array(json);
}

void
event_put_verdict(struct json_writer *json, const struct txn *txn,
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
	put_exceptions(json, txn, verdict);
}

void
event_put_if(struct json_writer *json, const char *name, bool value)
{
	if (value)
		json_put_bool(json, name, true);
}

void
event_put_findings(struct json_writer *json,
    const struct findings *findings)
{
	json_begin_array(json, "findings");
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		json_begin_object(json, NULL);
		json_put_text(json, "check", finding->check);
		json_put_text(json, "result", result_text(finding->result));
		json_put_real(json, "score", finding->score);
		event_put_wire_text(json, "reason", finding->reason);
		if (finding->suggested != DECISION_HAM)
			json_put_text(json, "suggested",
			    decision_text(finding->suggested));
		event_put_if(json, "dry_run", finding->is_dry_run);
		event_put_if(json, "failed", finding->has_failed);
		json_end_object(json);
	}
	json_end_array(json);
}
