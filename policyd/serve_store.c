/* SPDX-License-Identifier: ISC */
/* serve_store.c - the store of the running policyd, with all that it takes. */
#include "policyd/serve_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "policyd/ledger.h"
#include "store/memory.h"
#include "store/redis.h"
#include "store/remote_server.h"
#include "store/store_settings.h"

#define LEDGER_EVERY_MS 100

struct serve_store {
	struct store *store;
	struct remote_server *remote;	/* NULL: it is not ours to share */
	struct ledger *ledger;
	struct loop *loop;
	struct loop_timer *ledger_timer, *snapshot_timer;
	int64_t snapshot_every_ms;	/* 0: there are none */
	char *trouble;			/* with the last one; NULL: none */
};

/* Mail does not depend on a snapshot: it is told once, and tried again. */
static void
take_trouble(struct serve_store *serve, const char *trouble)
{
	if (trouble != NULL && serve->trouble == NULL)
		log_warn(NULL, "%s", trouble);
	free(serve->trouble);
	serve->trouble = trouble != NULL ? strdup(trouble) : NULL;
}

static void
on_snapshot(void *arg)
{
	struct serve_store *serve = arg;
	struct arena *arena = arena_new(0);
	const char *error = NULL;

	if (memory_save(serve->store, arena, &error) == 0)
		error = NULL;
	take_trouble(serve, error);
	arena_free(&arena);
	serve->snapshot_timer = loop_after(serve->loop,
	    serve->snapshot_every_ms, on_snapshot, serve);
}

static void
on_ledger(void *arg)
{
	struct serve_store *serve = arg;

	ledger_run(serve->ledger);
	serve->ledger_timer = loop_after(serve->loop, LEDGER_EVERY_MS,
	    on_ledger, serve);
}

/* The memory of this process, which others share. */
static int
open_memory(struct serve_store *serve, const struct store_settings *settings,
    struct arena *arena, const char **error_r)
{
	serve->store = memory_open(settings->snapshot, arena, error_r);
	if (serve->store == NULL)
		return -1;
	memory_limit(serve->store, (size_t)settings->memory_limit);
	if (settings->snapshot != NULL) {
		serve->snapshot_every_ms = settings->snapshot_every_ms;
		serve->snapshot_timer = loop_after(serve->loop,
		    serve->snapshot_every_ms, on_snapshot, serve);
	}
	serve->remote = remote_server_open(serve->store, settings->socket,
	    serve->loop, arena, error_r);
	return serve->remote == NULL ? -1 : 0;
}

static int
open_redis(struct serve_store *serve, const struct store_settings *settings,
    struct arena *arena, const char **error_r)
{
	serve->store = redis_open(settings, serve->loop, arena, error_r);
	return serve->store == NULL ? -1 : 0;
}

struct serve_store *
serve_store_open(const struct store_settings *settings, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	struct serve_store *serve = must(calloc(1, sizeof(*serve)));

	serve->loop = loop;
	if ((settings->kind == STORE_WHERE_MEMORY ? open_memory : open_redis)(
	    serve, settings, arena, error_r) < 0) {
		serve_store_close(&serve);
		return NULL;
	}
	serve->ledger = ledger_new(serve->store);
	serve->ledger_timer = loop_after(loop, LEDGER_EVERY_MS, on_ledger,
	    serve);
	return serve;
}

static void
save_last(struct serve_store *serve)
{
	struct arena *arena = arena_new(0);
	const char *error = NULL;

	if (memory_save_now(serve->store, arena, &error) < 0)
		log_warn(NULL, "%s", error);
	arena_free(&arena);
}

void
serve_store_close(struct serve_store **serve)
{
	struct serve_store *old = *serve;

	if (old == NULL)
		return;
	loop_cancel(&old->ledger_timer);
	loop_cancel(&old->snapshot_timer);
	remote_server_close(&old->remote);
	ledger_free(&old->ledger);
	if (old->snapshot_every_ms != 0)
		save_last(old);
	store_free(&old->store);
	free(old->trouble);
	free(old);
	*serve = NULL;
}

struct store *
serve_store_get(const struct serve_store *serve)
{
	return serve->store;
}

struct ledger *
serve_store_ledger(const struct serve_store *serve)
{
	return serve->ledger;
}

const struct remote_server *
serve_store_remote(const struct serve_store *serve)
{
	return serve->remote;
}

const char *
serve_store_degraded(const struct serve_store *serve)
{
	const char *text = store_degraded(serve->store);
	struct ledger_stats owed;

	/* Looks may be answered where charges are not. */
	ledger_count(serve->ledger, &owed);
	if (text == NULL && owed.owed != 0)
		text = "what passed while the store did not count is still to "
		    "be counted there";
	return text != NULL ? text : serve->trouble;
}
