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

/* The first members of the answer to `status`: daemon, version, pid, uptime_s,
 * configuration. started_ms is of the steady clock. */
void verb_put_daemon(struct json_writer *json, const char *daemon,
    int64_t started_ms, const char *conf_path);

/* Those of the texts that are not NULL as elements of an array; json NULL:
 * nowhere. How many they are. */
size_t verb_put_texts(struct json_writer *json, const char *const *texts,
    size_t count);

/* A figure with one value for `metrics`: mailreeve_DAEMON_NAME, and what
 * Prometheus wants before it; type is "counter" or "gauge". */
void verb_put_figure(struct buf *out, const char *daemon, const char *name,
    const char *type, const char *help, uint64_t value);

#endif
