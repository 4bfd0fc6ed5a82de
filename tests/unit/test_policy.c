/* SPDX-License-Identifier: ISC */
/* test_policy.c - who an address is, what holds for it, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/setting.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/address.h"
#include "mail/host.h"
#include "mail/login.h"
#include "mail/netlist.h"
#include "mail/policy.h"
#include "mail/txn.h"
#include "mail_site.h"

static const char configuration[] =
    "host { recipient_delimiter +; }\n"
    "policy { on_missing_key unsigned; }\n"
    "class staff { dkim_sign no; junk yes; }\n"
    "class guests { junk no; }\n"
    "domain one.example {\n"
    "	class staff;\n"
    "	junk no;\n"
    "	on_missing_key defer;\n"
    "	dkim_key rsa { file \"/keys/one.rsa\"; }\n"
    "	dkim_key ed { file \"/keys/one.ed\"; }\n"
    "}\n"
    "domain *.one.example { dkim_key wild { file \"/keys/wild\"; } }\n"
    "domain *.deep.one.example { local yes; }\n"
    "domain keyless.one.example { }\n"
    "domain Two.Example { junk no; }\n"
    "domain b\303\274cher.example { }\n"
    "user alice@one.example { dkim_sign yes; }\n"
    "user guest@one.example { class guests; }\n"
    "user a+b@two.example { junk yes; }\n"
    "user bob@two.example { class guests; junk yes; }\n"
    "alias sales@two.example { to office@two.example; }\n"
    "alias office@two.example { to Alice+sales@one.example; }\n"
    "alias gone@one.example { to friend@else.example; }\n"
    "alias root@one.example { to anybody@two.example; }\n";

/* What is expected of an address. */
struct row {
	const char *address, *canonical;
	bool is_local, is_known_user;
	const char *class_name;
	bool junk, dkim_sign;
	enum on_missing_key on_missing_key;
	const char *origins;	/* junk, dkim_sign, on_missing_key */
};

#define DEFER ON_MISSING_KEY_DEFER
#define UNSIGNED ON_MISSING_KEY_UNSIGNED

static const struct row rows[] = {
	{ "x@else.example", "x@else.example", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "", "", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "postmaster", "postmaster", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	/* The class beats the domain, the domain beats the global value. */
	{ "Any+x@ONE.example", "any@one.example", true, false, "staff",
	    true, false, DEFER, "class staff, class staff, "
	    "domain one.example" },
	/* The user beats its class, which is the domain's here. */
	{ "alice@one.example", "alice@one.example", true, true, "staff",
	    true, true, DEFER, "class staff, user, domain one.example" },
	{ "alice+list@one.example", "alice@one.example", true, true, "staff",
	    true, true, DEFER, "class staff, user, domain one.example" },
	/* Its own class takes the place of the domain's. */
	{ "guest@one.example", "guest@one.example", true, true, "guests",
	    false, true, DEFER, "class guests, default, domain one.example" },
	/* A wildcard is not local unless it says so. */
	{ "x@sub.one.example", "x@sub.one.example", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "x@a.deep.one.example", "x@a.deep.one.example", true, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "x@deep.one.example", "x@deep.one.example", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "x@keyless.one.example", "x@keyless.one.example", true, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "x@two.example", "x@two.example", true, false, NULL,
	    false, true, UNSIGNED, "domain Two.Example, default, global" },
	{ "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", true, false,
	    NULL, true, true, UNSIGNED, "default, default, global" },
	{ "x@not-one.example", "x@not-one.example", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	/* The whole address comes before the one without extension. */
	{ "a+b@two.example", "a+b@two.example", true, true, NULL,
	    true, true, UNSIGNED, "user, default, global" },
	{ "a@two.example", "a@two.example", true, false, NULL,
	    false, true, UNSIGNED, "domain Two.Example, default, global" },
	{ "bob@two.example", "bob@two.example", true, true, "guests",
	    true, true, UNSIGNED, "user, default, global" },
	/* Aliases of aliases, to a user's extension, away, to nobody. */
	{ "sales@two.example", "alice@one.example", true, true, "staff",
	    true, true, DEFER, "class staff, user, domain one.example" },
	{ "sales+x@two.example", "alice@one.example", true, true, "staff",
	    true, true, DEFER, "class staff, user, domain one.example" },
	{ "gone@one.example", "friend@else.example", false, false, NULL,
	    true, true, UNSIGNED, "default, default, global" },
	{ "root@one.example", "anybody@two.example", true, false, NULL,
	    false, true, UNSIGNED, "domain Two.Example, default, global" },
};

static const char *
origins_of(struct arena *arena, const struct policy *policy)
{
	return arena_printf(arena, "%s, %s, %s",
	    policy_origin(policy, "junk"), policy_origin(policy, "dkim_sign"),
	    policy_origin(policy, "on_missing_key"));
}

static void
each_address_has_its_values_and_their_origins(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		const struct policy *policy;
		struct address address;
		const char *error;

		print_message("%s\n", row->address);
		assert_int_equal(address_parse_path(arena,
		    str_from(row->address), &address, &error), 0);
		policy = policy_find(site->policies, arena, &address);
		assert_string_equal(str_dup(arena, policy->address),
		    row->canonical);
		assert_int_equal(policy->is_local, row->is_local);
		assert_int_equal(policy->is_known_user, row->is_known_user);
		if (row->class_name == NULL)
			assert_null(policy->class_name);
		else
			assert_string_equal(policy->class_name,
			    row->class_name);
		assert_int_equal(policy->values->junk, row->junk);
		assert_int_equal(policy->values->dkim_sign, row->dkim_sign);
		assert_int_equal(policy->values->on_missing_key,
		    row->on_missing_key);
		assert_string_equal(origins_of(arena, policy), row->origins);
	}
	assert_null(policy_origin(policy_find(site->policies, arena,
	    &(struct address){ 0 }), "no_such_key"));
}

static void
the_domain_of_a_policy_is_that_of_its_address(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);
	const struct address sales = { .local = STR("sales"),
		.domain = STR("two.example") };
	const struct policy *policy = policy_find(site->policies, arena,
	    &sales);

	assert_true(str_is(policy->domain, "one.example"));
}

