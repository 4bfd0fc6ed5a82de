/* SPDX-License-Identifier: ISC */
/* test_rules_sa_places.c - messages as SpamAssassin 4.0 sees them: the values are
 * what its own get() and its renderer give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "growth.h"
#include "mail/netlist.h"
#include "mail/txn.h"
#include "rules/place/sa_html.h"
#include "rules/place/sa_private.h"
#include "rules/place/sa_uri.h"
#include "rules_bench.h"

/* All texts of a place, each in brackets. */
static struct str
texts_of(struct rules_bench *bench, enum place_kind kind, const char *name,
    const char *form)
{
	struct place place = { .kind = kind, .name = str_from(name),
		.form = str_from(form) };
	const struct vec *texts = view_texts(bench->view, &place);
	struct buf out;

	buf_init(&out, bench->arena);
	buf_reserve(&out, 1);
	for (size_t i = 0; i < texts->len; i++) {
		buf_add_char(&out, '[');
		buf_add_str(&out, *(struct str *)vec_at(texts, i));
		buf_add_char(&out, ']');
	}
	return buf_str(&out);
}

static const struct {
	const char *sentence, *message;
	enum place_kind kind;
	const char *name, *form, *wanted;
} cases[] = {
	{ "fields of one name stand in one text", "X-A: one\nX-A: two\n\n",
	    PLACE_sa_header, "x-a", "", "[one\ntwo\n]" },
	{ "a fold is one blank", "X-A: one\n\t  two \n\n",
	    PLACE_sa_header, "x-a", "", "[one two\n]" },
	{ "raw, with folds and the blank in front", "X-A: one\n\ttwo\n\n",
	    PLACE_sa_header, "x-a", "raw", "[ one\n\ttwo\n]" },
	{ "a field that is empty is there", "X-A:\n\n",
	    PLACE_sa_header, "x-a", "", "[\n]" },
	{ "one that is not is not", "X-A:\n\n", PLACE_sa_header, "x-b", "",
	    "" },
	{ "encoded words (RFC 2047)", "Subject: =?utf-8?q?a=C3=A4?=\n\n",
	    PLACE_sa_header, "subject", "", "[a\xc3\xa4\n]" },
	{ "but not in ids (RFC 2047 5)", "Message-ID: <=?utf-8?q?a?=@b>\n\n",
	    PLACE_sa_header, "message-id", "", "[<=?utf-8?q?a?=@b>\n]" },
	{ "addresses", "From: \"Miller, Ann\" <ann@example.org>, "
	    "bob@example.net (Bob)\n\n",
	    PLACE_sa_header, "from", "addr",
	    "[ann@example.org\nbob@example.net]" },
	{ "names, and comments where there is none",
	    "From: \"Miller, Ann\" <ann@example.org>, bob@example.net (Bob)\n\n",
	    PLACE_sa_header, "from", "name", "[Miller, Ann\nBob]" },
	{ "a name that is the address is none",
	    "From: \"a@example.org\"<a@example.org>\n\n",
	    PLACE_sa_header, "from", "name", "" },
	{ "a group has none", "To: undisclosed-recipients:;\n\n",
	    PLACE_sa_header, "to", "addr", "" },
	{ "an address's registrable domain",
	    "From: <a@mail.example.co.uk>\n\n",
	    PLACE_sa_header, "from", "addr:domain", "[example.co.uk]" },
	{ "the host of an id", "Message-ID: <x.y@host.example.com>\n\n",
	    PLACE_sa_header, "message-id", "host", "[host.example.com]" },
	{ "both kinds of recipients", "Cc: b@x\nTo: a@x\n\n",
	    PLACE_sa_header, "tocc", "", "[a@x\nb@x\n]" },
	{ "the whole header", "A: 1\nB: =?utf-8?q?2?=\n 3\n\n",
	    PLACE_sa_header, "all", "", "[A: 1\nB: 2 3\n]" },
	{ "the first alone", "X-A: 1\nX-A: 2\n\n",
	    PLACE_sa_header, "x-a", "first", "[1\n]" },
	{ "an address in a value", "X-A: from [192.0.2.1] x\n\n",
	    PLACE_sa_header, "x-a", "revip", "[1.2.0.192]" },

	{ "Postfix", "Received: from h.example (r.example [192.0.2.7])\n"
	    "\tby b.example (Postfix) with ESMTP id 4XyZ; "
	    "Sat, 21 Nov 2026 10:00:00 +0000\n\n",
	    PLACE_sa_header, "x-spam-relays-untrusted", "",
	    "[[ ip=192.0.2.7 rdns=r.example helo=h.example by=b.example ident= "
	    "envfrom= intl=0 id=4XyZ auth= msa=0 ]]" },
	{ "Exim", "Received: from [192.0.2.7] (helo=pc ident=joe)\n"
	    "\tby b.example with smtp (Exim 4.9)\n\tid 1a2b\n\n",
	    PLACE_sa_header, "x-spam-relays-untrusted", "",
	    "[[ ip=192.0.2.7 rdns= helo=pc by=b.example ident=joe envfrom= "
	    "intl=0 id=1a2b auth= msa=0 ]]" },
	{ "qmail", "Received: from unknown (HELO pc) (joe@192.0.2.7)\n"
	    "\tby b.example with SMTP; 14 Nov 2026 08:05:50 -0000\n\n",
	    PLACE_sa_header, "x-spam-relays-untrusted", "",
	    "[[ ip=192.0.2.7 rdns= helo=pc by=b.example ident=joe envfrom= "
	    "intl=0 id= auth= msa=0 ]]" },
	{ "a parenthesis within one: the name is not understood there",
	    "Received: from [192.0.2.7] (r.example [192.0.2.7] (may be\n"
	    "\tforged)) by b.example  with ESMTP id 4XyZ\n\n",
	    PLACE_sa_header, "x-spam-relays-untrusted", "",
	    "[[ ip=192.0.2.7 rdns= helo=!192.0.2.7! by=b.example ident= "
	    "envfrom= intl=0 id=4XyZ auth= msa=0 ]]" },
	{ "who logged in is trusted", "Received: from pc (r [192.0.2.7])\n"
	    "\tby b.example (Postfix) with ESMTPSA id 4XyZ\n\n",
	    PLACE_sa_header, "x-spam-relays-trusted", "",
	    "[[ ip=192.0.2.7 rdns=r helo=pc by=b.example ident= envfrom= "
	    "intl=1 id=4XyZ auth=ESMTPSA msa=0 ]]" },
	{ "a part's field as it stands, nothing in front",
	    "Content-Type: multipart/mixed;\n boundary=b\n\n--b\n"
	    "Content-Type: a/b;\n\tc=d\n\nx\n--b--\n",
	    PLACE_sa_mimeheader, "content-type", "raw",
	    "[ multipart/mixed;\n boundary=b\n][a/b;\n\tc=d\n]" },
	{ "all of a part, folds as one blank",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: a/b;\n\tc=d\n\nx\n--b--\n",
	    PLACE_sa_mimeheader, "all", "raw",
	    "[Content-Type:  multipart/mixed; boundary=b\n]"
	    "[Content-Type: a/b; c=d\n]" },
	{ "escapes of escapes stay",
	    "\nhttp://a.example.org/?x=%2541%252541\n",
	    PLACE_sa_uri, "", "", "[http://a.example.org/?x=%2541%252541]"
	    "[http://a.example.org/?x=%41%2541]" },
	{ "no handover between hosts", "Received: by x with local id 1\n\n",
	    PLACE_sa_header, "x-spam-relays-untrusted", "", "[]" },

	{ "the subject stands in front of the text",
	    "Subject: s\n\na\nb\n\n\nc\n",
	    PLACE_sa_body, "", "", "[s\n][a b\n][c ]" },
	{ "without it", "Subject: s\n\na\n", PLACE_sa_body, "", "nosubject",
	    "[a ]" },
	{ "a page: blocks are line ends, tags are gone",
	    "Content-Type: text/html\n\n<p>a <b>b</b></p>c<br>d\n",
	    PLACE_sa_body, "", "", "[\n][\n][a b\n][c d ]" },
	{ "hidden text counts", "Content-Type: text/html\n\n"
	    "x<span style=\"display: none\">y</span>\n",
	    PLACE_sa_body, "", "", "[\n][xy ]" },
	{ "a comment without end is no longer than a tag",
	    "Content-Type: text/html\n\nx<!--#y>z<b>!</b>\n",
	    PLACE_sa_body, "", "", "[\n][xz! ]" },
	{ "text of a style does not", "Content-Type: text/html\n\n"
	    "x<style>y</style><script>z</script>\n",
	    PLACE_sa_body, "", "", "[\n][x ]" },
	{ "characters up to U+00FF of a plain page are octets",
	    "Content-Type: text/html\n\na&eacute;\n",
	    PLACE_sa_body, "", "", "[\n][a\xe9 ]" },
	{ "but not where others are", "Content-Type: text/html\n\n"
	    "a&eacute;&#8364;\n",
	    PLACE_sa_body, "", "", "[\n][a\xc3\xa9\xe2\x82\xac ]" },

	{ "raw text is decoded, markup stays", "Content-Type: text/html\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n"
	    "<b>=41</b>  \n=\nx\n",
	    PLACE_sa_rawbody, "", "", "[<b>A</b>\nx\n]" },
	{ "fields of each part", "Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nContent-Type: text/plain;\n name=x\n\na\n--b--\n",
	    PLACE_sa_mimeheader, "content-type", "",
	    "[multipart/mixed; boundary=b\n][text/plain; name=x\n]" },
	{ "the message as it stands", "A:b\n\nc\n", PLACE_sa_full, "", "",
	    "[A:b\n\nc\n]" },

	{ "an address in a text", "\n\nsee http://example.org/x, please\n",
	    PLACE_sa_uri, "", "", "[http://example.org/x]" },
	{ "without a scheme", "\n\nsee www.example.org.\n",
	    PLACE_sa_uri, "", "", "[http://www.example.org]" },
	{ "of mail", "\n\n(joe@example.org)\n",
	    PLACE_sa_uri, "", "", "[mailto:joe@example.org]" },
	{ "escapes", "\n\nhttp://example.org/%41%2f\n",
	    PLACE_sa_uri, "", "",
	    "[http://example.org/%41%2f][http://example.org/A/]" },
	{ "the default port", "\n\nhttp://example.org:80/\n",
	    PLACE_sa_uri, "", "",
	    "[http://example.org:80/][http://example.org/]" },
	{ "an address in numbers", "\n\nhttp://0x7f000001/\n",
	    PLACE_sa_uri, "", "", "[http://0x7f000001/][http://127.0.0.1/]" },
	{ "a name alone may mean another", "\n\nhttp://Example/x\n",
	    PLACE_sa_uri, "", "",
	    "[http://Example/x][http://www.example.com/x]" },
	{ "not one with a sign at its end", "\n\nhttp://Example!/x\n",
	    PLACE_sa_uri, "", "", "" },
	{ "what a redirector leads to",
	    "\n\nhttp://r.example.org/?http://a.example.net/x\n",
	    PLACE_sa_uri, "", "", "[http://r.example.org/?http://a.example.net"
	    "/x][http://a.example.net/x]" },
	{ "links of a page, by its base", "Content-Type: text/html\n\n"
	    "<base href=\"http://e.example.org/a/b.html\">"
	    "<img src=\"../c.gif\">\n",
	    PLACE_sa_uri, "", "", "[http://e.example.org/a/b.html]"
	    "[http://e.example.org/c.gif]" },
	{ "what is no name of a host is no address", "\n\nletter.notld a@b\n",
	    PLACE_sa_uri, "", "", "" },
};

