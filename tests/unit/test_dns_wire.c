/* SPDX-License-Identifier: ISC */
/* test_dns_wire.c - response packets, honest and malicious. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns.h"
#include "dns/wire.h"
#include "fixture.h"

#define NOERROR 0x8180
#define NXDOMAIN 0x8183

struct packet {
	uint8_t data[65535];
	size_t len;
};

static void
put(struct packet *packet, const void *data, size_t len)
{
	assert_true(len <= sizeof(packet->data) - packet->len);
	memcpy(packet->data + packet->len, data, len);
	packet->len += len;
}

static void
put_u16(struct packet *packet, unsigned value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(packet, bytes, 2);
}

static void
put_u32(struct packet *packet, uint32_t value)
{
	put_u16(packet, value >> 16);
	put_u16(packet, value & 0xffff);
}

/* "a.example.org", uncompressed. */
static void
put_name(struct packet *packet, const char *name)
{
	struct str rest = str_from(name), label;

	while (*name != '\0' && str_cut(&rest, '.', &label)) {
		const uint8_t len = (uint8_t)label.len;

		put(packet, &len, 1);
		put(packet, label.data, label.len);
	}
	put(packet, "", 1);
}

static void
begin(struct packet *packet, unsigned flags, const char *name, unsigned type,
    unsigned answers, unsigned authorities)
{
	packet->len = 0;
	put_u16(packet, 0);
	put_u16(packet, flags);
	put_u16(packet, 1);
	put_u16(packet, answers);
	put_u16(packet, authorities);
	put_u16(packet, 0);
	put_name(packet, name);
	put_u16(packet, type);
	put_u16(packet, 1);
}

static void
put_rr(struct packet *packet, const char *owner, unsigned type, uint32_t ttl_s,
    const void *rdata, size_t rdata_len)
{
	put_name(packet, owner);
	put_u16(packet, type);
	put_u16(packet, 1);
	put_u32(packet, ttl_s);
	put_u16(packet, (unsigned)rdata_len);
	put(packet, rdata, rdata_len);
}

static void
put_name_rr(struct packet *packet, const char *owner, unsigned type,
    uint32_t ttl_s, const char *target)
{
	struct packet rdata = { .len = 0 };

	put_name(&rdata, target);
	put_rr(packet, owner, type, ttl_s, rdata.data, rdata.len);
}

static void
put_soa(struct packet *packet, uint32_t ttl_s, uint32_t minimum_s)
{
	struct packet rdata = { .len = 0 };

	put_name(&rdata, "ns.example.org");
	put_name(&rdata, "root.example.org");
	for (int i = 0; i < 4; i++)
		put_u32(&rdata, 1);
	put_u32(&rdata, minimum_s);
	put_rr(packet, "example.org", 6, ttl_s, rdata.data, rdata.len);
}

/* Parsed from a copy of its exact size, so that a sanitizer sees each byte. */
static struct dns_answer
parse(struct arena *arena, const struct packet *packet, const char *name,
    enum dns_type type)
{
	struct dns_answer answer;

	dns_wire_parse(arena_memdup(arena, packet->data, packet->len),
	    packet->len, str_from(name), type, arena, &answer);
	return answer;
}

