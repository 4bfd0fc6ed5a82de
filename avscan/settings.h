/* SPDX-License-Identifier: ISC */
/* settings.h - the section "avscan" of the configuration. */
#ifndef AVSCAN_SETTINGS_H
#define AVSCAN_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"
#include "daemon/settings.h"

struct section;

/* Sizes are bytes, times milliseconds. */
struct avscan_settings {
	struct daemon_settings common;

	const char *socket;
	const char *socket_group;	/* NULL: the daemon's own */
	int64_t workers;
	int64_t worker_files;
	int64_t worker_memory;
	int64_t queue;
	int64_t deadline_ms;

	int64_t max_size;
	int64_t max_unpacked;
	int64_t max_entries;
	int64_t max_depth;
	int64_t max_ratio;
	int64_t max_text;
};

extern const struct section avscan_section;

#endif
