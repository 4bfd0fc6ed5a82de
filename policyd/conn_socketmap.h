/* SPDX-License-Identifier: ISC */
/* conn_socketmap.h - connections that speak Postfix's socketmap protocol. */
#ifndef POLICYD_CONN_SOCKETMAP_H
#define POLICYD_CONN_SOCKETMAP_H

#include "policyd/conn.h"
#include "policyd/socketmap.h"

struct map_answers;

/* The arg of its service. */
struct socketmap_service {
	struct map_answers *answers;
	int64_t deadline_ms;
	/* Postfix does not get what it asked for: why. */
	void (*failed)(void *arg, const char *reason);
	void *arg;
	uint64_t answered[SOCKETMAP_STATUSES];
	uint64_t unread;		/* what was no request */
};

extern const struct conn_protocol socketmap_protocol;

#endif
