/* SPDX-License-Identifier: ISC */
/* test_dns_name.c - domain names as text and on the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns.h"
#include "dns/dns_name.h"
#include "fixture.h"

#define L63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"
#define L61 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghija"

static void
text_gets_one_canonical_form(void **state)
{
	static const struct {
		const char *sentence, *text, *wanted;	/* NULL: no name */
	} cases[] = {
		{ "a plain name", "example.org", "example.org" },
		{ "capitals are lowered", "Mail.EXAMPLE.Org",
		  "mail.example.org" },
		{ "a final dot goes", "example.org.", "example.org" },
		{ "the root is empty", ".", "" },
		{ "so is nothing", "", "" },
		{ "underscores and hyphens are usual", "_dmarc.-x-.org",
		  "_dmarc.-x-.org" },
		{ "a wildcard is a label", "*.example.org", "*.example.org" },
		{ "a blank is escaped", "a b.org", "a\\032b.org" },
		{ "a byte over 127 is escaped", "caf\xc3\xa9.org",
		  "caf\\195\\169.org" },
		{ "an escaped letter is the letter", "\\065bc.org", "abc.org" },
		{ "an escaped dot belongs to the label", "a\\.b.org",
		  "a\\046b.org" },
		{ "it has one form", "a\\046b.org", "a\\046b.org" },
		{ "an escaped backslash too", "a\\\\b", "a\\092b" },
		{ "a label of 63 bytes", L63 ".org", L63 ".org" },
		{ "253 bytes", L63 "." L63 "." L63 "." L61,
		  L63 "." L63 "." L63 "." L61 },
		{ "253 bytes and the final dot",
		  L63 "." L63 "." L63 "." L61 ".",
		  L63 "." L63 "." L63 "." L61 },
		{ "254 bytes", L63 "." L63 "." L63 "." L61 "x", NULL },
		{ "a label of 64 bytes", L63 "x.org", NULL },
		{ "an empty label", "a..org", NULL },
		{ "an empty label in front", ".org", NULL },
		{ "two final dots", "org..", NULL },
		{ "two dots", "..", NULL },
		{ "a backslash at the end", "org\\", NULL },
		{ "two digits behind a backslash", "a\\12", NULL },
		{ "an escape over 255", "a\\256b", NULL },
	};
	char buf[DNS_NAME_SIZE];
	struct str name;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int error = dns_name_parse(str_from(cases[i].text), buf,
		    &name);

		if ((error < 0) != (cases[i].wanted == NULL) ||
		    (error == 0 && (!str_is(name, cases[i].wanted) ||
		    strlen(buf) != name.len)))
			fail_msg("%s: %d \"%s\"", cases[i].sentence, error,
			    buf);
	}
}

static void
the_longest_name_of_escapes_has_room(void **state)
{
	char text[4 * 64 * 4], buf[DNS_NAME_SIZE];
	struct str name;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 250; i++) {
		if (i != 0 && i % 63 == 0)
			text[len++] = '.';
		text[len++] = '\xff';
	}
	assert_int_equal(dns_name_parse(str_of(text, len), buf, &name), 0);
	assert_int_equal(name.len, 250 * 4 + 3);
	text[len++] = '\xff';
	assert_int_equal(dns_name_parse(str_of(text, len), buf, &name), -1);
}

struct wire_case {
	const char *sentence;
	const char *packet;
	size_t len, at;
	const char *wanted;	/* NULL: malformed */
	size_t end;
};

#define PACKET(bytes) bytes, sizeof(bytes) - 1

static const struct wire_case wire_cases[] = {
	{ "a plain name", PACKET("\3www\7example\3org\0rest"), 0,
	  "www.example.org", 17 },
	{ "the root", PACKET("\0"), 0, "", 1 },
	{ "capitals are lowered", PACKET("\3WwW\0"), 0, "www", 5 },
	{ "odd bytes are escaped", PACKET("\4a.b\x7f\0"), 0,
	  "a\\046b\\127", 6 },
	{ "a pointer back", PACKET("\3org\0\3www\xc0\0rest"), 5, "www.org",
	  11 },
	{ "a pointer to a pointer", PACKET("\3org\0\1a\xc0\0\1b\xc0\5"), 9,
	  "b.a.org", 13 },
	{ "nothing", PACKET(""), 0, NULL, 0 },
	{ "no end", PACKET("\3org"), 0, NULL, 0 },
	{ "a label over the end", PACKET("\5org\0"), 0, NULL, 0 },
	{ "half a pointer", PACKET("\3org\xc0"), 0, NULL, 0 },
	{ "a pointer to itself", PACKET("\xc0\0"), 0, NULL, 0 },
	{ "a pointer to the label before it", PACKET("\3org\xc0\0"), 0, NULL,
	  0 },
	{ "two pointers at each other", PACKET("\xc0\2\xc0\0"), 2, NULL, 0 },
	{ "a pointer forward", PACKET("\xc0\2\3org\0"), 0, NULL, 0 },
	{ "a pointer outside", PACKET("\3org\0\xff\xff"), 5, NULL, 0 },
	{ "the kinds of label without meaning", PACKET("\x43org\0"), 0, NULL,
	  0 },
	{ "the other one", PACKET("\x83org\0"), 0, NULL, 0 },
};

