/* SPDX-License-Identifier: ISC */
/* test_dmarc_walk.c - the DNS tree walk (RFC 9989 4.10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dns/dns_query.h"
#include "dns_held.h"
#include "fixture.h"
#include "walk_case.h"

/* A record at a name, and answers of other kinds. */
#define AT(domain, text) "_dmarc." domain "\tTXT\t" text "\n"
#define DMARC(domain, tags) AT(domain, "v=DMARC1; " tags)
#define EXISTS(domain) domain "\tA\t192.0.2.1\n"

#define LAME "the zone file says !SERVFAIL"
#define SILENT "the zone file says !TIMEOUT"

#define SIXTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_249 SIXTY "." SIXTY "." SIXTY "." \
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example.com"
#define TEN_LABELS "a.b.c.d.e.f.g.h.example.com"

static const struct walk_case policies[] = {
	{ "4.10.1: the author domain's own record, and nobody else is asked",
	    "example.com", DMARC("example.com", "p=reject; sp=none; np=none"),
	    "reject by p= of example.com", 1 },
	{ "4.10.1: a subdomain's own record, whatever is above",
	    "mail.example.com", DMARC("mail.example.com", "p=none; sp=reject")
	    DMARC("example.com", "p=reject"),
	    "none by p= of mail.example.com", 1 },
	{ "4.10.1: a suffix with a record of its own", "bank",
	    DMARC("bank", "p=reject; psd=y; np=none"),
	    "reject by p= of bank", 1 },
	{ "4.10.1: that of the organizational domain, by sp=",
	    "mail.example.com", EXISTS("mail.example.com")
	    DMARC("example.com", "p=reject; sp=quarantine"),
	    "quarantine by sp= of example.com", 3 },
	{ "4.10.1: by p= where no sp= is", "mail.example.com",
	    DMARC("example.com", "p=reject"),
	    "reject by sp= of example.com", 3 },
	{ "4.10.1: what stands between the two does not apply",
	    "a.mail.example.com", DMARC("mail.example.com", "p=reject")
	    DMARC("example.com", "p=none"), "none by sp= of example.com", 4 },
	{ "4.10.2: but psd=n does", "a.mail.example.com",
	    DMARC("mail.example.com", "p=reject; psd=n")
	    DMARC("example.com", "p=none"),
	    "reject by sp= of mail.example.com", 2 },
	{ "4.10.1: that of the public suffix", "mail.shop.bank",
	    DMARC("bank", "p=none; sp=reject; psd=y"),
	    "reject by sp= of bank", 3 },
	{ "4.10.1: one label below the suffix", "shop.bank",
	    DMARC("bank", "p=quarantine; psd=y"),
	    "quarantine by sp= of bank", 2 },
	{ "4.10.1: not where the organizational domain has one",
	    "mail.shop.bank", DMARC("bank", "p=reject; psd=y")
	    DMARC("shop.bank", "p=none"), "none by sp= of shop.bank", 3 },
	{ "4.10.1: nor what stands below the organizational domain",
	    "a.mail.shop.bank", DMARC("bank", "p=none; psd=y")
	    DMARC("mail.shop.bank", "p=reject"), "none by sp= of bank", 4 },
	{ "4.10.1: a suffix that does not say psd=y is an organization",
	    "example.zz", DMARC("zz", "p=reject"), "reject by sp= of zz", 2 },
	{ "4.10.1: none at all", "mail.example.com", EXISTS("example.com"),
	    "none", 3 },
	{ "4.10: of ten labels, the first and the last seven are asked for",
	    TEN_LABELS, DMARC("example.com", "p=reject"),
	    "reject by sp= of example.com", 8 },
	{ "4.10: what only the others have is not seen",
	    TEN_LABELS, DMARC("c.d.e.f.g.h.example.com", "p=reject")
	    DMARC("b.c.d.e.f.g.h.example.com", "p=reject"), "none", 8 },
	{ "4.10: psd=y at the first of the seven", TEN_LABELS,
	    DMARC("d.e.f.g.h.example.com", "p=reject; psd=y"),
	    "reject by sp= of d.e.f.g.h.example.com", 2 },
	{ "4.10: of eight labels, all are asked for", "a.b.c.d.e.f.example.com",
	    DMARC("b.c.d.e.f.example.com", "p=reject; psd=n"),
	    "reject by sp= of b.c.d.e.f.example.com", 2 },
	{ "RFC 1035 2.3.4: a name without room for _dmarc. is not asked for",
	    NAME_249, DMARC("example.com", "p=reject"),
	    "reject by sp= of example.com", 5 },
	{ "an address literal", "[192.0.2.1]",
	    DMARC("[192.0.2.1]", "p=reject"), "none", 0 },
	{ "an A-label", "mail.xn--e1afmkfd.xn--p1ai",
	    DMARC("xn--e1afmkfd.xn--p1ai", "p=reject"),
	    "reject by sp= of xn--e1afmkfd.xn--p1ai", 3 },
	{ "records of other kinds, as a wildcard gives them",
	    "mail.example.com", AT("mail.example.com", "v=spf1 -all")
	    AT("mail.example.com", "another") DMARC("example.com", "p=reject")
	    AT("com", "v=dmarc1; psd=y"), "reject by sp= of example.com", 3 },
	{ "a record at the end of a CNAME", "example.com",
	    "_dmarc.example.com\tCNAME\tall.example.net\n"
	    "all.example.net\tTXT\tv=DMARC1; p=reject\n",
	    "reject by p= of example.com", 1 },
	{ "a CNAME to nowhere", "mail.example.com",
	    "_dmarc.mail.example.com\tCNAME\tall.example.net\n"
	    DMARC("example.com", "p=reject"), "reject by sp= of example.com",
	    3 },
	{ "a CNAME loop", "example.com",
	    "_dmarc.example.com\tCNAME\t_dmarc.example.com\n",
	    "fault, no answer for _dmarc.example.com: CNAME loop, or too long "
	    "a chain", 2 },
};

