/* SPDX-License-Identifier: ISC */
/* settings.h - the section "policyd" of the configuration. */
#ifndef POLICYD_SETTINGS_H
#define POLICYD_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"
#include "daemon/settings.h"

struct arena;
struct section;

/* Sizes are bytes, times milliseconds. */
struct policyd_settings {
	struct daemon_settings common;

	/* What Postfix connects to: "unix:PATH", "inet:PORT@ADDRESS". */
	struct setting_list listen;
	const char *listen_group;	/* NULL: the daemon's own */
	int64_t max_connections;
	int64_t idle_timeout_ms;
	int64_t deadline_ms;
	int64_t instance_memory;	/* instances.h */

	int events;			/* enum policy_events */
};

enum policy_events { POLICY_EVENTS_DECISIONS, POLICY_EVENTS_ALL };

extern const struct section policyd_section;

/* Is each "unix:/PATH" or "inet:PORT@ADDRESS" with an address of this host
 * alone? -1 with the reason. */
int settings_check_listen(const struct setting_list *listen,
    struct arena *arena, const char **error_r);
/* The path of the first that is a UNIX socket; NULL: none is. */
const char *settings_unix_socket(const struct setting_list *listen);

#endif
