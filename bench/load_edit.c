/* SPDX-License-Identifier: ISC */
/* load_edit.c - milter's insert, add, change and delete of a header. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "load_edit.h"
#include "load_message.h"
#include "load_wire.h"

bool
load_edit_is_one(const struct wire_packet *packet)
{
	static const char commands[] = { '+', '-', '2', 'b', 'e', 'm', 'h',
	    'i', 'q' };

	return memchr(commands, packet->command, sizeof(commands)) != NULL;
}

void
load_edit_keep(struct wire_buf *edits, const struct wire_packet *packet)
{
	size_t mark = wire_begin(edits, packet->command);

	wire_put(edits, packet->data, packet->len);
	wire_put(edits, "", 1);		/* so that all of it are strings */
	wire_end(edits, mark);
}

void
load_edit_prepend(struct wire_buf *edits, const char *header)
{
	const char *colon = strchr(header, ':');
	size_t mark;

	if (colon == NULL)
		return;
	mark = wire_begin(edits, 'i');
	wire_put_u32(edits, 0);
	wire_put(edits, header, (size_t)(colon - header));
	wire_put(edits, "", 1);
	wire_put_string(edits, colon + 1);
	wire_end(edits, mark);
}

static void
insert(struct load_message *msg, size_t at, const char *name,
    const char *value)
{
	struct load_header *headers = realloc(msg->headers,
	    (msg->header_count + 1) * sizeof(*headers));

	if (headers == NULL)
		abort();
	msg->headers = headers;
	if (at > msg->header_count)
		at = msg->header_count;
	memmove(&headers[at + 1], &headers[at],
	    (msg->header_count - at) * sizeof(*headers));
	headers[at].name = name;
	headers[at].value = value;
	msg->header_count++;
}

/* The header NAME that is number NTH of its name, from 1, or NULL. */
static struct load_header *
find(struct load_message *msg, const char *name, uint32_t nth)
{
	for (size_t i = 0; i < msg->header_count; i++) {
		if (strcasecmp(msg->headers[i].name, name) == 0 && nth-- <= 1)
			return &msg->headers[i];
	}
	return NULL;
}

static void
change(struct load_message *msg, uint32_t nth, const char *name,
    const char *value)
{
	struct load_header *header = find(msg, name, nth);
	size_t behind;

	if (header == NULL)
		return;
	if (*value != '\0') {
		header->value = value;
		return;
	}
	behind = msg->header_count - (size_t)(header - msg->headers) - 1;
	memmove(header, header + 1, behind * sizeof(*header));
	msg->header_count--;
}

static void
apply(struct load_message *msg, const struct wire_packet *packet)
{
	bool has_index = packet->command == 'i' || packet->command == 'm';
	const char *name = packet->data + (has_index ? 4 : 0);
	const char *value;
	uint32_t index;

	if (packet->len < 6 || (!has_index && packet->command != 'h'))
		return;
	index = has_index ? wire_get_u32(packet->data) : 0;
	value = name + strlen(name) + 1;
	if (value >= packet->data + packet->len)
		return;
	/* 0 is above Postfix's own Received, which no filter sees. */
	if (packet->command == 'i')
		insert(msg, index > 0 ? index - 1 : 0, name, value);
	else if (packet->command == 'h')
		insert(msg, msg->header_count, name, value);
	else
		change(msg, index, name, value);
}

void
load_edit_apply(struct wire_buf *edits, struct load_message *msg)
{
	struct wire_packet packet;

	while (wire_next(edits, &packet) == 1)
		apply(msg, &packet);
	edits->len = edits->done = 0;
}
