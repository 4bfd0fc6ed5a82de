/* SPDX-License-Identifier: ISC */
/* test_spf.c - SPF: the verdict, its reason, the explanation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns_query.h"
#include "fixture.h"
#include "spf_bench.h"

#define ORG "example.org\tTXT\t"
#define NET "example.net\tTXT\t"
#define REVERSE "7.2.0.192.in-addr.arpa\tPTR\t"
#define LABEL63 "a23456789012345678901234567890123456789012345678901234567890123"

struct spf_case {
	const char *sentence;
	struct spf_asker asker;
	const char *zone;
	enum result result;
	const char *reason;
	const char *explanation;
};

static void
check_cases(struct arena *arena, const struct spf_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct spf_case *wanted = &cases[i];

		spf_bench_check_same(wanted->sentence, spf_bench_judge(arena,
		    wanted->zone, &wanted->asker, NULL),
		    &(struct spf_verdict){ .result = wanted->result,
			.reason = wanted->reason,
			.explanation = wanted->explanation });
	}
}

/* --- RFC 7208 4.3, 4.4: the domain and its record ----------------------------- */

static const struct spf_case domains[] = {
	{ "no domain has no record", { .domain = "" }, "",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "the root has none", { .domain = "." }, "",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "one label is not enough", { .domain = "localhost" },
	    "localhost\tTXT\tv=spf1 +all\n",
	    RESULT_NONE, "localhost has one label alone", NULL },
	{ "odd bytes make no domain", { .domain = "a\\046b.org" },
	    "a\\046b.org\tTXT\tv=spf1 +all\n",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "a comment is no part of a domain",
	    { .domain = "example.org(x.net" },
	    "example.org(x.net\tTXT\tv=spf1 +all\n",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "U-labels are asked for as A-labels (RFC 8616 4)",
	    { .domain = "b\xc3\xbc" "cher.org" },
	    "xn--bcher-kva.org\tTXT\tv=spf1 exists:%{o}.at.%{d} -all\n"
	    "xn--bcher-kva.org.at.xn--bcher-kva.org\tA\t127.0.0.1\n",
	    RESULT_PASS, "exists:%{o}.at.%{d} of xn--bcher-kva.org", NULL },
	{ "empty labels make no name", { .domain = "a..example.org" }, "",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "two final dots are an empty label", { .domain = "example.org.." },
	    ORG "v=spf1 +all\n",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "one final dot is nothing", { .domain = "example.org." },
	    ORG "v=spf1 +all\n", RESULT_PASS, "+all of example.org", NULL },
	{ "... for macros too", { .domain = "Example.org." },
	    ORG "v=spf1 exists:%{o}.at.%{d}.x.org -all\n"
	    "example.org.at.example.org.x.org\tA\t127.0.0.1\n",
	    RESULT_PASS, "exists:%{o}.at.%{d}.x.org of example.org", NULL },
	{ "63 bytes are a label", { .domain = LABEL63 ".org" },
	    LABEL63 ".org\tTXT\tv=spf1 +all\n",
	    RESULT_PASS, "+all of " LABEL63 ".org", NULL },
	{ "64 bytes are none", { .domain = LABEL63 "4.org" }, "",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "a literal is no domain", { .domain = "[192.0.2.7]" }, "",
	    RESULT_NONE, "no valid domain name was given", NULL },
	{ "no name", { .domain = "example.org" }, "",
	    RESULT_NONE, "example.org does not exist", NULL },
	{ "no TXT", { .domain = "example.org" }, "example.org\tA\t192.0.2.7\n",
	    RESULT_NONE, "example.org has no SPF record", NULL },
	{ "no TXT that is ours (4.5)", { .domain = "example.org" },
	    ORG "v=spf10 +all\n" ORG "v=spf2 +all\n" ORG "v=spf1\\x00 +all\n",
	    RESULT_NONE, "example.org has no SPF record", NULL },
	{ "one of three is ours (4.5)", { .domain = "example.org" },
	    ORG "v=spf10 +all\n" ORG "V=SPF1 -all\n" ORG "\\x00\\xff\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "two are too many (4.5)", { .domain = "example.org" },
	    ORG "v=spf1 +all\n" ORG "v=spf1 a\n",
	    RESULT_PERMERROR, "example.org has several SPF records", NULL },
	{ "the DNS fails (4.4)", { .domain = "example.org" },
	    ORG "!SERVFAIL\n",
	    RESULT_TEMPERROR, "the DNS fails for example.org", NULL },
	{ "the DNS is silent (4.4)", { .domain = "example.org" },
	    ORG "!TIMEOUT\n",
	    RESULT_TEMPERROR, "the DNS is silent about example.org", NULL },
	{ "a CNAME leads to the record", { .domain = "example.org" },
	    "example.org\tCNAME\tx.example.net\n"
	    "x.example.net\tTXT\tv=spf1 +all\n",
	    RESULT_PASS, "+all of example.org", NULL },
	{ "a CNAME that leads to itself is a fault", { .domain = "loop.org" },
	    "loop.org\tCNAME\tloop.org\n",
	    RESULT_TEMPERROR, "the DNS fails for loop.org", NULL },
	{ "NUL in a record (4.6)", { .domain = "example.org" },
	    ORG "v=spf1 a:x.org\\x00 +all\n",
	    RESULT_PERMERROR, "the record of example.org: byte 0x00 cannot "
	    "stand in a record", NULL },
	{ "a byte beyond ASCII in a record (4.6)", { .domain = "example.org" },
	    ORG "v=spf1 +all \\xc3\\xa9\n",
	    RESULT_PERMERROR, "the record of example.org: byte 0xc3 cannot "
	    "stand in a record", NULL },
	{ "a bad term behind all (4.6)", { .domain = "example.org" },
	    ORG "v=spf1 +all a:\n",
	    RESULT_PERMERROR, "the record of example.org: 'a:': the domain is "
	    "empty", NULL },
	{ "nothing matches (4.7)", { .domain = "example.org" },
	    ORG "v=spf1\n", RESULT_NEUTRAL, "no term of example.org", NULL },
};

