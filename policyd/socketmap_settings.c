/* SPDX-License-Identifier: ISC */
/* socketmap_settings.c - the section "socketmap" of the configuration. */
#include "policyd/socketmap_settings.h"

#include "base/arena.h"
#include "base/units.h"
#include "base/vec.h"
#include "mail/address.h"
#include "policyd/settings.h"

static const struct setting rows[] = {
	SETTING_LIST_ROW("listen", struct socketmap_settings, listen, NULL,
	    "Where Postfix asks: unix:PATH, as a rule below its queue "
	    "directory, where its daemons find it whether they are chrooted "
	    "or not; or inet:PORT@ADDRESS with an address of this host alone; "
	    "any number. Without it nobody is answered.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("listen_group", struct socketmap_settings,
	    listen_group, NULL, "The group that may connect to the UNIX "
	    "sockets, as a rule postfix; without it the daemon's own group.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("postmaster", struct socketmap_settings, postmaster,
	    "postmaster@localhost", "Who gets mail to postmaster@ and abuse@ "
	    "of a managed domain that has neither user nor alias of this name, "
	    "no postmaster and no catch_all: by default whoever reads the "
	    "host's own.", .flags = SETTING_AT_START),
	SETTING_INT_ROW("max_connections", struct socketmap_settings,
	    max_connections, "5000", 10, 60000,
	    "So many connections are kept; beyond it the one that was silent "
	    "for the longest is closed.", .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("idle_timeout", struct socketmap_settings,
	    idle_timeout_ms, "2m", SECOND, 24 * HOUR,
	    "A connection without a whole request for so long is closed; "
	    "Postfix closes its own after 10 seconds.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("deadline", struct socketmap_settings,
	    deadline_ms, "5s", 10, 60 * SECOND,
	    "A look-up may wait for the directory for so long; then the last "
	    "answer serves (directory.stale), or Postfix puts the mail off.",
	    .flags = SETTING_AT_START),
	SETTING_SIZE_ROW("memory", struct socketmap_settings, memory, "16m",
	    64 * KB, 4 * GB, "What answers that are kept may take; the longest "
	    "unused go first.", .flags = SETTING_AT_START),
};

static int
check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	const struct socketmap_settings *settings = values;
	struct address address;

	*key_r = "listen";
	if (settings_check_listen(&settings->listen, arena, error_r) < 0)
		return -1;
	*key_r = "postmaster";
	if (settings->postmaster == NULL || (address_parse_path(arena,
	    str_from(settings->postmaster), &address, error_r) == 0 &&
	    address.local.len != 0 && address.domain.len != 0))
		return 0;
	*error_r = arena_printf(arena, "'%s' is not an address such as "
	    "postmaster@example.org", settings->postmaster);
	return -1;
}

const struct section socketmap_section = {
	.name = "socketmap",
	.help = "Postfix's tables, answered from the directory by its "
	    "socketmap protocol: a managed host. Postfix writes "
	    "socketmap:unix:mailreeve/maps.sock:NAME, with the names domains, "
	    "alias_domains, relay_domains, mailboxes, aliases, logins, "
	    "relay_recipients and transport.",
	.size = sizeof(struct socketmap_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check,
};