static void
records_of_every_type_are_read(void **state)
{
	static const struct {
		const char *sentence;
		enum dns_type type;
		const char *rdata;
		size_t rdata_len;
		const char *wanted;	/* NULL: malformed */
		size_t wanted_len;
		unsigned preference;
	} cases[] = {
#define R(bytes) bytes, sizeof(bytes) - 1
		{ "A", DNS_A, R("\300\0\2\1"), R("\300\0\2\1"), 0 },
		{ "a short A", DNS_A, R("\300\0\2"), NULL, 0, 0 },
		{ "a long A", DNS_A, R("\300\0\2\1\1"), NULL, 0, 0 },
		{ "AAAA", DNS_AAAA, R("0123456789abcdef"),
		  R("0123456789abcdef"), 0 },
		{ "a short AAAA", DNS_AAAA, R("\300\0\2\1"), NULL, 0, 0 },
		{ "MX", DNS_MX, R("\1\2\4Mail\3org\0"), R("mail.org"), 258 },
		{ "null MX", DNS_MX, R("\0\0\0"), R(""), 0 },
		{ "MX without name", DNS_MX, R("\0\1"), NULL, 0, 0 },
		{ "MX with half a name", DNS_MX, R("\0\1\4mai"), NULL, 0, 0 },
		{ "MX and more", DNS_MX, R("\0\1\1a\0x"), NULL, 0, 0 },
		{ "a compressed name", DNS_PTR, R("\4mail\xc0\x0c"),
		  R("mail.a.org"), 0 },
		{ "a name that points at itself", DNS_PTR,
		  R("\xc0\x28"), NULL, 0, 0 },
		{ "an empty name field", DNS_PTR, R(""), NULL, 0, 0 },
		{ "NS", DNS_NS, R("\2ns\0"), R("ns"), 0 },
		{ "CNAME itself", DNS_CNAME, R("\1b\0"), R("b"), 0 },
		{ "TXT of one string", DNS_TXT, R("\3abc"), R("abc"), 0 },
		{ "TXT of three", DNS_TXT, R("\2ab\0\3c\0d"), R("abc\0d"), 0 },
		{ "TXT of an empty string", DNS_TXT, R("\0"), R(""), 0 },
		{ "TXT of nothing", DNS_TXT, R(""), R(""), 0 },
		{ "TXT over the end", DNS_TXT, R("\4abc"), NULL, 0, 0 },
#undef R
	};
	static struct packet packet;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_answer got;

		begin(&packet, NOERROR, "a.org", cases[i].type, 1, 0);
		put_rr(&packet, "A.Org", cases[i].type, 60, cases[i].rdata,
		    cases[i].rdata_len);
		got = parse(*state, &packet, "a.org", cases[i].type);
		if (cases[i].wanted == NULL) {
			if (got.status != DNS_SERVFAIL || got.count != 0)
				fail_msg("%s: was read", cases[i].sentence);
			continue;
		}
		if (got.status != DNS_FOUND || got.count != 1 ||
		    !str_eq(got.records[0].data, str_of(cases[i].wanted,
		    cases[i].wanted_len)) || got.ttl_s != 60 ||
		    got.records[0].preference != cases[i].preference)
			fail_msg("%s: %s", cases[i].sentence,
			    got.error != NULL ? got.error : "other data");
	}
}

static void
only_records_of_the_name_and_type_count(void **state)
{
	static struct packet packet;
	struct dns_answer got;

	begin(&packet, NOERROR, "a.org", DNS_A, 4, 0);
	put_rr(&packet, "b.org", DNS_A, 1, "\1\1\1\1", 4);
	put_rr(&packet, "a.org", 46, 1, "signature", 9);
	put_rr(&packet, "a.org", DNS_A, 300, "\2\2\2\2", 4);
	put_rr(&packet, "a.org", DNS_A, 200, "\3\3\3\3", 4);
	got = parse(*state, &packet, "a.org", DNS_A);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.ttl_s, 200);
	assert_true(str_is(got.records[1].data, "\3\3\3\3"));
	assert_int_equal(parse(*state, &packet, "a.org", DNS_AAAA).status,
	    DNS_NODATA);
}

static void
another_class_is_another_record(void **state)
{
	static struct packet packet;
	size_t class_at;

	begin(&packet, NOERROR, "a.org", DNS_A, 1, 0);
	class_at = packet.len + 7 + 2;
	put_rr(&packet, "a.org", DNS_A, 300, "\2\2\2\2", 4);
	packet.data[class_at + 1] = 3;
	assert_int_equal(parse(*state, &packet, "a.org", DNS_A).status,
	    DNS_NODATA);
}

static void
cnames_are_followed_in_any_order_and_lower_the_ttl(void **state)
{
	static struct packet packet;
	struct dns_answer got;

	begin(&packet, NOERROR, "a.org", DNS_A, 4, 0);
	put_rr(&packet, "d.org", DNS_A, 300, "\2\2\2\2", 4);
	put_name_rr(&packet, "c.org", DNS_CNAME, 40, "D.org");
	put_name_rr(&packet, "b.org", DNS_CNAME, 400, "c.org");
	put_name_rr(&packet, "a.org", DNS_CNAME, 400, "b.org");
	got = parse(*state, &packet, "a.org", DNS_A);
	assert_int_equal(got.status, DNS_FOUND);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.ttl_s, 40);
}

