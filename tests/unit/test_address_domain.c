/* SPDX-License-Identifier: ISC */
/* test_address_domain.c - domain names: one spelling, patterns, parents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "check_text.h"
#include "fixture.h"
#include "mail/address.h"

#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void
domains_have_one_spelling(void **state)
{
	static const struct {
		const char *sentence, *domain;
		const char *wanted;	/* NULL: refused */
	} cases[] = {
		{ "lower case", "EXAMPLE.org", "example.org" },
		{ "one final dot goes", "example.org.", "example.org" },
		{ "one label", "localhost", "localhost" },
		{ "digits and hyphens", "1-2.3--4.example", "1-2.3--4.example" },
		{ "an underscore", "_dmarc.example", "_dmarc.example" },
		{ "an A-label is kept, valid or not",
		    "XN--Bcher-KVA.xn--zz--zz.example",
		    "xn--bcher-kva.xn--zz--zz.example" },
		{ "a U-label (RFC 5891 5)", "B\xc3\x9c" "CHER.example",
		    "xn--bcher-kva.example" },
		{ "sharp s is a letter (UTS 46, non-transitional)",
		    "fa\xc3\x9f.de", "xn--fa-hia.de" },
		{ "decomposed is composed (UTS 46)",
		    "bu\xcc\x88" "cher.example", "xn--bcher-kva.example" },
		{ "full width becomes ASCII (UTS 46)",
		    "\xef\xbd\x85xample\xe3\x80\x82org\xe3\x80\x82",
		    "example.org" },
		{ "a soft hyphen is nothing (UTS 46)", "exam\xc2\xadple.org",
		    "example.org" },
		{ "a label of 63", LABEL63 ".org", LABEL63 ".org" },

		{ "nothing", "", NULL },
		{ "a dot", ".", NULL },
		{ "two final dots", "example.org..", NULL },
		{ "a dot in front", ".example.org", NULL },
		{ "an empty label", "example..org", NULL },
		{ "a label of 64", LABEL63 "l.org", NULL },
		{ "over 253 bytes", LABEL63 "." LABEL63 "." LABEL63 "."
		    LABEL63, NULL },
		{ "a blank", "exam ple.org", NULL },
		{ "an at", "a@example.org", NULL },
		{ "a slash", "example.org/x", NULL },
		{ "a colon", "example.org:25", NULL },
		{ "a literal", "[192.0.2.1]", NULL },
		{ "a character that maps to a slash", "\xe2\x84\x80.org", NULL },
		{ "a symbol that IDNA does not allow", "\xe2\x80\xa8.org",
		    NULL },
		{ "a broken A-label beside a U-label",
		    "xn--\xc3\xbc.example", NULL },
		{ "no UTF-8", "b\xfc" "cher.example", NULL },
		{ "an overlong dot", "example\xc0\xaeorg", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str name;
		int status = domain_canonical(*state,
		    str_from(cases[i].domain), &name);

		if (status != (cases[i].wanted != NULL ? 0 : -1))
			fail_msg("%s: status %d", cases[i].sentence, status);
		if (status == 0)
			check_text(cases[i].sentence, name, cases[i].wanted);
	}
}

static void
domains_with_nul_or_without_end_are_none(void **state)
{
	struct str name;

	assert_int_equal(domain_canonical(*state, STR("a\0b.org"), &name), -1);
	assert_int_equal(domain_canonical(*state,
	    STR("\xc3\xbc\0.org"), &name), -1);
	assert_int_equal(domain_canonical(*state,
	    fixture_repeat(*state, "a.", 500000), &name), -1);
	assert_int_equal(domain_canonical(*state,
	    fixture_repeat(*state, "\xc3\xbc.", 500000), &name), -1);
}

static void
patterns_match_below_and_names_themselves(void **state)
{
	static const struct {
		const char *domain, *pattern;
		bool wanted;
	} cases[] = {
		{ "example.org", "example.org", true },
		{ "Example.org", "example.ORG", true },
		{ "a.example.org", "example.org", false },
		{ "example.org", "*.example.org", false },
		{ "a.example.org", "*.example.org", true },
		{ "a.b.example.org", "*.Example.org", true },
		{ "aexample.org", "*.example.org", false },
		{ "a.example.org.evil", "*.example.org", false },
		{ ".example.org", "*.example.org", false },
		{ "org", "*.", false },
		{ "org.", "*.", false },
		{ "a.org", "*", false },
		{ "", "*.example.org", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (domain_matches(str_from(cases[i].domain),
		    str_from(cases[i].pattern)) != cases[i].wanted)
			fail_msg("%s against %s", cases[i].domain,
			    cases[i].pattern);
}

static void
a_domain_is_within_itself_and_its_parents(void **state)
{
	static const struct {
		const char *domain, *parent;
		bool wanted;
	} cases[] = {
		{ "example.org", "example.org", true },
		{ "a.example.org", "example.org", true },
		{ "a.example.org", "ORG", true },
		{ "example.org", "a.example.org", false },
		{ "aexample.org", "example.org", false },
		{ "example.org", "", false },
		{ "", "", false },
		{ "", "org", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (domain_is_within(str_from(cases[i].domain),
		    str_from(cases[i].parent)) != cases[i].wanted)
			fail_msg("%s within %s", cases[i].domain,
			    cases[i].parent);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(domains_have_one_spelling),
		ARENA_TEST(domains_with_nul_or_without_end_are_none),
		ARENA_TEST(patterns_match_below_and_names_themselves),
		ARENA_TEST(a_domain_is_within_itself_and_its_parents),
	};

	return cmocka_run_group_tests_name("address_domain", tests, NULL, NULL);
}
