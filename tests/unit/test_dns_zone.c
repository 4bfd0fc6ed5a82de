/* SPDX-License-Identifier: ISC */
/* test_dns_zone.c - answers from a zone file, and its errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "fixture.h"
#include "scratch.h"

static const char zone_text[] =
    "# a comment\n"
    "\n"
    "example.org\tA\t192.0.2.1\n"
    "Example.Org.\tA\t192.0.2.2\n"
    "example.org\tAAAA\t2001:db8::1\n"
    "example.org\tMX\t10 Mail.Example.org.\n"
    "example.org\tMX\t20 b.example.org\n"
    "null.example.org\tMX\t0 .\n"
    "bare.example.org\tMX\t0 \n"
    "example.org\tTXT\tv=spf1 mx -all\n"
    "7.2.0.192.in-addr.arpa\tPTR\tmail.example.org\n"
    "deep.down.below.org\tTXT\t\n"
    "esc.org\tTXT\ta\\tb\\nc\\\\d\\x00e\\xFF \"q\" \xc3\xa9\n"
    "fault.org\tTXT\t\\x21TIMEOUT\n"
    "silent.org\tTXT\t!TIMEOUT\n"
    "silent.org\tA\t192.0.2.3\n"
    "broken.org\tMX\t!SERVFAIL\n"
    "www.example.org\tCNAME\texample.org\n"
    "www2.example.org\tCNAME\tWWW.example.org.\n"
    "lost.example.org\tCNAME\tnowhere.org\n"
    "tosilent.org\tCNAME\tsilent.org\n"
    "cnamefault.org\tCNAME\t!SERVFAIL\n"
    "loop1.org\tCNAME\tloop2.org\n"
    "loop2.org\tCNAME\tloop1.org\n"
    "self.org\tCNAME\tself.org\n"
    "srv.org\tSRV\t0 0 25 mail.example.org\n"
    "type.org\tTYPE99\twhatever\n"
    "dot\\046ted.org\tA\t192.0.2.9\n"
    "last.org\tNS\tns.example.org";

static struct dns_source *
load(struct arena *arena, const char *text)
{
	const char *error = "";
	struct dns_source *source = zone_source_parse("test.zone",
	    str_from(text), arena, &error);

	if (source == NULL)
		fail_msg("%s", error);
	return source;
}

static void
every_question_has_its_answer(void **state)
{
	static const struct {
		const char *sentence, *name;
		enum dns_type type;
		const char *wanted;
	} cases[] = {
		{ "addresses in their order", "example.org", DNS_A,
		  "found c0000201 c0000202" },
		{ "in any case, final dot", "EXAMPLE.org.", DNS_AAAA,
		  "found 20010db8000000000000000000000001" },
		{ "MX with preferences", "example.org", DNS_MX,
		  "found 10:mail.example.org 20:b.example.org" },
		{ "null MX", "null.example.org", DNS_MX, "found 0:" },
		{ "MX without host", "bare.example.org", DNS_MX, "found 0:" },
		{ "TXT", "example.org", DNS_TXT, "found v=spf1 mx -all" },
		{ "an empty TXT is a record", "deep.down.below.org", DNS_TXT,
		  "found " },
		{ "PTR", "7.2.0.192.in-addr.arpa", DNS_PTR,
		  "found mail.example.org" },
		{ "NS, without newline at the end", "last.org", DNS_NS,
		  "found ns.example.org" },
		{ "another type only", "example.org", DNS_PTR,
		  "no such record" },
		{ "absent", "absent.org", DNS_A, "no such name" },
		{ "below a name that exists", "no.example.org", DNS_A,
		  "no such name" },
		{ "an empty non-terminal", "down.below.org", DNS_A,
		  "no such record" },
		{ "the next one", "below.org", DNS_TXT, "no such record" },
		{ "and the top", "org", DNS_A, "no such record" },
		{ "half a label is another name", "low.org", DNS_A,
		  "no such name" },
		{ "a fault escaped is text", "fault.org", DNS_TXT,
		  "found !TIMEOUT" },
		{ "!TIMEOUT", "silent.org", DNS_TXT, "no answer in time" },
		{ "for its type only", "silent.org", DNS_A, "found c0000203" },
		{ "!SERVFAIL", "broken.org", DNS_MX, "lookup failed" },
		{ "a name with a fault exists", "broken.org", DNS_A,
		  "no such record" },
		{ "CNAME", "www.example.org", DNS_A,
		  "found c0000201 c0000202" },
		{ "two", "www2.example.org", DNS_TXT,
		  "found v=spf1 mx -all" },
		{ "to a name without the type", "www.example.org", DNS_PTR,
		  "no such record" },
		{ "to nowhere", "lost.example.org", DNS_A, "no such name" },
		{ "to a fault", "tosilent.org", DNS_TXT,
		  "no answer in time" },
		{ "a fault of the CNAME", "cnamefault.org", DNS_A,
		  "lookup failed" },
		{ "the CNAME itself", "www.example.org", DNS_CNAME,
		  "found example.org" },
		{ "a loop", "loop1.org", DNS_A, "lookup failed" },
		{ "to itself", "self.org", DNS_A, "lookup failed" },
		{ "a type that nobody asks for", "srv.org", DNS_A,
		  "no such record" },
		{ "by number", "type.org", DNS_A, "no such record" },
		{ "a dot in a label", "dot\\.ted.org", DNS_A,
		  "found c0000209" },
		{ "is no separator", "ted.org", DNS_A, "no such name" },
		{ "no name at all", "a..b", DNS_A, "no such name" },
		{ "nothing", "", DNS_A, "no such name" },
	};
	struct arena *arena = arena_new(0);
	struct dns_source *source = load(arena, zone_text);
	struct wait *wait = wait_new();
	struct dns_view *view = dns_view_new(arena, source, wait);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct dns_answer *answer = dns_ask(view,
		    str_from(cases[i].name), cases[i].type);
		const char *got;

		assert_non_null(answer);
		got = fixture_answer_text(arena, answer, cases[i].type);
		if (strcmp(got, cases[i].wanted) != 0)
			fail_msg("%s: got \"%s\"", cases[i].sentence, got);
		assert_false(answer->is_secure);
		assert_true((answer->error != NULL) ==
		    (answer->status >= DNS_SERVFAIL));
	}
	assert_int_equal(dns_view_pending(view), 0);
	arena_free(&arena);
	dns_source_free(&source);
	wait_unref(&wait);
}

static void
escapes_give_any_byte(void **state)
{
	static const char wanted[] = "a\tb\nc\\d\0e\xff \"q\" \xc3\xa9";
	struct arena *arena = arena_new(0);
	struct dns_source *source = load(arena, zone_text);
	struct wait *wait = wait_new();
	const struct dns_answer *answer = dns_ask(
	    dns_view_new(arena, source, wait), STR("esc.org"), DNS_TXT);

	(void)state;
	assert_int_equal(answer->records[0].data.len, sizeof(wanted) - 1);
	assert_memory_equal(answer->records[0].data.data, wanted,
	    sizeof(wanted) - 1);
	arena_free(&arena);
	dns_source_free(&source);
	wait_unref(&wait);
}

static void
errors_name_file_and_line(void **state)
{
	static const struct {
		const char *sentence, *text, *wanted;
	} cases[] = {
		{ "no tab", "a.org A 1.2.3.4", "test.zone:1: a line is" },
		{ "one tab", "# x\n\na.org\tA", "test.zone:3: a line is" },
		{ "an unknown type", "a.org\tAA\tx",
		  "test.zone:1: unknown type" },
		{ "no IPv4 address", "a.org\tA\t192.0.2.256",
		  "test.zone:1: not an IPv4 address" },
		{ "a carriage return", "a.org\tA\t192.0.2.1\r\n",
		  "test.zone:1: not an IPv4 address" },
		{ "a NUL", "a.org\tA\t192.0.2.1\\x00",
		  "test.zone:1: not an IPv4 address" },
		{ "no IPv6 address", "a.org\tAAAA\t192.0.2.1",
		  "test.zone:1: not an IPv6 address" },
		{ "a long address", "a.org\tAAAA\t1111111111111111111111111111"
		  "11111111111111111111111111111111",
		  "test.zone:1: not an IPv6 address" },
		{ "MX without preference", "a.org\tMX\tmail.org",
		  "test.zone:1: MX is written" },
		{ "MX with a large one", "a.org\tMX\t65536 mail.org",
		  "test.zone:1: MX is written" },
		{ "MX with a bad host", "a.org\tMX\t10 a..b",
		  "test.zone:1: not a domain name" },
		{ "a bad name", "a..org\tA\t192.0.2.1",
		  "test.zone:1: not a domain name" },
		{ "an unknown escape", "a.org\tTXT\t\\q",
		  "test.zone:1: unknown escape" },
		{ "half an escape", "a.org\tTXT\t\\x0",
		  "test.zone:1: unknown escape" },
		{ "no hexadecimal digit", "a.org\tTXT\t\\x0g",
		  "test.zone:1: unknown escape" },
		{ "a backslash at the end", "a.org\tTXT\tx\\",
		  "test.zone:1: unknown escape" },
		{ "a fault misspelt is a bad address", "a.org\tA\t!TIMOUT",
		  "test.zone:1: not an IPv4 address" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *arena = arena_new(0);
		const char *error = "";

		if (zone_source_parse("test.zone", str_from(cases[i].text),
		    arena, &error) != NULL)
			fail_msg("%s: was read", cases[i].sentence);
		if (strncmp(error, cases[i].wanted,
		    strlen(cases[i].wanted)) != 0)
			fail_msg("%s: %s", cases[i].sentence, error);
		arena_free(&arena);
	}
}

static void
a_txt_is_as_long_as_the_dns_allows(void **state)
{
	struct arena *arena = *state;
	const char *error = "";
	struct buf text;

	for (size_t len = 65279; len <= 65280; len++) {
		struct dns_source *source;

		buf_init(&text, arena);
		buf_add_text(&text, "a.org\tTXT\t");
		for (size_t i = 0; i < len; i++)
			buf_add_char(&text, 'x');
		source = zone_source_parse("z", buf_str(&text), arena,
		    &error);
		assert_true((source != NULL) == (len == 65279));
		dns_source_free(&source);
	}
	assert_non_null(strstr(error, "z:1: TXT over 65279"));
}

static void
chains_are_followed_sixteen_times(void **state)
{
	struct arena *arena = arena_new(0);
	struct dns_source *source;
	struct dns_view *view;
	struct wait *wait = wait_new();
	struct buf text;

	(void)state;
	buf_init(&text, arena);
	for (int i = 0; i < 17; i++)
		buf_printf(&text, "n%d.org\tCNAME\tn%d.org\n", i, i + 1);
	buf_add_text(&text, "n17.org\tA\t192.0.2.1\n");
	source = load(arena, text.data);
	view = dns_view_new(arena, source, wait);
	assert_int_equal(dns_ask(view, STR("n1.org"), DNS_A)->status,
	    DNS_FOUND);
	assert_int_equal(dns_ask(view, STR("n0.org"), DNS_A)->status,
	    DNS_SERVFAIL);
	arena_free(&arena);
	dns_source_free(&source);
	wait_unref(&wait);
}

static void
a_file_is_loaded_or_its_trouble_named(void **state)
{
	char path[SCRATCH_SIZE];
	struct arena *arena = *state;
	struct dns_source *source;
	const char *error = "";
	int fd = scratch_file(path, "zone");

	assert_int_equal(write(fd, zone_text, sizeof(zone_text) - 1),
	    sizeof(zone_text) - 1);
	close(fd);
	source = zone_source_load(path, arena, &error);
	assert_non_null(source);
	dns_source_free(&source);
	unlink(path);
	assert_null(zone_source_load(path, arena, &error));
	assert_non_null(strstr(error, path));
	assert_non_null(strstr(error, "No such file"));
	assert_null(zone_source_load("/", arena, &error));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_question_has_its_answer),
		cmocka_unit_test(escapes_give_any_byte),
		cmocka_unit_test(errors_name_file_and_line),
		ARENA_TEST(a_txt_is_as_long_as_the_dns_allows),
		cmocka_unit_test(chains_are_followed_sixteen_times),
		ARENA_TEST(a_file_is_loaded_or_its_trouble_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