static void
a_chain_has_sixteen_links_at_most(void **state)
{
	static struct packet packet;
	char from[16], to[16];

	for (unsigned links = 16; links <= 17; links++) {
		begin(&packet, NOERROR, "n0", DNS_A, links + 1, 0);
		for (unsigned i = 0; i < links; i++) {
			snprintf(from, sizeof(from), "n%u", i);
			snprintf(to, sizeof(to), "n%u", i + 1);
			put_name_rr(&packet, from, DNS_CNAME, 1, to);
		}
		put_rr(&packet, to, DNS_A, 300, "\2\2\2\2", 4);
		assert_int_equal(parse(*state, &packet, "n0", DNS_A).status,
		    links == 16 ? DNS_FOUND : DNS_SERVFAIL);
	}
}

static void
loops_end(void **state)
{
	static struct packet packet;
	struct dns_answer got;

	begin(&packet, NOERROR, "a.org", DNS_A, 2, 0);
	put_name_rr(&packet, "b.org", DNS_CNAME, 1, "a.org");
	put_name_rr(&packet, "a.org", DNS_CNAME, 1, "b.org");
	got = parse(*state, &packet, "a.org", DNS_A);
	assert_int_equal(got.status, DNS_SERVFAIL);
	assert_non_null(strstr(got.error, "loop"));
	begin(&packet, NOERROR, "a.org", DNS_A, 1, 0);
	put_name_rr(&packet, "a.org", DNS_CNAME, 1, "a.org");
	assert_int_equal(parse(*state, &packet, "a.org", DNS_A).status,
	    DNS_SERVFAIL);
}

static void
negative_answers_take_their_ttl_from_the_soa(void **state)
{
	static const struct {
		const char *sentence;
		unsigned flags;
		enum dns_status status;
		uint32_t soa_ttl_s, minimum_s, wanted_s;
	} cases[] = {
		{ "NXDOMAIN, the minimum is less", NXDOMAIN, DNS_NXDOMAIN,
		  3600, 300, 300 },
		{ "NODATA, the SOA's TTL is less", NOERROR, DNS_NODATA, 60,
		  300, 60 },
		{ "a TTL over 2^31 is none", NXDOMAIN, DNS_NXDOMAIN,
		  0x80000001, 300, 0 },
	};
	static struct packet packet;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_answer got;

		begin(&packet, cases[i].flags, "a.org", DNS_A, 0, 1);
		put_soa(&packet, cases[i].soa_ttl_s, cases[i].minimum_s);
		got = parse(*state, &packet, "a.org", DNS_A);
		if (got.status != cases[i].status ||
		    got.ttl_s != cases[i].wanted_s)
			fail_msg("%s: status %d ttl %u", cases[i].sentence,
			    got.status, got.ttl_s);
	}
}

static void
negative_answers_without_soa_are_not_kept(void **state)
{
	static struct packet packet;
	struct dns_answer got;

	begin(&packet, NXDOMAIN, "a.org", DNS_A, 1, 0);
	put_name_rr(&packet, "a.org", DNS_CNAME, 500, "b.org");
	got = parse(*state, &packet, "a.org", DNS_A);
	assert_int_equal(got.status, DNS_NXDOMAIN);
	assert_int_equal(got.ttl_s, 0);
}

static void
a_cname_to_nowhere_lowers_the_negative_ttl(void **state)
{
	static struct packet packet;
	struct dns_answer got;

	begin(&packet, NXDOMAIN, "a.org", DNS_A, 1, 1);
	put_name_rr(&packet, "a.org", DNS_CNAME, 50, "b.org");
	put_soa(&packet, 3600, 300);
	got = parse(*state, &packet, "a.org", DNS_A);
	assert_int_equal(got.status, DNS_NXDOMAIN);
	assert_int_equal(got.ttl_s, 50);
}

