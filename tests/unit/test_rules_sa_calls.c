/* SPDX-License-Identifier: ISC */
/* test_rules_sa_calls.c - eval: tests of SpamAssassin: what makes each hit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "rules_bench.h"

#define RELAY "Received: from h.example (r.example [192.0.2.7])\n" \
    "\tby b.example (Postfix) with ESMTP id 4XyZ; " \
    "Sat, 21 Nov 2026 10:00:00 +0000\n"
#define PAGE "Content-Type: text/html\n\n"
#define SHOUT "BUY THIS VERY FINE THING NOW OR NEVER AND PAY LATER\n"
#define BASE64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define FREE "freemail_domains gmail.com yahoo.*\n"

static const struct {
	const char *sentence, *options, *test, *message;
	bool hits;
} cases[] = {
	{ "a page", "", "html_test('html')", PAGE "x\n", true },
	{ "no page", "", "html_test('html')", "\nx\n", false },
	{ "a tag", "", "html_tag_exists('center')", PAGE "<CENTER>\n", true },
	{ "white on white", "", "html_test('font_low_contrast')",
	    PAGE "<font color=white>x</font>\n", true },
	{ "black on white", "", "html_test('font_low_contrast')",
	    PAGE "<font color=black>x</font>\n", false },
	{ "a colour that is none", "", "html_test('font_invalid_color')",
	    PAGE "<font color=nothing>x</font>\n", true },
	{ "a short page", "", "html_range('length', '0', '1024')",
	    PAGE "x\n", true },
	{ "an open tag", "", "html_tag_balance('body', '!= 0')",
	    PAGE "<body>\n", true },
	{ "a closed one", "", "html_tag_balance('body', '!= 0')",
	    PAGE "<body></body>\n", false },
	{ "an image within a link", "", "html_text_match('anchor', '<img>')",
	    PAGE "<a href=x><img src=y></a>\n", true },
	{ "a page of an image alone", "", "html_image_only('0000','0400')",
	    PAGE "<img src=y>\n", true },
	{ "a link that shows another", "", "check_https_http_mismatch()",
	    PAGE "<a href=http://a.example.com>https://b.example.net</a>\n",
	    true },
	{ "one that does not", "", "check_https_http_mismatch()",
	    PAGE "<a href=http://a.example.com>https://example.com</a>\n",
	    false },

	{ "base64", "", "check_for_mime('mime_base64_count')",
	    "Content-Transfer-Encoding: base64\n\nAAAA\n", true },
	{ "a page alone", "", "check_for_mime_html_only()", PAGE "x\n", true },
	{ "text after the last part", "",
	    "check_msg_parse_flags('mime_epilogue_exists')",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\ny\n",
	    true },
	{ "no text there", "", "check_msg_parse_flags('mime_epilogue_exists')",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n",
	    false },
	{ "a part without header", "",
	    "check_msg_parse_flags('missing_mime_headers')",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n",
	    true },
	{ "a short body", "", "check_body_length('3')", "\nab\n", true },
	{ "a longer one", "", "check_body_length('3')", "\nabc\n", false },

	{ "nobody to go to", "", "check_for_missing_to_header()",
	    "From: a@b\n\n", true },
	{ "somebody", "", "check_for_missing_to_header()", "To: a@b\n\n",
	    false },
	{ "capitals", "", "subject_is_all_caps()",
	    "Subject: Re: BUY THIS THING NOW\n\n", true },
	{ "not all", "", "subject_is_all_caps()",
	    "Subject: Re: BUY THIS thing NOW\n\n", false },
	{ "six hours behind", "", "check_for_shifted_date('-6', '-3')",
	    RELAY "Date: Sat, 21 Nov 2026 05:00:00 +0000\n\n", true },
	{ "in time", "", "check_for_shifted_date('-6', '-3')",
	    RELAY "Date: Sat, 21 Nov 2026 09:00:00 +0000\n\n", false },
	{ "a date of a hop without a semicolon", "",
	    "check_for_shifted_date('-12', '-6')",
	    "Received: by a.example (Mail 3.0)  http://a.example Sat,\n"
	    " 21 Nov 2026 19:00:00 +0000\n"
	    "Date: Sat, 21 Nov 2026 09:00:00 +0000\n\n", true },
	{ "ctime()'s form is midnight there", "",
	    "check_for_shifted_date('-12', '-6')",
	    RELAY "Date: Sat Nov 21 08:00:00 2026\n\n", true },
	{ "capitals in the text", "", "check_for_uppercase('75', '100')",
	    "\n" SHOUT SHOUT SHOUT SHOUT SHOUT "\n", true },
	{ "but not those of base64", "", "check_for_uppercase('75', '100')",
	    "\n" BASE64 BASE64 BASE64 BASE64 "\n", false },
	{ "a word that was to be replaced", "", "check_unresolved_template()",
	    "X-A: %RANDOM_WORD\n\n", true },
	{ "not where any letter may be", "", "check_unresolved_template()",
	    "X-Face: %RANDOM_WORD\n\n", false },
	{ "two subjects", "", "check_header_count_range('Subject','2','999')",
	    "Subject: a\nSubject: b\n\n", true },
	{ "the same twice is one", "",
	    "check_header_count_range('Subject','2','999')",
	    "Subject: a\nSubject: a\n\n", false },

	{ "relays of ours alone", "", "check_all_trusted()",
	    "Received: from h (r [10.0.0.1]) by b (Postfix) with ESMTP id 4XyZ"
	    "\n\n", true },
	{ "one outside", "", "check_all_trusted()", RELAY "\n", false },
	{ "no relays", "", "check_no_relays()", "A: b\n\n", true },
	{ "another address at HELO", "", "helo_ip_mismatch()",
	    "Received: from 198.51.100.1 (r.example [192.0.2.7])\n"
	    "\tby b.example (Postfix) with ESMTP id 4XyZ\n\n", true },

	{ "a provider's address", FREE, "check_freemail_from()",
	    "From: joe@gmail.com\n\n", true },
	{ "by a wildcard", FREE, "check_freemail_from()",
	    "From: joe@yahoo.example\n\n", true },
	{ "which stands for no dot", FREE, "check_freemail_from()",
	    "From: joe@yahoo.example.net\n\n", false },
	{ "answers to another provider's", FREE,
	    "check_freemail_replyto('reply')", "From: joe@gmail.com\n"
	    "Reply-To: ann@yahoo.example\n\n", true },
	{ "a listed sender", "enlist_addrlist (BANK) *@bank.example\n",
	    "check_from_in_list('BANK')", "From: a@bank.example\n\n", true },
	{ "of another list", "enlist_addrlist (SHOP) *@bank.example\n",
	    "check_from_in_list('BANK')", "From: a@bank.example\n\n", false },
	{ "a listed host", "enlist_uri_host (L) example.com\n",
	    "check_uri_host_listed('L')", "\nhttp://www.example.com/\n", true },
	{ "but not that one",
	    "enlist_uri_host (L) example.com !www.example.com\n",
	    "check_uri_host_listed('L')", "\nhttp://www.example.com/\n",
	    false },
	{ "an image", "", "image_count('gif',1,1)", "Content-Type: image/gif\n"
	    "Content-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n",
	    true },
	{ "its size", "", "image_size_exact('gif','1','1')",
	    "Content-Type: image/gif\n"
	    "Content-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n",
	    true },
	{ "a bounce of mail of ours",
	    "welcomelist_bounce_relays mail.example.org\n",
	    "check_welcomelist_bounce_relays()",
	    "\n> Received: from x by mail.example.org with SMTP\n", true },
};

static void
what_hits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;

		rules_bench_begin(&bench);
		rules_bench_load_sa(&bench, arena_printf(bench.arena,
		    "%sheader R eval:%s\n", cases[i].options, cases[i].test));
		rules_bench_message(&bench, str_from(cases[i].message));
		rules_bench_must_hit(&bench, cases[i].sentence, cases[i].hits);
		rules_bench_end(&bench);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_hits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
