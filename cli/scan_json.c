/* SPDX-License-Identifier: ISC */
/* scan_json.c - what `scan` found, as one line of JSON.
 *
 * The shape is a contract (DESIGN 6): every member is always there, and a part
 * that was not run or is not built is null.
 */
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/json.h"
#include "cli/scan.h"
#include "mail/txn.h"
#include "milter/engine.h"

static void
put_reply(struct json_writer *json, struct txn *txn, const struct reply *reply)
{
	json_put_text(json, "reply", reply == NULL ? NULL :
	    arena_printf(txn->arena, "%d %s %s", reply->code, reply->enhanced,
	    reply->text));
}

static void
put_dkim(struct json_writer *json, const struct dkim_verdicts *dkim)
{
	if (dkim == NULL) {
		json_put_null(json, "dkim");
		return;
	}
	json_begin_array(json, "dkim");
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_verdict *verdict = &dkim->verdicts[i];

		json_begin_object(json, NULL);
		json_put_text(json, "domain", verdict->domain);
		json_put_text(json, "selector", verdict->selector);
		json_put_text(json, "algorithm", verdict->algorithm);
		json_put_text(json, "result", result_text(verdict->result));
		json_put_text(json, "reason", verdict->reason);
		json_end_object(json);
	}
	json_end_array(json);
}

static void
put_spf(struct json_writer *json, const struct spf_verdict *spf)
{
	if (spf == NULL) {
		json_put_null(json, "spf");
		return;
	}
	json_begin_object(json, "spf");
	json_put_text(json, "result", result_text(spf->result));
	json_put_str(json, "domain", spf->domain);
	json_put_text(json, "explanation", spf->explanation);
	json_end_object(json);
}

static void
put_dmarc(struct json_writer *json, const struct dmarc_verdict *dmarc)
{
	const struct dmarc_applied *applied;

	if (dmarc == NULL) {
		json_put_null(json, "dmarc");
		return;
	}
	applied = &dmarc->applied;
	json_begin_object(json, "dmarc");
	json_put_text(json, "result", result_text(dmarc->result));
	json_put_str(json, "domain", dmarc->domain);
	json_put_text(json, "policy", applied->has_record
	    ? dmarc_policy_text(applied->policy) : NULL);
	json_begin_object(json, "alignment");
	json_put_bool(json, "spf", dmarc->is_spf_aligned);
	json_put_bool(json, "dkim", dmarc->is_dkim_aligned);
	json_end_object(json);
	json_put_text(json, "disposition",
	    dmarc_policy_text(dmarc_disposition(dmarc)));
	json_end_object(json);
}

static void
put_findings(struct json_writer *json, const struct findings *findings)
{
	json_begin_array(json, "findings");
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);

		json_begin_object(json, NULL);
		json_put_text(json, "check", finding->check);
		json_put_text(json, "result", result_text(finding->result));
		json_put_real(json, "score", finding->score);
		json_put_text(json, "reason", finding->reason);
		json_end_object(json);
	}
	json_end_array(json);
}

static void
put_recipients(struct json_writer *json, struct txn *txn,
    const struct verdict *verdict)
{
	json_begin_array(json, "recipients");
	for (size_t i = 0; i < txn->rcpts.len; i++) {
		const struct rcpt *rcpt = vec_at(&txn->rcpts, i);
		const struct rcpt_verdict *own = &verdict->rcpts[i];
		const struct reply *reply = own->reply;

		if (reply == NULL && own->decision >= DECISION_DEFER)
			reply = verdict->reply;
		json_begin_object(json, NULL);
		json_put_str(json, "rcpt", address_print(txn->arena,
		    &rcpt->address));
		json_put_text(json, "verdict", decision_text(own->decision));
		put_reply(json, txn, reply);
		json_end_object(json);
	}
	json_end_array(json);
}

static void
put_actions(struct json_writer *json, const struct outcome *outcome,
    struct arena *arena)
{
	json_begin_array(json, "actions");
	for (size_t i = 0; i < outcome->report_count; i++) {
		const struct action_report *report = &outcome->reports[i];

		json_begin_object(json, NULL);
		json_put_text(json, "action", report->action);
		json_put_text(json, "detail", arena_printf(arena, "%s%s",
		    scan_report_prefix(report), report->detail));
		json_end_object(json);
	}
	json_end_array(json);
}

void
scan_write_json(const struct scan_told *told, struct buf *out)
{
	const struct outcome *outcome = told->outcome;
	const struct verdict *verdict = outcome->verdict;
	struct txn *txn = told->txn;
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "file", told->file);
	json_put_text(&json, "id", txn->id);
	put_spf(&json, txn->auth.spf);
	put_dkim(&json, txn->auth.dkim);
	json_put_null(&json, "arc");
	put_dmarc(&json, txn->auth.dmarc);
	json_put_real(&json, "score", verdict->score);
	json_put_text(&json, "verdict", decision_text(verdict->decision));
	put_findings(&json, outcome->findings);
	put_recipients(&json, txn, verdict);
	put_actions(&json, outcome, txn->arena);
	put_reply(&json, txn, verdict->reply);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}

void
scan_write_json_client(struct buf *out, const struct txn *txn)
{
	static const char *const not_run[] = { "dkim", "arc", "dmarc",
		"score", "verdict", "findings", "recipients", "actions",
		"reply" };
	struct json_writer json;

	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_null(&json, "file");
	json_put_text(&json, "id", txn->id);
	put_spf(&json, txn->auth.spf);
	for (size_t i = 0; i < ARRAY_LEN(not_run); i++)
		json_put_null(&json, not_run[i]);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}
