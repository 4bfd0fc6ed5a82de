/* SPDX-License-Identifier: ISC */
/* test_address.c - addresses of envelopes: read, printed, compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "check_text.h"
#include "fixture.h"
#include "mail/address.h"

/* --- envelope ---------------------------------------------------------------- */

struct path_case {
	const char *sentence, *path;
	const char *local, *domain;	/* local NULL: refused */
};

static void
check_path(struct arena *arena, const struct path_case *c)
{
	struct address address;
	const char *error = NULL;

	if (address_parse_path(arena, str_from(c->path), &address, &error) < 0) {
		if (c->local != NULL)
			fail_msg("%s: refused: %s", c->sentence, error);
		assert_non_null(error);
		assert_int_equal(address.local.len + address.domain.len, 0);
		return;
	}
	if (c->local == NULL)
		fail_msg("%s: taken as \"%.*s\" at \"%.*s\"", c->sentence,
		    STR_ARG(address.local), STR_ARG(address.domain));
	check_text(c->sentence, address.local, c->local);
	check_text(c->sentence, address.domain, c->domain);
}

static const struct path_case path_cases[] = {
	{ "the null path (RFC 5321 4.5.5)", "<>", "", "" },
	{ "nothing is the null path", "", "", "" },
	{ "blanks around the null path", " <> ", "", "" },
	{ "a mailbox in brackets", "<Joe@Example.ORG>", "Joe", "example.org" },
	{ "a mailbox without brackets", "joe@example.org", "joe",
	    "example.org" },
	{ "postmaster alone (RFC 5321 4.5.1)", "<postmaster>", "postmaster",
	    "" },
	{ "a sendmail user alone", "root", "root", "" },
	{ "every atext of RFC 5322 3.2.3",
	    "<a!#$%&'*+-/=?^_`{|}~.9@example.org>",
	    "a!#$%&'*+-/=?^_`{|}~.9", "example.org" },
	{ "dots anywhere, as some providers have them",
	    "<.a..b.@example.org>", ".a..b.", "example.org" },
	{ "the final dot of a domain goes", "<a@example.org.>", "a",
	    "example.org" },
	{ "a quoted local part (RFC 5321 4.1.2)",
	    "<\"joe b\\\"l\\\\o@gs\"@example.org>", "joe b\"l\\o@gs",
	    "example.org" },
	{ "an empty quoted local part", "<\"\"@example.org>", "",
	    "example.org" },
	{ "a quoted pair without quotes (RFC 821)", "<a\\,b@example.org>",
	    "a,b", "example.org" },
	{ "a source route is cut (RFC 5321 4.1.1.3)",
	    "<@a.example,@b.example:joe@c.example>", "joe", "c.example" },
	{ "a source route of literals",
	    "<@[IPv6:2001:db8::1],@b.example:joe@c.example>", "joe",
	    "c.example" },
	{ "an IPv4 literal (RFC 5321 4.1.3)", "<joe@[192.0.2.1]>", "joe",
	    "[192.0.2.1]" },
	{ "an IPv6 literal", "<joe@[IPv6:2001:DB8::1]>", "joe",
	    "[ipv6:2001:db8::1]" },
	{ "a UTF-8 local part (RFC 6531 3.3)", "<j\xc3\xb6@example.org>",
	    "j\xc3\xb6", "example.org" },
	{ "a U-label becomes an A-label (RFC 5890 2.3.2.1)",
	    "<j@b\xc3\xbc" "cher.example>", "j", "xn--bcher-kva.example" },
	{ "an underscore in a domain", "<j@a_b.example.org>", "j",
	    "a_b.example.org" },
	{ "a percent hack stays", "<a%b@example.org>", "a%b", "example.org" },

	{ "an open bracket", "<joe@example.org", NULL, NULL },
	{ "a bracket alone", "<", NULL, NULL },
	{ "a closing bracket alone", "joe@example.org>", NULL, NULL },
	{ "two brackets", "<<joe@example.org>>", NULL, NULL },
	{ "two ats", "<a@b@example.org>", NULL, NULL },
	{ "no local part", "<@example.org>", NULL, NULL },
	{ "a route without address", "<@a.example:>", NULL, NULL },
	{ "no domain behind the at", "<joe@>", NULL, NULL },
	{ "a blank in the local part", "<jo e@example.org>", NULL, NULL },
	{ "a blank in the domain", "<joe@exam ple.org>", NULL, NULL },
	{ "a comment", "<joe(x)@example.org>", NULL, NULL },
	{ "an open quote", "<\"joe@example.org>", NULL, NULL },
	{ "quoted and plain mixed", "<\"a\"b@example.org>", NULL, NULL },
	{ "a control character", "<jo\001e@example.org>", NULL, NULL },
	{ "a control character in quotes", "<\"jo\001e\"@example.org>", NULL,
	    NULL },
	{ "a line end in quotes", "<\"jo\ne\"@example.org>", NULL, NULL },
	{ "Latin-1 in the local part", "<j\xf6@example.org>", NULL, NULL },
	{ "Latin-1 in the domain", "<j@b\xfc" "cher.example>", NULL, NULL },
	{ "an empty label", "<joe@example..org>", NULL, NULL },
	{ "a bad byte in the domain", "<joe@exa!mple.org>", NULL, NULL },
	{ "an empty literal", "<joe@[]>", NULL, NULL },
	{ "an open literal", "<joe@[192.0.2.1>", NULL, NULL },
	{ "text behind a literal", "<joe@[192.0.2.1].example>", NULL, NULL },
	{ "two addresses", "<a@example.org>,<b@example.org>", NULL, NULL },
};

