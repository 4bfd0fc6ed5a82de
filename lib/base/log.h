/* SPDX-License-Identifier: ISC */
/* log.h - lines for the administrator: facts as key=value, one line each. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

struct arena;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG };

/* Whom a line is about; NULL members are left out. */
struct log_context {
	const char *id;
	const char *queue_id;
};

/* Where lines go from now on. Standard error carries "<4>" priorities when it
 * is journald's own stream (JOURNAL_STREAM), and "time program[pid]: " otherwise.
 * to_syslog: the mail facility instead. Call before threads start. */
void log_open(const char *program, bool to_syslog);
void log_set_level(enum log_level level);
bool log_has_level(enum log_level level);

/* For tests: lines go to sink(arg, level, line) instead; NULL ends it. */
void log_set_sink(void (*sink)(void *, enum log_level, const char *),
    void *arg);

/* Write a line: "id=… queue_id=… text". The text is the caller's words and
 * key=value facts; strings from the wire go through log_wire() first. A line
 * is cut at 4 KB; control characters never reach the log. */
void log_error(const struct log_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(const struct log_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const struct log_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(const struct log_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A string from the wire made fit to print: quoted when it is empty or has a
 * blank, '"' or '='; bytes outside printable ASCII as \xNN; at most cap bytes
 * of it, "…" behind when it was cut. Arena text. */
const char *log_wire(struct arena *arena, struct str wire, size_t cap);

#endif
