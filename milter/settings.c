/* SPDX-License-Identifier: ISC */
/* settings.c - the section "milter" of the configuration. */
#include "milter/settings.h"

#include "base/arena.h"
#include "base/setting.h"
#include "base/str.h"
#include "base/units.h"
#include "base/vec.h"
#include "mail/on_error.h"

static const char *const session_words[] = { "threads", "pool", NULL };

static const struct setting milter_rows[] = {
	DAEMON_MODE_ROW(struct milter_settings, "refuses and changes nothing"),
	SETTING_TEXT_ROW("listen", struct milter_settings, listen,
	    "unix:/run/mailreeve/milter.sock",
	    "Where Postfix connects: unix:PATH, or inet:PORT@ADDRESS.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("listen_group", struct milter_settings, listen_group,
	    NULL, "The group that may connect to the UNIX socket, as a rule "
	    "postfix; without it the daemon's own group.",
	    .flags = SETTING_AT_START),
	SETTING_WORD_ROW("sessions", struct milter_settings, sessions,
	    session_words, "threads", "A thread for each SMTP session, or the "
	    "few workers of libmilter, which mail that waits can use up.",
	    .flags = SETTING_AT_START),
	SETTING_INT_ROW("max_connections", struct milter_settings,
	    max_connections, "2000", 1, 100000,
	    "So many SMTP sessions are served at once; what comes beyond gets "
	    "a temporary failure."),
	SETTING_DURATION_ROW("idle_timeout", struct milter_settings,
	    idle_timeout_ms, "2h", 10 * SECOND, 24 * HOUR,
	    "A connection from Postfix that is silent for so long is closed.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("deadline", struct milter_settings, deadline_ms,
	    "8s", SECOND / 10, 120 * SECOND,
	    "At the end of a message the checks may wait for answers for so "
	    "long; then the on_error of those that still wait decides."),
	SETTING_SIZE_ROW("max_message_size", struct milter_settings,
	    max_message_size, "256m", 64 * KB, 4 * GB,
	    "What a body has beyond it is not read, see on_limit."),
	SETTING_INT_ROW("max_headers", struct milter_settings, max_headers,
	    "10000", 100, 1000000,
	    "Header fields beyond this number are not read, see on_limit."),
	SETTING_SIZE_ROW("max_header_size", struct milter_settings,
	    max_header_size, "4m", 64 * KB, 1 * GB,
	    "Header fields beyond this total size are not read, see "
	    "on_limit."),
	SETTING_INT_ROW("max_rcpts", struct milter_settings, max_rcpts,
	    "10000", 100, 1000000,
	    "Recipients of one message beyond this number get 452 4.5.3."),
	SETTING_WORD_ROW("on_limit", struct milter_settings, on_limit,
	    on_error_words, "reject", "What happens to a message that was not "
	    "read whole because of a limit and so could not be examined."),
	SETTING_WORD_ROW("on_unknown_policy", struct milter_settings,
	    on_unknown_policy, on_error_words, "defer", "What happens to a "
	    "message when the directory does not tell what holds for its "
	    "addresses, and what it last said (directory.stale) does not "
	    "either."),
	SETTING_TEXT_ROW("spool_directory", struct milter_settings,
	    spool_directory, NULL,
	    "Where large bodies wait while they are examined; without it in "
	    "memory."),
	SETTING_SIZE_ROW("spool_memory", struct milter_settings, spool_memory,
	    "256k", 4 * KB, 64 * MB,
	    "Bodies up to this size stay in the daemon's own memory."),
	DAEMON_CTL_ROWS(struct milter_settings, "milter"),
	DAEMON_EVENT_ROWS(struct milter_settings),
	DAEMON_LOG_ROWS(struct milter_settings),
};

static int
check_settings(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct milter_settings *settings = values;
	struct str listen = str_from(settings->listen);
	struct str port;

	*key_r = "listen";
	if (str_has_prefix_nocase(listen, STR("unix:/")))
		return 0;
	if (!str_has_prefix_nocase(listen, STR("inet:")) &&
	    !str_has_prefix_nocase(listen, STR("inet6:"))) {
		*error_r = "neither unix:/PATH nor inet:PORT@ADDRESS";
		return -1;
	}
	str_cut(&listen, ':', &port);
	str_cut(&listen, '@', &port);
	if (port.len != 0 && listen.len != 0)
		return 0;
	*error_r = arena_printf(arena, "'%s' lacks a port or an address: "
	    "write inet:PORT@ADDRESS", settings->listen);
	return -1;
}

const struct section milter_section = {
	.name = "milter",
	.help = "The daemon between Postfix and the checks: its sockets, its "
	    "mode and its limits.",
	.size = sizeof(struct milter_settings),
	.rows = milter_rows,
	.row_count = ARRAY_LEN(milter_rows),
	.check = check_settings,
};
