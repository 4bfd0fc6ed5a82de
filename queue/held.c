/* SPDX-License-Identifier: ISC */
/* held.c - what Postfix tells of the mail that it holds. */
#include "queue/held.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/ulid.h"
#include "base/utf8.h"
#include "contract.h"
#include "json/node.h"
#include "json/read.h"

/* How postqueue writes the null sender. An address has a domain. */
#define NULL_SENDER "MAILER-DAEMON"

/* Addresses may have any bytes, JSON may not. */
static struct str
made_utf8(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	while (text.len != 0) {
		size_t len = utf8_char_len(text);

		if (len != 0)
			buf_add(&out, text.data, len);
		else
			buf_add_text(&out, "\xef\xbf\xbd");
		text = str_from_pos(text, len != 0 ? len : 1);
	}
	return buf_str(&out);
}

static void
add_rcpts(struct arena *arena, struct held *held, const struct node *rcpts)
{
	vec_init(&held->rcpts, arena, sizeof(const char *));
	for (size_t i = 0; rcpts != NULL && i < rcpts->count; i++) {
		const char *address = node_text(&rcpts->items[i], "address");

		if (address != NULL)
			*(const char **)vec_push(&held->rcpts) =
			    arena_strdup(arena, address);
	}
}

static void
add_held(struct arena *arena, struct vec *all, const struct node *message)
{
	const char *queue_id = node_text(message, "queue_id");
	const char *sender = node_text(message, "sender");
	struct held *held;

	if (!str_is(str_from(node_text(message, "queue_name")), "hold") ||
	    queue_id == NULL || sender == NULL)
		return;
	held = vec_push(all);
	held->queue_id = arena_strdup(arena, queue_id);
	held->arrival_s = (int64_t)node_number(message, "arrival_time");
	held->size_bytes = (int64_t)node_number(message, "message_size");
	held->sender = strcmp(sender, NULL_SENDER) == 0 ? ""
	    : arena_strdup(arena, sender);
	add_rcpts(arena, held, node_find(message, "recipients"));
}

static int
oldest_first(const void *a, const void *b)
{
	const struct held *one = a, *other = b;

	if (one->arrival_s != other->arrival_s)
		return one->arrival_s < other->arrival_s ? -1 : 1;
	return strcmp(one->queue_id, other->queue_id);
}

/* The queue may be long where little is held: the trees of its lines go one by
 * one. */
void
held_list(struct arena *arena, struct str listing, struct vec *held_r)
{
	struct str line;

	vec_init(held_r, arena, sizeof(struct held));
	while (str_cut(&listing, '\n', &line)) {
		struct arena *scratch = arena_new(0);
		const char *error;
		const struct node *message = json_read(scratch,
		    made_utf8(scratch, line), &error);

		if (message != NULL)
			add_held(arena, held_r, message);
		arena_free(&scratch);
	}
	if (held_r->len != 0)
		qsort(held_r->items, held_r->len, held_r->item_size,
		    oldest_first);
}

/* "*** ENVELOPE RECORDS hold/4jX… ***" */
static bool
take_title(struct str *text, struct envelope *envelope)
{
	static const struct str title = { "*** ENVELOPE RECORDS ", 21 };
	struct str line;
	ptrdiff_t slash;

	if (!str_cut(text, '\n', &line) ||
	    !str_has_prefix_nocase(line, title))
		return false;
	line = str_from_pos(line, title.len);
	slash = str_find(line, '/');
	if (slash < 0)
		return false;
	envelope->queue = str_sub(line, 0, (size_t)slash);
	return true;
}

/* "Sat Nov 21 19:21:58 2026", of asctime(3). */
static int64_t
arrival_of(struct arena *arena, struct str text)
{
	struct tm time = { 0 };
	const char *end = strptime(str_dup(arena, text),
	    "%a %b %d %H:%M:%S %Y", &time);

	return end != NULL && *end == '\0' ? (int64_t)timegm(&time) : 0;
}

/* An alias became many, one behind the other: its sender knows of one. */
static void
add_rcpt(struct envelope *envelope, const struct held_rcpt *rcpt)
{
	struct vec *rcpts = &envelope->rcpts;

	if (rcpts->len != 0) {
		const struct held_rcpt *last = vec_at(rcpts, rcpts->len - 1);

		if (str_eq(last->address, rcpt->address))
			return;
	}
	*(struct held_rcpt *)vec_push(rcpts) = *rcpt;
}

/* Attributes stand before the recipient that they belong to. */
static void
take_attribute(struct envelope *envelope, struct held_rcpt *next,
    struct str value)
{
	struct str name;
	uint64_t flags;

	if (!str_cut(&value, '=', &name))
		return;
	if (str_is(name, "envelope_id"))
		envelope->envelope_id = value;
	else if (str_is(name, "dsn_orig_rcpt"))
		next->orcpt = value;
	else if (str_is(name, "notify_flags") &&
	    str_to_u64(value, 15, &flags) == 0)
		next->notify = (unsigned)flags;
}

static void
take_recipient(struct envelope *envelope, struct held_rcpt *next,
    struct str value, bool is_open)
{
	if (next->address.len == 0)
		next->address = value;
	if (is_open)
		add_rcpt(envelope, next);
	*next = (struct held_rcpt){ 0 };
}

int
envelope_parse(struct arena *arena, struct str text,
    struct envelope *envelope_r)
{
	struct held_rcpt next = { 0 };
	bool has_sender = false;
	struct str name, value;

	*envelope_r = (struct envelope){ 0 };
	vec_init(&envelope_r->rcpts, arena, sizeof(struct held_rcpt));
	if (!take_title(&text, envelope_r))
		return -1;
	while (str_cut(&text, '\n', &value)) {
		str_cut(&value, ':', &name);
		if (value.len != 0 && value.data[0] == ' ')
			value = str_from_pos(value, 1);
		if (str_is(name, "sender")) {
			envelope_r->sender = value;
			has_sender = true;
		} else if (str_is(name, "message_arrival_time")) {
			envelope_r->arrival_s = arrival_of(arena, value);
		} else if (str_is(name, "named_attribute")) {
			take_attribute(envelope_r, &next, value);
		} else if (str_is(name, "original_recipient")) {
			next.address = value;
		} else if (str_is(name, "recipient")) {
			take_recipient(envelope_r, &next, value, true);
		} else if (str_is(name, "done_recipient")) {
			take_recipient(envelope_r, &next, value, false);
		}
	}
	return has_sender ? 0 : -1;
}

bool
held_rcpt_wants_notice(const struct held_rcpt *rcpt)
{
	return rcpt->notify == 0 || (rcpt->notify & NOTIFY_FAILURE) != 0;
}

struct str
held_id(struct str header)
{
	struct str line, name;

	while (str_cut(&header, '\n', &line)) {
		if (!str_cut(&line, ':', &name) ||
		    !str_is_nocase(name, HEADER_ID))
			continue;
		line = str_trim(line);
		if (ulid_is_valid(line))
			return line;
	}
	return STR("");
}
