/* SPDX-License-Identifier: ISC */
/* settings.c - the section "policyd" of the configuration. */
#include "policyd/settings.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/units.h"
#include "base/vec.h"
#include "mail/netlist.h"

static const char *const event_words[] = { "decisions", "all", NULL };

static const struct setting rows[] = {
	DAEMON_MODE_ROW(struct policyd_settings, "answers DUNNO always"),
	SETTING_LIST_ROW("listen", struct policyd_settings, listen,
	    "unix:/run/mailreeve/policyd.sock", "Where Postfix connects: "
	    "unix:PATH, or inet:PORT@ADDRESS with an address of this host "
	    "alone (the protocol knows no password); any number.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("listen_group", struct policyd_settings, listen_group,
	    NULL, "The group that may connect to the UNIX sockets, as a rule "
	    "postfix; without it the daemon's own group.",
	    .flags = SETTING_AT_START),
	SETTING_INT_ROW("max_connections", struct policyd_settings,
	    max_connections, "10000", 10, 60000,
	    "So many connections are kept; beyond it the one that was silent "
	    "for the longest is closed."),
	SETTING_DURATION_ROW("idle_timeout", struct policyd_settings,
	    idle_timeout_ms, "10m", SECOND, 24 * HOUR,
	    "A connection without a whole request for so long is closed; more "
	    "than Postfix's smtpd_policy_service_max_idle, or Postfix waits a "
	    "second to connect again."),
	SETTING_DURATION_ROW("deadline", struct policyd_settings, deadline_ms,
	    "250ms", 10, 60 * SECOND,
	    "The rules of a request may wait for answers for so long; then the "
	    "on_error of those that still wait decides."),
	SETTING_SIZE_ROW("instance_memory", struct policyd_settings,
	    instance_memory, "2m", 64 * KB, 1 * GB,
	    "What the recipients of messages under way may take; beyond it the "
	    "oldest message is judged by their number alone.",
	    .flags = SETTING_AT_START),
	DAEMON_CTL_ROWS(struct policyd_settings, "policyd"),
	DAEMON_EVENT_ROWS(struct policyd_settings),
	SETTING_WORD_ROW("events", struct policyd_settings, events,
	    event_words, "decisions", "Which answers become events: those that "
	    "decide something or would have (decisions), or all. 'mailreeve "
	    "why' knows the last 10,000 in any case."),
	DAEMON_LOG_ROWS(struct policyd_settings),
};

/* Whoever may connect can find out about users and use up their limits. */
static int
check_listen(const char *text, struct arena *arena, const char **error_r)
{
	struct str rest = str_from(text), port;
	struct netaddr address;
	uint64_t number;

	if (str_has_prefix_nocase(rest, STR("unix:/")))
		return 0;
	if (!str_has_prefix_nocase(rest, STR("inet:"))) {
		*error_r = arena_printf(arena, "'%s' is neither unix:/PATH nor "
		    "inet:PORT@ADDRESS", text);
		return -1;
	}
	str_cut(&rest, ':', &port);
	str_cut(&rest, '@', &port);
	if (str_to_u64(port, 65535, &number) == 0 && number != 0 &&
	    netaddr_parse(rest, &address) == 0 &&
	    netaddr_is_loopback(&address))
		return 0;
	*error_r = arena_printf(arena, "'%s' is not inet:PORT@ADDRESS with an "
	    "address of this host alone, such as inet:10031@127.0.0.1", text);
	return -1;
}

int
settings_check_listen(const struct setting_list *listen, struct arena *arena,
    const char **error_r)
{
	for (size_t i = 0; i < listen->count; i++)
		if (check_listen(listen->texts[i], arena, error_r) < 0)
			return -1;
	return 0;
}

const char *
settings_unix_socket(const struct setting_list *listen)
{
	for (size_t i = 0; i < listen->count; i++)
		if (strncmp(listen->texts[i], "unix:", 5) == 0)
			return listen->texts[i] + 5;
	return NULL;
}

static int
check_settings(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct policyd_settings *settings = values;

	*key_r = "listen";
	return settings_check_listen(&settings->listen, arena, error_r);
}

const struct section policyd_section = {
	.name = "policyd",
	.help = "The daemon that Postfix asks about each recipient and each "
	    "message: its sockets, its mode and its limits.",
	.size = sizeof(struct policyd_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check_settings,
};
