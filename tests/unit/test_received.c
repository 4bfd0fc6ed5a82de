/* SPDX-License-Identifier: ISC */
/* test_received.c - what Received fields tell (RFC 5321 4.4), and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/received.h"

#define DATE "; Sat, 21 Nov 2026 10:00:00 +0000"

struct told {
	const char *sentence, *value;
	const char *client, *helo, *name, *by, *with;
};

static const struct told tolds[] = {
	{ "Postfix", " from mail.example.net (mx7.example.net [192.0.2.7])\n"
	    "\tby backup.example.org (Postfix) with ESMTP id 4XyZ1\n"
	    "\tfor <ann@example.org>" DATE,
	    "192.0.2.7", "mail.example.net", "mx7.example.net",
	    "backup.example.org", "ESMTP" },
	{ "Postfix: TLS", " from mail.example.net (mail.example.net "
	    "[192.0.2.7])\n\t(using TLSv1.3 with cipher "
	    "TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519 "
	    "server-signature RSA-PSS (2048 bits))\n\t(Client CN "
	    "\"mail.example.net\", Issuer \"R3\" (verified OK))\n"
	    "\tby backup.example.org (Postfix) with ESMTPS id 4XyZ1" DATE,
	    "192.0.2.7", "mail.example.net", "mail.example.net",
	    "backup.example.org", "ESMTPS" },
	{ "Postfix: a client without name", " from friend (unknown "
	    "[192.0.2.7]) by b (Postfix) with SMTP id 4" DATE,
	    "192.0.2.7", "friend", "", "b", "SMTP" },
	{ "Postfix: IPv6", " from m.example.net (unknown "
	    "[IPv6:2001:db8::7]) by b (Postfix) with ESMTP id 4" DATE,
	    "2001:db8::7", "m.example.net", "", "b", "ESMTP" },
	{ "Postfix: another's address at HELO", " from [198.51.100.1] "
	    "(unknown [192.0.2.7]) by b (Postfix) with ESMTP id 4" DATE,
	    "192.0.2.7", "[198.51.100.1]", "", "b", "ESMTP" },
	{ "Postfix: \"by\" at HELO", " from by (unknown [192.0.2.7]) "
	    "by b (Postfix) with ESMTP id 4" DATE,
	    "192.0.2.7", "by", "", "b", "ESMTP" },
	{ "Postfix: a port at the address", " from x (unknown "
	    "[192.0.2.7]:4711) by b (Postfix) with ESMTP id 4" DATE,
	    "192.0.2.7", "x", "", "b", "ESMTP" },

	{ "sendmail", " from mail.example.net (mx7.example.net [192.0.2.7])\n"
	    "\tby gw.example.org (8.17.1/8.17.1) with ESMTPS id 4AL" DATE,
	    "192.0.2.7", "mail.example.net", "mx7.example.net",
	    "gw.example.org", "ESMTPS" },
	{ "sendmail: a name that does not lead back", " from mail.example.net "
	    "(host.bank.example [192.0.2.7] (may be forged)) by gw "
	    "(8.17.1/8.17.1) with ESMTP id 4AL" DATE,
	    "192.0.2.7", "mail.example.net", "", "gw", "ESMTP" },
	{ "sendmail: ident (RFC 1413)", " from mail.example.net "
	    "(IDENT:joe@mx7.example.net [192.0.2.7]) by gw (8.9.3/8.9.3) "
	    "with ESMTP id 4AL" DATE,
	    "192.0.2.7", "mail.example.net", "mx7.example.net", "gw",
	    "ESMTP" },
	{ "sendmail: ident, no name", " from x (joe@[192.0.2.7]) by gw "
	    "(8.12.5/8.12.5) with ESMTP id 4AL" DATE,
	    "192.0.2.7", "x", "", "gw", "ESMTP" },

	{ "Exim", " from mx7.example.net ([192.0.2.7] helo=mail.example.net)\n"
	    "\tby gw.example.org with esmtps (TLS1.3) tls "
	    "TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)\n\t(envelope-from "
	    "<a@example.net>) id 1q-2-3 for b@example.org" DATE,
	    "192.0.2.7", "mail.example.net", "mx7.example.net",
	    "gw.example.org", "esmtps" },
	{ "Exim: the HELO is the name", " from mail.example.net "
	    "([192.0.2.7]:4711) by gw with esmtp (Exim 4.96) id 1q" DATE,
	    "192.0.2.7", "mail.example.net", "mail.example.net", "gw",
	    "esmtp" },
	{ "Exim: no name", " from [192.0.2.7] (port=4711 "
	    "helo=mail.example.net ident=joe) by gw with esmtp (Exim 4.96) "
	    "id 1q" DATE,
	    "192.0.2.7", "mail.example.net", "", "gw", "esmtp" },
	{ "Exim: no name, an address at HELO", " from [192.0.2.7] "
	    "(helo=[10.0.0.5]) by gw with esmtp (Exim 4.96) id 1q" DATE,
	    "192.0.2.7", "[10.0.0.5]", "", "gw", "esmtp" },
	{ "Exim: its address at HELO", " from [192.0.2.7] by gw with smtp "
	    "(Exim 4.96) id 1q" DATE,
	    "192.0.2.7", "[192.0.2.7]", "", "gw", "smtp" },
	{ "Exim: a name, an address at HELO", " from mx7.example.net "
	    "([192.0.2.7] helo=[198.51.100.1]) by gw with esmtp (Exim 4.96) "
	    "id 1q" DATE,
	    "192.0.2.7", "[198.51.100.1]", "mx7.example.net", "gw",
	    "esmtp" },

	{ "qmail", " from unknown (HELO mail.example.net) (192.0.2.7)\n"
	    "  by gw.example.org with SMTP" DATE,
	    "192.0.2.7", "mail.example.net", "", "gw.example.org", "SMTP" },
	{ "qmail: the HELO is the name", " from mail.example.net (192.0.2.7) "
	    "by gw with SMTP" DATE,
	    "192.0.2.7", "mail.example.net", "", "gw", "SMTP" },
	{ "qmail: ident", " from unknown (HELO x.example) (joe@192.0.2.7) by "
	    "gw with SMTP" DATE,
	    "192.0.2.7", "x.example", "", "gw", "SMTP" },
	{ "qmail: login", " from unknown (HELO x.example) (joe@192.0.2.7 with "
	    "plain) by gw with SMTP" DATE,
	    "192.0.2.7", "x.example", "", "gw", "SMTP" },

	{ "Exchange", " from mail.example.net (192.0.2.7) by\n"
	    " mx.corp.example (2001:db8:1::15) with Microsoft SMTP Server\n"
	    " (version=TLS1_2, cipher=TLS_ECDHE_RSA) id 15.20.1" DATE,
	    "192.0.2.7", "mail.example.net", "", "mx.corp.example",
	    "Microsoft" },
	{ "Exchange: IPv6", " from A.prod.example (2001:db8:10a6::20) by "
	    "B.prod.example\n (2001:db8:10a6::15) with Microsoft SMTP Server "
	    "id 15.20.1" DATE,
	    "2001:db8:10a6::20", "A.prod.example", "", "B.prod.example",
	    "Microsoft" },
	{ "the SMTP service of Windows", " from x ([192.0.2.7]) by gw with "
	    "Microsoft SMTPSVC(6.0.3790.4675)" DATE,
	    "192.0.2.7", "x", "", "gw", "Microsoft" },
	{ "Gmail", " from mail.example.net (mail.example.net. [192.0.2.7])\n"
	    "        by mx.google.example with ESMTPS id a1si1\n"
	    "        for <x@example.org>\n        (version=TLS1_3 cipher=TLS_A"
	    " bits=128/128)" DATE,
	    "192.0.2.7", "mail.example.net", "", "mx.google.example",
	    "ESMTPS" },
	{ "Amazon", " from a1.smtp-out.example (a1.smtp-out.example "
	    "[192.0.2.7])\n by inbound-smtp.example with SMTP id abc\n"
	    " for x@example.org" DATE,
	    "192.0.2.7", "a1.smtp-out.example", "", "inbound-smtp.example",
	    "SMTP" },
	{ "Cisco", " from unknown (HELO mail.example.net) ([192.0.2.7])\n"
	    "  by esa1.example.org with ESMTP/TLS/AES256-SHA" DATE,
	    "192.0.2.7", "mail.example.net", "", "esa1.example.org",
	    "ESMTP/TLS/AES256-SHA" },
	{ "Cisco: an address at HELO", " from unknown (HELO [198.51.100.1]) "
	    "([192.0.2.7]) by esa1 with ESMTP" DATE,
	    "192.0.2.7", "[198.51.100.1]", "", "esa1", "ESMTP" },
	{ "Courier", " from x.example (x.example [::ffff:192.0.2.7])\n"
	    "  by gw with ESMTP; id 0001" DATE,
	    "192.0.2.7", "x.example", "", "gw", "ESMTP" },
	{ "Proofpoint: its own filter", " from pps.filterd (m1.example.org "
	    "[127.0.0.1]) by m1.example.org (8.17.1.19/8.17.1.19) with ESMTP "
	    "id 4AL" DATE,
	    "127.0.0.1", "pps.filterd", "m1.example.org", "m1.example.org",
	    "ESMTP" },
	{ "amavisd", " from mx.example.org ([127.0.0.1]) by localhost "
	    "(mx.example.org [127.0.0.1]) (amavisd-new, port 10024) with "
	    "ESMTP id W" DATE,
	    "127.0.0.1", "mx.example.org", "", "localhost", "ESMTP" },
	{ "no HELO", " from (192.0.2.7 [192.0.2.7]) by Inbound with ESMTP"
	    DATE, "192.0.2.7", "", "", "Inbound", "ESMTP" },
	{ "a name, HELO and address apart", " from p1.example.net (EHLO "
	    "mail.example.net) [192.0.2.7] by mx.example.org (mp070) with "
	    "SMTP" DATE,
	    "192.0.2.7", "mail.example.net", "", "mx.example.org", "SMTP" },
	{ "no blank in front of the comment", " from unknown(192.0.2.7) by "
	    "gw via smap (V2.0)" DATE,
	    "192.0.2.7", "unknown", "", "gw", "" },
	{ "the address twice", " from 192.0.2.7 (EHLO x) (192.0.2.7) by gw "
	    "with SMTP" DATE,
	    "192.0.2.7", "x", "", "gw", "SMTP" },
	{ "a parenthesis that is quoted (RFC 5322 3.2.1)", " from x (a\\(b "
	    "[192.0.2.7]) by gw (Postfix) with SMTP" DATE,
	    "192.0.2.7", "x", "", "gw", "SMTP" },

	{ "an address that nobody knows", " from x (unknown [unknown]) by gw "
	    "(Postfix) with SMTP id 4" DATE, "", "x", "", "gw", "SMTP" },
	{ "a name alone", " from x.example by gw with SMTP" DATE,
	    "", "x.example", "", "gw", "SMTP" },
	{ "a name that says helo", " from x (helo [192.0.2.7]) by gw with "
	    "SMTP" DATE, "", "[192.0.2.7]", "", "gw", "SMTP" },
	{ "an address as the name", " from x (192.0.2.9 (may be forged)) by "
	    "gw with SMTP" DATE, "", "x", "", "gw", "SMTP" },
	{ "an address with a zone", " from x (x [fe80::1%eth0]) by gw with "
	    "SMTP" DATE, "", "x", "", "gw", "SMTP" },
	{ "within Gmail", " by 2001:db8:a05::1 with SMTP id x1" DATE,
	    "", "", "", "2001:db8:a05::1", "SMTP" },
	{ "fetched by POP3", " from pop.example.net [192.0.2.7] by localhost "
	    "with POP3 (fetchmail-6.4.0) for <joe@localhost> (single-drop)"
	    DATE, "", "", "", "localhost", "POP3" },
};

static void
is_text(struct str found, const char *wanted)
{
	if (!str_is(found, wanted))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(found), wanted);
}

static void
known_hosts_tell_who_their_client_was_rfc_5321_4_4(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tolds); i++) {
		const struct told *told = &tolds[i];
		char text[NETADDR_TEXT_SIZE];
		struct received received;

		print_message("%s\n", told->sentence);
		assert_int_equal(received_parse(str_from(told->value),
		    &received), 0);
		assert_string_equal(netaddr_format(&received.client, text),
		    told->client);
		is_text(received.helo, told->helo);
		is_text(received.name, told->name);
		is_text(received.by, told->by);
		is_text(received.with, told->with);
		assert_false(received.is_local || received.is_note ||
		    received.has_login);
	}
}

/* --- what the client may have written -------------------------------------------- */