static void
places_of_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rules_bench bench;
		struct str found;

		rules_bench_begin(&bench);
		rules_bench_message(&bench, str_from(cases[i].message));
		found = texts_of(&bench, cases[i].kind, cases[i].name,
		    cases[i].form);
		if (!str_is(found, cases[i].wanted))
			fail_msg("%s: \"%.*s\" instead of \"%s\"",
			    cases[i].sentence, STR_ARG(found),
			    cases[i].wanted);
		rules_bench_end(&bench);
	}
}

/* Postfix writes its own Received behind the milters. */
static void
the_client_is_the_newest_relay(void **state)
{
	struct rules_bench bench;
	struct str found;

	(void)state;
	rules_bench_begin(&bench);
	rules_bench_message(&bench, STR("Received: from a (b [192.0.2.7]) by c "
	    "(Postfix) with ESMTP id 1\n\n"));
	netaddr_parse(STR("198.51.100.1"), &bench.txn->client.address);
	bench.txn->client.name = "mx.example.net";
	bench.txn->client.helo = "helo.example.net";
	found = sa_relays_text(bench.view, STR("untrusted"));
	assert_true(str_has_prefix_nocase(found, STR("[ ip=198.51.100.1 "
	    "rdns=mx.example.net helo=helo.example.net ")));
	assert_int_equal(sa_relays(bench.view)->relays.len, 2);
	rules_bench_end(&bench);
}

