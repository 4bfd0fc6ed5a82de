/* SPDX-License-Identifier: ISC */
/* redis_link.h - one connection to a server: bytes, TLS, commands, replies. */
#ifndef STORE_REDIS_LINK_H
#define STORE_REDIS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct loop;
struct redis_reply;
struct store_settings;

/* Who is told, always from the loop and never from within a function here. */
struct redis_link_owner {
	void *arg;
	/* Commands may be sent now. */
	void (*on_open)(void *arg);
	/* The reply to the oldest command without one. */
	void (*on_reply)(void *arg, const struct redis_reply *reply);
	/* It could not be opened, or has ended; the owner closes it. Nothing
	 * else is called behind this. */
	void (*on_broken)(void *arg, const char *error);
};

/* Begin to connect; settings must live as long. attempt says with which of the
 * host's addresses to begin, if it has several. */
struct redis_link;
struct redis_link *redis_link_open(const struct store_settings *settings,
    unsigned attempt, struct loop *loop,
    const struct redis_link_owner *owner);
/* Not from on_open or on_reply: they say redis_link_break(). */
void redis_link_close(struct redis_link **link);

/* All that is sent in one turn of the loop goes out in one write. Returns what
 * redis_link_has_left() is asked with. */
uint64_t redis_link_send(struct redis_link *link, const struct str *words,
    size_t count);
/* Is that command out? Only then can a reply be to it. */
bool redis_link_has_left(const struct redis_link *link, uint64_t command);
/* What was sent so far goes out now. */
void redis_link_flush(struct redis_link *link);

/* Let it be broken with this reason: on_broken follows soon. */
void redis_link_break(struct redis_link *link, const char *error);

#endif
