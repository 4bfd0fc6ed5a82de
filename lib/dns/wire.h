/* SPDX-License-Identifier: ISC */
/* wire.h - a DNS response packet read into an answer. */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "dns/dns.h"

/* How often a CNAME is followed in one answer. */
#define DNS_CNAME_LIMIT 16

/* What the packet says about name (lower case, canonical) and type: CNAMEs in
 * it are followed; the TTL is the smallest on the way, for NXDOMAIN and NODATA
 * that of the SOA, 0 without one (RFC 2308 5). A packet that is malformed,
 * truncated, no response, or has another rcode is DNS_SERVFAIL with the
 * reason. Never reads outside the packet. Records live in arena. is_secure and
 * is_bogus are left false: the packet cannot tell. */
void dns_wire_parse(const uint8_t *packet, size_t len, struct str name,
    enum dns_type type, struct arena *arena, struct dns_answer *answer_r);

/* "refused" and the like, for an rcode of a response. */
const char *dns_rcode_text(int rcode);

#endif
