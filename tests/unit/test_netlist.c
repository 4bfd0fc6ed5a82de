/* SPDX-License-Identifier: ISC */
/* test_netlist.c - addresses of clients, and lists of networks. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/netlist.h"

#define TEXTS_MAX 8

static void
addresses_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text, *printed;	/* NULL: no address */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "2001:DB8::1", "2001:db8::1" },
		{ "IPv6:2001:db8::1", "2001:db8::1" },
		{ "ipv6:2001:db8::1", "2001:db8::1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "[IPv6:2001:db8::1]", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "[::ffff:c000:201]", "192.0.2.1" },
		{ "::192.0.2.1", "::192.0.2.1" },
		{ "", NULL },
		{ "[]", NULL },
		{ "[192.0.2.1", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.01", NULL },
		{ "192.0.2.1 ", NULL },
		{ "fe80::1%eth0", NULL },
		{ "unknown", NULL },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:1",
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[NETADDR_TEXT_SIZE];
		struct netaddr addr;
		int result = netaddr_parse(str_from(cases[i].text), &addr);

		if (cases[i].printed == NULL) {
			if (result == 0)
				fail_msg("'%s' is no address", cases[i].text);
			continue;
		}
		assert_int_equal(result, 0);
		assert_string_equal(netaddr_format(&addr, text),
		    cases[i].printed);
	}
}

static void
no_address_prints_as_nothing_and_equals_only_itself(void **state)
{
	struct netaddr none = { .len = 0 }, one;
	char text[NETADDR_TEXT_SIZE];

	(void)state;
	assert_int_equal(netaddr_parse(STR("0.0.0.0"), &one), 0);
	assert_string_equal(netaddr_format(&none, text), "");
	assert_true(netaddr_eq(&none, &none));
	assert_false(netaddr_eq(&none, &one));
	assert_true(netaddr_eq(&one, &one));
}

static void
a_peer_of_a_socket_has_an_address(void **state)
{
	struct sockaddr_in peer4 = { .sin_family = AF_INET };
	struct sockaddr_in6 peer6 = { .sin6_family = AF_INET6 };
	struct sockaddr local = { .sa_family = AF_UNIX };
	char text[NETADDR_TEXT_SIZE];
	struct netaddr addr;

	(void)state;
	inet_pton(AF_INET, "192.0.2.1", &peer4.sin_addr);
	netaddr_from_socket((struct sockaddr *)&peer4, &addr);
	assert_string_equal(netaddr_format(&addr, text), "192.0.2.1");
	inet_pton(AF_INET6, "2001:db8::1", &peer6.sin6_addr);
	netaddr_from_socket((struct sockaddr *)&peer6, &addr);
	assert_string_equal(netaddr_format(&addr, text), "2001:db8::1");
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &peer6.sin6_addr);
	netaddr_from_socket((struct sockaddr *)&peer6, &addr);
	assert_string_equal(netaddr_format(&addr, text), "192.0.2.1");
	netaddr_from_socket(&local, &addr);
	assert_int_equal(addr.len, 0);
	netaddr_from_socket(NULL, &addr);
	assert_int_equal(addr.len, 0);
}

static void
loopback_is_127_and_the_one(void **state)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} cases[] = {
		{ "127.0.0.1", true }, { "127.255.255.255", true },
		{ "::1", true }, { "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false }, { "::2", false },
		{ "fe80::1", false }, { "126.255.255.255", false },
	};
	struct netaddr addr = { .len = 0 };

	(void)state;
	assert_false(netaddr_is_loopback(&addr));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(netaddr_parse(str_from(cases[i].text), &addr),
		    0);
		assert_int_equal(netaddr_is_loopback(&addr),
		    cases[i].is_loopback);
	}
}

static struct setting_list
list_of(const char *const *texts)
{
	struct setting_list list = { .texts = texts };

	while (list.count < TEXTS_MAX && texts[list.count] != NULL)
		list.count++;
	return list;
}

static void
the_longest_prefix_decides(void **state)
{
	static const struct {
		const char *texts[TEXTS_MAX];
		const char *client;
		bool is_in;
	} cases[] = {
		{ { NULL }, "192.0.2.1", false },
		{ { "192.0.2.0/24" }, "192.0.2.255", true },
		{ { "192.0.2.0/24" }, "192.0.3.0", false },
		{ { "192.0.2.0/24" }, "::ffff:192.0.2.9", true },
		{ { "192.0.2.128/25" }, "192.0.2.127", false },
		{ { "192.0.2.7" }, "192.0.2.7", true },
		{ { "192.0.2.7" }, "192.0.2.8", false },
		{ { "192.0.2.0/24", "!192.0.2.7" }, "192.0.2.7", false },
		{ { "!192.0.2.7", "192.0.2.0/24" }, "192.0.2.7", false },
		{ { "!192.0.2.7", "192.0.2.0/24" }, "192.0.2.6", true },
		{ { "10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24" },
		    "10.1.2.3", true },
		{ { "10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24" },
		    "10.1.3.3", false },
		{ { "0.0.0.0/0" }, "203.0.113.1", true },
		{ { "0.0.0.0/0" }, "2001:db8::1", false },
		{ { "::/0" }, "2001:db8::1", true },
		{ { "::/0" }, "203.0.113.1", false },
		{ { "2001:db8::/32" }, "2001:db8:ffff::1", true },
		{ { "2001:db8::/32" }, "2001:db9::", false },
		{ { "2001:db8::/33" }, "2001:db8:8000::", false },
		{ { "[2001:db8::]/32" }, "2001:db8::5", true },
		{ { "[::1]" }, "::1", true },
		{ { "::ffff:192.0.2.0/120" }, "192.0.2.77", true },
		{ { "::ffff:192.0.2.0/120" }, "192.0.3.77", false },
		{ { "::ffff:0.0.0.0/96" }, "203.0.113.1", true },
		{ { "192.0.2.0/24", "192.0.2.0/24" }, "192.0.2.1", true },
		{ { "192.0.2.1/32", "198.51.100.1/32", "203.0.113.1/32",
		    "10.0.0.0/8" }, "203.0.113.1", true },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct setting_list texts = list_of(cases[i].texts);
		const char *error = NULL;
		struct netlist *list = netlist_parse(arena, &texts, &error);
		struct netaddr client;

		if (list == NULL)
			fail_msg("case %zu: %s", i, error);
		assert_int_equal(netaddr_parse(str_from(cases[i].client),
		    &client), 0);
		if (netlist_has(list, &client) != cases[i].is_in)
			fail_msg("case %zu: %s", i, cases[i].client);
	}
}

