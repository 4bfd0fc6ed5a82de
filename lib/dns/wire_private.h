/* SPDX-License-Identifier: ISC */
/* wire_private.h - records of a packet, between its sections and their data. */
#ifndef DNS_WIRE_PRIVATE_H
#define DNS_WIRE_PRIVATE_H

#include "dns/dns.h"
#include "dns/dns_name.h"

struct wire_reader {
	const uint8_t *packet;
	size_t len;
	size_t at;
	struct arena *arena;
};

struct wire_rr {
	char buf[DNS_NAME_SIZE];
	struct str owner;		/* in buf */
	unsigned type, class;
	uint32_t ttl_s;
	size_t rdata, rdata_len;
};

/* Numbers at a place that was checked to be inside the packet. */
unsigned wire_u16(const struct wire_reader *reader, size_t at);
uint32_t wire_u32(const struct wire_reader *reader, size_t at);

/* The record at reader->at, which moves behind it. -1: malformed. */
int wire_read_rr(struct wire_reader *reader, struct wire_rr *rr);

/* The name in the rdata behind skip bytes; it must end with the rdata. -1:
 * malformed. */
int wire_rdata_name(const struct wire_reader *reader, const struct wire_rr *rr,
    size_t skip, char buf[DNS_NAME_SIZE], struct str *name_r);

/* The rdata as dns.h says; in the reader's arena. -1: malformed, or a type
 * that dns.h does not have. */
int wire_parse_record(const struct wire_reader *reader,
    const struct wire_rr *rr, struct dns_record *record);

#endif