static void
paths_are_read_as_in_rfc_5321_4_1_2(void **state)
{
	struct address address;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(path_cases); i++)
		check_path(*state, &path_cases[i]);
	assert_int_equal(address_parse_path(*state, STR("<a\0b@example.org>"),
	    &address, &error), -1);
	assert_int_equal(address_parse_path(*state, STR("<ab@example\0.org>"),
	    &address, &error), -1);
}

static void
a_route_that_was_cut_is_told(void **state)
{
	struct address address;
	const char *error;

	assert_int_equal(address_parse_path(*state, STR("<@a.example:b@c.d>"),
	    &address, &error), 0);
	assert_true(address.has_route);
	assert_int_equal(address_parse_path(*state, STR("<b@c.d>"), &address,
	    &error), 0);
	assert_false(address.has_route);
}

/* --- printing, comparing --------------------------------------------------------- */

static void
addresses_are_printed_as_in_rfc_5321_4_1_2(void **state)
{
	static const struct {
		const char *sentence, *local, *domain, *wanted;
	} cases[] = {
		{ "a plain one", "joe", "example.org", "joe@example.org" },
		{ "the empty one", "", "", "" },
		{ "a local part alone", "root", "", "root" },
		{ "an empty local part", "", "example.org",
		    "\"\"@example.org" },
		{ "a blank", "a b", "example.org", "\"a b\"@example.org" },
		{ "a dot in front", ".a", "example.org",
		    "\".a\"@example.org" },
		{ "a dot behind", "a.", "example.org", "\"a.\"@example.org" },
		{ "two dots", "a..b", "example.org", "\"a..b\"@example.org" },
		{ "quotes and backslash", "a\"\\", "example.org",
		    "\"a\\\"\\\\\"@example.org" },
		{ "UTF-8", "j\xc3\xb6", "example.org",
		    "j\xc3\xb6@example.org" },
		{ "what cannot stand there", "a\r\nb", "example.org",
		    "\"a??b\"@example.org" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct address address = {
			.local = str_from(cases[i].local),
			.domain = str_from(cases[i].domain),
		};

		check_text(cases[i].sentence,
		    address_print(*state, &address), cases[i].wanted);
	}
}

static void
what_was_printed_reads_as_the_same_address(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(path_cases); i++) {
		struct path_case again = path_cases[i];
		struct address address;
		const char *error;

		if (again.local == NULL || address_parse_path(*state,
		    str_from(again.path), &address, &error) < 0)
			continue;
		again.path = str_dup(*state, address_print(*state, &address));
		check_path(*state, &again);
	}
}

static void
the_canonical_form_has_no_case_and_no_extension(void **state)
{
	static const struct {
		const char *sentence, *path;
		char delimiter;
		const char *wanted;
	} cases[] = {
		{ "lower case", "Joe@Example.ORG", 0, "joe@example.org" },
		{ "no delimiter", "joe+x@example.org", 0,
		    "joe+x@example.org" },
		{ "an extension", "Joe+X+Y@example.org", '+',
		    "joe@example.org" },
		{ "no name in front of it", "+x@example.org", '+',
		    "+x@example.org" },
		{ "without domain", "Joe+x", '+', "joe" },
		{ "a hyphen", "joe-x@example.org", '-', "joe@example.org" },
		{ "Postfix keeps MAILER-DAEMON", "MAILER-DAEMON@example.org",
		    '-', "mailer-daemon@example.org" },
		{ "Postfix keeps owner-", "owner-list@example.org", '-',
		    "owner-list@example.org" },
		{ "Postfix keeps -request", "list-request@example.org", '-',
		    "list-request@example.org" },
		{ "quoted or not is the same", "\"Joe\"@example.org", 0,
		    "joe@example.org" },
		{ "quoted where it must be", "\"J B+x\"@example.org", '+',
		    "\"j b\"@example.org" },
		{ "the null path", "<>", '+', "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct address address;
		const char *error;

		assert_int_equal(address_parse_path(*state,
		    str_from(cases[i].path), &address, &error), 0);
		check_text(cases[i].sentence, address_canonical(*state,
		    &address, cases[i].delimiter), cases[i].wanted);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(paths_are_read_as_in_rfc_5321_4_1_2),
		ARENA_TEST(a_route_that_was_cut_is_told),
		ARENA_TEST(addresses_are_printed_as_in_rfc_5321_4_1_2),
		ARENA_TEST(what_was_printed_reads_as_the_same_address),
		ARENA_TEST(the_canonical_form_has_no_case_and_no_extension),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