static const struct {
	const char *sentence, *value;
} uncertain[] = {
	{ "HELO alone is an address", " from [192.0.2.7] by gw with SMTP"
	    DATE },
	{ "HELO alone is an address without brackets",
	    " from 192.0.2.7 by gw with SMTP" DATE },
	{ "HELO alone, and says Exim where Exim does not",
	    " from [192.0.2.7] by gw (Exim 4.96) with SMTP" DATE },
	{ "HELO has a blank, and an address behind it",
	    " from x [198.51.100.1] by gw with SMTP" DATE },
	{ "a comment in HELO, the true one follows",
	    " from x (y [198.51.100.1]) (z.example [192.0.2.7]) by gw "
	    "(Postfix) with SMTP" DATE },
	{ "a comment in HELO, the true one is bare",
	    " from x ([198.51.100.1]) (192.0.2.7) by gw with SMTP" DATE },
	{ "a comment behind Exim's helo=",
	    " from m.example ([192.0.2.7] helo=x [198.51.100.1]) by gw with "
	    "smtp (Exim 4.96)" DATE },
	{ "a comment that ends in Exim's helo=",
	    " from m.example ([192.0.2.7] helo=x) (y [198.51.100.1]) by gw "
	    "with smtp (Exim 4.96)" DATE },
	{ "HELO is an address, and the client's name is helo",
	    " from [198.51.100.1] (helo [192.0.2.7] (may be forged)) by gw "
	    "(8.17.1/8.17.1) with SMTP" DATE },
	{ "a whole field in HELO",
	    " from x (y [198.51.100.1]) by gw with SMTP id 1; Sat (z "
	    "[192.0.2.7]) by gw (Postfix) with SMTP id 2" DATE },
	{ "a whole field in HELO, and a comment that swallows the rest",
	    " from x (y [198.51.100.1]) by gw with SMTP id 1" DATE " ( (z "
	    "[192.0.2.7]) by gw (Postfix) with SMTP id 2" DATE },
	{ "a comment that swallows the rest", " from x ( (z [192.0.2.7]) by "
	    "gw (Postfix) with SMTP id 2" DATE },
	{ "a comment that closes too often", " from x) (z [192.0.2.7]) by gw "
	    "(Postfix) with SMTP id 2" DATE },
	{ "a backslash in front of the end", " from x (HELO y\\) (192.0.2.7) "
	    "by gw with SMTP" DATE },
	{ "HELO is an address and says where HELO is",
	    " from [198.51.100.1] (helo=x) (y.example [192.0.2.7]) by gw with "
	    "SMTP" DATE },
	{ "an address behind the HELO of Exim", " from [192.0.2.7] (helo=x "
	    "[198.51.100.1]) by gw with smtp (Exim 4.96)" DATE },
	{ "an address behind the HELO, in front of the client's",
	    " from z (HELO x [198.51.100.1]) [192.0.2.7] by gw with SMTP" DATE },
	{ "an address behind the HELO, behind the client's",
	    " from z [192.0.2.7] (HELO x [198.51.100.1]) by gw with SMTP" DATE },
	{ "a comment in the place of HELO",
	    " from ([198.51.100.1]) () [192.0.2.7] by gw with SMTP" DATE },
	{ "a comment within HELO",
	    " from x([198.51.100.1]) [192.0.2.7] by gw with SMTP" DATE },
	{ "a certificate that names an address", " from x (y.example "
	    "[192.0.2.7]) (Client CN \"a [198.51.100.1] \", Issuer \"b\" (not "
	    "verified)) by gw (Postfix) with ESMTPS" DATE },
	{ "ident names an address", " from x (joe@[198.51.100.1] @y.example "
	    "[192.0.2.7]) by gw (8.17.1/8.17.1) with SMTP" DATE },
	{ "a login by a second \"by\"", " from x by y with ESMTPA (z "
	    "[192.0.2.7]) by gw with SMTP" DATE },
	{ "no \"by\"", " from x (z [192.0.2.7])" DATE },
	{ "nothing", "" },
	{ "a date", DATE },
	{ "parentheses", "((((" },
	{ "a backslash at the end", " from x by y (\\" },
};

