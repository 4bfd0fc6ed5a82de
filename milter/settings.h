/* SPDX-License-Identifier: ISC */
/* settings.h - the section "milter" of the configuration. */
#ifndef MILTER_SETTINGS_H
#define MILTER_SETTINGS_H

#include <stdint.h>

#include "daemon/settings.h"

struct section;

/* Sizes are bytes, times milliseconds. */
struct milter_settings {
	struct daemon_settings common;

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
	/* Neither the directory nor what it last said tells what holds for an
	 * address (enum on_error). */
	int on_unknown_policy;

	/* Bodies beyond spool_memory go into an unlinked file. */
	const char *spool_directory;	/* NULL: a memfd instead */
	int64_t spool_memory;
};

enum sessions { SESSIONS_THREADS, SESSIONS_POOL };

extern const struct section milter_section;

#endif
