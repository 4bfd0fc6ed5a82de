/* SPDX-License-Identifier: ISC */
/* test_rules_sa_plugins.c - eval: tests of SpamAssassin that its own rules do not
 * use: what makes each hit. tests/rules/test_plugins.py compares them with
 * SpamAssassin itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "growth.h"
#include "mail/txn.h"
#include "rules_bench.h"

#define HOP(from) "Received: from " from "\n" \
    "\tby b.example.net (Postfix) with ESMTP id 4XyZ; " \
    "Sat, 21 Nov 2026 10:00:00 +0000\n"
#define PDF "Content-Type: application/pdf; name=a.pdf\n\n%PDF-1.4\n"
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "

static const struct {
	const char *sentence, *options, *test, *message;
	bool hits;
} cases[] = {
	{ "another's address in the name", "", "check_fromname_spoof()",
	    "From: \"x@bank.com\" <joe@example.net>\n\n", true },
	{ "the same address", "", "check_fromname_spoof()",
	    "From: \"joe@example.net\" <joe@example.net>\n\n", false },
	{ "the same, but it is one", "", "check_fromname_contains_email()",
	    "From: \"joe@example.net\" <joe@example.net>\n\n", true },
	{ "no address", "", "check_fromname_contains_email()",
	    "From: \"Joe @ home\" <joe@example.net>\n\n", false },
	{ "one that ends in a dot is none", "",
	    "check_fromname_contains_email()",
	    "From: \"x@bank.com.\" <joe@example.net>\n\n", false },
	{ "another one of the domain", "", "check_fromname_different()",
	    "From: \"x@example.net\" <joe@example.net>\n\n", true },
	{ "which is its owner's", "", "check_fromname_spoof()",
	    "From: \"x@example.net\" <joe@example.net>\n\n", false },
	{ "but for those who ask strictly", "fns_check 0\n",
	    "check_fromname_spoof()",
	    "From: \"x@example.net\" <joe@example.net>\n\n", true },
	{ "another top-level domain is another domain", "",
	    "check_fromname_domain_differ()",
	    "From: \"x@example.org\" <joe@example.net>\n\n", true },
	{ "and no other owner", "", "check_fromname_owners_differ()",
	    "From: \"x@example.org\" <joe@example.net>\n\n", false },
	{ "owners by a list", "fns_add_addrlist (google) *@gmail.com "
	    "*@googlemail.com\n", "check_fromname_owners_differ()",
	    "From: \"x@gmail.com\" <joe@googlemail.com>\n\n", false },
	{ "taken off it again", "fns_add_addrlist (google) *@gmail.com "
	    "*@googlemail.com\nfns_remove_addrlist (google) *@gmail.com\n",
	    "check_fromname_owners_differ()",
	    "From: \"x@gmail.com\" <joe@googlemail.com>\n\n", true },
	{ "the recipient's", "", "check_fromname_equals_to()",
	    "From: \"bob@bank.com\" <joe@example.net>\nTo: bob@bank.com\n\n",
	    true },
	{ "that of answers", "", "check_fromname_equals_replyto()",
	    "From: \"a@bank.com\" <joe@example.net>\nReply-To: A@bank.com\n\n",
	    true },
	{ "far from alone", "", "check_fromname_different()",
	    "From: \"" LONG "a@bank.com\" <joe@example.net>\n\n", false },
	{ "far enough", "fns_extrachars 90\n", "check_fromname_different()",
	    "From: \"" LONG "a@bank.com\" <joe@example.net>\n\n", true },
	{ "a header that is ignored", "fns_ignore_headers X-Ours X-List\n",
	    "check_fromname_different()",
	    "X-List: a\nFrom: \"a@bank.com\" <joe@example.net>\n\n", false },

	{ "a file", "", "pdf_count('1')", PDF, true },
	{ "by its type alone", "", "pdf_count('1')",
	    "Content-Type: image/pdf\n\nx\n", true },
	{ "by its name", "", "pdf_count('1')",
	    "Content-Type: application/octet-stream; name=x.PDF\n\nx\n",
	    true },
	{ "neither", "", "pdf_count('1')",
	    "Content-Type: application/octet-stream; name=x.dat\n\nx\n",
	    false },
	{ "a name", "", "pdf_named('a.pdf')", PDF, true },
	{ "of what is no such file", "", "pdf_named('a.pdf')",
	    "Content-Type: application/pdf; name=a.pdf\n\nx\n", false },
	{ "a name by an expression", "", "pdf_name_regex('^A\\.PDF$')", PDF,
	    false },
	{ "an image", "", "pdf_image_count('1','1')",
	    PDF "/Subtype /Image\n630 0 0 149 0 0 cm\n", true },
	{ "no image before it", "", "pdf_image_count('1','1')",
	    PDF "630 0 0 149 0 0 cm\n", false },
	{ "its size", "", "pdf_image_size_exact('149','630')",
	    PDF "/Image /Width 630/Height 149\n", true },
	{ "within bounds", "", "pdf_image_size_range('100','600')",
	    PDF "/Image /Width 630/Height 149\n", true },
	{ "and without", "", "pdf_image_size_range('150','600')",
	    PDF "/Image /Width 630/Height 149\n", false },
	{ "its area", "", "pdf_pixel_coverage('93870','93870')",
	    PDF "/Image /Width 630/Height 149\n", true },
	{ "no image has no area", "", "pdf_pixel_coverage('0')", PDF, false },
	{ "the author", "", "pdf_match_details('author','/^Joe$/')",
	    PDF "<</Author (Joe)>>\n", true },
	{ "with signs", "", "pdf_match_details('title','/^a\\(b\\)$/')",
	    PDF "/Title(a\\(b\\))\n", true },
	{ "in hexadecimal", "", "pdf_match_details('creator','/^Ab$/')",
	    PDF "/Creator<FEFF00410062>\n", true },
	{ "in octal", "", "pdf_match_details('creator','/^Ab$/')",
	    PDF "/Creator(\\376\\377\\000A\\000\\142)\n", true },
	{ "a date", "", "pdf_match_details('created','/^2007/')",
	    PDF "/CreationDate(D:20070703144220)\n", true },
	{ "one that never ends", "", "pdf_match_details('author','/^Joe/')",
	    PDF "/Author (Joe\n", false },
	{ "locked", "", "pdf_is_encrypted()", PDF "/Encrypt 4 0 R\n", true },
	{ "in the middle of a line it is a word", "", "pdf_is_encrypted()",
	    PDF "a /Encrypt\n", false },
	{ "no text", "", "pdf_is_empty_body()", PDF, true },
	{ "its digest (RFC 1321)", "",
	    "pdf_match_md5('e27088bd232bb4cd99fe6535a2719af7')",
	    "Content-Type: application/pdf\n\n%PDF-1.4\nx\n", true },

	{ "a short text", "", "plaintext_body_length('0','6')",
	    "\nHello\n", true },
	{ "a signature counts apart", "", "plaintext_body_length('7')",
	    "\nHello\n-- \nAnn Miller\n", false },
	{ "and is so long", "", "plaintext_sig_length('12','12')",
	    "\nHello\n-- \nAnn Miller\n", true },
	{ "so near to the end it is none", "", "plaintext_sig_length('1')",
	    "\nHello\n-- \nAn", false },
	{ "half as long", "", "plaintext_body_sig_ratio('0.5','0.5')",
	    "\nHello\n-- \nAnn Miller\n", true },
	{ "no signature at all", "", "plaintext_body_sig_ratio('999999')",
	    "\nHello\n", true },
	{ "needless escapes", "", "check_qp_ratio('0.2')",
	    "Content-Transfer-Encoding: quoted-printable\n\n=41=42\n", true },
	{ "another title", "", "html_text_not_match('title','(?i)sale')",
	    "Content-Type: text/html\n\n<title>A letter</title>\n", true },
	{ "an image's name", "", "image_name_regex('^a\\d')",
	    "Content-Type: image/gif; name=a1.gif\n"
	    "Content-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n",
	    true },

	{ "numbers at HELO", "", "check_for_numeric_helo()",
	    HOP("198.51.100.4 (a.example.com [192.0.2.7])") "\n", true },
	{ "a name there", "", "check_for_numeric_helo()",
	    HOP("a.example.com (a.example.com [192.0.2.7])") "\n", false },
	{ "of quite another network", "",
	    "check_for_forged_received_ip_helo()",
	    HOP("198.51.100.4 (a.example.com [192.0.2.7])") "\n", true },
	{ "of the same one", "", "check_for_forged_received_ip_helo()",
	    HOP("192.0.100.4 (a.example.com [192.0.2.7])") "\n", false },
	{ "the first host has a name", "", "check_for_sender_no_reverse()",
	    HOP("a.example.com (a.example.com [192.0.2.7])") "\n", true },
	{ "through hosts of the domain", "",
	    "check_for_from_domain_in_received_headers('example.net','true')",
	    HOP("x (a.example.net [192.0.2.7])") "From: a@example.net\n\n",
	    true },
	{ "through others", "",
	    "check_for_from_domain_in_received_headers('example.net','false')",
	    HOP("x (a.example.com [192.0.2.7])") "From: a@example.net\n\n",
	    true },
	{ "of another domain", "",
	    "check_for_from_domain_in_received_headers('example.net','false')",
	    HOP("x (a.example.com [192.0.2.7])") "From: a@example.com\n\n",
	    false },
	{ "a welcome sender from elsewhere",
	    "welcomelist_from_rcvd *@bank.com bank.com\n",
	    "check_forged_in_welcomelist()",
	    HOP("x (a.example.com [192.0.2.7])") "From: a@bank.com\n\n",
	    true },
	{ "from where it should be",
	    "welcomelist_from_rcvd *@bank.com bank.com\n",
	    "check_forged_in_welcomelist()",
	    HOP("x (a.bank.com [192.0.2.7])") "From: a@bank.com\n\n", false },
	{ "one who may", "welcomelist_from_rcvd *@bank.com bank.com\n"
	    "welcomelist_allows_relays a@bank.com\n",
	    "check_forged_in_welcomelist()",
	    HOP("x (a.example.com [192.0.2.7])") "From: a@bank.com\n\n",
	    false },
	{ "of the other list",
	    "def_welcomelist_from_rcvd *@bank.com bank.com\n",
	    "check_forged_in_default_welcomelist()",
	    HOP("x (a.example.com [192.0.2.7])") "From: a@bank.com\n\n",
	    true },
	{ "a provider's address in the text", "freemail_domains gmail.com\n",
	    "check_freemail_body()", "\nwrite to ann@gmail.com\n", true },
	{ "that the expression does not know",
	    "freemail_domains gmail.com\n", "check_freemail_body('^joe')",
	    "\nwrite to ann@gmail.com\n", false },
	{ "a link that leads elsewhere", "", "check_for_http_redirector()",
	    "\nhttp://a.example.com/?u=http://b.example.net/\n", true },
	{ "within the domain", "", "check_for_http_redirector()",
	    "\nhttp://a.example.com/?u=http://b.example.com/\n", false },
	{ "a year ago", "", "received_within_months('6','undef')",
	    "Date: Thu, 21 Nov 2019 10:00:00 +0000\n\n", true },
	{ "what never hits", "", "check_for_illegal_ip()",
	    HOP("0.0.0.0 (x [0.0.0.0])") "\n", false },
	{ "SPF was not asked", "",
	    "check_authres_result('spf','missing')", "A: b\n\n", true },
	{ "and did not pass", "", "check_authres_result('spf','pass')",
	    "A: b\n\n", false },
	{ "a bounce has no sender", "", "check_spf_skipped_noenvfrom()",
	    "A: b\n\n", true },
};

static void
load(struct rules_bench *bench, const char *options, const char *test)
{
	rules_bench_begin(bench);
	rules_bench_load_sa(bench, arena_printf(bench->arena,
	    "%sheader R eval:%s\n", options, test));
}

static void
what_hits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		load(&bench, cases[i].options, cases[i].test);
		rules_bench_message(&bench, str_from(cases[i].message));
		rules_bench_must_hit(&bench, cases[i].sentence, cases[i].hits);
		rules_bench_end(&bench);
	}
}

/* By a signature that holds, of a domain that is trusted with names. */
static void
signers_may(void **state)
{
	static struct dkim_verdict verdict = { .result = RESULT_PASS,
		.domain = "groups.example.com" };
	struct dkim_verdicts dkim = { .count = 1, .verdicts = &verdict };
	struct rules_bench bench;

	(void)state;
	load(&bench, "fns_ignore_dkim lists.example.com Groups.example.com\n",
	    "check_fromname_spoof()");
	rules_bench_message(&bench, STR("From: \"a@bank.com\" "
	    "<joe@example.net>\n\n"));
	bench.txn->auth.dkim = &dkim;
	assert_int_equal(rules_bench_judge(&bench).len, 0);
	verdict.result = RESULT_FAIL;
	rules_bench_message(&bench, STR("From: \"a@bank.com\" "
	    "<joe@example.net>\n\n"));
	bench.txn->auth.dkim = &dkim;
	assert_true(str_is(rules_bench_judge(&bench), "R"));
	rules_bench_end(&bench);
}