/* --- traps -------------------------------------------------------------------------- */

static void
render(struct arena *arena, struct str text)
{
	sa_html_render(arena, text, false);
}

static void
find_uris(struct arena *arena, struct str text)
{
	struct vec found;

	vec_init(&found, arena, sizeof(struct sa_found_uri));
	sa_uris_find(arena, NULL, text, map_new(arena), &found);
}

static void
read_addresses(struct arena *arena, struct str text)
{
	struct vec addresses;

	vec_init(&addresses, arena, sizeof(struct sa_address));
	sa_addresses_read(arena, text, &addresses);
}

static void
read_received(struct arena *arena, struct str text)
{
	struct sa_relay relay;

	sa_received_read(arena, text, &relay);
}

static void
resolve(struct arena *arena, struct str text)
{
	sa_uri_target(arena, STR("http://example.org/a/b"), text);
}

static void
time_in_proportion(void **state)
{
	static const struct {
		const char *front, *piece;
		void (*read)(struct arena *arena, struct str text);
	} traps[] = {
		{ "", "<div>", render }, { "", "<font>", render },
		{ "", "</td>", render }, { "", "<td><font>", render },
		{ "<a href=x>", "y<br>", render }, { "", "<a href=x>", render },
		{ "", "&", render }, { "<p style=\"", "color:red;", render },
		{ "", "<!", render }, { "", "<!--a>", render }, { "", "\xe2\x80\x9c", render },
		{ "", "a.", find_uris }, { "", "a@", find_uris },
		{ "", "www.", find_uris }, { "", "http://", find_uris },
		{ "", "a:", find_uris }, { "", "mailto:", find_uris },
		{ "", "\"", read_addresses }, { "", "<a@b>", read_addresses },
		{ "<", "a>", read_addresses }, { "", "(", read_addresses },
		{ "", ",", read_addresses }, { "", "a ", read_addresses },
		{ "from a (", "[1.2.3.4] ", read_received },
		{ "from ", "a(", read_received },
		{ "from ", "a@", read_received },
		{ "", "/..", resolve }, { "", "/a/.", resolve },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(traps); i++)
		grows_with_input(traps[i].front, traps[i].piece,
		    traps[i].read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_of_a_message),
		cmocka_unit_test(the_client_is_the_newest_relay),
		cmocka_unit_test(time_in_proportion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
