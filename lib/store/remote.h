/* SPDX-License-Identifier: ISC */
/* remote.h - the memory of policyd as a store of other daemons, by its socket.
 *
 * The two speak the protocol of Redis (RESP2), so that the client's side is the
 * one of redis.h: its time-outs, repeats, back-off and figures. A request is an
 * array of bulk strings, a reply one too, or an error; many requests may be
 * under way on a connection, and are answered in their order:
 *   HELLO 2 …                             mailreeve
 *   OP name count key… argument…          what the operation answers
 *   anything else, or what it refuses     -REFUSED why
 * count is how many of the words behind it are keys; which operations there are
 * says ops.list, and nothing here. Behind what is no array of bulk strings, or
 * longer than a reply of Redis may be (redis_codec.h), the connection ends with
 * such a line. */
#ifndef STORE_REMOTE_H
#define STORE_REMOTE_H

#include "store/store.h"

struct loop;
struct redis_reply;
struct store_op;
struct store_settings;

/* The store of these settings, whose `where` is memory: as redis_open() and
 * redis_open_shared() do it for Redis. While there is no socket and never was a
 * connection, the store is not degraded: nobody says that this host has a
 * policyd. */
struct store *remote_open(const struct store_settings *settings,
    struct loop *loop, struct arena *arena, const char **error_r);
struct store *remote_open_shared(const struct store_settings *settings,
    struct arena *arena, const char **error_r);

/* The first two words of a request. */
void remote_words(const struct store_op *op, struct str words[2]);

/* What a request asks, from the words that came; it points into them. */
enum remote_verb {
	REMOTE_HELLO,
	REMOTE_OP,		/* *request_r */
	REMOTE_UNKNOWN,		/* with the reason */
};
enum remote_verb remote_read(const struct redis_reply *words,
    struct store_request *request_r, const char **error_r);

#endif
