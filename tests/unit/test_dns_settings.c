/* SPDX-License-Identifier: ISC */
/* test_dns_settings.c - section dns of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "dns/dns_settings.h"

static const struct section *const sections[] = { &dns_section, NULL };

static struct conf *
parse(struct arena *arena, const char *text, const char **error_r)
{
	return conf_parse("test.conf", text, sections, NULL, arena, error_r);
}

static void
defaults_ask_the_servers_of_the_system(void **state)
{
	struct arena *arena = arena_new(0);
	const char *error = "";
	struct conf *conf = parse(arena, "", &error);
	const struct dns_settings *settings;

	(void)state;
	if (conf == NULL)
		fail_msg("%s", error);
	settings = conf_get(conf, &dns_section);
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
	arena_free(&arena);
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

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = "";
		struct conf *conf = parse(arena, cases[i].text, &error);

		if (conf == NULL)
			fail_msg("%s: %s", cases[i].text, error);
		assert_int_equal(((const struct dns_settings *)conf_get(conf,
		    &dns_section))->servers_kind, cases[i].kind);
		conf_unref(&conf);
		arena_free(&arena);
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

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = "";

		if (parse(arena, cases[i].text, &error) != NULL)
			fail_msg("%s: was taken", cases[i].text);
		if (strstr(error, cases[i].wanted) == NULL ||
		    strstr(error, "test.conf:1:") == NULL)
			fail_msg("%s: %s", cases[i].text, error);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_ask_the_servers_of_the_system),
		cmocka_unit_test(servers_are_of_one_kind),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
