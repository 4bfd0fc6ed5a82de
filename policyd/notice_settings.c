/* SPDX-License-Identifier: ISC */
/* notice_settings.c - the section "notices" of the configuration. */
#include "policyd/notice_settings.h"

#include "base/arena.h"
#include "base/setting.h"
#include "base/str.h"
#include "base/units.h"
#include "base/vec.h"
#include "mail/address.h"

static const char *const protocol_words[] = { "smtp", "lmtp", NULL };

static const struct setting rows[] = {
	SETTING_TEXT_ROW("server", struct notice_settings, server_text, NULL,
	    "Where notices are handed over: inet:PORT@ADDRESS with an address "
	    "of this host alone (no TLS is spoken), as a rule Postfix with "
	    "inet:25@127.0.0.1; or unix:/PATH. Without it they are only "
	    "logged."),
	SETTING_WORD_ROW("protocol", struct notice_settings, protocol,
	    protocol_words, "smtp", "What is spoken there; lmtp for Dovecot's "
	    "own socket."),
	SETTING_TEXT_ROW("from", struct notice_settings, from, NULL,
	    "The address in From, and whose domain a login has that names "
	    "none; postmaster@ the host_id when absent. The sender of the "
	    "envelope is empty."),
	SETTING_TEXT_ROW("shared_to", struct notice_settings, shared_to, NULL,
	    "Who is told of limits that many share (per domain, class or "
	    "global); without it they are only logged."),
	SETTING_DURATION_ROW("timeout", struct notice_settings, timeout_ms,
	    "5m", SECOND, HOUR, "How long the server may take to answer "
	    "MAIL; other steps have times in the proportions of RFC 5321 "
	    "4.5.3.2."),
	SETTING_DURATION_ROW("keep", struct notice_settings, keep_ms, "4h",
	    SECOND, 168 * HOUR, "A notice that could not be sent for so long "
	    "is given up."),
	SETTING_INT_ROW("queue", struct notice_settings, queue_max, "1000",
	    1, 10000, "So many may wait, in memory: what waits at a restart "
	    "is not sent."),
};

static int
check_address(const char *text, struct arena *arena, const char **error_r)
{
	struct address address;

	if (text == NULL || (address_parse_path(arena, str_from(text),
	    &address, error_r) == 0 && address.local.len != 0 &&
	    address.domain.len != 0))
		return 0;
	*error_r = arena_printf(arena, "'%s' is not an address such as "
	    "postmaster@example.org", text);
	return -1;
}

static int
check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct notice_settings *settings = values;

	*key_r = "from";
	if (check_address(settings->from, arena, error_r) < 0)
		return -1;
	*key_r = "shared_to";
	if (check_address(settings->shared_to, arena, error_r) < 0)
		return -1;
	*key_r = "server";
	settings->server.is_lmtp = settings->protocol == NOTICE_LMTP;
	settings->server.timeout_ms = settings->timeout_ms;
	if (settings->server_text == NULL)
		return 0;
	return smtp_server_parse(settings->server_text, &settings->server,
	    arena, error_r);
}

const struct section notice_section = {
	.name = "notices",
	.help = "Mail to users who are near a limit (`soft` of its throttle): "
	    "once in the limit's window, however many hosts count. In "
	    "enforce mode only, and not for dry runs.",
	.size = sizeof(struct notice_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check,
};
