/* SPDX-License-Identifier: ISC */
/* settings.h - the section "milter" of the configuration. */
#ifndef MILTER_SETTINGS_H
#define MILTER_SETTINGS_H

#include <stdint.h>

struct section;

/* Sizes are bytes, times milliseconds. */
struct milter_settings {
	int mode;			/* enum mode (verdict.h) */

	/* What Postfix connects to. */
	const char *listen;		/* "unix:PATH", "inet:PORT@ADDRESS" */
	const char *listen_group;	/* NULL: the daemon's own */
	int sessions;			/* enum sessions */
	int64_t max_connections;
	int64_t idle_timeout_ms;

	/* What a message may cost. A client that exceeds max_rcpts is told
	 * 452 4.5.3 at once; what lies beyond the others is left out, and a
	 * finding says so and suggests on_limit (enum on_error, on_error.h). */
	int64_t deadline_ms;
	int64_t max_message_size;
	int64_t max_headers;
	int64_t max_header_size;	/* of all fields of a message */
	int64_t max_rcpts;
	int on_limit;

	/* Bodies beyond spool_memory go into an unlinked file. */
	const char *spool_directory;	/* NULL: a memfd instead */
	int64_t spool_memory;

	const char *ctl_admin;		/* socket paths */
	const char *ctl_plugin;

	const char *event_spool;	/* directory of the event files */
	int64_t event_spool_size;

	int log_level;			/* enum log_level (log.h) */
	int log_target;			/* enum log_target */
};

enum sessions { SESSIONS_THREADS, SESSIONS_POOL };
enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

extern const struct section milter_section;

#endif
