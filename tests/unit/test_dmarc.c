/* SPDX-License-Identifier: ISC */
/* test_dmarc.c - pass, fail, and what is open (RFC 9989 4.4, 4.10.2, 5.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dmarc_bench.h"
#include "fixture.h"

/* Records of the author's organization. */
#define AT(name, record) "_dmarc." name "\tTXT\tv=DMARC1; " record "\n"
#define REJECT AT("example.org", "p=reject")
#define STRICT AT("example.org", "p=reject; adkim=s; aspf=s")
#define SILENT(name) "_dmarc." name "\tTXT\t!TIMEOUT\n"

struct dmarc_case {
	const char *sentence;
	struct dmarc_trial trial;
	const char *says;
	size_t asked;		/* questions */
	const char *reason;	/* NULL: not looked at here */
};

static void
check(struct arena *arena, const struct dmarc_case *c)
{
	size_t asked;
	const struct dmarc_verdict *verdict = dmarc_trial_run(arena, &c->trial,
	    &asked);

	if (strcmp(dmarc_say(arena, verdict), c->says) != 0)
		fail_msg("%s: %s", c->sentence, dmarc_say(arena, verdict));
	if (asked != c->asked)
		fail_msg("%s: %zu questions", c->sentence, asked);
	assert_non_null(verdict->reason);
	if (c->reason != NULL && strcmp(verdict->reason, c->reason) != 0)
		fail_msg("%s: %s", c->sentence, verdict->reason);
}

static const struct dmarc_case alignment[] = {
	{ "4.4: SPF of the same domain, and no walk (4.10.2)",
	    { REJECT, "example.org", "pass example.org", "", false },
	    "pass p=reject spf: none", 1,
	    "aligned with example.org: SPF of example.org" },
	{ "4.4: DKIM of the same domain",
	    { REJECT, "example.org", "none example.net", "pass example.org", false },
	    "pass p=reject dkim: none", 1,
	    "aligned with example.org: DKIM of example.org" },
	{ "4.4: both", { REJECT, "example.org", "pass example.org",
	    "pass example.org", false }, "pass p=reject spf dkim: none", 1,
	    "aligned with example.org: DKIM of example.org and SPF of "
	    "example.org" },
	{ "4.4: domains have no case, and U-labels are A-labels (5.3.1)",
	    { AT("xn--bcher-kva.example", "p=reject"), "xn--bcher-kva.example",
	    "pass B\xc3\xbc" "cher.EXAMPLE", "pass XN--BCHER-KVA.example.", false },
	    "pass p=reject spf dkim: none", 1, NULL },
	{ "4.4: relaxed, below the author domain",
	    { REJECT, "example.org", "pass bounce.example.org", "", false },
	    "pass p=reject spf: none", 3, NULL },
	{ "4.4: relaxed, above the author domain",
	    { REJECT, "mail.example.org", "none example.net",
	    "pass example.org", false }, "pass sp=reject dkim: none", 3, NULL },
	{ "4.4: relaxed, beside it", { REJECT, "a.example.org",
	    "pass b.example.org", "", false }, "pass sp=reject spf: none", 4, NULL },
	{ "4.4: strict, the same domain", { STRICT, "example.org",
	    "pass example.org", "pass example.org", false },
	    "pass p=reject spf dkim: none", 1, NULL },
	{ "4.4: strict, below it: no walk is worth it", { STRICT,
	    "example.org", "pass bounce.example.org", "pass a.example.org", false },
	    "fail p=reject: reject", 1, "neither SPF nor DKIM vouches for "
	    "it (SPF passes for bounce.example.org, which aspf=s rules out, "
	    "DKIM passes for a.example.org, which adkim=s rules out)" },
	{ "4.7: adkim=s leaves SPF alone", { AT("example.org",
	    "p=reject; adkim=s"), "example.org", "pass a.example.org",
	    "pass a.example.org", false }, "pass p=reject spf: none", 3, NULL },
	{ "4.7: aspf=s leaves DKIM alone", { AT("example.org",
	    "p=reject; aspf=s"), "example.org", "pass a.example.org",
	    "pass a.example.org", false }, "pass p=reject dkim: none", 3, NULL },
	{ "4.4: another domain of the same suffix: its walk is not asked for",
	    { REJECT, "example.org", "pass evil.org", "", false },
	    "fail p=reject: reject", 2, NULL },
	{ "4.4: a domain of another suffix: not even the author's is", { REJECT,
	    "example.org", "pass bounce.example.net", "fail example.org", false },
	    "fail p=reject: reject", 1, "neither SPF nor DKIM vouches for "
	    "it (SPF passes for bounce.example.net, DKIM fails for "
	    "example.org)" },
	{ "4.4: a name that only ends like it", { REJECT, "example.org", NULL,
	    "pass badexample.org", false }, "fail p=reject: reject", 2, NULL },
	{ "a first label of one letter is no wildcard (bypass of libopendmarc)",
	    { AT("x.com", "p=reject"), "x.com", "pass evil.com",
	    "pass evil.com", false }, "fail p=reject: reject", 2, NULL },
	{ "nor is one of the signer", { AT("evil.com", "p=reject"), "evil.com",
	    "pass x.com", "pass x.com", false }, "fail p=reject: reject", 2, NULL },
	{ "a public suffix vouches for nobody below it", { AT("example.com",
	    "p=reject"), "example.com", "pass com", "pass com", false },
	    "fail p=reject: reject", 2, NULL },
	{ "nor a private one", { AT("joe.github.io", "p=reject"),
	    "joe.github.io", "none joe.github.io", "pass github.io", false },
	    "fail p=reject: reject", 3, NULL },
	{ "a failed signature of the domain itself behind one that is aligned "
	    "takes nothing away", { REJECT, "example.org", NULL,
	    "pass a.example.org, fail example.org", false },
	    "pass p=reject dkim: none", 3, NULL },
	{ "4.4.1: the last of ten signatures is enough", { REJECT,
	    "example.org", NULL, "pass a.net, pass b.net, fail example.org, "
	    "pass d.net, pass e.net, pass f.net, pass g.net, pass h.net, "
	    "pass i.net, pass example.org", false },
	    "pass p=reject dkim: none", 1, NULL },
	{ "one that is aligned makes the walks of others needless", { REJECT,
	    "example.org", NULL, "pass example.org, pass a.example.org, "
	    "pass b.example.org", false }, "pass p=reject dkim: none", 1, NULL },
	{ "a domain that is no name is nobody's", { REJECT, "example.org",
	    "pass ex ample.org", "pass example..org, pass , pass -", false },
	    "fail p=reject: reject", 1, NULL },
};

