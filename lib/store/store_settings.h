/* SPDX-License-Identifier: ISC */
/* store_settings.h - section store: where counters and memory are kept. */
#ifndef STORE_STORE_SETTINGS_H
#define STORE_STORE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/setting.h"

struct store_settings {
	/* memory, unix:PATH, redis:HOST[:PORT], rediss:HOST[:PORT] (TLS). Text
	 * of the setting `where`. */
	const char *where;
	const char *user, *password_file;	/* AUTH; NULL: none */
	int64_t database;
	const char *tls_ca, *tls_certificate, *tls_key;
	int64_t timeout_ms;	/* of one operation, all in all */
	const char *snapshot;	/* of memory; NULL: none */
	int64_t snapshot_every_ms;
	int64_t memory_limit;	/* bytes */
	const char *socket;	/* by which policyd shares its memory */

	/* Follow from where. DAEMON: the memory of policyd, for whoever is not
	 * policyd; never in a configuration (remote.h). */
	enum { STORE_WHERE_MEMORY, STORE_WHERE_UNIX, STORE_WHERE_TCP,
	    STORE_WHERE_TLS, STORE_WHERE_DAEMON } kind;
	const char *host;	/* a name or address without brackets; a path */
	uint16_t port;
};

extern const struct section store_section;

/* Is host the path of a socket? */
bool store_settings_has_path(const struct store_settings *settings);

#endif
