/* SPDX-License-Identifier: ISC */
/* request.c - which messages somebody wants released or returned. */
#include "queue/request.h"

#include <string.h>

#include "base/arena.h"
#include "base/ulid.h"
#include "base/utf8.h"
#include "json/node.h"
#include "json/read.h"

#define QUEUE_ID_MIN 5

bool
queue_id_is_valid(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_alnum(text.data[i]))
			return false;
	return text.len >= QUEUE_ID_MIN && text.len <= QUEUE_ID_MAX;
}

/* C0, DEL and C1; U+2028 and U+2029, which end lines too. */
static bool
is_control(struct str character)
{
	const unsigned char *c = (const unsigned char *)character.data;

	return c[0] < 0x20 || c[0] == 0x7f ||
	    (character.len == 2 && c[0] == 0xc2 && c[1] < 0xa0) ||
	    (character.len == 3 && c[0] == 0xe2 && c[1] == 0x80 &&
	    (c[2] == 0xa8 || c[2] == 0xa9));
}

bool
queue_reason_is_valid(struct str text)
{
	if (text.len == 0 || text.len > QUEUE_REASON_MAX)
		return false;
	while (text.len != 0) {
		size_t len = utf8_char_len(text);

		if (len == 0 || is_control(str_sub(text, 0, len)))
			return false;
		text = str_from_pos(text, len);
	}
	return true;
}

static bool
is_ulid(struct str text)
{
	return ulid_is_valid(text);
}

/* What a message is described by. */
static const struct {
	const char *key;
	bool (*is_valid)(struct str text);
	size_t offset;
	const char *wanted;
} members[] = {
	{ "queue_id", queue_id_is_valid, offsetof(struct queue_item, queue_id),
	    "a queue id: letters and digits" },
	{ "id", is_ulid, offsetof(struct queue_item, id), "a ULID" },
	{ "reason", queue_reason_is_valid, offsetof(struct queue_item, reason),
	    "one line of text of at most 600 bytes" },
};

static int
take_member(struct arena *arena, struct queue_item *item, const char *key,
    const struct node *value, const char **error_r)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (strcmp(members[i].key, key) != 0)
			continue;
		if (value->kind == NODE_NULL)
			return 0;
		if (value->kind == NODE_TEXT &&
		    members[i].is_valid(str_from(value->text))) {
			*(const char **)(void *)((char *)item +
			    members[i].offset) = value->text;
			return 0;
		}
		*error_r = arena_printf(arena, "bad-request '%s' must be %s",
		    key, members[i].wanted);
		return -1;
	}
	*error_r = "bad-request a message has an unknown member";
	return -1;
}

static int
take_item(struct arena *arena, struct vec *items, const struct node *message,
    const char **error_r)
{
	struct queue_item *item = vec_push(items);

	if (message->kind != NODE_OBJECT) {
		*error_r = "bad-request a message must be an object";
		return -1;
	}
	for (size_t i = 0; i < message->count; i++)
		if (take_member(arena, item, message->keys[i],
		    &message->items[i], error_r) < 0)
			return -1;
	if (item->queue_id != NULL)
		return 0;
	*error_r = "bad-request a message has no 'queue_id'";
	return -1;
}

int
queue_request_parse(struct arena *arena, struct str json, struct vec *items_r,
    const char **error_r)
{
	const struct node *request, *messages;

	vec_init(items_r, arena, sizeof(struct queue_item));
	request = json_read(arena, json, error_r);
	if (request == NULL) {
		*error_r = arena_printf(arena, "bad-request %s", *error_r);
		return -1;
	}
	messages = node_find(request, "messages");
	if (request->count != 1 || messages == NULL ||
	    messages->kind != NODE_LIST || messages->count == 0 ||
	    messages->count > QUEUE_ITEMS_MAX) {
		*error_r = "bad-request 'messages' must be a list of 1 to 1000 "
		    "messages, and nothing else given";
		return -1;
	}
	for (size_t i = 0; i < messages->count; i++)
		if (take_item(arena, items_r, &messages->items[i],
		    error_r) < 0)
			return -1;
	return 0;
}