static const struct dmarc_case boundaries[] = {
	{ "4.10.2: psd=n at the signer: another organization below ours",
	    { REJECT AT("sub.example.org", "p=none; psd=n"), "example.org",
	    NULL, "pass sub.example.org", false }, "fail p=reject: reject", 3, NULL },
	{ "4.10.2: psd=n above the author: what stands above is another's",
	    { REJECT AT("sub.example.org", "p=reject; psd=n"),
	    "a.sub.example.org", NULL, "pass example.org", false },
	    "fail sp=reject: reject", 2, NULL },
	{ "4.10.2: within it they are one", { REJECT AT("sub.example.org",
	    "p=reject; psd=n"), "a.sub.example.org", NULL,
	    "pass b.sub.example.org", false }, "pass sp=reject dkim: none", 3, NULL },
	{ "4.10.2: psd=y: two customers of one registry", { AT("bank.example",
	    "p=reject; psd=y") AT("giant.bank.example", "p=reject"),
	    "giant.bank.example", "pass mega.bank.example", "", false },
	    "fail p=reject: reject", 2, NULL },
	{ "4.10.2: psd=y: the registry is not its customer",
	    { AT("bank.example", "p=reject; psd=y") AT("giant.bank.example",
	    "p=reject"), "giant.bank.example", "pass bank.example", "", false },
	    "fail p=reject: reject", 2, NULL },
	{ "4.10.2: psd=y: within one customer",
	    { AT("bank.example", "p=reject; psd=y"), "giant.bank.example",
	    "pass mail.giant.bank.example", "", false },
	    "pass sp=reject spf: none", 3, NULL },
	{ "4.10.2: a registry's own mail, psd=y where the walk starts",
	    { AT("bank.example", "p=reject; psd=y"), "bank.example",
	    "pass bank.example", "", false }, "pass p=reject spf: none", 1, NULL },
	{ "4.10.2: its customer does not vouch for it",
	    { AT("bank.example", "p=reject; psd=y"), "bank.example",
	    "pass giant.bank.example", "", false },
	    "fail p=reject: reject", 2, NULL },
	{ "4.10.2: the record with the fewest labels is the organization",
	    { REJECT AT("a.example.org", "p=none"), "a.example.org", NULL,
	    "pass b.example.org", false }, "pass p=none dkim: none", 4, NULL },
	{ "4.10: no walk asks more than eight names: the author's and the "
	    "signer's", { REJECT, "a.b.c.d.e.f.g.h.i.example.org", NULL,
	    "pass 1.2.3.4.5.6.7.8.9.example.org", false },
	    "pass sp=reject dkim: none", 14, NULL },
};

