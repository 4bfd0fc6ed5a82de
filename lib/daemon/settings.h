/* SPDX-License-Identifier: ISC */
/* settings.h - the settings that every daemon has in its section. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"

enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

/* Sizes are bytes. */
struct daemon_settings {
	int mode;			/* enum mode (verdict.h) */
	const char *ctl_admin;		/* socket paths */
	const char *ctl_plugin;
	const char *event_spool;	/* directory of the event files */
	int64_t event_spool_size;
	int64_t event_stream;		/* entries; 0: nothing goes there */
	int log_level;			/* enum log_level (log.h) */
	int log_target;			/* enum log_target */
};

extern const char *const daemon_mode_words[];
extern const char *const daemon_level_words[];
extern const char *const daemon_target_words[];

/* Their rows, for a section's struct of this type with a struct daemon_settings
 * as its member common. MODE_TEXT: what observe does, as "refuses nothing". */
#define DAEMON_MODE_ROW(type, mode_text)                                     \
	SETTING_WORD_ROW("mode", type, common.mode, daemon_mode_words,       \
	    "observe", "observe computes and logs everything but "           \
	    mode_text "; enforce acts.")

/* NAME: of the daemon, as its sockets have it. */
#define DAEMON_CTL_ROWS(type, name)                                          \
	SETTING_TEXT_ROW("ctl_admin", type, common.ctl_admin,                \
	    "/run/mailreeve/" name ".ctl",                                   \
	    "The control socket of the administrator (mode 0600).",          \
	    .flags = SETTING_AT_START),                                      \
	SETTING_TEXT_ROW("ctl_plugin", type, common.ctl_plugin,              \
	    "/run/mailreeve/" name "-plugin.ctl",                            \
	    "The control socket of other services (mode 0660).",             \
	    .flags = SETTING_AT_START)

#define DAEMON_EVENT_ROWS(type)                                              \
	SETTING_TEXT_ROW("event_spool", type, common.event_spool,            \
	    "/var/spool/mailreeve/events",                                   \
	    "The directory of the event files, one JSON line a decision.",   \
	    .flags = SETTING_AT_START),                                      \
	SETTING_SIZE_ROW("event_spool_size", type, common.event_spool_size,  \
	    "256m", INT64_C(1) << 20, INT64_C(1) << 40,                      \
	    "The event files take at most so much; then the oldest go.",     \
	    .flags = SETTING_AT_START),                                      \
	SETTING_INT_ROW("event_stream", type, common.event_stream,           \
	    "50000", 0, INT64_C(1) << 40,                                    \
	    "With a store in Redis events go on from their files to its "    \
	    "stream mr:events, which keeps about so many of all daemons (1 " \
	    "to 2 KB each); 0: they stay in the files.",                     \
	    .flags = SETTING_AT_START)

#define DAEMON_LOG_ROWS(type)                                                \
	SETTING_WORD_ROW("log_level", type, common.log_level,                \
	    daemon_level_words, "info",                                      \
	    "The least important lines that are logged."),                   \
	SETTING_WORD_ROW("log_target", type, common.log_target,              \
	    daemon_target_words, "stderr", "Standard error (which systemd "  \
	    "keeps in its journal), or syslog's mail facility.",             \
	    .flags = SETTING_AT_START)

#endif
