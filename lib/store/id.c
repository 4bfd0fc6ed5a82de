/* SPDX-License-Identifier: ISC */
/* id.c - the operation that gives all daemons the same id for a message.
 *
 * The record, "TIME ID CHARGE...", stands under the key by which the message
 * was first asked about; under its other key stands ">" and that one. So what
 * either side adds is seen by both. Where both have a record (the milter came
 * with a queue id before policyd had told it), the instance's counts from then
 * on: its id may already stand in a reply. The same holds when Postfix uses a
 * queue id again: then it leads to another instance. */
#include "store/mail_id.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "store/key.h"
#include "store/memory.h"
#include "store/op.h"
#include "store/request.h"

#include "store/id.lua.h"

extern const struct store_op store_op_id;

/* --- in memory; id.lua is its twin ---------------------------------------- */

struct asked {
	struct memory *memory;
	struct arena *arena;
	int64_t now_ms, remember_ms;
	struct str home;	/* the key under which the record stands */
	struct str record;	/* "ID CHARGE..." */
};

/* A copy of what stands under key; data is NULL when nothing does. */
static struct str
find_text(const struct asked *asked, struct str key)
{
	struct str text = { 0 };

	text.data = memory_find(asked->memory, key, asked->now_ms, &text.len);
	return text.data != NULL ? str_copy(asked->arena, text) : text;
}

static bool
load(struct asked *asked, struct str key)
{
	struct str text = find_text(asked, key), time;
	int64_t time_ms;

	if (text.len != 0 && text.data[0] == '>') {
		key = str_from_pos(text, 1);
		text = find_text(asked, key);
	}
	if (!str_cut(&text, ' ', &time) || text.len == 0 ||
	    request_parse_number(time, &time_ms) != 0 ||
	    time_ms + asked->remember_ms <= asked->now_ms)
		return false;
	asked->home = key;
	asked->record = text;
	return true;
}

static void
put_text(const struct asked *asked, struct str key, struct str text)
{
	memcpy(memory_put(asked->memory, key, text.len, asked->now_ms,
	    asked->now_ms + asked->remember_ms), text.data, text.len);
}

static void
put_record(const struct asked *asked, struct str time)
{
	struct buf text;

	buf_init(&text, asked->arena);
	buf_add_str(&text, time);
	buf_add_char(&text, ' ');
	buf_add_str(&text, asked->record);
	put_text(asked, asked->home, buf_str(&text));
}

static void
put_link(const struct asked *asked, struct str key)
{
	struct buf text;

	buf_init(&text, asked->arena);
	buf_add_char(&text, '>');
	buf_add_str(&text, asked->home);
	put_text(asked, key, buf_str(&text));
}

static void
add_charge(struct asked *asked, struct str charge)
{
	struct str rest = asked->record, word;
	struct buf text;

	while (str_cut(&rest, ' ', &word))
		if (str_eq(word, charge))
			return;
	buf_init(&text, asked->arena);
	buf_add_str(&text, asked->record);
	buf_add_char(&text, ' ');
	buf_add_str(&text, charge);
	asked->record = buf_str(&text);
}

enum { ARG_NOW, ARG_REMEMBER, ARG_PROPOSAL, ARG_CHARGE, ARG_COUNT };

static int
run(struct memory *memory, const struct store_request *request,
    struct vec *values, const char **error_r)
{
	struct asked asked = { .memory = memory, .arena = values->arena };
	const struct str *keys = request->keys;
	struct str word;
	int64_t terms[ARG_PROPOSAL];

	if (request->key_count < 1 || request->key_count > 2 ||
	    request->arg_count != ARG_COUNT ||
	    request_numbers(request, ARG_NOW, ARG_PROPOSAL, terms) != 0) {
		*error_r = "no request for an id";
		return -1;
	}
	asked.now_ms = terms[ARG_NOW];
	asked.remember_ms = terms[ARG_REMEMBER];
	if (!load(&asked, keys[0]) && (request->key_count == 1 ||
	    !load(&asked, keys[1]) || !str_eq(asked.home, keys[1]))) {
		asked.home = keys[0];
		asked.record = request->args[ARG_PROPOSAL];
	}
	if (request->args[ARG_CHARGE].len != 0)
		add_charge(&asked, request->args[ARG_CHARGE]);
	put_record(&asked, request->args[ARG_NOW]);
	for (size_t i = 0; i < request->key_count; i++)
		if (!str_eq(keys[i], asked.home))
			put_link(&asked, keys[i]);
	while (str_cut(&asked.record, ' ', &word))
		answer_add_text(values, word);
	return 0;
}

const struct store_op store_op_id = {
	.name = "id",
	.lua = id_lua,
	.lua_len = sizeof(id_lua) - 1,
	.run = run,
};

/* --- asking --------------------------------------------------------------- */

struct store_call *
mail_id_ask(struct store *store, struct arena *arena,
    const struct mail_id *mail, struct wait *wait)
{
	struct request request;

	request_init(&request, arena);
	request_check(&request, request_is_number(mail->now_ms),
	    "the time makes no sense");
	request_check(&request, ulid_is_valid(str_from(mail->proposal)),
	    "the id to take is none");
	request_check(&request, mail->instance.len + mail->queue_id.len != 0,
	    "a message without a name");
	if (mail->instance.len != 0)
		request_key(&request, store_key(arena, mail->host, "instance",
		    mail->instance));
	if (mail->queue_id.len != 0)
		request_key(&request, store_key(arena, mail->host, "queue",
		    mail->queue_id));
	request_number(&request, mail->now_ms);
	request_number(&request, MAIL_ID_REMEMBER_MS);
	request_text(&request, str_from(mail->proposal));
	if (mail->charge.len != 0)
		request_check(&request, request_is_name(mail->charge),
		    "the name of a charge holds a blank");
	request_text(&request, mail->charge);
	return request_ask(&request, &store_op_id, store, wait);
}

int
mail_id_read(struct arena *arena, const struct store_answer *answer,
    struct mail_id_result *result_r, const char **error_r)
{
	struct str *charges;

	if (answer->count == 0 || !ulid_is_valid(answer->values[0])) {
		*error_r = "the store's answer is no id";
		return -1;
	}
	memcpy(result_r->id, answer->values[0].data, ULID_SIZE - 1);
	result_r->id[ULID_SIZE - 1] = '\0';
	charges = arena_alloc(arena, answer->count * sizeof(*charges));
	for (size_t i = 1; i < answer->count; i++)
		charges[i - 1] = str_copy(arena, answer->values[i]);
	result_r->charges = charges;
	result_r->charge_count = answer->count - 1;
	return 0;
}