static const struct {
	const char *options, *test, *error;
} wrong[] = {
	{ "fns_check 5\n", "check_fromname_spoof()", "fns_check is 0, 1 or 2" },
	{ "fns_extrachars x\n", "check_fromname_spoof()",
	    "fns_extrachars: a number of 0 or more is wanted: \"x\"" },
	{ "", "pdf_count()", "an argument is missing" },
	{ "", "pdf_name_regex()", "it wants a regular expression" },
	{ "", "image_name_regex()", "it wants a regular expression" },
	{ "", "pdf_match_details('owner','/x/')", "the detail is one of" },
};

static void
wrong_ones_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct rules_bench bench;

		load(&bench, wrong[i].options, wrong[i].test);
		if (strstr(str_dup(bench.arena, rules_bench_notes(&bench)),
		    wrong[i].error) == NULL)
			fail_msg("%s: %.*s", wrong[i].error,
			    STR_ARG(rules_bench_notes(&bench)));
		rules_bench_end(&bench);
	}
}

/* --- input that is made to be slow ------------------------------------------------------- */

static void
judge(const char *test, struct str message)
{
	struct rules_bench bench;

	load(&bench, "", test);
	rules_bench_message(&bench, message);
	rules_bench_judge(&bench);
	rules_bench_end(&bench);
}

