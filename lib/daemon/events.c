/* SPDX-License-Identifier: ISC */
/* events.c - the events of a daemon: kept for `why`, written, handed on. */
#include "daemon/events.h"

#include <stdlib.h>

#include "base/event_spool.h"
#include "base/history.h"
#include "base/json.h"
#include "base/must.h"
#include "daemon/event_forward.h"
#include "daemon/settings.h"
#include "daemon/verbs.h"
#include "store/store_settings.h"

struct events {
	const char *daemon;
	struct history *history;
	struct event_spool *spool;
	struct event_forward *forward;	/* NULL: nothing is handed on */
};

static int
open_parts(struct events *events, const struct daemon_settings *settings,
    const struct store_settings *store, struct arena *arena,
    const char **error_r)
{
	events->spool = event_spool_open(settings->event_spool,
	    events->daemon, settings->event_spool_size, arena, error_r);
	if (events->spool == NULL)
		return -1;
	if (store->kind == STORE_WHERE_MEMORY || settings->event_stream == 0)
		return 0;
	events->forward = event_forward_open(events->spool, store,
	    settings->event_stream, arena, error_r);
	return events->forward == NULL ? -1 : 0;
}

struct events *
events_open(const struct daemon_settings *settings,
    const struct store_settings *store, const char *daemon,
    size_t history_bytes, struct arena *arena, const char **error_r)
{
	struct events *events = must(calloc(1, sizeof(*events)));

	events->daemon = daemon;
	events->history = history_new(HISTORY_COUNT, history_bytes);
	if (open_parts(events, settings, store, arena, error_r) < 0)
		events_close(&events);
	return events;
}

void
events_close(struct events **events)
{
	struct events *old = *events;

	if (old == NULL)
		return;
	event_forward_close(&old->forward);
	event_spool_close(&old->spool);
	history_free(&old->history);
	free(old);
	*events = NULL;
}

void
events_add(struct events *events, const char *id, const char *queue_id,
    struct str event, bool is_written)
{
	if (is_written)
		event_spool_add(events->spool, event);
	history_add(events->history, id, queue_id, event);
}

int
events_why(struct events *events, struct str json, struct buf *out,
    const char **error_r)
{
	return verb_why(events->history, json, out, error_r);
}

const char *
events_degraded(const struct events *events, bool is_store_told,
    struct arena *arena)
{
	if (event_spool_is_losing(events->spool))
		return "events are lost: their files cannot be written";
	if (events->forward == NULL || is_store_told)
		return NULL;
	return event_forward_degraded(events->forward, arena);
}

void
events_put_status(const struct events *events, struct json_writer *json)
{
	json_put_int(json, "events_lost",
	    (int64_t)event_spool_lost(events->spool));
	if (events->forward == NULL) {
		json_put_null(json, "events_forwarded");
		json_put_null(json, "events_waiting");
		return;
	}
	json_put_int(json, "events_forwarded",
	    (int64_t)event_forward_count(events->forward));
	json_put_int(json, "events_waiting",
	    (int64_t)event_forward_waiting(events->forward));
}

void
events_write_metrics(const struct events *events, struct buf *out)
{
	verb_put_figure(out, events->daemon, "events_lost_total", "counter",
	    "Events lost since the start: not written, or gone with the "
	    "oldest file before they were forwarded.",
	    event_spool_lost(events->spool));
	if (events->forward == NULL)
		return;
	verb_put_figure(out, events->daemon, "events_forwarded_total",
	    "counter", "Events that went to the stream in the store.",
	    event_forward_count(events->forward));
	verb_put_figure(out, events->daemon, "events_waiting", "gauge",
	    "Events that wait in their files for that.",
	    event_forward_waiting(events->forward));
}
