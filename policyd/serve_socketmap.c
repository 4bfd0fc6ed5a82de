/* SPDX-License-Identifier: ISC */
/* serve_socketmap.c - Postfix's tables in the running policyd. */
#include "policyd/serve_socketmap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/must.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/wait.h"
#include "daemon/verbs.h"
#include "directory/directory_settings.h"
#include "directory/map_answers.h"
#include "policyd/conn_socketmap.h"
#include "policyd/listen.h"
#include "policyd/socketmap_settings.h"

/* Whatever fails, fails for each look-up; the metrics count them. */
#define FAILURE_PAUSE_MS 1000

struct serve_socketmap {
	const struct socketmap_settings *settings;
	struct socketmap_service service;
	struct wait_queue *queue;
	struct conns *conns;		/* NULL: nobody is answered */
	struct listeners *listeners;
	int64_t failure_told_ms;
};

static void
on_failed(void *arg, const char *reason)
{
	struct serve_socketmap *serve = arg;

	if (clock_is_due(&serve->failure_told_ms, FAILURE_PAUSE_MS))
		log_warn(NULL, "a look-up of Postfix's has no answer: %s",
		    reason);
}

static void
open_answers(struct serve_socketmap *serve, const struct conf *conf,
    char delimiter, struct inquiry *inquiry)
{
	const struct directory_settings *directory = conf_get(conf,
	    &directory_section);
	const struct map_site site = { delimiter,
	    serve->settings->postmaster };
	const struct map_answers_limits limits = {
		.most_bytes = (size_t)serve->settings->memory,
		.stale_ms = directory->stale_ms,
	};

	serve->service = (struct socketmap_service){
		.answers = map_answers_new(inquiry, &site, &limits),
		.deadline_ms = serve->settings->deadline_ms,
		.failed = on_failed,
		.arg = serve,
	};
}

static int
open_parts(struct serve_socketmap *serve, struct loop *loop,
    struct arena *arena, const char **error_r)
{
	const struct listen_settings listen = { &serve->settings->listen,
	    serve->settings->listen_group, "socketmap.listen_group" };
	struct conn_service service = { .loop = loop,
	    .protocol = &socketmap_protocol, .arg = &serve->service };

	serve->queue = wait_queue_new();
	if (serve->queue == NULL) {
		*error_r = arena_printf(arena, "no descriptor is left: %s",
		    strerror(errno));
		return -1;
	}
	service.queue = serve->queue;
	serve->conns = conns_new(&service);
	conns_limit(serve->conns, (size_t)serve->settings->max_connections,
	    serve->settings->idle_timeout_ms);
	serve->listeners = listeners_open(loop, &listen, serve->conns, arena,
	    error_r);
	return serve->listeners == NULL ? -1 : 0;
}

struct serve_socketmap *
serve_socketmap_open(const struct conf *conf, char delimiter,
    struct inquiry *inquiry, struct loop *loop, struct arena *arena,
    const char **error_r)
{
	struct serve_socketmap *serve = must(calloc(1, sizeof(*serve)));

	serve->settings = conf_get(conf, &socketmap_section);
	if (serve->settings->listen.count == 0)
		return serve;
	*error_r = "socketmap.listen is of no use without a directory: write, "
	    "for example, directory { where "
	    "sqlite:/var/lib/mailreeve/directory.db; }";
	if (inquiry != NULL) {
		open_answers(serve, conf, delimiter, inquiry);
		if (open_parts(serve, loop, arena, error_r) == 0)
			return serve;
	}
	serve_socketmap_close(&serve);
	return NULL;
}

void
serve_socketmap_close(struct serve_socketmap **serve)
{
	struct serve_socketmap *old = *serve;

	*serve = NULL;
	if (old == NULL)
		return;
	listeners_close(&old->listeners);
	conns_free(&old->conns);
	wait_queue_free(&old->queue);
	map_answers_free(&old->service.answers);
	free(old);
}

void
serve_socketmap_stop(struct serve_socketmap *serve, int64_t grace_ms,
    void (*done)(void *arg), void *arg)
{
	if (serve->conns == NULL) {
		done(arg);
		return;
	}
	listeners_close(&serve->listeners);
	conns_stop(serve->conns, serve->settings->deadline_ms + grace_ms,
	    done, arg);
}

/* --- metrics --------------------------------------------------------------- */

static void
write_lookups(const struct socketmap_service *service, struct buf *out)
{
	buf_add_text(out, "# HELP mailreeve_policyd_lookups_total Look-ups of "
	    "Postfix's answered.\n"
	    "# TYPE mailreeve_policyd_lookups_total counter\n");
	for (int i = 0; i < SOCKETMAP_STATUSES; i++)
		buf_printf(out, "mailreeve_policyd_lookups_total"
		    "{result=\"%s\"} %" PRIu64 "\n",
		    socketmap_status_text((enum socketmap_status)i),
		    service->answered[i]);
}

void
serve_socketmap_write_metrics(const struct serve_socketmap *serve,
    struct buf *out)
{
	struct map_answers_stats answers;
	struct conns_stats conns;

	if (serve->conns == NULL)
		return;
	map_answers_count(serve->service.answers, &answers);
	conns_count(serve->conns, &conns);
	write_lookups(&serve->service, out);
	verb_put_figure(out, "policyd", "lookups_cached_total", "counter",
	    "Of these, known already.", answers.hits);
	verb_put_figure(out, "policyd", "lookups_stale_total", "counter",
	    "Of these, answered as before, for the directory could not be "
	    "asked.", answers.stale);
	verb_put_figure(out, "policyd", "lookups_unread_total", "counter",
	    "What came and was no look-up.", serve->service.unread);
	verb_put_figure(out, "policyd", "lookup_answers", "gauge",
	    "Answers that are kept.", answers.count);
	verb_put_figure(out, "policyd", "lookup_answer_bytes", "gauge",
	    "What that takes.", answers.bytes);
	verb_put_figure(out, "policyd", "lookup_connections", "gauge",
	    "Connections of Postfix for look-ups now.", conns.open);
	verb_put_figure(out, "policyd", "lookup_connections_total", "counter",
	    "Such connections taken.", conns.accepted);
	verb_put_figure(out, "policyd", "lookup_connections_pushed_out_total",
	    "counter", "Of these, closed to make room for others.",
	    conns.pushed_out);
}