static const struct walk_case obstacles[] = {
	{ "4.10 step 2: several records at the author domain, and DMARC is "
	    "off", "mail.example.com", DMARC("mail.example.com", "p=reject")
	    DMARC("mail.example.com", "p=none") DMARC("example.com",
	    "p=reject"),
	    "none, several DMARC records at _dmarc.mail.example.com", 1 },
	{ "4.10 step 6: several at the only place", "mail.example.com",
	    DMARC("example.com", "p=none") DMARC("example.com", "p=reject"),
	    "none, several DMARC records at _dmarc.example.com", 3 },
	{ "4.10 step 6: several on the way are as none", "a.mail.example.com",
	    DMARC("mail.example.com", "p=none; psd=n")
	    DMARC("mail.example.com", "p=none; psd=n")
	    DMARC("example.com", "p=reject"), "reject by sp= of example.com",
	    4 },
	{ "4.10.1: no p= and no rua= at the author domain",
	    "mail.example.com", DMARC("mail.example.com", "adkim=s")
	    DMARC("example.com", "p=reject"),
	    "none, p= is missing at _dmarc.mail.example.com", 1 },
	{ "4.10.1: at the organizational domain", "mail.example.com",
	    DMARC("example.com", "p=reject; sp=x"),
	    "none, sp= is no policy at _dmarc.example.com", 3 },
	{ "4.10.1: on the way it is no valid record", "a.mail.example.com",
	    DMARC("mail.example.com", "p=x") DMARC("example.com", "p=reject"),
	    "reject by sp= of example.com", 4 },
	{ "4.10.1: but says whether it is the boundary",
	    "a.mail.example.com", DMARC("mail.example.com", "psd=n")
	    DMARC("example.com", "p=reject"),
	    "none, p= is missing at _dmarc.mail.example.com", 2 },
	{ "4.10.1: an organization that tried is not left to its suffix",
	    "mail.shop.bank", DMARC("shop.bank", "p=bogus")
	    DMARC("bank", "p=reject; psd=y"),
	    "none, p= is no policy at _dmarc.shop.bank", 3 },
	{ "4.10.1: a suffix that cannot be applied", "shop.bank",
	    DMARC("bank", "psd=y"), "none, p= is missing at _dmarc.bank", 2 },
	{ "4.10.1: reports are wanted, so p=none", "example.com",
	    DMARC("example.com", "p=reject; np=x; rua=mailto:a@example.com"),
	    "none by p= of example.com (np= is no policy)", 1 },
	{ "7: the author domain does not answer", "example.com",
	    AT("example.com", "!SERVFAIL"),
	    "fault, no answer for _dmarc.example.com: " LAME, 2 },
	{ "7: the organizational domain does not answer", "mail.example.com",
	    AT("example.com", "!TIMEOUT"),
	    "fault, no answer for _dmarc.example.com: " SILENT, 3 },
	{ "7: the author domain does not answer, and might have no record",
	    "lame.example.com", AT("lame.example.com", "!SERVFAIL")
	    DMARC("example.com", "p=reject; sp=quarantine"),
	    "fault, no answer for _dmarc.lame.example.com: " LAME
	    "; perhaps quarantine by sp= of example.com", 3 },
	{ "7: a name on the way does not answer, and might have none",
	    "a.lame.example.com", AT("lame.example.com", "!TIMEOUT")
	    DMARC("example.com", "p=reject"),
	    "fault, no answer for _dmarc.lame.example.com: " SILENT
	    "; perhaps reject by sp= of example.com", 4 },
	{ "7: two do not answer, and the lower one is named",
	    "a.lame.example.com", AT("a.lame.example.com", "!TIMEOUT")
	    AT("lame.example.com", "!SERVFAIL")
	    DMARC("example.com", "p=reject"),
	    "fault, no answer for _dmarc.a.lame.example.com: " SILENT
	    "; perhaps reject by sp= of example.com", 4 },
	{ "7: what is above it is no record to apply", "lame.example.com",
	    AT("lame.example.com", "!TIMEOUT") DMARC("example.com", "p=x"),
	    "fault, no answer for _dmarc.lame.example.com: " SILENT, 3 },
	{ "7: it does not answer, and psd=y above it does not decide",
	    "mail.shop.bank", AT("shop.bank", "!TIMEOUT")
	    DMARC("bank", "p=reject; psd=y"),
	    "fault, no answer for _dmarc.shop.bank: " SILENT
	    "; perhaps reject by sp= of bank", 3 },
	{ "7: a name above the end is not asked for", "a.mail.example.com",
	    DMARC("mail.example.com", "p=reject; psd=n")
	    AT("example.com", "!SERVFAIL"),
	    "reject by sp= of mail.example.com", 2 },
	{ "7: a public suffix that does not answer is one without a record",
	    "mail.example.com", DMARC("example.com", "p=reject")
	    AT("com", "!SERVFAIL"), "reject by sp= of example.com", 3 },
	{ "7: unless it is the author domain", "com", AT("com", "!SERVFAIL"),
	    "fault, no answer for _dmarc.com: " LAME, 1 },
};