static void
read_file(struct arena *arena, struct str text)
{
	(void)arena;
	judge("pdf_match_details('author','/x/')", text);
}

static void
read_name(struct arena *arena, struct str text)
{
	(void)arena;
	judge("check_fromname_spoof()", text);
}

static void
read_link(struct arena *arena, struct str text)
{
	(void)arena;
	judge("check_for_http_redirector()", text);
}

static void
files_take_time_in_proportion(void **state)
{
	(void)state;
	grows_with_input(PDF, "/Author(", read_file);
	grows_with_input(PDF, "/Title<", read_file);
	grows_with_input(PDF, "/Image /Width 1 /Height", read_file);
	grows_with_input(PDF, "/Author(a)/Author <41>\n", read_file);
	grows_with_input(PDF, "%PDF-", read_file);
}

static void
names_and_links_too(void **state)
{
	(void)state;
	grows_with_input("From: a@b.com (", "a@", read_name);
	grows_with_input("From: a@b.com (", "!a@b.", read_name);
	grows_with_input("\nhttp://a.com/", "http:/", read_link);
	grows_with_input("\n", "http://a.com/?http:x ", read_link);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_hits),
		cmocka_unit_test(signers_may),
		cmocka_unit_test(wrong_ones_are_named),
		cmocka_unit_test(files_take_time_in_proportion),
		cmocka_unit_test(names_and_links_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
