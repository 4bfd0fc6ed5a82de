/* SPDX-License-Identifier: ISC */
/* dns_settings.h - section dns: whom to ask, how long to wait and remember. */
#ifndef DNS_DNS_SETTINGS_H
#define DNS_DNS_SETTINGS_H

#include "base/setting.h"

enum dns_servers {
	DNS_SERVERS_SYSTEM,	/* those of /etc/resolv.conf */
	DNS_SERVERS_RECURSE,	/* none: ask from the root servers down */
	DNS_SERVERS_LISTED,
};

struct dns_settings {
	struct setting_list servers;
	int64_t timeout_ms;
	int64_t cache_size_bytes;
	int64_t min_ttl_ms, max_ttl_ms;
	int64_t max_negative_ttl_ms;
	int64_t failure_ttl_ms;
	int64_t max_under_way, max_waiting;
	const char *trust_anchor;
	struct setting_list insecure_domains;
	const char *zone_file;
	enum dns_servers servers_kind;	/* follows from servers */
};

extern const struct section dns_section;

#endif
