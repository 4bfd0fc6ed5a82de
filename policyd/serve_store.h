/* SPDX-License-Identifier: ISC */
/* serve_store.h - the store of the running policyd, with all that it takes. */
#ifndef POLICYD_SERVE_STORE_H
#define POLICYD_SERVE_STORE_H

struct arena;
struct ledger;
struct loop;
struct remote_server;
struct store;
struct store_settings;

struct serve_store;

/* Open what the section store names, with a ledger that pays its debts every so
 * often. A store in memory is served to others on its socket, and its snapshot
 * is written every so often. NULL with the reason. That nobody answers is none:
 * see serve_store_degraded(). */
struct serve_store *serve_store_open(const struct store_settings *settings,
    struct loop *loop, struct arena *arena, const char **error_r);
/* Writes the last snapshot. */
void serve_store_close(struct serve_store **serve);

struct store *serve_store_get(const struct serve_store *serve);
struct ledger *serve_store_ledger(const struct serve_store *serve);
/* NULL: the store is not in memory. */
const struct remote_server *serve_store_remote(
    const struct serve_store *serve);
/* What does not work, in one sentence; NULL: nothing. */
const char *serve_store_degraded(const struct serve_store *serve);

#endif