static void
only_local_domains_are_managed_here(void **state)
{
	static const struct {
		const char *domain;
		bool is_here;
	} cases[] = {
		{ "one.example", true }, { "two.example", true },
		{ "keyless.one.example", true }, { "x.one.example", false },
		{ "x.deep.one.example", true }, { "deep.one.example", false },
		{ "else.example", false }, { "example", false }, { "", false },
	};
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(policy_has_domain(site->policies,
		    str_from(cases[i].domain)), cases[i].is_here);
}

static void
keys_are_those_of_the_domain_or_the_nearest_wildcard(void **state)
{
	static const struct {
		const char *domain, *keys;
	} cases[] = {
		{ "one.example", "rsa=/keys/one.rsa ed=/keys/one.ed " },
		{ "sub.one.example", "wild=/keys/wild " },
		{ "a.b.one.example", "wild=/keys/wild " },
		{ "keyless.one.example", "wild=/keys/wild " },
		{ "x.deep.one.example", "wild=/keys/wild " },
		{ "two.example", "" },
		{ "notone.example", "" },
		{ "else.example", "" },
		{ "", "" },
	};
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct policy_key *keys;
		size_t count = policy_keys(site->policies,
		    str_from(cases[i].domain), &keys);
		struct buf text;

		buf_init(&text, arena);
		for (size_t k = 0; k < count; k++)
			buf_printf(&text, "%s=%s ", keys[k].selector,
			    keys[k].file);
		assert_string_equal(text.data, cases[i].keys);
	}
}

static void
all_domains_with_keys_are_listed_once(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, configuration);
	const struct policy_key *keys;
	struct str domain;
	size_t count;

	assert_true(policy_key_domain(site->policies, 0, &domain, &keys,
	    &count));
	assert_true(str_is(domain, "one.example"));
	assert_int_equal(count, 2);
	assert_true(policy_key_domain(site->policies, 1, &domain, &keys,
	    &count));
	assert_true(str_is(domain, "*.one.example"));
	assert_int_equal(count, 1);
	assert_false(policy_key_domain(site->policies, 2, &domain, &keys,
	    &count));
}

