/* SPDX-License-Identifier: ISC */
/* load_link.h - moves the bytes of one session to its server and back. */
#ifndef BENCH_LOAD_LINK_H
#define BENCH_LOAD_LINK_H

#include <stdbool.h>

#include "load_session.h"

struct load_connection;
struct load_hop;

struct load_link {
	struct load_connection *conn;	/* whose it is */
	struct load_session session;
	int fd;				/* -1: to be opened (again) */
	bool wants_write;
};

enum load_link_end {
	LINK_OPEN,
	LINK_BUSY,	/* the queue of a UNIX listener is full: try later */
	LINK_REFUSED,
};

/* Connects to the server, watches LINK by EPOLL, begins its session. */
enum load_link_end load_link_open(struct load_link *link,
    const struct load_hop *hop, int epoll);

/* Sends what is there to send; false: the server has gone. */
bool load_link_flush(struct load_link *link, int epoll);

/* Reads into the session's `in`: bytes, 0 for none now, -1 for closed. */
long load_link_receive(struct load_link *link);

void load_link_close(struct load_link *link);

#endif