static const struct dmarc_case wishes[] = {
	{ "no record", { "", "example.org", "pass example.org", "", false },
	    "none no record: none", 2,
	    "no DMARC record applies to example.org" },
	{ "4.10.1: a record that cannot be applied is none", { AT(
	    "example.org", "adkim=s"), "example.org", "fail example.org", "", false },
	    "none no record: none", 1, "no DMARC record applies to "
	    "example.org: p= is missing at _dmarc.example.org" },
	{ "4.10: several are none", { REJECT REJECT, "example.org", NULL, "", false },
	    "none no record: none", 1, "no DMARC record applies to "
	    "example.org: several DMARC records at _dmarc.example.org" },
	{ "p=none", { AT("example.org", "p=none"), "example.org",
	    "softfail example.org", NULL, false }, "fail p=none: none", 1,
	    "neither SPF nor DKIM vouches for it (SPF is softfail for "
	    "example.org, DKIM was not judged)" },
	{ "p=quarantine", { AT("example.org", "p=quarantine"), "example.org",
	    NULL, "", false }, "fail p=quarantine: quarantine", 1, "neither SPF "
	    "nor DKIM vouches for it (SPF was not judged, no DKIM signature)" },
	{ "4.7: sp= for a subdomain that exists", { AT("example.org",
	    "p=reject; sp=quarantine; np=none")
	    "a.example.org\tA\t192.0.2.1\n", "a.example.org", NULL, "", false },
	    "fail sp=quarantine: quarantine", 4, NULL },
	{ "4.7: np= for one that does not", { AT("example.org",
	    "p=none; sp=quarantine; np=reject"), "a.example.org", NULL, "", false },
	    "fail np=reject: reject", 4, NULL },
	{ "4.7: t=y makes reject quarantine", { AT("example.org",
	    "p=reject; t=y"), "example.org", NULL, "", false },
	    "fail p=reject: quarantine", 1, NULL },
	{ "4.7: t=y makes quarantine none", { AT("example.org",
	    "p=quarantine; t=y"), "example.org", NULL, "", false },
	    "fail p=quarantine: none", 1, NULL },
	{ "4.7: t=y leaves none alone", { AT("example.org", "p=none; t=y"),
	    "example.org", NULL, "", false }, "fail p=none: none", 1, NULL },
	{ "4.7: t=y of the subdomain's policy", { AT("example.org",
	    "p=none; sp=reject; t=y"), "a.example.org", NULL, "", false },
	    "fail sp=reject: quarantine", 3, NULL },
	{ "A.6: pct= is no tag any more", { AT("example.org",
	    "p=reject; pct=0"), "example.org", NULL, "", false },
	    "fail p=reject: reject", 1, NULL },
	{ "a reason names three signatures", { REJECT, "example.org",
	    "neutral example.org", DMARC_TEN("permerror a.example"), false },
	    "fail p=reject: reject", 1, "neither SPF nor DKIM vouches for "
	    "it (SPF is neutral for example.org, DKIM is permerror for "
	    "a.example, DKIM is permerror for a.example, DKIM is permerror for "
	    "a.example, and 7 more signatures)" },
};