static void
names_are_read_from_a_packet(void **state)
{
	char buf[DNS_NAME_SIZE];
	struct str name;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wire_cases); i++) {
		const struct wire_case *c = &wire_cases[i];
		/* A copy of its own, so that a sanitizer sees each byte. */
		struct arena *arena = arena_new(0);
		size_t at = c->at;
		int error = dns_name_read(arena_memdup(arena, c->packet,
		    c->len), c->len, &at, buf, &name);

		if ((error < 0) != (c->wanted == NULL) || (error == 0 &&
		    (!str_is(name, c->wanted) || at != c->end)))
			fail_msg("%s: %d \"%s\" at %zu", c->sentence, error,
			    buf, at);
		arena_free(&arena);
	}
}

static void
a_name_over_255_bytes_is_refused_however_it_is_compressed(void **state)
{
	uint8_t packet[600];
	char buf[DNS_NAME_SIZE];
	struct str name;
	size_t len = 0, at, last = 0;

	(void)state;
	/* Four labels of 50 bytes, each but the first pointing at the one
	 * before; then one that has no more room. */
	for (int i = 0; i < 5; i++) {
		size_t start = len;

		packet[len++] = 50;
		memset(packet + len, 'a', 50);
		len += 50;
		if (i == 0) {
			packet[len++] = 0;
		} else {
			packet[len++] = (uint8_t)(0xc0 | last >> 8);
			packet[len++] = (uint8_t)last;
		}
		last = at = start;
		assert_int_equal(dns_name_read(packet, len, &at, buf, &name),
		    i < 4 ? 0 : -1);
	}
}

/* "org", and behind it so many pointers, each to the one before. */
static int
read_behind(unsigned count, struct str *name_r)
{
	static char buf[DNS_NAME_SIZE];
	uint8_t packet[256] = "\3org";
	size_t at = 5;

	for (unsigned i = 0; i < count; i++, at += 2) {
		packet[at] = 0xc0;
		packet[at + 1] = (uint8_t)(i == 0 ? 0 : at - 2);
	}
	at -= 2;
	return dns_name_read(packet, sizeof(packet), &at, buf, name_r);
}

static void
a_chain_of_pointers_has_an_end(void **state)
{
	struct str name;

	(void)state;
	assert_int_equal(read_behind(16, &name), 0);
	assert_true(str_is(name, "org"));
	assert_int_equal(read_behind(17, &name), -1);
	assert_int_equal(read_behind(100, &name), -1);
}

static void
addresses_have_reverse_names(void **state)
{
	static const uint8_t v4[] = { 192, 0, 2, 7 };
	static const uint8_t v6[] = { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 0x56, 0x7b };
	struct arena *arena = *state;

	assert_true(str_is(dns_reverse_name(arena, v4, 4),
	    "7.2.0.192.in-addr.arpa"));
	assert_true(str_is(dns_reverse_name(arena, v6, 16),
	    "b.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	    ".ip6.arpa"));
}

static void
types_have_names(void **state)
{
	enum dns_type type;

	(void)state;
	assert_true(dns_type_find(STR("aaaa"), &type));
	assert_int_equal(type, DNS_AAAA);
	assert_string_equal(dns_type_text(DNS_TXT), "TXT");
	assert_false(dns_type_find(STR("SRV"), &type));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_gets_one_canonical_form),
		cmocka_unit_test(the_longest_name_of_escapes_has_room),
		cmocka_unit_test(names_are_read_from_a_packet),
		cmocka_unit_test(a_chain_of_pointers_has_an_end),
		cmocka_unit_test(
		    a_name_over_255_bytes_is_refused_however_it_is_compressed),
		ARENA_TEST(addresses_have_reverse_names),
		cmocka_unit_test(types_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
