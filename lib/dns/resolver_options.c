/* SPDX-License-Identifier: ISC */
/* resolver_options.c - what libunbound is told, as text. */
#include "dns/resolver_options.h"

#include <stdarg.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"
#include "dns/dns_settings.h"

static void
add(struct vec *options, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
add(struct vec *options, const char *name, const char *format, ...)
{
	struct resolver_option *option = vec_push(options);
	va_list args;

	va_start(args, format);
	option->name = name;
	option->value = arena_vprintf(options->arena, format, args);
	va_end(args);
}

/* The servers know best: without this libunbound itself denies that names
 * below these, and reverse names of private addresses, exist. */
static void
open_local_zones(struct vec *options)
{
	static const char *const zones[] = { "localhost.", "test.",
	    "invalid.", "onion.", "home.arpa.", "127.in-addr.arpa.",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
	    ".ip6.arpa." };

	add(options, "unblock-lan-zones:", "yes");
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		add(options, "local-zone:", "%s transparent", zones[i]);
}

/* A resolver that we ask may take long over one name and is quick with the
 * next. libunbound would learn a short time from the quick ones, and give up
 * on the slow one after a few of them. And it would stay away for minutes from
 * a server that was silent for a while. */
static void
be_patient(struct vec *options, int64_t timeout_ms)
{
	add(options, "infra-cache-min-rtt:", "%lld",
	    (long long)timeout_ms / 4);
	add(options, "outbound-msg-retry:", "3");
	add(options, "infra-host-ttl:", "10");
}

static void
add_trust(struct vec *options, const struct dns_settings *settings)
{
	const struct setting_list *insecure = &settings->insecure_domains;

	if (settings->trust_anchor == NULL) {
		add(options, "module-config:", "iterator");
		return;
	}
	add(options, "module-config:", "validator iterator");
	add(options, "trust-anchor-file:", "%s", settings->trust_anchor);
	for (size_t i = 0; i < insecure->count; i++)
		add(options, "domain-insecure:", "%s", insecure->texts[i]);
}

/* Each port is a descriptor. Questions that are past their deadline still hold
 * theirs, so there are more ports than questions under way. The number of
 * ports. */
static size_t
choose_ports(const struct dns_settings *settings, size_t *max_under_way_r)
{
	struct rlimit limit = { .rlim_cur = 1024 };
	size_t under_way = (size_t)settings->max_under_way;
	size_t ports = 4 * under_way;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (ports > limit.rlim_cur / 2)
		ports = limit.rlim_cur / 2;
	if (under_way > ports / 2) {
		under_way = ports / 2;
		log_warn(NULL, "dns max_under_way=%lld is too many for the "
		    "limit on descriptors=%llu: taking %zu",
		    (long long)settings->max_under_way,
		    (unsigned long long)limit.rlim_cur, under_way);
	}
	*max_under_way_r = under_way;
	return ports;
}

/* Our own cache stands before libunbound's, which is for what it needs on its
 * way: small when others do that for us. */
static void
add_sizes(struct vec *options, const struct dns_settings *settings,
    size_t ports)
{
	bool recurses = settings->servers_kind == DNS_SERVERS_RECURSE;

	add(options, "outgoing-range:", "%zu", ports);
	add(options, "num-queries-per-thread:", "%zu", ports);
	add(options, "outgoing-num-tcp:", "%zu", ports < 64 ? ports : 64);
	add(options, "msg-cache-size:", recurses ? "4m" : "1m");
	add(options, "rrset-cache-size:", recurses ? "16m" : "2m");
	add(options, "rrset-roundrobin:", "no");
	add(options, "cache-max-negative-ttl:", "%lld",
	    (long long)settings->max_negative_ttl_ms / 1000);
}

void
resolver_options_make(const struct dns_settings *settings,
    struct arena *arena, struct resolver_options *options_r)
{
	struct vec options;

	vec_init(&options, arena, sizeof(struct resolver_option));
	add_sizes(&options, settings,
	    choose_ports(settings, &options_r->max_under_way));
	add_trust(&options, settings);
	add(&options, "local-zone:", RESOLVER_LOCAL_NAME " static");
	if (settings->servers_kind != DNS_SERVERS_RECURSE) {
		open_local_zones(&options);
		be_patient(&options, settings->timeout_ms);
	}
	options_r->items = options.items;
	options_r->count = options.len;
}
