/* SPDX-License-Identifier: ISC */
/* fuzz_dns_wire.c - response packets of name servers. */
#include "base/arena.h"
#include "dns/dns_name.h"
#include "dns/dns_query.h"
#include "dns/wire.h"
#include "fuzz.h"

/* A name from the wire is in the one form that its text gives, too. */
static void
check_name(struct str name)
{
	char buf[DNS_NAME_SIZE];
	struct str again;

	must(dns_name_parse(name, buf, &again) == 0);
	must(str_eq(name, again));
}

static void
check_record(const struct dns_record *record, enum dns_type type)
{
	switch (type) {
	case DNS_A:
		must(record->data.len == 4);
		break;
	case DNS_AAAA:
		must(record->data.len == 16);
		break;
	case DNS_TXT:
		must(record->data.len <= UINT16_MAX);
		break;
	default:
		check_name(record->data);
	}
}

/* The first byte chooses the type, the rest is the packet; the name asked for
 * is that of its question. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME,
	    DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA };
	char buf[DNS_NAME_SIZE];
	struct dns_answer answer;
	struct dns_query *query;
	struct arena *arena;
	struct str name;
	enum dns_type type;
	size_t at = 12;

	if (size == 0)
		return 0;
	type = types[*data++ % 7];
	size--;
	if (size <= at || dns_name_read(data, size, &at, buf, &name) < 0)
		name = STR("a.org");
	arena = arena_new(0);
	dns_wire_parse(data, size, name, type, arena, &answer);
	must((answer.status == DNS_FOUND) == (answer.count != 0));
	must((answer.status == DNS_SERVFAIL) == (answer.error != NULL));
	must(answer.ttl_s <= INT32_MAX);
	query = dns_query_new(name, type);
	dns_query_complete(query, &answer);
	arena_free(&arena);
	for (size_t i = 0; i < answer.count; i++)
		check_record(&dns_query_answer(query)->records[i], type);
	dns_query_unref(&query);
	return 0;
}
