/* SPDX-License-Identifier: ISC */
/* packet.h - packets of the milter protocol that libmilter would trip over. */
#ifndef MILTER_PACKET_H
#define MILTER_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where in the stream of packets a connection is; zero at its start. */
struct packet_watch {
	unsigned char head[5];		/* length, command */
	size_t head_len;
	uint32_t left;			/* of the packet */
	uint32_t nuls;			/* in it so far */
	bool has_end;			/* its last byte so far is NUL */
};

/* Look at the next bytes of the stream, before libmilter does. False: they end
 * a packet of macros that is not pairs of strings; libmilter steps over the end
 * of such a list (8.15 to 8.18), so the connection must end before. */
bool packet_look(struct packet_watch *watch, const void *data, size_t len);

#endif