static const struct dmarc_case faults[] = {
	{ "5.3.6: no answer for the record", { SILENT("example.org"),
	    "example.org", "pass example.org", "pass example.org", false },
	    "temperror no record: none", 2,
	    "no answer for _dmarc.example.org: the zone file says !TIMEOUT" },
	{ "a forger picks a name that does not answer: the record above it "
	    "counts as far as it is known", { REJECT SILENT("lame.example.org"),
	    "lame.example.org", "pass evil.org", "pass evil.org", false },
	    "temperror sp=reject: reject undecided", 3,
	    "no answer for _dmarc.lame.example.org: the zone file says "
	    "!TIMEOUT" },
	{ "that it asks for nothing", { AT("example.org", "p=none")
	    SILENT("lame.example.org"), "lame.example.org", "pass evil.org",
	    "", false }, "temperror sp=none: none undecided", 3, NULL },
	{ "not against SPF of the author domain", { REJECT
	    SILENT("lame.example.org"), "lame.example.org",
	    "pass lame.example.org", "", false }, "temperror no record: none",
	    3, NULL },
	{ "nor against DKIM of the domain above, which may be aligned", {
	    REJECT SILENT("lame.example.org"), "lame.example.org",
	    "fail evil.org", "fail evil.org, pass example.org", false },
	    "temperror no record: none", 3, NULL },
	{ "a signature that fails, and no domain at all, are nothing", {
	    REJECT SILENT("lame.example.org"), "lame.example.org", "pass ",
	    "fail example.org", false },
	    "temperror sp=reject: reject undecided", 3, NULL },
	{ "5.3.6: SPF of the domain itself is open", { REJECT, "example.org",
	    "temperror example.org", "", false },
	    "temperror p=reject: reject undecided", 1, "neither SPF nor "
	    "DKIM vouches for it, but not all could be judged (SPF is "
	    "temperror for example.org, no DKIM signature)" },
	{ "so is the key of an aligned signature", { AT("example.org",
	    "p=quarantine"), "example.org", "fail example.org",
	    "pass example.net, temperror a.example.org", false },
	    "temperror p=quarantine: quarantine undecided", 3, NULL },
	{ "an aligned pass makes what is open not matter", { REJECT,
	    "example.org", "temperror example.org",
	    "temperror example.org, pass example.org", false },
	    "pass p=reject dkim: none", 1, NULL },
	{ "what is open of another domain does not matter, and is not asked "
	    "for", { REJECT, "example.org", "temperror example.net",
	    "temperror mail.example.net", false }, "fail p=reject: reject", 1, NULL },
	{ "nor what is open of another domain of the same suffix", { REJECT,
	    "example.org", "temperror evil.org", "", false },
	    "fail p=reject: reject", 2, NULL },
	{ "nor what strict alignment rules out", { STRICT, "example.org",
	    "temperror a.example.org", "temperror b.example.org", false },
	    "fail p=reject: reject", 1, NULL },
	{ "nor what another organization below ours has open", { REJECT
	    AT("sub.example.org", "p=none; psd=n"), "example.org",
	    "temperror sub.example.org", NULL, false },
	    "fail p=reject: reject", 3, NULL },
	{ "a check that could not run might have found something", { REJECT,
	    "example.org", NULL, "fail example.org", true },
	    "temperror p=reject: reject undecided", 1, "neither SPF nor "
	    "DKIM vouches for it, but not all could be judged (SPF was not "
	    "judged, DKIM fails for example.org, a check could not run)" },
	{ "unless the other one did", { REJECT, "example.org", NULL,
	    "pass example.org", true },
	    "pass p=reject dkim: none", 1, NULL },
	{ "t=y counts for what is open, too", { AT("example.org",
	    "p=reject; t=y"), "example.org", "temperror example.org", "", false },
	    "temperror p=reject: quarantine undecided", 1, NULL },
	{ "4.10.2: the walk of a signer is open", { REJECT
	    SILENT("a.example.org"), "example.org", NULL,
	    "pass a.example.org", false }, "temperror p=reject: reject undecided", 3,
	    "neither SPF nor DKIM vouches for it, but not all could be judged "
	    "(SPF was not judged, DKIM passes for a.example.org, whose "
	    "organizational domain the DNS does not tell)" },
	{ "and does not matter where another signer is aligned", { REJECT
	    SILENT("a.example.org"), "example.org", NULL,
	    "pass a.example.org, pass b.example.org", false },
	    "pass p=reject dkim: none", 4, NULL },
	{ "the organization of an author with a record is open: equal names "
	    "need none", { AT("a.example.org", "p=reject")
	    SILENT("example.org"), "a.example.org", "pass a.example.org",
	    "pass b.example.org", false }, "pass p=reject spf: none", 2, NULL },
	{ "others may be of it", { AT("a.example.org", "p=reject")
	    SILENT("example.org"), "a.example.org", "none a.example.org",
	    "pass b.example.org", false }, "temperror p=reject: reject undecided",
	    2, NULL },
	{ "or are surely not", { AT("a.example.org", "p=reject")
	    SILENT("example.org"), "a.example.org", "pass example.net",
	    "pass example.net", false }, "fail p=reject: reject", 1, NULL },
};

