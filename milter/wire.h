/* SPDX-License-Identifier: ISC */
/* wire.h - fewer system calls below libmilter. */
#ifndef MILTER_WIRE_H
#define MILTER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/packet.h"

/* The buffers of one connection, both ways. */
struct wire {
	int fd;
	char *in;		/* what was read and not yet taken */
	size_t in_at, in_len;
	char *out;		/* what was written and not yet sent */
	size_t out_len;
	bool is_broken;		/* sending failed: libmilter learns it next */
	bool has_ended;		/* so did the input, or nobody waits on */
	struct packet_watch watch;	/* of what libmilter has read */
};

/* From now on libmilter's reads and writes of fd on this thread go through the
 * buffers; one wire a thread. wire_wait() waits for wait_ms; whoever does not
 * take what is sent for send_ms is taken for gone. Both are set for all that
 * is received from fd and sent to it. */
void wire_attach(struct wire *wire, int fd, int64_t wait_ms, int64_t send_ms);
/* Send what is left, and leave the descriptor as it is. */
void wire_detach(struct wire *wire);

/* Send what waits, then read what comes. True: there is input, or its end.
 * False: there was silence. */
bool wire_wait(struct wire *wire);
/* Nothing more is wanted: libmilter finds the end of the input. */
void wire_end(struct wire *wire);

/* Is there something to read without asking the kernel? */
bool wire_has_input(const struct wire *wire);
/* Send what waits. 0, or -1 when the other side is gone. */
int wire_flush(struct wire *wire);
/* Give empty buffers back, until they are needed again. */
void wire_rest(struct wire *wire);

#endif
