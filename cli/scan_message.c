/* SPDX-License-Identifier: ISC */
/* scan_message.c - one stored message through the milter's engine. */
#include "base/arena.h"
#include "cli/scan.h"
#include "mail/date.h"
#include "mail/message.h"
#include "mail/txn.h"
#include "milter/engine.h"

static void
give_envelope(struct engine *engine, const struct scan_envelope *envelope)
{
	struct txn *txn = engine_txn(engine);
	const char *error;

	txn->client = (struct client){
		.address = envelope->client_address,
		.name = envelope->client_name,
		.helo = envelope->helo,
		.login = envelope->login,
	};
	/* What is no address is judged as it stands, as in the milter. */
	if (envelope->mail_from != NULL)
		txn_set_sender(txn, envelope->mail_from, &error);
	engine_reach(engine, STAGE_MAIL);
	for (size_t i = 0; i < envelope->rcpts.count; i++)
		engine_add_rcpt(engine, envelope->rcpts.texts[i]);
	engine_reach(engine, STAGE_RCPT);
}

static void
give_message(struct engine *engine, struct str bytes)
{
	struct txn *txn = engine_txn(engine);
	struct str name, value, piece;
	struct message message;

	message_begin(&message, txn->arena, bytes);
	while (message_next_field(&message, &name, &value))
		engine_add_header(engine, name, value);
	txn->has_bare_lines = message.has_bare_lines;
	engine_reach(engine, STAGE_HEADERS);
	while (message_next_piece(&message, &piece))
		engine_add_body(engine, piece.data, piece.len);
}

void
scan_give(struct engine *engine, const struct scan_envelope *envelope,
    struct str message)
{
	give_envelope(engine, envelope);
	give_message(engine, message);
}

void
scan_client(const struct scan *scan, struct buf *out)
{
	struct engine *engine = engine_new(scan->snapshot, scan->dns,
	    scan->now_ms);

	engine_set_mode(engine, MODE_ENFORCE);
	engine_set_only(engine, "spf");
	give_envelope(engine, &scan->envelope);
	engine_finish(engine);
	scan_write_json_client(out, engine_txn(engine));
	engine_free(&engine);
}

/* When the host that stored it got it: its Received stands on top (RFC 5321 4.4),
 * the date behind the last semicolon (RFC 5322 3.6.7). */
static int64_t
received_at(struct arena *arena, struct str bytes, int64_t now_ms)
{
	struct message message;
	struct str name, value;
	int64_t seconds;

	message_begin(&message, arena, bytes);
	while (message_next_field(&message, &name, &value)) {
		if (!str_is_nocase(name, "Received"))
			continue;
		value = str_from_pos(value,
		    (size_t)(str_find_last(value, ';') + 1));
		return date_parse(str_trim(value), &seconds) == 0 &&
		    seconds <= now_ms / 1000 ? seconds * 1000 : now_ms;
	}
	return now_ms;
}

static struct engine *
begin(const struct scan *scan, struct str message)
{
	struct arena *arena = arena_new(0);
	int64_t now_ms = scan->is_at_receipt ? received_at(arena, message,
	    scan->now_ms) : scan->now_ms;

	arena_free(&arena);
	return engine_new(scan->snapshot, scan->dns, now_ms);
}

void
scan_message(const struct scan *scan, const char *file, struct str message,
    struct buf *out)
{
	static void (*const writers[])(const struct scan_told *,
	    struct buf *) = {
		[SCAN_SUMMARY] = scan_write_summary,
		[SCAN_STORY] = scan_write_story,
		[SCAN_JSON] = scan_write_json,
		[SCAN_RULES] = scan_write_rules,
		[SCAN_RULES_JSON] = scan_write_rules_json,
	};
	struct engine *engine = begin(scan, message);
	struct scan_told told = {
		.scan = scan,
		.file = file,
		.txn = engine_txn(engine),
	};

	engine_set_mode(engine, MODE_ENFORCE);
	engine_consult(engine, scan->policies);
	engine_serve_files(engine, scan->asker);
	scan_give(engine, &scan->envelope, message);
	told.outcome = engine_finish(engine);
	writers[scan->format](&told, out);
	engine_free(&engine);
}