#define NP "p=reject; sp=none; np=quarantine"

static const struct walk_case missing[] = {
	{ "3.2.13: the author domain does not exist", "no.example.com",
	    DMARC("example.com", NP),
	    "quarantine by np= of example.com", 4 },
	{ "3.2.13: it has an address", "sub.example.com",
	    DMARC("example.com", NP) EXISTS("sub.example.com"),
	    "none by sp= of example.com", 4 },
	{ "RFC 8020: a name below it exists", "sub.example.com",
	    DMARC("example.com", NP) EXISTS("www.sub.example.com"),
	    "none by sp= of example.com", 4 },
	{ "3.2.13: it is one label below a suffix", "no.bank",
	    DMARC("bank", "p=none; np=reject; psd=y"),
	    "reject by np= of bank", 3 },
	{ "4.7: np= counts where no sp= is", "no.example.com",
	    DMARC("example.com", "p=none; np=reject"),
	    "reject by np= of example.com", 4 },
	{ "not asked for where np= is the same", "no.example.com",
	    DMARC("example.com", "p=none; sp=reject; np=reject"),
	    "reject by sp= of example.com", 3 },
	{ "nor for a record of the domain's own", "example.com",
	    DMARC("example.com", "p=none; np=reject"),
	    "none by p= of example.com", 1 },
	{ "3.2.13: no answer is not NXDOMAIN", "sub.example.com",
	    DMARC("example.com", NP) "sub.example.com\tTXT\t!SERVFAIL\n",
	    "none by sp= of example.com, sp= holds, for whether "
	    "sub.example.com exists is not known: " LAME, 4 },
};

