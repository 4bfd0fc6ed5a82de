/* SPDX-License-Identifier: ISC */
/* settings.h - the section "policyd" of the configuration. */
#ifndef POLICYD_SETTINGS_H
#define POLICYD_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"

struct section;

/* Sizes are bytes, times milliseconds. */
struct policyd_settings {
	int mode;			/* enum mode (verdict.h) */

	/* What Postfix connects to: "unix:PATH", "inet:PORT@ADDRESS". */
	struct setting_list listen;
	const char *listen_group;	/* NULL: the daemon's own */
	int64_t max_connections;
	int64_t idle_timeout_ms;
	int64_t deadline_ms;
	int64_t instance_memory;	/* instances.h */

	const char *ctl_admin;		/* socket paths */
	const char *ctl_plugin;

	const char *event_spool;	/* directory of the event files */
	int64_t event_spool_size;
	int events;			/* enum policy_events */

	int log_level;			/* enum log_level (log.h) */
	int log_target;			/* enum policy_log_target */
};

enum policy_events { POLICY_EVENTS_DECISIONS, POLICY_EVENTS_ALL };
enum policy_log_target { POLICY_LOG_STDERR, POLICY_LOG_SYSLOG };

extern const struct section policyd_section;

#endif
