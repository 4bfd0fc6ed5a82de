/* SPDX-License-Identifier: ISC */
/* lookup.c - for tests: a resolver before nsd and a relay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lookup.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dns/resolver.h"
#include "fixture.h"

#define SOA "@ 300 SOA ns root 1 3600 600 86400 120\n@ 300 NS ns\n" \
	"ns 300 A 127.0.0.1\n"
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define STRING "\"" FIFTY FIFTY FIFTY FIFTY FIFTY "\" "	/* 250 bytes */

#define AT_MOST_MS 60000	/* only a failure waits so long */

static const struct dns_server_zone zones[] = {
	{ "test", SOA
	  "a 60 A 192.0.2.1\n"
	  "a 50 A 192.0.2.2\n"
	  "a 300 AAAA 2001:db8::1\n"
	  "a 300 MX 10 Mail\n"
	  "a 300 MX 20 b\n"
	  "null 300 MX 0 .\n"
	  "a 300 TXT \"one \" \"two\"\n"
	  "big 300 TXT " STRING STRING STRING STRING STRING STRING STRING
	      STRING STRING STRING "\n"
	  "sel._domainkey 300 TXT \"p=\"\n"
	  "alias 300 CNAME a\n"
	  "alias2 40 CNAME alias\n"
	  "far 300 CNAME host.invalid.\n"
	  "lost 300 CNAME nowhere\n"
	  "loop1 300 CNAME loop2\n"
	  "loop2 300 CNAME loop1\n"
	  "* 300 TXT \"anything\"\n"
	  "x.empty 300 A 192.0.2.9\n"
	  "odd\\032name 300 A 192.0.2.8\n" },
	{ "invalid", SOA "host 300 A 192.0.2.3\n" },
	{ "113.0.203.in-addr.arpa", SOA "7 300 PTR mail.test.\n" },
	{ "10.in-addr.arpa", SOA "1.0.0 300 PTR ten.test.\n" },
	{ "168.192.in-addr.arpa", SOA "1.0 300 PTR home.test.\n" },
	{ "127.in-addr.arpa", SOA "2.0.0 300 PTR loop.test.\n" },
	{ "8.b.d.0.1.0.0.2.ip6.arpa", SOA "1 300 PTR six.test.\n" },
	{ "many.test", SOA "* 300 A 192.0.2.4\n" },
	{ "signed.test", dns_signed_zone },
	{ "broken.test", NULL },
};

static struct lookup bench;

int
lookup_setup(void **state)
{
	struct lookup *f = &bench;

	f->arena = arena_new(0);
	f->wait = wait_new();
	f->settings = (struct dns_settings){
		.servers = { 1, f->servers },
		.servers_kind = DNS_SERVERS_LISTED,
		.timeout_ms = 20000,
		.cache_size_bytes = 16 << 20,
		.max_ttl_ms = 86400 * 1000,
		.max_negative_ttl_ms = 900 * 1000,
		.failure_ttl_ms = 1000,
		.max_under_way = 1000,
		.max_waiting = 10000,
	};
	dns_relay_set(f->relay, 0, 0);
	dns_relay_hold(f->relay, false);
	log_set_sink(fixture_log_is_silent, NULL);
	*state = f;
	return 0;
}

static void
open_source(struct lookup *f, unsigned port)
{
	const char *error = NULL;

	f->servers[0] = arena_printf(f->arena, "127.0.0.1@%u", port);
	f->source = resolver_new(&f->settings, f->arena, &error);
	if (f->source == NULL)
		fail_msg("%s", error);
	f->view = dns_view_new(f->arena, f->source, f->wait);
}

void
lookup_use_server(struct lookup *f)
{
	open_source(f, dns_server_port(f->server));
}

void
lookup_use_relay(struct lookup *f)
{
	open_source(f, dns_relay_port(f->relay));
}

int
lookup_teardown(void **state)
{
	struct lookup *f = *state;

	arena_free(&f->arena);
	dns_source_free(&f->source);
	wait_unref(&f->wait);
	return 0;
}

/* Ask in view and wait for the answer. */
const struct dns_answer *
lookup_ask_in(struct dns_view *view, struct wait *wait, const char *name,
    enum dns_type type)
{
	const struct dns_answer *answer;
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

	while ((answer = dns_ask(view, str_from(name), type)) == NULL)
		if (wait_sleep(wait, until_ms) == 0)
			fail_msg("%s: nothing within a minute", name);
	return answer;
}

const struct dns_answer *
lookup_ask(struct lookup *f, const char *name, enum dns_type type)
{
	return lookup_ask_in(f->view, f->wait, name, type);
}

const struct dns_answer *
lookup_ask_anew(struct lookup *f, const char *name, enum dns_type type)
{
	return lookup_ask_in(dns_view_new(f->arena, f->source, f->wait),
	    f->wait, name, type);
}

struct dns_stats
lookup_count(struct lookup *f)
{
	struct dns_stats stats;

	dns_source_count(f->source, &stats);
	return stats;
}

bool
lookup_begin(size_t count)
{
	const char *reason;

	bench.server = dns_server_start(zones, ARRAY_LEN(zones), &reason);
	if (bench.server == NULL) {
		printf("skipped: %zu cases with a real name server: %s\n",
		    count, reason);
		return false;
	}
	bench.relay = dns_relay_start(dns_server_port(bench.server));
	return true;
}

int
lookup_end(void **state)
{
	(void)state;
	dns_relay_stop(&bench.relay);
	dns_server_stop(&bench.server);
	return 0;
}