static const struct walk_case organizations[] = {
	{ "4.10.2: the shortest name with a record", "a.mail.example.com",
	    DMARC("mail.example.com", "p=none") DMARC("example.com", "p=none"),
	    "example.com by the walk", 4 },
	{ "4.10.2: psd=n, at once", "a.mail.example.com",
	    DMARC("mail.example.com", "p=none; psd=n")
	    DMARC("example.com", "p=none"), "mail.example.com by the walk",
	    2 },
	{ "4.10.2: psd=n of the domain itself", "example.com",
	    DMARC("example.com", "p=none; psd=n"), "example.com by the walk",
	    1 },
	{ "4.10.2: one label below psd=y", "a.mail.example.com",
	    DMARC("com", "p=none; psd=y"), "example.com by the walk", 4 },
	{ "4.10.2: psd=y on the way (the second rule's example)",
	    "a.mail.example.com", DMARC("example.com", "p=none; psd=y"),
	    "mail.example.com by the walk", 3 },
	{ "4.10.2: psd=y of the domain itself", "example.com",
	    DMARC("example.com", "p=none; psd=y") DMARC("com", "p=none"),
	    "example.com by the walk", 1 },
	{ "4.10.2: psd=y beats a shorter record", "giant.bank.example",
	    DMARC("bank.example", "p=none; psd=y")
	    DMARC("example", "p=none; psd=n"),
	    "giant.bank.example by the walk", 2 },
	{ "4.10.2: one label below psd=y, though never asked for", TEN_LABELS,
	    DMARC("d.e.f.g.h.example.com", "p=none; psd=y"),
	    "c.d.e.f.g.h.example.com by the walk", 2 },
	{ "4.10.2: the domain itself alone has a record",
	    "mail.example.com", DMARC("mail.example.com", "p=none"),
	    "mail.example.com by the walk", 3 },
	{ "4.10.2: psd=n of a record that cannot be applied",
	    "a.mail.example.com", DMARC("mail.example.com", "psd=n")
	    DMARC("example.com", "p=none"), "mail.example.com by the walk",
	    2 },
	{ "4.10.2: psd=y of a record that cannot be applied",
	    "a.mail.example.com", DMARC("example.com", "psd=y"),
	    "mail.example.com by the walk", 3 },
	{ "no record: the suffix list", "a.mail.example.co.uk", "",
	    "example.co.uk by the suffix list", 5 },
	{ "no record to apply: the suffix list", "a.mail.example.com",
	    DMARC("mail.example.com", "p=x")
	    DMARC("a.mail.example.com", "p=x"),
	    "example.com by the suffix list", 4 },
	{ "no record, and it is a suffix", "co.uk", "", "co.uk by itself",
	    2 },
	{ "no record, and one label", "localhost", "", "localhost by itself",
	    1 },
	{ "an address literal", "[192.0.2.1]", "", "[192.0.2.1] by itself",
	    0 },
	{ "ten labels, no record", TEN_LABELS, "",
	    "example.com by the suffix list", 8 },
	{ "7: a name on the way does not answer", "a.mail.example.com",
	    AT("mail.example.com", "!TIMEOUT") DMARC("example.com", "p=none"),
	    "fault", 2 },
	{ "7: one above the end does not matter", "mail.example.com",
	    DMARC("mail.example.com", "p=none; psd=n")
	    AT("example.com", "!TIMEOUT"), "mail.example.com by the walk",
	    1 },
	{ "7: a public suffix does not answer", "mail.example.com",
	    DMARC("example.com", "p=none") AT("com", "!TIMEOUT"),
	    "example.com by the walk", 3 },
};

static void
policies_are_discovered_4_10_1(void **state)
{
	(void)state;
	walk_check(walk_policy, policies, ARRAY_LEN(policies));
}

static void
obstacles_are_told_of_4_10_1(void **state)
{
	(void)state;
	walk_check(walk_policy, obstacles, ARRAY_LEN(obstacles));
}

static void
missing_domains_have_their_policy_3_2_13(void **state)
{
	(void)state;
	walk_check(walk_policy, missing, ARRAY_LEN(missing));
}

static void
organizations_are_found_4_10_2(void **state)
{
	(void)state;
	walk_check(walk_org, organizations, ARRAY_LEN(organizations));
}

