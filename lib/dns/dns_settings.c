/* SPDX-License-Identifier: ISC */
/* dns_settings.c - section dns: whom to ask, how long to wait and remember. */
#include "dns/dns_settings.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "dns/dns_name.h"

/* All rows take effect at start: answers and questions under way belong to
 * one resolver, which stays as long as its daemon. */
static const struct setting rows[] = {
	SETTING_LIST_ROW("servers", struct dns_settings, servers, "system",
	    "Whom to ask: `system` (the servers of /etc/resolv.conf), "
	    "`recurse` (from the root servers down), or addresses of "
	    "resolvers as 192.0.2.53 or 2001:db8::53@5353.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("timeout", struct dns_settings, timeout_ms, "2s",
	    50, 30000, "How long one question may take.",
	    .flags = SETTING_AT_START),
	SETTING_SIZE_ROW("cache_size", struct dns_settings, cache_size_bytes,
	    "32m", 64 * 1024, INT64_C(64) << 30,
	    "Memory for answers; the longest unused go first.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("min_ttl", struct dns_settings, min_ttl_ms, "0s",
	    0, 3600 * 1000, "Keep answers at least so long, whatever their "
	    "TTL says.", .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("max_ttl", struct dns_settings, max_ttl_ms, "1d",
	    1000, 7 * 86400 * 1000, "Keep answers at most so long.",
	    .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("max_negative_ttl", struct dns_settings,
	    max_negative_ttl_ms, "15m", 0, 86400 * 1000,
	    "Keep the answer that there is no such name or record at most so "
	    "long.", .flags = SETTING_AT_START),
	SETTING_DURATION_ROW("failure_ttl", struct dns_settings,
	    failure_ttl_ms, "5s", 1000, 300 * 1000,
	    "Do not repeat a question that failed or timed out for so long "
	    "(RFC 9520 3.2).", .flags = SETTING_AT_START),
	SETTING_INT_ROW("max_under_way", struct dns_settings, max_under_way,
	    "1000", 1, 20000, "Questions that may be under way at once; each "
	    "takes a descriptor or two. Of policyd 200 at most.", .flags = SETTING_AT_START),
	SETTING_INT_ROW("max_waiting", struct dns_settings, max_waiting,
	    "10000", 1, 1000000, "Questions that may wait for their turn; "
	    "more fail at once.", .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("trust_anchor", struct dns_settings, trust_anchor,
	    NULL, "Validate answers by DNSSEC, beginning with the keys in "
	    "this file (DS or DNSKEY records, as in "
	    "/usr/share/dns/root.key).", .flags = SETTING_AT_START),
	SETTING_LIST_ROW("insecure_domains", struct dns_settings,
	    insecure_domains, NULL, "Domains below which nothing is "
	    "validated: internal ones that the public DNS does not know.",
	    .flags = SETTING_AT_START),
	SETTING_TEXT_ROW("zone_file", struct dns_settings, zone_file, NULL,
	    "Take all answers from this file and ask nobody; for tests.",
	    .flags = SETTING_AT_START),
};

/* ADDRESS or ADDRESS@PORT. */
static bool
is_server(const char *text)
{
	struct str rest = str_from(text), address;
	char copy[INET6_ADDRSTRLEN];
	uint8_t parsed[16];
	uint64_t port = 53;

	str_cut(&rest, '@', &address);
	if (rest.data != NULL && str_to_u64(rest, UINT16_MAX, &port) < 0)
		return false;
	if (port == 0 || address.len >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%.*s", STR_ARG(address));
	return inet_pton(AF_INET, copy, parsed) == 1 ||
	    inet_pton(AF_INET6, copy, parsed) == 1;
}

static const char *
check_servers(struct dns_settings *settings, struct arena *arena)
{
	const struct setting_list *servers = &settings->servers;

	settings->servers_kind = DNS_SERVERS_LISTED;
	for (size_t i = 0; i < servers->count; i++) {
		struct str server = str_from(servers->texts[i]);
		bool is_recurse = str_is(server, "recurse");

		if (!is_recurse && !str_is(server, "system")) {
			if (!is_server(servers->texts[i]))
				return arena_printf(arena, "'%s' is no server; "
				    "write system, recurse, or an address "
				    "like 192.0.2.53 or 192.0.2.53@5353",
				    servers->texts[i]);
			continue;
		}
		if (servers->count != 1)
			return arena_printf(arena, "'%s' stands alone or not "
			    "at all", servers->texts[i]);
		settings->servers_kind = is_recurse ? DNS_SERVERS_RECURSE :
		    DNS_SERVERS_SYSTEM;
	}
	return NULL;
}

static const char *
check_domains(const struct setting_list *domains, struct arena *arena)
{
	char buf[DNS_NAME_SIZE];
	struct str name;

	for (size_t i = 0; i < domains->count; i++)
		if (dns_name_parse(str_from(domains->texts[i]), buf,
		    &name) < 0)
			return arena_printf(arena, "'%s' is no domain name",
			    domains->texts[i]);
	return NULL;
}

static int
check(void *values, struct arena *arena, const char **key_r,
    const char **error_r)
{
	struct dns_settings *settings = values;

	*key_r = "servers";
	*error_r = check_servers(settings, arena);
	if (*error_r != NULL)
		return -1;
	*key_r = "insecure_domains";
	*error_r = check_domains(&settings->insecure_domains, arena);
	if (*error_r != NULL)
		return -1;
	*key_r = "min_ttl";
	if (settings->min_ttl_ms > settings->max_ttl_ms)
		*error_r = "min_ttl is above max_ttl";
	return *error_r != NULL ? -1 : 0;
}

const struct section dns_section = {
	.name = "dns",
	.help = "Where answers of the DNS come from, and how long they are "
	    "waited for and kept.",
	.size = sizeof(struct dns_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.check = check,
};
