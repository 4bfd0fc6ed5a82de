/* SPDX-License-Identifier: ISC */
/* load_wire.h - packets of the milter protocol, version 6, both ways. */
#ifndef BENCH_LOAD_WIRE_H
#define BENCH_LOAD_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_VERSION = 6,
	WIRE_ACTIONS = 0x1ff,		/* all that Postfix 3.7 offers */
	WIRE_STEPS = 0x1fffff,
	WIRE_BODY_CHUNK = 65535,
	WIRE_PACKET_MAX = 1 << 20,	/* longest answer we take */
};

/* Protocol steps: what a filter may ask the MTA to leave out. */
enum wire_step {
	STEP_NO_CONNECT = 0x1,
	STEP_NO_HELO = 0x2,
	STEP_NO_MAIL = 0x4,
	STEP_NO_RCPT = 0x8,
	STEP_NO_BODY = 0x10,
	STEP_NO_HEADERS = 0x20,
	STEP_NO_EOH = 0x40,
	STEP_NR_HEADER = 0x80,
	STEP_NO_DATA = 0x200,
	STEP_NR_CONNECT = 0x1000,
	STEP_NR_HELO = 0x2000,
	STEP_NR_MAIL = 0x4000,
	STEP_NR_RCPT = 0x8000,
	STEP_NR_DATA = 0x10000,
	STEP_NR_EOH = 0x40000,
	STEP_NR_BODY = 0x80000,
	STEP_LEADING_SPACE = 0x100000,
};

/* A growing byte queue; zero-initialised is empty. */
struct wire_buf {
	char *data;
	size_t len;		/* bytes held, counted from data */
	size_t done;		/* bytes of them already consumed */
	size_t size;
};

void wire_buf_free(struct wire_buf *buf);

/* Forgets what was consumed; the rest moves to the front. */
void wire_buf_shift(struct wire_buf *buf);

/* At least LEN writable bytes behind the content. */
char *wire_buf_room(struct wire_buf *buf, size_t len);

/*
 * A packet is put together between wire_begin and wire_end; wire_begin
 * returns the mark that wire_end wants.
 */
size_t wire_begin(struct wire_buf *buf, char command);
void wire_put(struct wire_buf *buf, const void *bytes, size_t len);
void wire_put_string(struct wire_buf *buf, const char *text);	/* with NUL */
void wire_put_u32(struct wire_buf *buf, uint32_t value);
void wire_put_u16(struct wire_buf *buf, uint16_t value);
void wire_end(struct wire_buf *buf, size_t mark);

/* One received packet; DATA points into the buffer it came from. */
struct wire_packet {
	char command;
	const char *data;
	size_t len;
};

/* 1: *packet_r is the next packet, 0: incomplete, -1: not the protocol. */
int wire_next(struct wire_buf *buf, struct wire_packet *packet_r);

uint32_t wire_get_u32(const char *bytes);

#endif