/* The names of 4.10, in that order. */
static void
at_most_eight_questions_are_asked_4_10(void **state)
{
	static const char *const names[] = {
		"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
		"_dmarc.g.h.i.j.mail.example.com",
		"_dmarc.h.i.j.mail.example.com",
		"_dmarc.i.j.mail.example.com",
		"_dmarc.j.mail.example.com",
		"_dmarc.mail.example.com",
		"_dmarc.example.com",
		"_dmarc.com",
	};
	struct arena *arena = *state;
	struct wait *wait = wait_new();
	struct dns_held held;
	struct dns_view *view;

	dns_held_init(&held);
	view = dns_view_new(arena, &held.source, wait);
	assert_null(walk_policy(arena, view,
	    "a.b.c.d.e.f.g.h.i.j.mail.example.com"));
	assert_null(walk_org(arena, view,
	    "a.b.c.d.e.f.g.h.i.j.mail.example.com"));
	assert_int_equal(held.asked, ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(str_is(dns_query_name(held.queries[i]), names[i]));
		assert_int_equal(held.queries[i]->type, DNS_TXT);
	}
	dns_held_done(&held);
	wait_unref(&wait);
}

/* What cannot change the outcome any more is not waited for. */
static void
answers_that_decide_are_enough(void **state)
{
	static const struct {
		const char *sentence;
		walk_fn *walk;
		size_t number;		/* the question that is answered */
		const char *answer;
		const char *says;	/* NULL: it waits on */
	} cases[] = {
		{ "the author domain's own record gives the policy",
		    walk_policy, 0, "v=DMARC1; p=reject",
		    "reject by p= of a.example.com" },
		{ "but not the organizational domain", walk_org, 0,
		    "v=DMARC1; p=reject", NULL },
		{ "with psd=n it does", walk_org, 0,
		    "v=DMARC1; p=reject; psd=n", "a.example.com by the walk" },
		{ "a record that is no DMARC decides nothing", walk_policy, 0,
		    "v=spf1 -all", NULL },
		{ "psd=n above decides nothing, while below is open",
		    walk_org, 1, "v=DMARC1; p=reject; psd=n", NULL },
	};
	struct arena *arena = *state;
	struct wait *wait = wait_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_held held;
		struct dns_view *view;
		const char *said;

		dns_held_init(&held);
		view = dns_view_new(arena, &held.source, wait);
		assert_null(cases[i].walk(arena, view, "a.example.com"));
		assert_int_equal(held.asked, 3);
		dns_held_answer(held.queries[cases[i].number],
		    str_from(cases[i].answer));
		said = cases[i].walk(arena, view, "a.example.com");
		if ((said == NULL) != (cases[i].says == NULL) ||
		    (said != NULL && strcmp(said, cases[i].says) != 0))
			fail_msg("%s: %s", cases[i].sentence,
			    said != NULL ? said : "waits");
		assert_int_equal(held.asked, 3);
		dns_held_done(&held);
	}
	wait_unref(&wait);
}

/* The deadline of the message is there: the walk ends, with a fault where an
 * answer that decides is missing. */
static void
nothing_is_waited_for_after_the_deadline(void **state)
{
	struct arena *arena = *state;
	struct wait *wait = wait_new();
	struct dns_held held;
	struct dns_view *view;

	dns_held_init(&held);
	view = dns_view_new(arena, &held.source, wait);
	assert_null(walk_policy(arena, view, "a.example.com"));
	dns_held_answer(held.queries[1], STR("v=DMARC1; p=reject"));
	dns_view_give_up(view);
	assert_string_equal(walk_policy(arena, view, "a.example.com"),
	    "fault, no answer for _dmarc.a.example.com: no answer in time; "
	    "perhaps reject by sp= of example.com");
	assert_string_equal(walk_org(arena, view, "a.example.com"), "fault");
	dns_held_done(&held);
	wait_unref(&wait);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_discovered_4_10_1),
		cmocka_unit_test(obstacles_are_told_of_4_10_1),
		cmocka_unit_test(missing_domains_have_their_policy_3_2_13),
		cmocka_unit_test(organizations_are_found_4_10_2),
		ARENA_TEST(at_most_eight_questions_are_asked_4_10),
		ARENA_TEST(answers_that_decide_are_enough),
		ARENA_TEST(nothing_is_waited_for_after_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