static void
what_the_client_may_have_written_is_not_believed(void **state)
{
	struct received received;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(uncertain); i++) {
		print_message("%s\n", uncertain[i].sentence);
		assert_int_equal(received_parse(str_from(uncertain[i].value),
		    &received), -1);
	}
}

/* --- mail that no stranger brought ----------------------------------------------- */

enum kind { LOCAL, LOGIN, NOTE, PLAIN };

static const struct {
	const char *sentence, *value;
	enum kind kind;
} kinds[] = {
	{ "Postfix: sendmail", " by b.example.org (Postfix, from userid 0) id "
	    "4Xy" DATE, LOCAL },
	{ "Postfix: a bounce", " by b.example.org (Postfix) id 4Xy" DATE,
	    LOCAL },
	{ "sendmail: submission", " (from root@localhost) by gw "
	    "(8.17.1/8.17.1/Submit) id 4AL for x@example.org" DATE, LOCAL },
	{ "Exim", " from root by gw with local (Exim 4.96) (envelope-from "
	    "<root@gw>) id 1q" DATE, LOCAL },
	{ "qmail: a user", " (qmail 4711 invoked by uid 500)" DATE, LOCAL },
	{ "qmail: a bounce", " (qmail 4711 invoked for bounce)" DATE, LOCAL },
	{ "Exchange: a mailbox", " from A.example ([2001:db8::1]) by A.example"
	    " ([2001:db8::1]) with mapi id 15.20.1" DATE, LOCAL },
	{ "webmail", " from [192.0.2.7] by web1.example via HTTP" DATE,
	    LOCAL },
	{ "webmail, of a user", " from 192.0.2.7 (Webmail authenticated user "
	    "joe) by web1.example with HTTP" DATE, LOCAL },
	{ "qmail: the next field is of the same host",
	    " (qmail 4711 invoked from network)" DATE, NOTE },
	{ "a login (RFC 3848)", " from [10.0.0.5] (p7.example.net "
	    "[192.0.2.7]) (Authenticated sender: joe) by b (Postfix) with "
	    "ESMTPSA id 4" DATE, LOGIN },
	{ "a login without TLS", " from x ([192.0.2.7]) by gw with esmtpa "
	    "(Exim 4.96) id 1q" DATE, LOGIN },
	{ "a login of an address in UTF-8 (RFC 6531 4.3)", " from x (y "
	    "[192.0.2.7]) by b with UTF8SMTPSA id 4" DATE, LOGIN },
	{ "a login that HELO claims", " from x (Authenticated sender: joe) "
	    "(y [192.0.2.7]) by b (Postfix) with SMTP id 4" DATE, PLAIN },
	{ "a protocol that the recipient claims", " from x (y [192.0.2.7]) by "
	    "b (Postfix) with SMTP id 4 for <\"a with ESMTPA \"@x.example>"
	    DATE, PLAIN },
};

