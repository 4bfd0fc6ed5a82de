/* SPDX-License-Identifier: ISC */
/* request.h - how a client asks mailreeve-avscan about a file.
 *
 * One connection, one question. The client sends
 *   "MRS1"  milliseconds (4 bytes)  length of the name (2)  name
 * with the descriptor of the file beside the first byte, and gets
 *   "MRA1"  length (4)  an answer (answer.h)
 * Numbers have their highest byte first. The descriptor is that of a regular
 * file which was opened for reading alone, or is a memfd sealed against writing
 * and shrinking: whoever reads it cannot change what will be delivered. */
#ifndef SCAN_REQUEST_H
#define SCAN_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define SCAN_REQUEST_HEAD 10
#define SCAN_REQUEST_NAME_MAX 255
#define SCAN_REQUEST_MAX (SCAN_REQUEST_HEAD + SCAN_REQUEST_NAME_MAX)
#define SCAN_ANSWER_HEAD 8

struct scan_request {
	uint32_t timeout_ms;	/* how long the client waits */
	struct str name;	/* of the file, as claimed; "" */
};

/* Append its bytes; the name is cut where it is too long. */
void scan_request_write(const struct scan_request *request, struct buf *out);

/* Read one from what has come; the name points there. 1: here it is, and bytes
 * ends with it; 0: it has not come whole; -1: it makes no sense. */
int scan_request_read(struct str bytes, struct scan_request *request_r);

/* The head of an answer of so many bytes. */
void scan_answer_put_head(size_t len, char head[SCAN_ANSWER_HEAD]);
/* 0 with the length, or -1: it makes no sense. */
int scan_answer_read_head(const char head[SCAN_ANSWER_HEAD], size_t *len_r);

#endif
