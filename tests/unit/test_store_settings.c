/* SPDX-License-Identifier: ISC */
/* test_store_settings.c - section store of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/vec.h"
#include "fixture.h"
#include "section_text.h"
#include "store/store_settings.h"

static void
by_default_it_is_this_hosts_memory(void **state)
{
	struct arena *arena = *state;
	struct conf *conf = section_text_read(arena, &store_section, "");
	const struct store_settings *settings = conf_get(conf,
	    &store_section);

	assert_int_equal(settings->kind, STORE_WHERE_MEMORY);
	assert_string_equal(settings->snapshot, "/var/lib/mailreeve/store");
	assert_int_equal(settings->snapshot_every_ms, 30000);
	assert_int_equal(settings->timeout_ms, 200);
	assert_int_equal(settings->memory_limit, 512 << 20);
	assert_string_equal(settings->socket, "/run/mailreeve/store");
	assert_null(settings->user);
	assert_null(settings->password_file);
	assert_null(settings->host);
	conf_unref(&conf);
}

static void
where_is_memory_a_socket_or_a_host(void **state)
{
	static const struct {
		const char *where;
		int kind;
		const char *host;
		uint16_t port;
	} cases[] = {
		{ "memory", STORE_WHERE_MEMORY, NULL, 0 },
		{ "unix:/run/redis/redis.sock", STORE_WHERE_UNIX,
		  "/run/redis/redis.sock", 0 },
		{ "redis:redis.example", STORE_WHERE_TCP, "redis.example",
		  6379 },
		{ "redis:192.0.2.1:7000", STORE_WHERE_TCP, "192.0.2.1",
		  7000 },
		{ "redis:[2001:db8::1]", STORE_WHERE_TCP, "2001:db8::1",
		  6379 },
		{ "redis:[2001:db8::1]:65535", STORE_WHERE_TCP, "2001:db8::1",
		  65535 },
		{ "rediss:redis.example:6380", STORE_WHERE_TLS,
		  "redis.example", 6380 },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf *conf = section_text_read(arena, &store_section,
		    arena_printf(arena, "store { where %s; }",
		    cases[i].where));
		const struct store_settings *settings = conf_get(conf,
		    &store_section);

		assert_int_equal(settings->kind, cases[i].kind);
		assert_int_equal(settings->port, cases[i].port);
		if (cases[i].host == NULL)
			assert_null(settings->host);
		else
			assert_string_equal(settings->host, cases[i].host);
		conf_unref(&conf);
	}
}

static void
all_of_a_server_can_be_set(void **state)
{
	struct arena *arena = *state;
	struct conf *conf = section_text_read(arena, &store_section, "store {\n"
	    "where rediss:redis.example; user mailreeve;\n"
	    "password_file /etc/mailreeve/redis.password; database 3;\n"
	    "tls_ca /ca.pem; tls_certificate /c.pem; tls_key /k.pem;\n"
	    "timeout 1s; }");
	const struct store_settings *settings = conf_get(conf,
	    &store_section);

	assert_string_equal(settings->user, "mailreeve");
	assert_string_equal(settings->password_file,
	    "/etc/mailreeve/redis.password");
	assert_int_equal(settings->database, 3);
	assert_string_equal(settings->tls_ca, "/ca.pem");
	assert_string_equal(settings->tls_certificate, "/c.pem");
	assert_string_equal(settings->tls_key, "/k.pem");
	assert_int_equal(settings->timeout_ms, 1000);
	conf_unref(&conf);
}

static void
a_snapshot_can_be_left_out(void **state)
{
	struct arena *arena = *state;
	struct conf *conf = section_text_read(arena, &store_section,
	    "store { snapshot none; }");
	const struct store_settings *settings = conf_get(conf,
	    &store_section);

	assert_null(settings->snapshot);
	conf_unref(&conf);
}

static void
what_makes_no_sense_is_said_with_its_remedy(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "where redis;", "'redis' is no place for a store; write "
		  "memory, unix:/PATH, redis:HOST:PORT or rediss:HOST:PORT" },
		{ "where http:x;", "'http:x' is no place for a store" },
		{ "where memory:x;", "'memory:x' is no place for a store" },
		{ "where unix:run/redis;", "the path of a socket begins with "
		  "'/'" },
		{ "where unix:;", "the path of a socket begins with '/'" },
		{ "where unix:/0123456789012345678901234567890123456789012345"
		  "67890123456789012345678901234567890123456789012345678901234"
		  "5678;", "a socket path has at most 107 bytes" },
		{ "where \"redis://ann:secret@redis.example:6379/0\";",
		  "it is no URL: write redis:HOST:PORT; user, password_file "
		  "and database are settings of their own" },
		{ "where redis:;", "no host is named" },
		{ "where redis::6379;", "no host is named" },
		{ "where redis:x:0;", "'0' is no port (1 to 65535)" },
		{ "where redis:x:65536;", "'65536' is no port" },
		{ "where redis:x:;", "'' is no port" },
		{ "where redis:x:12a;", "'12a' is no port" },
		{ "where redis:2001:db8::1;", "an IPv6 address stands in "
		  "brackets: [2001:db8::1]:6379" },
		{ "where redis:[2001:db8::1;", "an IPv6 address stands as "
		  "[2001:db8::1]" },
		{ "where redis:[2001:db8::1]6379;", "an IPv6 address stands "
		  "as" },
		{ "where redis:[]:6379;", "no host is named" },
		{ "where redis:x; user ann;", "a user needs a "
		  "password_file" },
		{ "password_file /x;", "a store in memory has no password" },
		{ "database 1;", "a store in memory has no databases" },
		{ "where redis:x; tls_ca /ca.pem;", "TLS is spoken with "
		  "rediss:HOST:PORT only" },
		{ "where rediss:x; tls_key /k.pem;", "tls_key needs its "
		  "tls_certificate" },
		{ "where rediss:x; tls_certificate /c.pem;",
		  "tls_certificate needs its tls_key" },
		{ "snapshot store;", "write a path that begins with '/', or "
		  "none" },
		{ "socket store;", "the path of a socket begins with '/'" },
		{ "socket /0123456789012345678901234567890123456789012345678"
		  "901234567890123456789012345678901234567890123456789012345"
		  "678;", "a socket path has at most 107 bytes" },
		{ "memory_limit 1023k;", "memory_limit" },
		{ "timeout 9ms;", "10ms" },
		{ "database -1;", "database" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		section_text_refused(arena, &store_section, arena_printf(arena,
		    "store { %s }", cases[i].text), cases[i].error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(by_default_it_is_this_hosts_memory),
		ARENA_TEST(where_is_memory_a_socket_or_a_host),
		ARENA_TEST(all_of_a_server_can_be_set),
		ARENA_TEST(a_snapshot_can_be_left_out),
		ARENA_TEST(what_makes_no_sense_is_said_with_its_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
