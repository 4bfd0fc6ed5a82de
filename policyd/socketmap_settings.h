/* SPDX-License-Identifier: ISC */
/* socketmap_settings.h - the section "socketmap" of the configuration. */
#ifndef POLICYD_SOCKETMAP_SETTINGS_H
#define POLICYD_SOCKETMAP_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"

/* Sizes are bytes, times milliseconds. */
struct socketmap_settings {
	struct setting_list listen;	/* as policyd's; empty: nowhere */
	const char *listen_group;	/* NULL: the daemon's own */
	const char *postmaster;
	int64_t max_connections;
	int64_t idle_timeout_ms;
	int64_t deadline_ms;
	int64_t memory;
};

extern const struct section socketmap_section;

#endif
