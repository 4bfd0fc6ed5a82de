/* SPDX-License-Identifier: ISC */
/* wire.c - a DNS response packet read into an answer. */
#include "dns/wire.h"

#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns_name.h"
#include "dns/wire_private.h"

#define HEADER_SIZE 12
#define FLAG_RESPONSE 0x80	/* of byte 2 */
#define FLAG_TRUNCATED 0x02
#define RCODE_MASK 0x0f		/* of byte 3 */
#define RCODE_NOERROR 0
#define RCODE_NXDOMAIN 3
#define CLASS_IN 1
#define TYPE_SOA 6

/* What one answer is being made of. */
struct parse {
	struct wire_reader *reader;
	size_t answers_at;
	unsigned answer_count, authority_count;
	enum dns_type type;
	char target[DNS_NAME_SIZE];	/* the name, or where CNAMEs lead */
	struct str target_name;
	uint32_t ttl_s;
	struct vec records;
};

static void
lower_ttl(struct parse *parse, uint32_t ttl_s)
{
	if (ttl_s < parse->ttl_s)
		parse->ttl_s = ttl_s;
}

/* Move the target along the CNAMEs of the answer section, once through it.
 * How many were followed; -1: malformed. */
static int
follow_cnames(struct parse *parse)
{
	struct wire_reader *reader = parse->reader;
	struct wire_rr rr;
	int hops = 0;

	reader->at = parse->answers_at;
	for (unsigned i = 0; i < parse->answer_count; i++) {
		if (wire_read_rr(reader, &rr) < 0)
			return -1;
		if (rr.type != DNS_CNAME || rr.class != CLASS_IN ||
		    !str_eq(rr.owner, parse->target_name))
			continue;
		if (wire_rdata_name(reader, &rr, 0, parse->target,
		    &parse->target_name) < 0)
			return -1;
		lower_ttl(parse, rr.ttl_s);
		if (++hops > DNS_CNAME_LIMIT)
			break;
	}
	return hops;
}

/* CNAMEs come in order from honest servers: then this takes two rounds. */
static const char *
find_target(struct parse *parse)
{
	int total = 0, hops;

	if (parse->type == DNS_CNAME)
		return NULL;
	do {
		hops = follow_cnames(parse);
		if (hops < 0)
			return "malformed answer";
		total += hops;
		if (total > DNS_CNAME_LIMIT)
			return "CNAME loop, or too long a chain";
	} while (hops != 0);
	return NULL;
}

static int
collect_records(struct parse *parse)
{
	struct wire_reader *reader = parse->reader;
	struct wire_rr rr;

	reader->at = parse->answers_at;
	for (unsigned i = 0; i < parse->answer_count; i++) {
		if (wire_read_rr(reader, &rr) < 0)
			return -1;
		if (rr.type != (unsigned)parse->type || rr.class != CLASS_IN ||
		    !str_eq(rr.owner, parse->target_name))
			continue;
		if (wire_parse_record(reader, &rr,
		    vec_push(&parse->records)) < 0)
			return -1;
		lower_ttl(parse, rr.ttl_s);
	}
	return 0;
}

/* How long a negative answer holds: the lesser of the SOA's TTL and its last
 * field; without an SOA not at all (RFC 2308 5). The reader stands behind the
 * answer section. */
static int
find_negative_ttl(struct parse *parse)
{
	struct wire_reader *reader = parse->reader;
	bool has_soa = false;
	struct wire_rr rr;

	for (unsigned i = 0; i < parse->authority_count; i++) {
		if (wire_read_rr(reader, &rr) < 0)
			return -1;
		if (rr.type != TYPE_SOA || rr.class != CLASS_IN)
			continue;
		if (rr.rdata_len < 22)	/* two names, five numbers */
			return -1;
		lower_ttl(parse, rr.ttl_s);
		lower_ttl(parse, wire_u32(reader, rr.rdata + rr.rdata_len - 4));
		has_soa = true;
	}
	if (!has_soa)
		parse->ttl_s = 0;
	return 0;
}

static int
skip_questions(struct wire_reader *reader, unsigned count)
{
	char buf[DNS_NAME_SIZE];
	struct str name;

	reader->at = HEADER_SIZE;
	while (count-- > 0) {
		if (dns_name_read(reader->packet, reader->len, &reader->at,
		    buf, &name) < 0 || reader->len - reader->at < 4)
			return -1;
		reader->at += 4;
	}
	return 0;
}

/* NULL, or why the header is none of an answer. */
static const char *
check_header(const uint8_t *packet, size_t len)
{
	int rcode;

	if (len < HEADER_SIZE || (packet[2] & FLAG_RESPONSE) == 0)
		return "malformed answer";
	if ((packet[2] & FLAG_TRUNCATED) != 0)
		return "truncated answer";
	rcode = packet[3] & RCODE_MASK;
	return rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN ? NULL :
	    dns_rcode_text(rcode);
}

static const char *
read_sections(struct parse *parse, bool is_nxdomain, enum dns_status *status_r)
{
	struct wire_reader *reader = parse->reader;
	const char *error;

	if (skip_questions(reader, wire_u16(reader, 4)) < 0)
		return "malformed answer";
	parse->answers_at = reader->at;
	parse->answer_count = wire_u16(reader, 6);
	parse->authority_count = wire_u16(reader, 8);
	error = find_target(parse);
	if (error != NULL)
		return error;
	if (collect_records(parse) < 0)
		return "malformed answer";
	*status_r = is_nxdomain ? DNS_NXDOMAIN :
	    parse->records.len != 0 ? DNS_FOUND : DNS_NODATA;
	if (*status_r != DNS_FOUND && find_negative_ttl(parse) < 0)
		return "malformed answer";
	return NULL;
}

void
dns_wire_parse(const uint8_t *packet, size_t len, struct str name,
    enum dns_type type, struct arena *arena, struct dns_answer *answer_r)
{
	struct wire_reader reader = { .packet = packet, .len = len,
	    .arena = arena };
	struct parse parse = { .reader = &reader, .type = type,
	    .target_name = name, .ttl_s = INT32_MAX };
	enum dns_status status = DNS_SERVFAIL;
	const char *error = check_header(packet, len);

	vec_init(&parse.records, arena, sizeof(struct dns_record));
	if (error == NULL)
		error = read_sections(&parse,
		    (packet[3] & RCODE_MASK) == RCODE_NXDOMAIN, &status);
	*answer_r = (struct dns_answer){ .status = DNS_SERVFAIL,
	    .error = error };
	if (error != NULL)
		return;
	answer_r->status = status;
	answer_r->ttl_s = parse.ttl_s;
	if (status == DNS_FOUND) {
		answer_r->count = parse.records.len;
		answer_r->records = parse.records.items;
	}
}

const char *
dns_rcode_text(int rcode)
{
	switch (rcode) {
	case 1:
		return "server could not read the question";
	case 2:
		return "server failure";
	case 4:
		return "not implemented by the server";
	case 5:
		return "refused by the server";
	default:
		return "unexpected answer";
	}
}