static void
an_error_tells_where_and_what(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "domain one.example { class stfaf; }\n",
		    "test:1: there is no class 'stfaf'" },
		{ "domain one.example { }\nuser a@one.example { class x; }\n",
		    "test:2: there is no class 'x'" },
		{ "domain one..example { }\n",
		    "test:1: 'one..example' is no domain name" },
		{ "domain *.*.example { }\n",
		    "test:1: '*.*.example' is no domain name" },
		{ "domain b\303\274cher.example { }\n"
		  "domain xn--bcher-kva.example { }\n",
		    "test:2: domain xn--bcher-kva.example has a section "
		    "already" },
		{ "user a@one.example { }\n",
		    "test:1: 'a@one.example': there is no section domain "
		    "one.example" },
		{ "domain one.example { }\nuser one.example { }\n",
		    "test:2: 'one.example' is no address (user@example.org)" },
		{ "domain one.example { }\nuser \"a@b@one.example\" { }\n",
		    NULL },
		{ "domain b\303\274cher.example { }\n"
		  "user a@b\303\274cher.example { }\n"
		  "user a@xn--bcher-kva.example { }\n",
		    "test:3: user a@xn--bcher-kva.example has a section "
		    "already" },
		{ "domain one.example { }\n"
		  "alias a@one.example { to b@one.example; }\n"
		  "alias b@one.example { to c+x@one.example; }\n"
		  "alias c+x@one.example { to a@one.example; }\n",
		    "test:2: alias a@one.example loops" },
		{ "domain one.example { }\nuser a@one.example { }\n"
		  "alias a@one.example { to b@one.example; }\n",
		    "test:3: a@one.example is a user already" },
		{ "domain one.example { }\n"
		  "alias a@one.example { to \"b c@one.example\"; }\n", NULL },
		{ "domain one.example { dkim_key \"a b\" { file x; } }\n",
		    NULL },
		{ "domain one.example { dkim_key a { } }\n", NULL },
		{ "host { signing_networks 192.0.2.1/24; }\n", NULL },
		{ "host { recipient_delimiter \"+-\"; }\n", NULL },
		{ "host { recipient_delimiter a; }\n", NULL },
		{ "host { authserv_id \"a b\"; }\n", NULL },
		{ "host { login_map \"/nonexistent/map\"; }\n",
		    "login_map /nonexistent/map: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = NULL;

		if (mail_site_try(arena, cases[i].text, &error) != NULL)
			fail_msg("no error: %s", cases[i].text);
		assert_non_null(error);
		print_message("%s\n", error);
		if (cases[i].error != NULL)
			assert_string_equal(error, cases[i].error);
		arena_free(&arena);
	}
}

static void
the_site_has_names_networks_and_logins(void **state)
{
	static const char text[] = "host {\n"
	    "	authserv_id mx.example.org;\n"
	    "	host_id mx1;\n"
	    "	recipient_delimiter -;\n"
	    "	signing_networks 10.0.0.0/8;\n"
	    "	trusted_relays 192.0.2.1 2001:db8::1;\n"
	    "}\n";
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, text);
	const struct address alice = { .local = STR("alice"),
		.domain = STR("one.example") };
	struct netaddr addr;

	assert_string_equal(site->authserv_id, "mx.example.org");
	assert_string_equal(site->host_id, "mx1");
	assert_int_equal(site->recipient_delimiter, '-');
	netaddr_parse(STR("10.1.1.1"), &addr);
	assert_true(netlist_has(site->signing_networks, &addr));
	assert_false(netlist_has(site->trusted_relays, &addr));
	netaddr_parse(STR("2001:db8::1"), &addr);
	assert_true(netlist_has(site->trusted_relays, &addr));
	assert_true(login_may_use(site->logins, "bob@one.example", &alice));
}

static void
an_empty_configuration_gives_a_site_too(void **state)
{
	struct arena *arena = *state;
	const struct site *site = mail_site(arena, "");
	struct netaddr addr;

	assert_true(strlen(site->authserv_id) > 0);
	assert_string_equal(site->authserv_id, site->host_id);
	assert_int_equal(site->recipient_delimiter, '\0');
	netaddr_parse(STR("127.0.0.1"), &addr);
	assert_true(netlist_has(site->signing_networks, &addr));
	netaddr_parse(STR("::1"), &addr);
	assert_true(netlist_has(site->signing_networks, &addr));
	assert_false(netlist_has(site->trusted_relays, &addr));
	assert_false(policy_has_domain(site->policies, STR("example.org")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(each_address_has_its_values_and_their_origins),
		ARENA_TEST(the_domain_of_a_policy_is_that_of_its_address),
		ARENA_TEST(only_local_domains_are_managed_here),
		ARENA_TEST(
		    keys_are_those_of_the_domain_or_the_nearest_wildcard),
		ARENA_TEST(all_domains_with_keys_are_listed_once),
		cmocka_unit_test(an_error_tells_where_and_what),
		ARENA_TEST(the_site_has_names_networks_and_logins),
		ARENA_TEST(an_empty_configuration_gives_a_site_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