static void
identifiers_are_aligned_or_not(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(alignment); i++)
		check(*state, &alignment[i]);
}

static void
records_draw_boundaries(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(boundaries); i++)
		check(*state, &boundaries[i]);
}

static void
the_domain_wishes_what_its_tags_say(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++)
		check(*state, &wishes[i]);
}

static void
what_is_open_counts_if_it_can_matter(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		check(*state, &faults[i]);
}

/* What SPF or DKIM can say besides pass proves nothing (4.4.1, 4.4.2). */
static void
pass_alone_counts(void **state)
{
	for (int i = RESULT_NONE; i < RESULT_TEMPERROR; i++) {
		const char *word = arena_printf(*state, "%s example.org",
		    result_text((enum result)i));
		struct dmarc_case c = { word, { REJECT, "example.org", word,
		    word, false }, "fail p=reject: reject", 1, NULL };

		if (i == RESULT_PASS)
			c.says = "pass p=reject spf dkim: none";
		check(*state, &c);
	}
}

/* The worst a sender can make of it: a long author domain, ten signers and a
 * bounce domain, each as long, within it, of an organization of its own. */
static void
the_questions_of_one_message_are_bounded(void **state)
{
	struct dmarc_trial trial = { .author = "a.b.c.d.e.f.g.h.x.org",
		.spf = "pass 0.1.2.3.4.5.spf.x.org" };
	struct buf zone, dkim;
	size_t asked;

	buf_init(&zone, *state);
	buf_init(&dkim, *state);
	buf_add_text(&zone, AT("x.org", "p=reject; np=none")
	    AT("spf.x.org", "psd=y"));
	for (int i = 0; i < DKIM_SIGNATURES_MAX; i++) {
		buf_printf(&zone, AT("k%d.x.org", "psd=y"), i);
		buf_printf(&dkim, "%spass 0.1.2.3.4.5.k%d.x.org",
		    i != 0 ? ", " : "", i);
	}
	trial.zone = buf_str(&zone).data;
	trial.dkim = buf_str(&dkim).data;
	assert_string_equal(dmarc_say(*state, dmarc_trial_run(*state, &trial,
	    &asked)), "fail np=none: none");
	assert_int_equal(asked, DMARC_WALK_MAX + 1 +
	    (1 + DKIM_SIGNATURES_MAX) * (DMARC_WALK_MAX - 2));
	printf("counted: DMARC: %zu questions at worst, for a long author "
	    "domain with a bounce domain and ten signers below it\n", asked);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(identifiers_are_aligned_or_not),
		ARENA_TEST(records_draw_boundaries),
		ARENA_TEST(the_domain_wishes_what_its_tags_say),
		ARENA_TEST(what_is_open_counts_if_it_can_matter),
		ARENA_TEST(pass_alone_counts),
		ARENA_TEST(the_questions_of_one_message_are_bounded),
	};

	return cmocka_run_group_tests_name("dmarc", tests, NULL, NULL);
}
