/* SPDX-License-Identifier: ISC */
/* redis.h - the store in Redis or Valkey. */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include "store/store.h"

struct loop;
struct store_settings;

/* A store on one connection of its own, served by loop; all calls from the
 * loop's thread. It connects at once, without blocking, and again whenever the
 * connection breaks, later each time (50 ms to 2 s, with jitter). What was sent
 * is asked again on the new connection while its time (settings: timeout)
 * lasts: that is why operations must be repeatable. While nobody is there, and
 * after the first failure to connect, a call fails at once (STORE_DOWN).
 *
 * Scripts go by EVALSHA; a server that does not know one gets it by EVAL. What
 * is asked in one turn of the loop is written in one piece.
 *
 * NULL with the reason: the settings make no sense. That nobody is there is no
 * error: see store_degraded(). */
struct store *redis_open(const struct store_settings *settings,
    struct loop *loop, struct arena *arena, const char **error_r);

/* The same with a loop in a thread of its own: calls from any thread. */
struct store *redis_open_shared(const struct store_settings *settings,
    struct arena *arena, const char **error_r);

#endif
