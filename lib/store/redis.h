/* SPDX-License-Identifier: ISC */
/* redis.h - the store in Redis or Valkey. */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include "store/store.h"

struct loop;
struct store_settings;

/* A store on one connection of its own, served by loop; all calls from the
 * loop's thread. Free it before the loop. settings are copied.
 *
 * It connects at once, without blocking, and again whenever the connection
 * breaks: at once when it had worked, else after a pause (50 ms, doubled up to
 * 2 s, with jitter). A name is looked up by a thread of its own at each
 * attempt, as the host does it (/etc/hosts, DNS); an address and "localhost"
 * need none. Password and certificates are read again at each attempt.
 *
 * What was sent is asked again on the new connection while its time (settings:
 * timeout) lasts: that is why operations must be repeatable. So is what a
 * server refuses that still loads, or has become a replica. While nobody is
 * there, and after the first failure to connect, a call fails at once
 * (STORE_DOWN, or STORE_REFUSED when the server does not let us in). At most
 * 10,000 operations are under way, and one more fails (STORE_DOWN).
 *
 * Scripts go by EVALSHA; a server that does not know one gets it by EVAL. What
 * is asked in one turn of the loop is written in one piece.
 *
 * NULL with the reason: the settings make no sense, or the files that they name
 * cannot be used. That nobody is there is no error: see store_degraded(). */
struct store *redis_open(const struct store_settings *settings,
    struct loop *loop, struct arena *arena, const char **error_r);

/* The same with a loop in a thread of its own: calls from any thread; what fails
 * at once does so in the caller's. Call it after the process has forked for the
 * last time; the thread takes no signals. */
struct store *redis_open_shared(const struct store_settings *settings,
    struct arena *arena, const char **error_r);

#endif
