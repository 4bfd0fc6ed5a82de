/* SPDX-License-Identifier: ISC */
/* redis_relay.h - a relay before a server, for tests, that misbehaves. */
#ifndef UNIT_REDIS_RELAY_H
#define UNIT_REDIS_RELAY_H

#include <stdbool.h>

struct redis_server;
struct redis_relay;

enum redis_relay_mode {
	RELAY_PASS,
	RELAY_HOLD,		/* replies do not come until the mode changes */
	/* Once, and RELAY_PASS from then on; the server has acted: */
	RELAY_SWALLOW,		/* the next reply is lost with its connection */
	RELAY_GARBAGE,		/* what comes is not of Redis */
	RELAY_ENDLESS,		/* a reply begins that never ends */
	RELAY_TWICE,		/* it comes twice */
};

/* A thread that carries bytes between a socket of its own and the server's. */
struct redis_relay *redis_relay_start(const struct redis_server *server);
const char *redis_relay_path(const struct redis_relay *relay);
void redis_relay_set(struct redis_relay *relay, enum redis_relay_mode mode);
/* Has it done what was set? */
bool redis_relay_passes(const struct redis_relay *relay);
/* Each chunk of replies takes so long from now on. */
void redis_relay_delay(struct redis_relay *relay, int delay_ms);
/* Connections that have come. */
unsigned redis_relay_count(struct redis_relay *relay);
void redis_relay_stop(struct redis_relay **relay);

#endif