static void
mail_of_the_host_itself_is_known(void **state)
{
	struct received received;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		print_message("%s\n", kinds[i].sentence);
		assert_int_equal(received_parse(str_from(kinds[i].value),
		    &received), 0);
		assert_int_equal(received.is_local, kinds[i].kind == LOCAL);
		assert_int_equal(received.has_login, kinds[i].kind == LOGIN);
		assert_int_equal(received.is_note, kinds[i].kind == NOTE);
		assert_int_equal(received.client.len != 0,
		    kinds[i].kind == LOGIN || kinds[i].kind == PLAIN);
	}
}

static void
via_and_id_are_read(void **state)
{
	struct received received;

	(void)state;
	assert_int_equal(received_parse(STR(" from x by y (z) via TCP with "
	    "ESMTP with STARTTLS id 1-2_3" DATE), &received), 0);
	is_text(received.by, "y");
	is_text(received.via, "TCP");
	is_text(received.with, "ESMTP");
	is_text(received.id, "1-2_3");
}

/* A name in a comment counts for forwarders: only the last is the host's. */
static void
a_name_in_a_comment_of_the_client_is_not_taken(void **state)
{
	struct received received;

	(void)state;
	assert_int_equal(received_parse(STR(" from x (lists.example.org "
	    "[192.0.2.7]) (unknown [192.0.2.7]) by gw (Postfix) with SMTP"
	    DATE), &received), 0);
	is_text(received.name, "");
}

static void
a_megabyte_of_parentheses_is_no_trouble(void **state)
{
	static const char *const pieces[] = { "(", "(a [192.0.2.7] ", "\\(",
		"[192.0.2.7] ", "by ", ")" };
	struct arena *arena = *state;
	struct received received;
	struct buf text;

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		buf_init(&text, arena);
		buf_add_text(&text, " from x ");
		while (text.len < 1 << 20)
			buf_add_text(&text, pieces[i]);
		assert_int_equal(received_parse(buf_str(&text), &received),
		    -1);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    known_hosts_tell_who_their_client_was_rfc_5321_4_4),
		cmocka_unit_test(
		    what_the_client_may_have_written_is_not_believed),
		cmocka_unit_test(mail_of_the_host_itself_is_known),
		cmocka_unit_test(via_and_id_are_read),
		cmocka_unit_test(
		    a_name_in_a_comment_of_the_client_is_not_taken),
		ARENA_TEST(a_megabyte_of_parentheses_is_no_trouble),
	};

	return cmocka_run_group_tests_name("received", tests, NULL, NULL);
}
