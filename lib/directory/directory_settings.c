/* SPDX-License-Identifier: ISC */
/* directory_settings.c - section directory: where people and policy stand. */
#include "directory/directory_settings.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

static const struct setting rows[] = {
	SETTING_TEXT_ROW("where", struct directory_settings, where, "none",
	    "Where domains, users and their policy stand: sqlite:/PATH, a file "
	    "of this host; \"pgsql:host=db.example dbname=mailreeve\", a "
	    "PostgreSQL database that hosts share (through Debian's package "
	    "libpq5); none: in this configuration alone.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("password_file", struct directory_settings,
	    password_file, NULL, "A file whose first line is the password for "
	    "PostgreSQL; not readable by everybody. It is read again at each "
	    "connection.", .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("timeout", struct directory_settings, timeout_ms,
	    "2s", 10, 60000, "How long one statement may take, its wait for "
	    "others included. A command that changes something has ten times "
	    "as long: no mail waits for it.", .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("stale", struct directory_settings, stale_ms,
	    "1d", 0, INT64_C(30) * 86400000, "How long the daemons go by what "
	    "they were last told about an address when the database cannot be "
	    "asked; then the on_error of their rules decides.",
	    .flags = SETTING_AT_START),
	SETTING_INT_ROW("cache_size", struct directory_settings, cache_size,
	    "50000", 100, 10000000, "For so many addresses a daemon keeps what "
	    "it was told; the longest unused go first.",
	    .flags = SETTING_AT_START),
};

const char *
directory_settings_parse(struct directory_settings *settings,
    struct arena *arena)
{
	struct str rest = str_from(settings->where), scheme;

	str_cut(&rest, ':', &scheme);
	settings->place = rest.data;
	if (str_is(scheme, "none") && rest.data == NULL) {
		settings->kind = DIRECTORY_NONE;
		return NULL;
	}
	if (str_is(scheme, "sqlite") && rest.data != NULL) {
		settings->kind = DIRECTORY_SQLITE;
		return rest.len != 0 && rest.data[0] == '/' ? NULL :
		    "the path of the database begins with '/', as in "
		    "sqlite:/var/lib/mailreeve/directory.db";
	}
	if (str_is(scheme, "pgsql") && rest.data != NULL) {
		settings->kind = DIRECTORY_PGSQL;
		return NULL;
	}
	return arena_printf(arena, "'%s' is no place for a directory; write "
	    "sqlite:/PATH, \"pgsql:host=NAME dbname=NAME user=NAME\" or none",
	    settings->where);
}

static int
check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct directory_settings *settings = values;

	*key_r = "where";
	*error_r = directory_settings_parse(settings, arena);
	if (*error_r != NULL)
		return -1;
	*key_r = "password_file";
	*error_r = "only PostgreSQL (pgsql:) has a password";
	return settings->password_file != NULL &&
	    settings->kind != DIRECTORY_PGSQL ? -1 : 0;
}

const struct section directory_section = {
	.name = "directory",
	.help = "The database of domains, users, aliases, classes and their "
	    "policy. `mailreeve directory upgrade` prepares it. Domains that "
	    "stand there have what it says, and where that is nothing, the "
	    "section policy of this file; all others have the sections of this "
	    "file. Its access entries come beside the sections access, its "
	    "throttles and the keys of a domain in place of those of the same "
	    "name or domain.",
	.size = sizeof(struct directory_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check,
};
