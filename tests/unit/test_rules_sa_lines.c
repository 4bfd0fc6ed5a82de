/* SPDX-License-Identifier: ISC */
/* test_rules_sa_lines.c - lines of SpamAssassin's language, and what the draft
 * has of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "sa_draft.h"

struct told {
	const char *sentence, *text, *rules, *notes;
};

static const struct told tolds[] = {
	/* header */
	{ "a field", "header A Subject =~ /x/i",
	    "A: sa_header subject =~ /x/i 1\n", "" },
	{ "a field without it", "header A X-Mailer: !~ m{a{2}}s",
	    "A: sa_header x-mailer !~ /a{2}/s 1\n", "" },
	{ "a form", "header A From:addr=~/x/",
	    "A: sa_header from:addr =~ /x/ 1\n", "" },
	{ "two forms", "header A Reply-To:addr:domain =~ /x/",
	    "A: sa_header reply-to:addr:domain =~ /x/ 1\n", "" },
	{ "a form that there is not", "header A From:blob =~ /x/", "",
	    "1 error A: this is no FIELD =~ /pattern/, FIELD:form with the "
	    "forms raw, addr, name, host, domain, ip, revip, first and last: "
	    "From:blob =~ /x/\n" },
	{ "what is no field of the message", "header A ToCc =~ /x/\n"
	    "header B MESSAGEID =~ /x/\nheader C ALL:raw =~ /x/\n"
	    "header D EnvelopeFrom:addr =~ /x/\n"
	    "header E X-Spam-Relays-Untrusted =~ /x/",
	    "A: sa_header tocc =~ /x/ 1\nB: sa_header messageid =~ /x/ 1\n"
	    "C: sa_header all:raw =~ /x/ 1\n"
	    "D: sa_header envelopefrom:addr =~ /x/ 1\n"
	    "E: sa_header x-spam-relays-untrusted =~ /x/ 1\n", "" },
	{ "a field that is called nearly so", "header A exists:MessageID",
	    "A: exists sa_header MessageID 1\n", "" },
	{ "a field that is there", "header A exists:X-Loop:",
	    "A: exists sa_header x-loop 1\n", "" },
	{ "exists: no field", "header A exists:a b", "",
	    "1 error A: exists: needs the name of a field: a b\n" },
	{ "a text where it is not there",
	    "header A Foo =~ /x/ [if-unset: no thing]",
	    "A: sa_header foo =~ /x/ unset \"no thing\" 1\n", "" },
	{ "a list behind a pattern is no such text", "header A Foo =~ /x[if]/",
	    "A: sa_header foo =~ /x[if]/ 1\n", "" },
	{ "a pattern without end", "header A Foo =~ /abc", "",
	    "1 error A: the pattern has no end: a \"/\" is missing, and flags "
	    "alone may follow it: /abc\n" },
	{ "a call", "header A eval:check_x('a, b', \"c\", 1.5, d)",
	    "A: check_x(a, b|c|1.5|d) 1\n", "" },
	{ "a call without arguments", "header A eval:check_x( )",
	    "A: check_x() 1\n", "" },
	{ "a call of a list", "header A rbleval:check_rbl('x', 'y.')",
	    "A: check_rbl(x|y.) 1\n", "" },
	{ "a call whose arguments cannot be read", "header A eval:f('a)",
	    "", "1 error A: this is no eval:name(arguments), each quoted or a "
	    "plain word: eval:f('a)\n" },

	/* the other places */
	{ "body, rawbody, full, uri", "body A /a/\nrawbody B /b/m\n"
	    "full C /c/x\nuri D m,d,i\n",
	    "A: sa_body =~ /a/ 1\nB: sa_rawbody =~ /b/m 1\n"
	    "C: sa_full =~ /c/x 1\nD: sa_uri =~ /d/i 1\n", "" },
	{ "parts' fields", "mimeheader A Content-Type:raw =~ /x/",
	    "A: sa_mimeheader content-type:raw =~ /x/ 1\n", "" },
	{ "links in detail", "uri_detail A domain =~ /x/i text !~ m{ y }",
	    "A: check_uri_detail(domain =~ /x/i|text !~ m{ y }) 1\n", "" },
	{ "links in detail: no such key", "uri_detail A colour =~ /x/", "",
	    "1 error A: a KEY =~ /pattern/ is wanted, with the keys raw, "
	    "type, cleaned, text, domain and host: colour =~ /x/\n" },
	{ "meta", "meta A (B + C) > 1",
	    "A: meta (B + C) > 1 1\n", "" },
	{ "the later line counts", "body A /a/\nuri A /b/",
	    "A: sa_uri =~ /b/ 1\n", "" },
	{ "a wrong line leaves what was there", "body A /a/\nbody A /b",
	    "A: sa_body =~ /a/ 1\n", "2 error A: the pattern has no end: a "
	    "\"/\" is missing, and flags alone may follow it: /b\n" },
	{ "what another rule caught", "uri A /x%{NAME}/i\n"
	    "header B To:addr =~ /(?<NAME>.*)/",
	    "A: check_caught(A|sa_uri|||=~|x%{NAME}|1) 1\n"
	    "B: sa_header to:addr =~ /(?<NAME>.*)/ 1\n", "" },
	{ "what no rule caught", "header A Subject !~ /x%{A_NAME2}%{NO}/\n"
	    "body B /(?P<A_NAME2>.)(?<NON>.)\\%{NO}/",
	    "A: check_caught(A|sa_header|subject||!~|x%{A_NAME2}%{NO}|0|) 1\n"
	    "B: sa_body =~ /(?P<A_NAME2>.)(?<NON>.)\\%{NO}/ 1\n",
	    "1 unsupported A: no rule catches %{NO}: it never hits\n" },
	{ "names that are none", "body A /%{a}%{_A}%{A_}%{A__B}%{A/",
	    "A: sa_body =~ /%{a}%{_A}%{A_}%{A__B}%{A/ 1\n", "" },
	{ "a percent sign and a count", "body A /9%{1,2}/",
	    "A: sa_body =~ /9%{1,2}/ 1\n", "" },
	{ "a name that is none", "body 9A /x/\nbody A-B /x/\nbody", "",
	    "1 error 9A: a rule's name is of letters, digits and _, no digit "
	    "first, at most 100\n2 error A-B: a rule's name is of letters, "
	    "digits and _, no digit first, at most 100\n3 error body: it "
	    "names no rule\n" },
	{ "a name alone", "body A",
	    "", "1 error A: nothing stands behind its name\n" },

	/* what is said of rules */
	{ "scores", "body A /a/\nscore A 2.5\nbody B /b/\nscore B 1 -2 0 3",
	    "A: sa_body =~ /a/ 2.5\nB: sa_body =~ /b/ 1 -2 0 3\n", "" },
	{ "a score that is added", "body A /a/\nscore A 2 3 4 5\n"
	    "score A (1)", "A: sa_body =~ /a/ 3 4 5 6\n", "" },
	{ "a score added to nothing", "body A /a/\nscore A (1)",
	    "A: sa_body =~ /a/ 1\n", "2 error A: a score in parentheses needs "
	    "one before it that it is added to\n" },
	{ "scores that are none", "score A 1 2\nscore A x\nscore A 1e5\n"
	    "score A 1 2 3 4 5\nscore A .", "",
	    "1 error A: a score is one number or four, such as 1.5, -2 or "
	    "(0.5)\n"
	    "2 error A: a score is one number or four, such as 1.5, -2 or "
	    "(0.5): x\n"
	    "3 error A: a score is one number or four, such as 1.5, -2 or "
	    "(0.5): 1e5\n"
	    "4 error A: a score is one number or four, such as 1.5, -2 or "
	    "(0.5): 5\n"
	    "5 error A: a score is one number or four, such as 1.5, -2 or "
	    "(0.5): .\n" },
	{ "scores that nobody gave", "body T_A /a/\nbody B /b/\ntflags B nice\n"
	    "body __C /c/",
	    "T_A: sa_body =~ /a/ 0.01\nB: sa_body =~ /b/ -1 nice\n"
	    "__C: sa_body =~ /c/ 1 inner\n", "" },
	{ "a score without a rule", "score A 1", "A: none 1\n",
	    "0 passed A: a score or a description, but no file has a rule of "
	    "this name\n" },
	{ "flags", "body A /a/\ntflags A net multiple maxhits=5 noautolearn "
	    "userconf learn\n",
	    "A: sa_body =~ /a/ 1 net learn userconf noautolearn multiple "
	    "max=5\n", "" },
	{ "the last flags count, before the rule too",
	    "tflags A nice\ntflags A net\nbody A /a/",
	    "A: sa_body =~ /a/ 1 net\n", "" },
	{ "not into the subject", "body A /a/\ntflags A nosubject",
	    "A: sa_body:nosubject =~ /a/ 1\n", "" },
	{ "a flag that changes nothing", "body A /a/\ntflags A publish",
	    "A: sa_body =~ /a/ 1\n", "1 passed A: its flag \"publish\" changes "
	    "nothing here\n" },
	{ "descriptions, UTF-8 and ISO 8859-1", "body A /a/\n"
	    "describe A  gr\xc3\xbc\xc3\x9f\nbody B /b/\n"
	    "describe B gr\xfc\xdf",
	    "A: sa_body =~ /a/ 1 \"gr\xc3\xbc\xc3\x9f\"\n"
	    "B: sa_body =~ /b/ 1 \"gr\xc3\xbc\xc3\x9f\"\n", "" },
	{ "another language", "body A /a/\nlang de describe A eins\n"
	    "lang en describe A one", "A: sa_body =~ /a/ 1 \"one\"\n",
	    "2 passed lang: a text in another language\n" },
	{ "a language and no line", "lang en", "",
	    "1 error lang: no setting of SpamAssassin 4.0 or its plugins has "
	    "this name\n" },
	{ "a known example", "body A /a/\ntest A ok abc\ntest A maybe abc",
	    "A: sa_body =~ /a/ 1\n", "2 passed A: an example for those who "
	    "write rules\n3 error A: ok or fail is wanted: maybe\n" },
	{ "an order", "body A /a/\npriority A 5", "A: sa_body =~ /a/ 1\n",
	    "2 passed A: rules are not tried in an order: all of them are\n" },
	{ "DNS", "askdns A _X_.example.org A 1\ntflags A nice",
	    "A: none -1 nice\n", "1 unsupported A: it asks the network: it "
	    "never hits\n" },
	{ "what was found before", "reuse A B", "A: none 1\n",
	    "1 passed A: what an earlier check of a message found is not taken "
	    "over\n" },

	/* lines */
	{ "comments", "# body A /a/\n  body B /x\\#y/ # z\nbody C /a/#",
	    "B: sa_body =~ /x#y/ 1\nC: sa_body =~ /a/ 1\n", "" },
	{ "lines ended by CR LF, blanks, a mark in front",
	    "\xef\xbb\xbf" "body\tA\t /a/ \r\n\r\n\tbody B /b/\r\n",
	    "A: sa_body =~ /a/ 1\nB: sa_body =~ /b/ 1\n", "" },
	{ "no line ends the file", "body A /a/",
	    "A: sa_body =~ /a/ 1\n", "" },
	{ "words in capitals, and with -", "BODY A /a/\n"
	    "replace-tag X y\n", "A: sa_body =~ /a/ 1\n", "" },
	{ "a word that nobody knows", "bodi A /a/\nzzzzzzzzzz", "",
	    "1 error bodi: no setting of SpamAssassin 4.0 or its plugins has "
	    "this name; is it \"body\"?\n"
	    "2 error zzzzzzzzzz: no setting of SpamAssassin 4.0 or its plugins "
	    "has this name\n" },
	{ "settings of the other program", "report_safe 0\nuse_bayes 1\n"
	    "bayes_stopword_de (?:x)\nuridnsbl A x. A\n"
	    "olemacro_num_zip 3\nauthres_networks all\n", "",
	    "1 passed report_safe: a setting of reports and marks in messages\n"
	    "2 passed use_bayes: a setting of Bayes and learning\n"
	    "3 passed bayes_stopword_de: a setting of Bayes\n"
	    "4 passed uridnsbl: a setting of asking the network, which rules "
	    "here do not\n"
	    "5 unsupported olemacro_num_zip: the plugin OLEVBMacro is not "
	    "answered here\n"
	    "6 passed authres_networks: a setting of believing other hosts\n" },

	/* conditions */
	{ "if", "if (version >= 4.000000)\nbody A /a/\nelse\nbody B /b/\n"
	    "endif\nif version < 3.004\nbody C /c/\nelse\nbody D /d/\nendif",
	    "A: sa_body =~ /a/ 1\nD: sa_body =~ /d/ 1\n", "" },
	{ "plugins", "ifplugin Mail::SpamAssassin::Plugin::DKIM\nbody A /a/\n"
	    "endif\nifplugin Mail::SpamAssassin::Plugin::TextCat\n"
	    "body B /b/\nendif\nif !plugin ( Mail::SpamAssassin::Plugin::"
	    "TextCat )\nbody C /c/\nendif\n"
	    "ifplugin Mail::SpamAssassin::Plugin::WhiteListSubject\n"
	    "body D /d/\nendif",
	    "A: sa_body =~ /a/ 1\nC: sa_body =~ /c/ 1\nD: sa_body =~ /d/ 1\n",
	    "" },
	{ "a plugin that is loaded, and not answered",
	    "loadplugin Mail::SpamAssassin::Plugin::TextCat\n"
	    "loadplugin Own::Thing thing.pm\n"
	    "ifplugin Mail::SpamAssassin::Plugin::TextCat\nbody B /b/\n"
	    "endif\nifplugin Own::Thing\nbody C /c/\nendif",
	    "B: sa_body =~ /b/ 1\nC: sa_body =~ /c/ 1\n",
	    "1 unsupported Mail::SpamAssassin::Plugin::TextCat: this plugin's "
	    "tests are not answered\n2 unsupported Own::Thing: this plugin's "
	    "tests are not answered\n" },
	{ "what the language can",
	    "if can(Mail::SpamAssassin::Conf::feature_bug6558_free)\n"
	    "body A /a/\nendif\nif can(Mail::SpamAssassin::Conf::feature_x) || "
	    "has(Mail::SpamAssassin::Plugin::DKIM::has_arc)\nbody B /b/\n"
	    "endif\nif can(Mail::SpamAssassin::Conf::compat_y)\nbody C /c/\n"
	    "endif\nenable_compat y\n"
	    "if can(Mail::SpamAssassin::Conf::compat_y)\nbody D /d/\nendif",
	    "A: sa_body =~ /a/ 1\nB: sa_body =~ /b/ 1\nD: sa_body =~ /d/ 1\n",
	    "" },
	{ "within each other", "if 0\nif 1\nbody A /a/\nelse\nbody B /b/\n"
	    "endif\nelse\nif 1\nbody C /c/\nelse\nbody D /d/\nendif\nendif",
	    "C: sa_body =~ /c/ 1\n", "" },
	{ "a condition that cannot be read", "if (version > \nbody A /a/\n"
	    "endif\nif plugin\nbody B /b/\nendif\nif frob\nbody C /c/\nendif\n"
	    "if\nbody D /d/\nendif\nbody E /e/",
	    "E: sa_body =~ /e/ 1\n", NULL },
	{ "no endif, no if", "endif\nelse\nif 1\nbody A /a/\nif 1",
	    "A: sa_body =~ /a/ 1\n", "1 error endif: there is no if before it\n"
	    "2 error else: there is no if before it\n"
	    "3 error if: it has no endif\n5 error if: it has no endif\n" },
	{ "versions", "require_version 4.000001\nbody A /a/\n"
	    "require_version @@VERSION@@\nrequire_version 3.004006\n"
	    "body B /b/", "A: sa_body =~ /a/ 1\n",
	    "4 unsupported require_version: the file is for version 3.004006 "
	    "of SpamAssassin, not for 4.0: the rest of it is left out\n" },

	/* tags */
	{ "tags", "replace_tag A [a4]\nreplace_tag B <A>b\n"
	    "body R /x<A>y<B>z<C>/i\nreplace_rules R",
	    "R: sa_body =~ /x[a4]y[a4]bz<C>/i 1\n", "" },
	{ "what stands around and between tags", "replace_tag A a\n"
	    "replace_pre P (?:\nreplace_post Q )\nreplace_inter I -\n"
	    "body R /<pre P><post Q><inter I><A><A>x<A>/i\nreplace_rules R",
	    "R: sa_body =~ /(?:a)-(?:a)x(?:a)/i 1\n", "" },
	{ "a look behind is no tag", "replace_tag A a\n"
	    "body R /(?<=x)<A>(?<n>y)/\nreplace_rules R",
	    "R: sa_body =~ /(?<=x)a(?<n>y)/ 1\n", "" },
	{ "tags with other marks", "replace_start {{\nreplace_end }}\n"
	    "replace_tag A a\nbody R /<A>{{A}}/\nreplace_rules R",
	    "R: sa_body =~ /<A>a/ 1\n", "" },
	{ "a tag of itself ends", "replace_tag A <A>a\nbody R /<A>/\n"
	    "replace_rules R", "R: sa_body =~ /<A>aaaaaa/ 1\n", "" },
	{ "a tag that explodes",
	    "replace_tag A <A><A><A><A><A><A><A><A><A><A><A><A><A>\n"
	    "body R /<A><A><A>/\nreplace_rules R", "R: none 1\n",
	    "2 unsupported R: with its tags replaced the pattern is longer than "
	    "262144 octets: it never hits\n" },
	{ "tags in what has no pattern", "meta R A\nreplace_rules R S",
	    "R: meta A 1\n", "1 passed R: replace_rules: it has no pattern in "
	    "which tags could be replaced\n0 passed S: replace_rules: it has "
	    "no pattern in which tags could be replaced\n" },
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tolds); i++) {
		struct arena *arena = arena_new(0);
		struct draft *draft = sa_draft_read(arena, tolds[i].text,
		    strlen(tolds[i].text));
		struct buf rules, notes;

		buf_init(&rules, arena);
		buf_init(&notes, arena);
		sa_draft_rules(&rules, draft);
		sa_draft_notes(&notes, draft);
		if (strcmp(rules.data != NULL ? rules.data : "",
		    tolds[i].rules) != 0 || (tolds[i].notes != NULL &&
		    strcmp(notes.data != NULL ? notes.data : "",
		    tolds[i].notes) != 0))
			fail_msg("%s:\n%s%s", tolds[i].sentence,
			    rules.data != NULL ? rules.data : "",
			    notes.data != NULL ? notes.data : "");
		if (tolds[i].notes == NULL)
			assert_int_not_equal(draft->notes.len, 0);
		arena_free(&arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, sa_draft_begin, sa_draft_end);
}
