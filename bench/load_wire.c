/* SPDX-License-Identifier: ISC */
/* load_wire.c - length, command, data: how milter packets are laid out. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "load_wire.h"

void
wire_buf_free(struct wire_buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(*buf));
}

void
wire_buf_shift(struct wire_buf *buf)
{
	if (buf->done == 0)
		return;
	memmove(buf->data, buf->data + buf->done, buf->len - buf->done);
	buf->len -= buf->done;
	buf->done = 0;
}

char *
wire_buf_room(struct wire_buf *buf, size_t len)
{
	if (buf->size - buf->len < len) {
		buf->size = (buf->len + len) * 2;
		buf->data = realloc(buf->data, buf->size);
		if (buf->data == NULL)
			abort();
	}
	return buf->data + buf->len;
}

void
wire_put(struct wire_buf *buf, const void *bytes, size_t len)
{
	char *to = wire_buf_room(buf, len + 1);

	if (len > 0)
		memcpy(to, bytes, len);
	buf->len += len;
}

void
wire_put_string(struct wire_buf *buf, const char *text)
{
	wire_put(buf, text, strlen(text) + 1);
}

void
wire_put_u32(struct wire_buf *buf, uint32_t value)
{
	uint32_t net = htonl(value);

	wire_put(buf, &net, sizeof(net));
}

void
wire_put_u16(struct wire_buf *buf, uint16_t value)
{
	uint16_t net = htons(value);

	wire_put(buf, &net, sizeof(net));
}

size_t
wire_begin(struct wire_buf *buf, char command)
{
	size_t mark = buf->len;

	wire_put_u32(buf, 0);
	wire_put(buf, &command, 1);
	return mark;
}

void
wire_end(struct wire_buf *buf, size_t mark)
{
	uint32_t net = htonl((uint32_t)(buf->len - mark - sizeof(net)));

	memcpy(buf->data + mark, &net, sizeof(net));
}

uint32_t
wire_get_u32(const char *bytes)
{
	uint32_t net;

	memcpy(&net, bytes, sizeof(net));
	return ntohl(net);
}

int
wire_next(struct wire_buf *buf, struct wire_packet *packet_r)
{
	const char *at = buf->data + buf->done;
	size_t have = buf->len - buf->done;
	uint32_t len;

	if (have < sizeof(len))
		return 0;
	len = wire_get_u32(at);
	if (len == 0 || len > WIRE_PACKET_MAX)
		return -1;
	if (have < sizeof(len) + len)
		return 0;
	packet_r->command = at[4];
	packet_r->data = at + 5;
	packet_r->len = len - 1;
	buf->done += sizeof(len) + len;
	return 1;
}
