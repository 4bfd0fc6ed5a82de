/* SPDX-License-Identifier: ISC */
/* verbs.c - what every daemon answers on its control sockets. */
#include "daemon/verbs.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/json.h"
#include "json/read.h"

int
verb_ping(void *arg, struct str json, struct buf *out, const char **error_r)
{
	(void)arg;
	(void)json;
	(void)error_r;
	buf_add_text(out, "\"pong\"\n");
	return 0;
}

int
verb_clock(void *arg, struct str json, struct buf *out, const char **error_r)
{
	struct str text;
	int64_t now_ms;

	(void)arg;
	if (json_read_text(out->arena, json, "now", &text, error_r) < 0)
		return -1;
	if (clock_parse(text, &now_ms) < 0) {
		*error_r = "bad-request 'now' is Unix seconds or RFC 3339";
		return -1;
	}
	clock_set(now_ms);
	buf_add_text(out, "\"set\"\n");
	return 0;
}

int
verb_why(struct history *history, struct str json, struct buf *out,
    const char **error_r)
{
	struct str id;

	if (json_read_text(out->arena, json, "id", &id, error_r) < 0)
		return -1;
	if (history_find(history, id, out) == 0) {
		*error_r = "not-found no message with this id is among the "
		    "last decisions of this daemon";
		return -1;
	}
	buf_add_char(out, '\n');
	return 0;
}

int
verb_reloaded(const char *error, struct buf *out, const char **error_r)
{
	if (error != NULL) {
		*error_r = arena_printf(out->arena, "refused %s", error);
		return -1;
	}
	buf_add_text(out, "\"reloaded\"\n");
	return 0;
}

void
verb_begin_status(struct json_writer *json, struct buf *out,
    const struct verb_daemon *daemon)
{
	json_begin(json, out);
	json_begin_object(json, NULL);
	json_put_text(json, "daemon", daemon->name);
	json_put_text(json, "version", MAILREEVE_VERSION);
	json_put_int(json, "pid", getpid());
	json_put_int(json, "uptime_s",
	    (clock_steady_ms() - daemon->started_ms) / 1000);
	json_put_text(json, "configuration", daemon->conf_path);
}

void
verb_end_status(struct json_writer *json)
{
	json_end_object(json);
	json_end(json);
	buf_add_char(json->out, '\n');
}

size_t
verb_put_texts(struct json_writer *json, const char *const *texts,
    size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (texts[i] != NULL && json != NULL)
			json_put_text(json, NULL, texts[i]);
		found += texts[i] != NULL;
	}
	return found;
}

void
verb_put_figure(struct buf *out, const char *daemon, const char *name,
    const char *type, const char *help, uint64_t value)
{
	buf_printf(out, "# HELP mailreeve_%s_%s %s\n"
	    "# TYPE mailreeve_%s_%s %s\nmailreeve_%s_%s %" PRIu64 "\n",
	    daemon, name, help, daemon, name, type, daemon, name, value);
}

void
verb_put_figures(struct buf *out, const char *daemon,
    const struct verb_figure *figures, size_t count)
{
	for (size_t i = 0; i < count; i++)
		verb_put_figure(out, daemon, figures[i].name, figures[i].type,
		    figures[i].help, figures[i].value);
}
