/* SPDX-License-Identifier: ISC */
/* dns_name.h - domain names between text and wire, in one canonical form. */
#ifndef DNS_DNS_NAME_H
#define DNS_DNS_NAME_H

#include "base/str.h"

/* Room for the canonical text of any name and NUL: lower case, no final dot,
 * the root "", bytes outside printable ASCII, '.' and '\' inside a label as
 * \DDD. 250 bytes of four characters each are the longest. */
#define DNS_NAME_SIZE 1024

/* The canonical form of text in buf, NUL-terminated. "\DDD" and "\X" stand for
 * a byte (RFC 1035 5.1), one final dot is ignored. -1: a label is empty or over
 * 63 bytes, the name is over 253, an escape is unfinished (RFC 1035 2.3.4). */
int dns_name_parse(struct str text, char buf[DNS_NAME_SIZE],
    struct str *name_r);

/* The name at packet[*at], compressed or not, in canonical form; *at moves
 * behind it. -1: it leaves the packet, is too long, a pointer does not lead
 * backwards (RFC 1035 4.1.4), or leads to a chain of more than 16 of them. */
int dns_name_read(const uint8_t *packet, size_t len, size_t *at,
    char buf[DNS_NAME_SIZE], struct str *name_r);

#endif