/* --- RFC 7208 5: mechanisms --------------------------------------------------- */

#define SIX "2001:db8::7"

static const struct spf_case mechanisms[] = {
	{ "the first match decides (4.6.2)", { .client = NULL },
	    ORG "v=spf1 ?ip4:192.0.2.0/24 ~all\n",
	    RESULT_NEUTRAL, "?ip4:192.0.2.0/24 of example.org", NULL },
	{ "softfail", { .client = NULL }, ORG "v=spf1 ip4:192.0.2.8 ~all\n",
	    RESULT_SOFTFAIL, "~all of example.org", NULL },
	{ "a prefix that ends within a byte", { .client = NULL },
	    ORG "v=spf1 ip4:192.0.2.8/29 ip4:192.0.2.0/29 -all\n",
	    RESULT_PASS, "ip4:192.0.2.0/29 of example.org", NULL },
	{ "ip6, whose client is IPv6", { .client = SIX },
	    ORG "v=spf1 ip4:0.0.0.0/0 ip6:2001:db8::/33 -all\n",
	    RESULT_PASS, "ip6:2001:db8::/33 of example.org", NULL },
	{ "an IPv4-mapped client is IPv4 (5)",
	    { .client = "::ffff:192.0.2.7" },
	    ORG "v=spf1 ip6:::/0 ip4:192.0.2.7 -all\n",
	    RESULT_PASS, "ip4:192.0.2.7 of example.org", NULL },
	{ "the local host has no privilege", { .client = "127.0.0.1" },
	    ORG "v=spf1 -all\n", RESULT_FAIL, "-all of example.org", NULL },
	{ "a (5.3)", { .client = NULL }, ORG "v=spf1 a/28 -all\n"
	    "example.org\tA\t192.0.2.1\n",
	    RESULT_PASS, "a/28 of example.org", NULL },
	{ "a of an IPv6 client asks for AAAA (5.3)", { .client = SIX },
	    ORG "v=spf1 a//64 -all\nexample.org\tA\t192.0.2.7\n"
	    "example.org\tAAAA\t2001:db8::1\n",
	    RESULT_PASS, "a//64 of example.org", NULL },
	{ "a/0 needs an address (5.6)", { .client = NULL },
	    ORG "v=spf1 a:x.example.org/0 a:y.example.org/0 -all\n"
	    "y.example.org\tA\t198.51.100.1\n",
	    RESULT_PASS, "a:y.example.org/0 of example.org", NULL },
	{ "a whose DNS fails (5.3)", { .client = NULL },
	    ORG "v=spf1 a:x.org +all\nx.org\tA\t!TIMEOUT\n",
	    RESULT_TEMPERROR, "the DNS is silent about x.org (a:x.org of "
	    "example.org)", NULL },
	{ "mx (5.4)", { .client = NULL },
	    ORG "v=spf1 mx -all\nexample.org\tMX\t10 a.org\n"
	    "example.org\tMX\t20 b.org\nb.org\tA\t192.0.2.7\n",
	    RESULT_PASS, "mx of example.org", NULL },
	{ "mx: the A of the domain itself is none (5.4)", { .client = NULL },
	    ORG "v=spf1 mx -all\nexample.org\tA\t192.0.2.7\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "mx: one host whose DNS fails, and none matches",
	    { .client = NULL }, ORG "v=spf1 mx -all\n"
	    "example.org\tMX\t10 a.org\nexample.org\tMX\t20 b.org\n"
	    "a.org\tA\t!SERVFAIL\nb.org\tA\t192.0.2.8\n",
	    RESULT_TEMPERROR, "the DNS fails for a.org (mx of example.org)",
	    NULL },
	{ "mx: one host whose DNS fails, and one matches",
	    { .client = NULL }, ORG "v=spf1 mx -all\n"
	    "example.org\tMX\t10 a.org\nexample.org\tMX\t20 b.org\n"
	    "a.org\tA\t!SERVFAIL\nb.org\tA\t192.0.2.7\n",
	    RESULT_PASS, "mx of example.org", NULL },
	{ "mx: the null MX has no host", { .client = NULL },
	    ORG "v=spf1 mx -all\nexample.org\tMX\t0 .\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "ptr (5.5)", { .client = NULL }, ORG "v=spf1 ptr -all\n"
	    REVERSE "mail.Example.ORG\nmail.example.org\tA\t192.0.2.7\n",
	    RESULT_PASS, "ptr of example.org", NULL },
	{ "ptr: a name that does not lead back (5.5)", { .client = NULL },
	    ORG "v=spf1 ptr -all\n"
	    REVERSE "mail.example.org\nmail.example.org\tA\t192.0.2.8\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "ptr: a suffix that is no label (5.5)", { .client = NULL },
	    ORG "v=spf1 ptr -all\n"
	    REVERSE "myexample.org\nmyexample.org\tA\t192.0.2.7\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "ptr: faults are passed over (5.5)", { .client = NULL },
	    ORG "v=spf1 ptr -all\n"
	    REVERSE "a.example.org\n" REVERSE "b.example.org\n"
	    "a.example.org\tA\t!SERVFAIL\nb.example.org\tA\t192.0.2.7\n",
	    RESULT_PASS, "ptr of example.org", NULL },
	{ "ptr: a fault of the reverse zone is no match (5.5)",
	    { .client = NULL }, ORG "v=spf1 ptr -all\n" REVERSE "!TIMEOUT\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "exists asks for A, also for IPv6 (5.7)", { .client = SIX },
	    ORG "v=spf1 exists:%{ir}.ok.org -all\n"
	    "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	    ".ok.org\tA\t127.0.0.2\n",
	    RESULT_PASS, "exists:%{ir}.ok.org of example.org", NULL },
	{ "a macro whose outcome is no name matches nothing (4.8)",
	    { .local = "a..b" },
	    ORG "v=spf1 exists:%{l}.a.org exists:%{l}.b.org a:%{l}.c.org "
	    "mx:%{l}.d.org ptr:%{l}.e.org ~all\n",
	    RESULT_SOFTFAIL, "~all of example.org", NULL },
	{ "a macro's outcome with two final dots is no name (4.8)",
	    { .local = "x.org.." }, ORG "v=spf1 exists:%{l} ~all\n"
	    "x.org\tA\t127.0.0.2\n",
	    RESULT_SOFTFAIL, "~all of example.org", NULL },
	{ "a backslash of the sender is no escape", { .local = "\\120" },
	    ORG "v=spf1 exists:%{l}.a.org -all\nx.a.org\tA\t127.0.0.2\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "... but a byte", { .local = "\\120" },
	    ORG "v=spf1 exists:%{l}.a.org -all\n"
	    "\\\\120.a.org\tA\t127.0.0.2\n",
	    RESULT_PASS, "exists:%{l}.a.org of example.org", NULL },
	{ "a local part beyond ASCII matches nothing (RFC 8616 4)",
	    { .local = "\xc3\xbc" },
	    ORG "v=spf1 exists:%{l}.a.org a:%{s}.b.org ~all\n"
	    "\\195\\188.a.org\tA\t127.0.0.2\n",
	    RESULT_SOFTFAIL, "~all of example.org", NULL },
	{ "an underscore is a byte like others", { .client = NULL },
	    ORG "v=spf1 a:_a.x_y.org -all\n_a.x_y.org\tA\t192.0.2.7\n",
	    RESULT_PASS, "a:_a.x_y.org of example.org", NULL },
	{ "%{p}: the domain itself is the best name (7.3)",
	    { .client = NULL }, ORG "v=spf1 exists:%{p}.a.net -all\n"
	    REVERSE "a.net\n" REVERSE "mx.example.org\n" REVERSE "example.org\n"
	    "a.net\tA\t192.0.2.7\nmx.example.org\tA\t192.0.2.7\n"
	    "example.org\tA\t192.0.2.7\nexample.org.a.net\tA\t127.0.0.1\n",
	    RESULT_PASS, "exists:%{p}.a.net of example.org", NULL },
	{ "%{p}: one below it is the second best (7.3)",
	    { .client = NULL }, ORG "v=spf1 exists:%{p}.a.net -all\n"
	    REVERSE "a.net\n" REVERSE "mx.example.org\n" REVERSE "example.org\n"
	    "a.net\tA\t192.0.2.7\nmx.example.org\tA\t192.0.2.7\n"
	    "mx.example.org.a.net\tA\t127.0.0.1\n",
	    RESULT_PASS, "exists:%{p}.a.net of example.org", NULL },
	{ "%{p}: unknown (7.3)", { .client = NULL },
	    ORG "v=spf1 exists:%{p}.a.net -all\n" REVERSE "a.net\n"
	    "unknown.a.net\tA\t127.0.0.1\n",
	    RESULT_PASS, "exists:%{p}.a.net of example.org", NULL },
};