static void
a_client_without_address_is_in_no_list(void **state)
{
	static const char *const texts[] = { "0.0.0.0/0", "::/0", NULL };
	struct setting_list list = list_of(texts);
	struct arena *arena = *state;
	struct netaddr none = { .len = 0 };
	const char *error;

	assert_false(netlist_has(netlist_parse(arena, &list, &error), &none));
}

static void
an_error_names_the_entry_and_what_was_meant(void **state)
{
	static const struct {
		const char *texts[TEXTS_MAX];
		const char *error;
	} cases[] = {
		{ { "192.0.2.1/24" }, "network '192.0.2.1/24': bits are set "
		    "beyond the mask, did you mean '192.0.2.0/24'?" },
		{ { "10.0.0.0/8", "!2001:db8::1/64" },
		    "network '!2001:db8::1/64': bits are set beyond the mask, "
		    "did you mean '2001:db8::/64'?" },
		{ { "192.0.2.0/33" }, "network '192.0.2.0/33': '33' is no "
		    "prefix length of 0 to 32" },
		{ { "192.0.2.0/" }, "network '192.0.2.0/': '' is no prefix "
		    "length of 0 to 32" },
		{ { "2001:db8::/129" }, "network '2001:db8::/129': '129' is "
		    "no prefix length of 0 to 128" },
		{ { "192.0.2.0/-1" }, "network '192.0.2.0/-1': '-1' is no "
		    "prefix length of 0 to 32" },
		{ { "mail.example.org" }, "network 'mail.example.org': it is "
		    "no address and no network (192.0.2.0/24, 2001:db8::/32)" },
		{ { "" }, "network '': it is no address and no network "
		    "(192.0.2.0/24, 2001:db8::/32)" },
		{ { "!" }, "network '!': it is no address and no network "
		    "(192.0.2.0/24, 2001:db8::/32)" },
		{ { "!/24" }, "network '!/24': it is no address and no "
		    "network (192.0.2.0/24, 2001:db8::/32)" },
		{ { "10.0.0.0/8", "!10.0.0.0/8" },
		    "'10.0.0.0/8' stands both with and without '!'" },
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct setting_list texts = list_of(cases[i].texts);
		const char *error = NULL;

		assert_null(netlist_parse(arena, &texts, &error));
		assert_string_equal(error, cases[i].error);
	}
}

/* Every answer of the sorted runs against a plain walk over all entries. */
static void
ten_thousand_networks_answer_as_a_plain_walk_does(void **state)
{
	enum { COUNT = 10000 };
	static char texts[COUNT][32];
	static const char *pointers[COUNT];
	struct setting_list list = { COUNT, pointers };
	struct arena *arena = *state;
	struct netlist *netlist;
	const char *error = NULL;
	size_t hits = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		/* Every third /26 of 10/8, in an order that is not sorted. */
		unsigned at = (i * 7919 % COUNT) * 3 * 64;

		snprintf(texts[i], sizeof(texts[i]), "10.%u.%u.%u/26",
		    at >> 16 & 255, at >> 8 & 255, at & 255);
		pointers[i] = texts[i];
	}
	netlist = netlist_parse(arena, &list, &error);
	assert_non_null(netlist);
	for (unsigned at = 0; at < COUNT * 3 * 64; at += 31) {
		struct netaddr client = { { 10, (uint8_t)(at >> 16),
		    (uint8_t)(at >> 8), (uint8_t)at }, 4 };
		bool is_in = at / 64 % 3 == 0;

		assert_int_equal(netlist_has(netlist, &client), is_in);
		hits += is_in;
	}
	assert_true(hits > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_in_every_spelling),
		cmocka_unit_test(
		    no_address_prints_as_nothing_and_equals_only_itself),
		cmocka_unit_test(a_peer_of_a_socket_has_an_address),
		cmocka_unit_test(loopback_is_127_and_the_one),
		ARENA_TEST(the_longest_prefix_decides),
		ARENA_TEST(a_client_without_address_is_in_no_list),
		ARENA_TEST(an_error_names_the_entry_and_what_was_meant),
		ARENA_TEST(ten_thousand_networks_answer_as_a_plain_walk_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
