/* SPDX-License-Identifier: ISC */
/* store_settings.c - section store: where counters and memory are kept. */
#include "store/store_settings.h"

#include <string.h>
#include <sys/un.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/units.h"
#include "base/vec.h"

#define REDIS_PORT 6379

/* All rows take effect at start: one store stays as long as its daemon. */
static const struct setting rows[] = {
	SETTING_TEXT_ROW("where", struct store_settings, where, "memory",
	    "Where counters and memory are kept: `memory` (of policyd, for "
	    "one host), or a Redis or Valkey server that hosts may share: "
	    "unix:/PATH, redis:HOST:PORT, or rediss:HOST:PORT (TLS).",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("user", struct store_settings, user, NULL,
	    "The user (ACL) to log in to the server as, with the rights "
	    "~mr:* +@read +@write +@scripting +@connection; without it the "
	    "password is that of the server's default user.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("password_file", struct store_settings,
	    password_file, NULL, "A file whose first line is the password; "
	    "not readable by everybody. It is read again at each "
	    "connection.", .flags = SETTING_AT_START),
	SETTING_INT_ROW("database", struct store_settings, database, "0",
	    0, 65535, "The number of the server's database.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("tls_ca", struct store_settings, tls_ca, NULL,
	    "The certificates (PEM) that may vouch for the server; default: "
	    "those that this host trusts.", .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("tls_certificate", struct store_settings,
	    tls_certificate, NULL, "Our own certificate (PEM), for a server "
	    "that asks for one.", .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("tls_key", struct store_settings, tls_key, NULL,
	    "The private key (PEM) of tls_certificate.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("timeout", struct store_settings, timeout_ms,
	    "200ms", 10, 10000, "How long one operation may take, repeats "
	    "included.", .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("snapshot", struct store_settings, snapshot,
	    "/var/lib/mailreeve/store", "The file that `memory` is written "
	    "to, so that a restart forgets little; `none`: it forgets all.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("snapshot_every", struct store_settings,
	    snapshot_every_ms, "30s", 1000, 3600 * 1000,
	    "How often that file is written.", .flags = SETTING_AT_START),
	SETTING_SIZE_ROW("memory_limit", struct store_settings, memory_limit,
	    "512m", MB, 1024 * 1024 * MB, "What `memory` may take; when it is "
	    "full nothing is counted until enough has expired.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("socket", struct store_settings, socket,
	    "/run/mailreeve/store", "The socket (mode 0660) by which policyd "
	    "shares its `memory` with the milter.",
	    .flags = SETTING_AT_START),
};

/* --- where --- */

/* HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT. */
static const char *
parse_host(struct store_settings *settings, struct str text,
    struct arena *arena)
{
	struct str host, rest = text;
	uint64_t port = REDIS_PORT;

	if (text.len >= 2 && memcmp(text.data, "//", 2) == 0)
		return "it is no URL: write redis:HOST:PORT; user, "
		    "password_file and database are settings of their own";
	if (text.len != 0 && text.data[0] == '[') {
		rest = str_from_pos(text, 1);
		str_cut(&rest, ']', &host);
		if (rest.data == NULL || (rest.len != 0 &&
		    rest.data[0] != ':'))
			return "an IPv6 address stands as [2001:db8::1] or "
			    "[2001:db8::1]:6379";
		rest = rest.len != 0 ? str_from_pos(rest, 1) :
		    (struct str){ 0 };
	} else {
		str_cut(&rest, ':', &host);
		if (rest.data != NULL && str_find(rest, ':') >= 0)
			return "an IPv6 address stands in brackets: "
			    "[2001:db8::1]:6379";
	}
	if (host.len == 0)
		return "no host is named; write redis:HOST:PORT";
	if (rest.data != NULL &&
	    (str_to_u64(rest, UINT16_MAX, &port) < 0 || port == 0))
		return arena_printf(arena, "'%.*s' is no port (1 to 65535)",
		    STR_ARG(rest));
	settings->host = str_dup(arena, host);
	settings->port = (uint16_t)port;
	return NULL;
}

static const char *
judge_path(struct str path, struct arena *arena)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (path.len == 0 || path.data[0] != '/')
		return "the path of a socket begins with '/', as in "
		    "/run/redis/redis-server.sock";
	if (path.len > most)
		return arena_printf(arena, "a socket path has at most %zu "
		    "bytes", most);
	return NULL;
}

static const char *
parse_path(struct store_settings *settings, struct str path,
    struct arena *arena)
{
	settings->host = str_dup(arena, path);
	return judge_path(path, arena);
}

static const char *
parse_where(struct store_settings *settings, struct arena *arena)
{
	struct str rest = str_from(settings->where), scheme;

	str_cut(&rest, ':', &scheme);
	if (str_is(scheme, "memory") && rest.data == NULL) {
		settings->kind = STORE_WHERE_MEMORY;
		return NULL;
	}
	if (str_is(scheme, "unix") && rest.data != NULL) {
		settings->kind = STORE_WHERE_UNIX;
		return parse_path(settings, rest, arena);
	}
	if ((str_is(scheme, "redis") || str_is(scheme, "rediss")) &&
	    rest.data != NULL) {
		settings->kind = str_is(scheme, "rediss") ? STORE_WHERE_TLS :
		    STORE_WHERE_TCP;
		return parse_host(settings, rest, arena);
	}
	return arena_printf(arena, "'%s' is no place for a store; write "
	    "memory, unix:/PATH, redis:HOST:PORT or rediss:HOST:PORT",
	    settings->where);
}

/* --- what goes with what --- */

static const char *
check_login(const struct store_settings *settings, const char **key_r)
{
	bool is_memory = settings->kind == STORE_WHERE_MEMORY;

	*key_r = "password_file";
	if (is_memory && settings->password_file != NULL)
		return "a store in memory has no password";
	*key_r = "user";
	if (settings->user != NULL && settings->password_file == NULL)
		return "a user needs a password_file";
	*key_r = "database";
	if (is_memory && settings->database != 0)
		return "a store in memory has no databases";
	return NULL;
}

static const char *
check_snapshot(struct store_settings *settings, const char **key_r)
{
	*key_r = "snapshot";
	if (str_is(str_from(settings->snapshot), "none"))
		settings->snapshot = NULL;
	else if (settings->snapshot[0] != '/')
		return "write a path that begins with '/', or none";
	return NULL;
}

static const char *
check_tls(const struct store_settings *settings, const char **key_r)
{
	const struct {
		const char *key, *value;
	} files[] = {
		{ "tls_ca", settings->tls_ca },
		{ "tls_certificate", settings->tls_certificate },
		{ "tls_key", settings->tls_key },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		*key_r = files[i].key;
		if (files[i].value != NULL &&
		    settings->kind != STORE_WHERE_TLS)
			return "TLS is spoken with rediss:HOST:PORT only";
	}
	*key_r = "tls_certificate";
	if (settings->tls_key != NULL && settings->tls_certificate == NULL)
		return "tls_key needs its tls_certificate";
	*key_r = "tls_key";
	if (settings->tls_certificate != NULL && settings->tls_key == NULL)
		return "tls_certificate needs its tls_key";
	return NULL;
}

static int
check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct store_settings *settings = values;

	*key_r = "where";
	*error_r = parse_where(settings, arena);
	if (*error_r == NULL)
		*error_r = check_login(settings, key_r);
	if (*error_r == NULL)
		*error_r = check_tls(settings, key_r);
	if (*error_r == NULL)
		*error_r = check_snapshot(settings, key_r);
	if (*error_r == NULL) {
		*key_r = "socket";
		*error_r = judge_path(str_from(settings->socket), arena);
	}
	return *error_r != NULL ? -1 : 0;
}

bool
store_settings_has_path(const struct store_settings *settings)
{
	return settings->kind == STORE_WHERE_UNIX ||
	    settings->kind == STORE_WHERE_DAEMON;
}

const struct section store_section = {
	.name = "store",
	.help = "Where counters and what must be remembered are kept, in "
	    "this host's memory or in a server that several hosts share.",
	.size = sizeof(struct store_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check,
};