/* --- RFC 7208 5.2, 6.1: from record to record --------------------------------- */

#define INCLUDE ORG "v=spf1 ~include:example.net ?all\n"
#define REDIRECT ORG "v=spf1 redirect=example.net\n"

static const struct spf_case ways[] = {
	{ "include: pass matches", { .client = NULL },
	    INCLUDE NET "v=spf1 ip4:192.0.2.7\n",
	    RESULT_SOFTFAIL, "ip4:192.0.2.7 of example.net, included with "
	    "'~' by example.org", NULL },
	{ "include: fail does not", { .client = NULL },
	    INCLUDE NET "v=spf1 -all\n",
	    RESULT_NEUTRAL, "?all of example.org", NULL },
	{ "include: softfail does not", { .client = NULL },
	    INCLUDE NET "v=spf1 ~all\n",
	    RESULT_NEUTRAL, "?all of example.org", NULL },
	{ "include: neutral does not", { .client = NULL },
	    INCLUDE NET "v=spf1 ?all\n",
	    RESULT_NEUTRAL, "?all of example.org", NULL },
	{ "include: the default does not", { .client = NULL },
	    ORG "v=spf1 include:example.net\n" NET "v=spf1\n",
	    RESULT_NEUTRAL, "no term of example.org", NULL },
	{ "include: temperror is temperror", { .client = NULL },
	    INCLUDE NET "v=spf1 a:x.org\nx.org\tA\t!SERVFAIL\n",
	    RESULT_TEMPERROR, "the DNS fails for x.org (a:x.org of "
	    "example.net, included with '~' by example.org)", NULL },
	{ "include: temperror of the record is temperror", { .client = NULL },
	    INCLUDE NET "!TIMEOUT\n",
	    RESULT_TEMPERROR, "the DNS is silent about example.net "
	    "(~include:example.net of example.org)", NULL },
	{ "include: permerror is permerror", { .client = NULL },
	    INCLUDE NET "v=spf1 b\n",
	    RESULT_PERMERROR, "the record of example.net: 'b': no such "
	    "mechanism (~include:example.net of example.org)", NULL },
	{ "include: none is permerror", { .client = NULL }, INCLUDE,
	    RESULT_PERMERROR, "example.net does not exist "
	    "(~include:example.net of example.org)", NULL },
	{ "include: a domain that is no name is permerror",
	    { .local = "a..b" }, ORG "v=spf1 include:%{l}.org +all\n",
	    RESULT_PERMERROR, "no valid domain name was given "
	    "(include:%{l}.org of example.org)", NULL },
	{ "include: %{d} is the included domain (7.2)", { .client = NULL },
	    INCLUDE NET "v=spf1 exists:%{o}.at.%{d}\n"
	    "example.org.at.example.net\tA\t127.0.0.1\n",
	    RESULT_SOFTFAIL, "exists:%{o}.at.%{d} of example.net, included "
	    "with '~' by example.org", NULL },
	{ "redirect: what it leads to decides", { .client = NULL },
	    REDIRECT NET "v=spf1 ~all\n",
	    RESULT_SOFTFAIL, "~all of example.net, to which example.org "
	    "redirects", NULL },
	{ "redirect: the default is the other's", { .client = NULL },
	    REDIRECT NET "v=spf1\n",
	    RESULT_NEUTRAL, "no term of example.net, to which example.org "
	    "redirects", NULL },
	{ "redirect: it comes last, wherever it stands (6.1)",
	    { .client = NULL },
	    ORG "v=spf1 redirect=example.net ip4:192.0.2.7\n"
	    NET "v=spf1 -all\n",
	    RESULT_PASS, "ip4:192.0.2.7 of example.org", NULL },
	{ "redirect: not beside all (5.1)", { .client = NULL },
	    ORG "v=spf1 redirect=example.net ?all\n" NET "v=spf1 -all\n",
	    RESULT_NEUTRAL, "?all of example.org", NULL },
	{ "redirect: none is permerror (6.1)", { .client = NULL },
	    REDIRECT "example.net\tA\t192.0.2.7\n",
	    RESULT_PERMERROR, "example.net has no SPF record "
	    "(redirect=example.net of example.org)", NULL },
	{ "redirect within include is the include's", { .client = NULL },
	    INCLUDE NET "v=spf1 redirect=x.org\nx.org\tTXT\tv=spf1 +all\n",
	    RESULT_SOFTFAIL, "+all of x.org, to which example.net redirects, "
	    "included with '~' by example.org", NULL },
};

