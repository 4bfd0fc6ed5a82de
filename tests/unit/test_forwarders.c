/* SPDX-License-Identifier: ISC */
/* test_forwarders.c - who is trusted to pass on mail of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/forwarders.h"
#include "mail/txn.h"
#include "mail_site.h"

#define TEXTS_MAX 8

/* The blank-separated entries; NULL with the reason. */
static struct forwarders *
parse(struct arena *arena, const char *text, const char **error_r)
{
	const char *texts[TEXTS_MAX];
	struct setting_list list = { 0, texts };
	struct str rest = str_from(text), piece;

	while (rest.len != 0 && str_cut(&rest, ' ', &piece)) {
		assert_true(list.count < TEXTS_MAX);
		texts[list.count++] = str_dup(arena, piece);
	}
	return forwarders_parse(arena, &list, error_r);
}

static bool
has(const struct forwarders *forwarders, const char *who)
{
	struct netaddr address;

	return netaddr_parse(str_from(who), &address) == 0
	    ? forwarders_have_address(forwarders, &address)
	    : forwarders_have_domain(forwarders, str_from(who));
}

static void
addresses_and_domains_are_found(void **state)
{
	static const struct {
		const char *sentence, *entries, *who;
		bool has;
	} cases[] = {
		{ "nobody is trusted by default", "", "192.0.2.1", false },
		{ "nor any domain", "", "example.org", false },
		{ "an address", "192.0.2.1", "192.0.2.1", true },
		{ "another address", "192.0.2.1", "192.0.2.2", false },
		{ "of a network", "192.0.2.0/24", "192.0.2.2", true },
		{ "excluded from it", "!192.0.2.7 192.0.2.0/24", "192.0.2.7",
		    false },
		{ "IPv6", "2001:db8::/32", "2001:db8::7", true },
		{ "a domain", "lists.example.org", "lists.example.org", true },
		{ "a domain in capitals", "Lists.Example.ORG.",
		    "lists.example.org", true },
		{ "U-labels", "b\xc3\xbc" "cher.example",
		    "xn--bcher-kva.example", true },
		{ "not what is below it", "example.org", "lists.example.org",
		    false },
		{ "not what is above it", "lists.example.org", "example.org",
		    false },
		{ "not what ends alike", "example.org", "badexample.org",
		    false },
		{ "a pattern has what is below", "*.example.org",
		    "a.lists.example.org", true },
		{ "but not itself", "*.example.org", "example.org", false },
		{ "all sorts together",
		    "example.net 192.0.2.0/24 *.example.org",
		    "lists.example.org", true },
		{ "a client without name", "*.example.org", "unknown", false },
		{ "no name", "*.example.org", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = NULL;
		struct forwarders *forwarders = parse(arena,
		    cases[i].entries, &error);

		if (forwarders == NULL)
			fail_msg("%s: %s", cases[i].sentence, error);
		if (has(forwarders, cases[i].who) != cases[i].has)
			fail_msg("%s", cases[i].sentence);
		arena_free(&arena);
	}
}

static void
an_address_that_is_not_known_is_nobody(void **state)
{
	static const struct netaddr none = { .len = 0 };
	struct arena *arena = *state;
	const char *error = NULL;

	assert_false(forwarders_have_address(parse(arena,
	    "0.0.0.0/0 ::/0", &error), &none));
}

static void
a_bad_entry_is_named(void **state)
{
	static const struct {
		const char *entries, *error;
	} cases[] = {
		{ "example.org exa_mple", "forwarder 'exa_mple': it is no "
		    "address, no network and no domain (lists.example.org, "
		    "*.example.org)" },
		{ "*", "forwarder '*': it is no address, no network and no "
		    "domain (lists.example.org, *.example.org)" },
		{ "*.", "forwarder '*.': it is no address, no network and no "
		    "domain (lists.example.org, *.example.org)" },
		{ "*.org", "forwarder '*.org': it is no address, no network "
		    "and no domain (lists.example.org, *.example.org)" },
		{ "joe@example.org", "forwarder 'joe@example.org': it is no "
		    "address, no network and no domain (lists.example.org, "
		    "*.example.org)" },
		{ "192.0.2", "network '192.0.2': it is no address and no "
		    "network (192.0.2.0/24, 2001:db8::/32)" },
		{ "192.0.2.1/24", "network '192.0.2.1/24': bits are set "
		    "beyond the mask, did you mean '192.0.2.0/24'?" },
		{ "!example.org", "network '!example.org': it is no address "
		    "and no network (192.0.2.0/24, 2001:db8::/32)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = NULL;

		if (parse(arena, cases[i].entries, &error) != NULL)
			fail_msg("'%s' is taken", cases[i].entries);
		assert_string_equal(error, cases[i].error);
		arena_free(&arena);
	}
}

static void
the_section_host_has_them(void **state)
{
	struct arena *arena = *state;
	const char *error = NULL;
	const struct site *site = mail_site(arena, "host { "
	    "trusted_forwarders 192.0.2.0/24 lists.example.org; }\n");

	assert_true(has(site->trusted_forwarders, "192.0.2.9"));
	assert_true(has(site->trusted_forwarders, "lists.example.org"));
	assert_false(has(site->trusted_forwarders, "example.org"));
	assert_false(has(mail_site(arena, "")->trusted_forwarders,
	    "192.0.2.9"));
	assert_null(mail_site_try(arena,
	    "host { trusted_forwarders lists; }\n", &error));
	assert_string_equal(error, "test:1:8: 'trusted_forwarders' in 'host': "
	    "forwarder 'lists': it is no address, no network and no domain "
	    "(lists.example.org, *.example.org)");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_domains_are_found),
		ARENA_TEST(an_address_that_is_not_known_is_nobody),
		cmocka_unit_test(a_bad_entry_is_named),
		ARENA_TEST(the_section_host_has_them),
	};

	return cmocka_run_group_tests_name("forwarders", tests, NULL, NULL);
}