static void
headers_that_are_no_answers_are_servfail(void **state)
{
	static const struct {
		const char *sentence;
		unsigned flags;
		const char *wanted;
	} cases[] = {
		{ "a question", 0x0100, "malformed answer" },
		{ "truncated", 0x8380, "truncated answer" },
		{ "FORMERR", 0x8181, "server could not read the question" },
		{ "SERVFAIL", 0x8182, "server failure" },
		{ "NOTIMP", 0x8184, "not implemented by the server" },
		{ "REFUSED", 0x8185, "refused by the server" },
		{ "another rcode", 0x8189, "unexpected answer" },
	};
	static struct packet packet;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_answer got;

		begin(&packet, cases[i].flags, "a.org", DNS_A, 1, 0);
		put_rr(&packet, "a.org", DNS_A, 300, "\2\2\2\2", 4);
		got = parse(*state, &packet, "a.org", DNS_A);
		assert_int_equal(got.status, DNS_SERVFAIL);
		if (strcmp(got.error, cases[i].wanted) != 0)
			fail_msg("%s: %s", cases[i].sentence, got.error);
	}
}

static void
every_cut_of_a_packet_is_malformed(void **state)
{
	static struct packet packet;
	size_t whole;

	begin(&packet, NOERROR, "a.org", DNS_MX, 2, 1);
	put_name_rr(&packet, "a.org", DNS_CNAME, 1, "b.org");
	put_rr(&packet, "b.org", DNS_MX, 300, "\0\1\1a\3org\0", 9);
	whole = packet.len;
	put_soa(&packet, 1, 1);
	assert_int_equal(parse(*state, &packet, "a.org", DNS_MX).status,
	    DNS_FOUND);
	/* What stands behind the answers is read for negative ones only. */
	for (packet.len = 0; packet.len < whole; packet.len++)
		assert_int_equal(parse(*state, &packet, "a.org",
		    DNS_MX).status, DNS_SERVFAIL);
	begin(&packet, NXDOMAIN, "a.org", DNS_MX, 0, 1);
	put_soa(&packet, 1, 1);
	whole = packet.len;
	for (packet.len = 0; packet.len < whole; packet.len++)
		assert_int_equal(parse(*state, &packet, "a.org",
		    DNS_MX).status, DNS_SERVFAIL);
}

static void
counts_that_lie_are_malformed(void **state)
{
	static struct packet packet;

	begin(&packet, NOERROR, "a.org", DNS_A, 65535, 65535);
	put_rr(&packet, "a.org", DNS_A, 300, "\2\2\2\2", 4);
	assert_int_equal(parse(*state, &packet, "a.org", DNS_A).status,
	    DNS_SERVFAIL);
	begin(&packet, NXDOMAIN, "a.org", DNS_A, 0, 1);
	put_rr(&packet, "example.org", 6, 300, "\2\2\2\2", 4);
	assert_int_equal(parse(*state, &packet, "a.org", DNS_A).status,
	    DNS_SERVFAIL);
}

static void
the_largest_txt_is_read_whole(void **state)
{
	static struct packet packet;
	static uint8_t rdata[65280];
	struct dns_answer got;

	for (size_t i = 0; i < sizeof(rdata); i += 256) {
		memset(rdata + i, 'x', 256);
		rdata[i] = 255;
	}
	begin(&packet, NOERROR, "a.org", DNS_TXT, 1, 0);
	put_rr(&packet, "a.org", DNS_TXT, 300, rdata, sizeof(rdata));
	got = parse(*state, &packet, "a.org", DNS_TXT);
	assert_int_equal(got.status, DNS_FOUND);
	assert_int_equal(got.records[0].data.len, 255 * 255);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(records_of_every_type_are_read),
		ARENA_TEST(only_records_of_the_name_and_type_count),
		ARENA_TEST(another_class_is_another_record),
		ARENA_TEST(cnames_are_followed_in_any_order_and_lower_the_ttl),
		ARENA_TEST(a_chain_has_sixteen_links_at_most),
		ARENA_TEST(loops_end),
		ARENA_TEST(negative_answers_take_their_ttl_from_the_soa),
		ARENA_TEST(negative_answers_without_soa_are_not_kept),
		ARENA_TEST(a_cname_to_nowhere_lowers_the_negative_ttl),
		ARENA_TEST(headers_that_are_no_answers_are_servfail),
		ARENA_TEST(every_cut_of_a_packet_is_malformed),
		ARENA_TEST(counts_that_lie_are_malformed),
		ARENA_TEST(the_largest_txt_is_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
