/* SPDX-License-Identifier: ISC */
/* settings.c - the settings that every daemon has in its section. */
#include "daemon/settings.h"

const char *const daemon_mode_words[] = { "observe", "enforce", NULL };
const char *const daemon_level_words[] = { "error", "warn", "info", "debug",
	NULL };
const char *const daemon_target_words[] = { "stderr", "syslog", NULL };