/* --- RFC 7208 6.2: explanations ----------------------------------------------- */

#define EXP ORG "v=spf1 -all exp=why.org\n"
#define WHY "why.org\tTXT\t"

static const struct spf_case explanations[] = {
	{ "all macros of explanations", { .helo = "H.example.com" },
	    EXP WHY "%{i}/%{c} %{h}%_%{r} %{t}: %{d}%-\n",
	    RESULT_FAIL, "-all of example.org", "192.0.2.7/192.0.2.7 "
	    "H.example.com mx.example.com 1700000000: example.org%20" },
	{ "with fail alone", { .client = NULL },
	    ORG "v=spf1 ~all exp=why.org\n" WHY "no\n",
	    RESULT_SOFTFAIL, "~all of example.org", NULL },
	{ "no text", { .client = NULL }, EXP,
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "two texts", { .client = NULL }, EXP WHY "a\n" WHY "b\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "a fault", { .client = NULL }, EXP WHY "!SERVFAIL\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "a text beyond ASCII", { .client = NULL }, EXP WHY "caf\\xe9\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "a text that is wrong", { .client = NULL }, EXP WHY "%{x}\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "a sender that is no ASCII", { .local = "j\xc3\xb6" },
	    EXP WHY "%{s}\n", RESULT_FAIL, "-all of example.org", NULL },
	{ "a sender that would begin a line", { .local = "a\r\n250 b" },
	    EXP WHY "%{l}\n", RESULT_FAIL, "-all of example.org", NULL },
	{ "a domain that is no name", { .local = "a..b" },
	    ORG "v=spf1 -all exp=%{l}.org\n",
	    RESULT_FAIL, "-all of example.org", NULL },
	{ "the redirected record's own", { .client = NULL },
	    ORG "v=spf1 redirect=example.net exp=why.org\n" WHY "mine\n"
	    NET "v=spf1 -all exp=why.net\nwhy.net\tTXT\ttheirs\n",
	    RESULT_FAIL, "-all of example.net, to which example.org "
	    "redirects", "theirs" },
	{ "not the redirecting record's", { .client = NULL },
	    ORG "v=spf1 redirect=example.net exp=why.org\n" WHY "mine\n"
	    NET "v=spf1 -all\n",
	    RESULT_FAIL, "-all of example.net, to which example.org "
	    "redirects", NULL },
	{ "not an included record's", { .client = NULL },
	    ORG "v=spf1 -include:example.net exp=why.org\n" WHY "mine\n"
	    NET "v=spf1 +all exp=why.net\nwhy.net\tTXT\ttheirs\n",
	    RESULT_FAIL, "+all of example.net, included with '-' by "
	    "example.org",
	    "mine" },
	{ "that of a record redirected to which includes", { .client = NULL },
	    ORG "v=spf1 redirect=example.net exp=why.org\n" WHY "mine\n"
	    NET "v=spf1 -include:x.org exp=why.net\nwhy.net\tTXT\ttheirs\n"
	    "x.org\tTXT\tv=spf1 redirect=y.org exp=why.org\n"
	    "y.org\tTXT\tv=spf1 +all exp=why.org\n",
	    RESULT_FAIL, "+all of y.org, to which x.org redirects, included "
	    "with '-' by example.net, to which example.org redirects", "theirs" },
};

