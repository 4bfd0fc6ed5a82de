/* SPDX-License-Identifier: ISC */
/* verbs.h - what every daemon answers on its control sockets. */
#ifndef DAEMON_VERBS_H
#define DAEMON_VERBS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct history;
struct json_writer;

/* Verbs of ctl.h that need nothing of their daemon. */
int verb_ping(void *arg, struct str json, struct buf *out,
    const char **error_r);
int verb_clock(void *arg, struct str json, struct buf *out,
    const char **error_r);

/* The verb `why` with the daemon's last decisions. */
int verb_why(struct history *history, struct str json, struct buf *out,
    const char **error_r);

/* The answer of `reload`: error says why it was refused; NULL: it was not. */
int verb_reloaded(const char *error, struct buf *out, const char **error_r);

/* What a daemon is. */
struct verb_daemon {
	const char *name;	/* "milter" */
	const char *conf_path;
	int64_t started_ms;	/* of the steady clock */
};

/* Begin the answer to `status` or its like, an object with the members daemon,
 * version, pid, uptime_s and configuration; and end it. */
void verb_begin_status(struct json_writer *json, struct buf *out,
    const struct verb_daemon *daemon);
void verb_end_status(struct json_writer *json);

/* Those of the texts that are not NULL as elements of an array; json NULL:
 * nowhere. How many they are. */
size_t verb_put_texts(struct json_writer *json, const char *const *texts,
    size_t count);

/* A figure with one value for `metrics`: mailreeve_DAEMON_NAME, and what
 * Prometheus wants before it; type is "counter" or "gauge". */
void verb_put_figure(struct buf *out, const char *daemon, const char *name,
    const char *type, const char *help, uint64_t value);

struct verb_figure {
	const char *name, *type, *help;
	uint64_t value;
};

void verb_put_figures(struct buf *out, const char *daemon,
    const struct verb_figure *figures, size_t count);

#endif
