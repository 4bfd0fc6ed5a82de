/* SPDX-License-Identifier: ISC */
/* test_dns_settings.c - section dns of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/conf.h"
#include "base/vec.h"
#include "dns/dns_settings.h"
#include "fixture.h"
#include "section_text.h"

static void
defaults_ask_the_servers_of_the_system(void **state)
{
	struct conf *conf = section_text_read(*state, &dns_section, "");
	const struct dns_settings *settings = conf_get(conf, &dns_section);

	assert_int_equal(settings->servers_kind, DNS_SERVERS_SYSTEM);
	assert_int_equal(settings->timeout_ms, 2000);
	assert_int_equal(settings->cache_size_bytes, 32 << 20);
	assert_int_equal(settings->max_ttl_ms, 86400000);
	assert_int_equal(settings->max_negative_ttl_ms, 900000);
	assert_int_equal(settings->max_under_way, 1000);
	assert_null(settings->zone_file);
	assert_null(settings->trust_anchor);
	assert_int_equal(settings->insecure_domains.count, 0);
	conf_unref(&conf);
}

static void
servers_are_of_one_kind(void **state)
{
	static const struct {
		const char *text;
		enum dns_servers kind;
	} cases[] = {
		{ "dns { servers recurse; }", DNS_SERVERS_RECURSE },
		{ "dns { servers system; }", DNS_SERVERS_SYSTEM },
		{ "dns { servers 192.0.2.53; }", DNS_SERVERS_LISTED },
		{ "dns { servers 127.0.0.1@5353 2001:db8::53 ::1@53; }",
		  DNS_SERVERS_LISTED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf *conf = section_text_read(*state, &dns_section,
		    cases[i].text);

		assert_int_equal(((const struct dns_settings *)conf_get(conf,
		    &dns_section))->servers_kind, cases[i].kind);
		conf_unref(&conf);
	}
}

static void
what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "dns { servers ns.example.org; }",
		  "'ns.example.org' is no server" },
		{ "dns { servers 192.0.2.53@0; }", "is no server" },
		{ "dns { servers 192.0.2.53@65536; }", "is no server" },
		{ "dns { servers 192.0.2.53@; }", "is no server" },
		{ "dns { servers 192.0.2.53:53; }", "is no server" },
		{ "dns { servers @53; }", "is no server" },
		{ "dns { servers 192.0.2.53 system; }", "stands alone" },
		{ "dns { servers recurse system; }", "stands alone" },
		{ "dns { timeout 0s; }", "timeout" },
		{ "dns { cache_size 1k; }", "cache_size" },
		{ "dns { min_ttl 10m; max_ttl 5m; }", "above max_ttl" },
		{ "dns { insecure_domains a..b; }", "'a..b' is no domain" },
		{ "dns { server 192.0.2.53; }", "servers" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		section_text_refused(*state, &dns_section, cases[i].text,
		    cases[i].wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(defaults_ask_the_servers_of_the_system),
		ARENA_TEST(servers_are_of_one_kind),
		ARENA_TEST(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