static void
domains_and_records(void **state)
{
	check_cases(*state, domains, ARRAY_LEN(domains));
}

static void
mechanisms_match(void **state)
{
	check_cases(*state, mechanisms, ARRAY_LEN(mechanisms));
}

static void
records_lead_to_records(void **state)
{
	check_cases(*state, ways, ARRAY_LEN(ways));
}

static void
refusals_are_explained(void **state)
{
	check_cases(*state, explanations, ARRAY_LEN(explanations));
}

static void
a_name_of_a_thousand_labels_has_no_record(void **state)
{
	struct str name = fixture_repeat(*state, "a.", 1000);
	const struct spf_verdict *verdict = spf_bench_judge(*state, "",
	    &(struct spf_asker){ .domain = str_dup(*state, name) }, NULL);

	assert_int_equal(verdict->result, RESULT_NONE);
}

static void
an_explanation_is_cut_at_500_bytes(void **state)
{
	const char *zone = arena_printf(*state, EXP WHY "%.*s\n",
	    STR_ARG(fixture_repeat(*state, "0123456789", 60)));
	const struct spf_verdict *verdict = spf_bench_judge(*state, zone,
	    &(struct spf_asker){ .client = NULL }, NULL);

	assert_int_equal(strlen(verdict->explanation), 500);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(domains_and_records),
		ARENA_TEST(mechanisms_match),
		ARENA_TEST(records_lead_to_records),
		ARENA_TEST(refusals_are_explained),
		ARENA_TEST(a_name_of_a_thousand_labels_has_no_record),
		ARENA_TEST(an_explanation_is_cut_at_500_bytes),
	};

	log_set_sink(fixture_log_is_silent, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
