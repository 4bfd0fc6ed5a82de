/* SPDX-License-Identifier: ISC */
/* wire_record.c - one resource record of a packet, and its data. */
#include "dns/wire_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/octets.h"

unsigned
wire_u16(const struct wire_reader *reader, size_t at)
{
	return octets_be(reader->packet + at, 2);
}

uint32_t
wire_u32(const struct wire_reader *reader, size_t at)
{
	return octets_be(reader->packet + at, 4);
}

int
wire_read_rr(struct wire_reader *reader, struct wire_rr *rr)
{
	if (dns_name_read(reader->packet, reader->len, &reader->at, rr->buf,
	    &rr->owner) < 0 || reader->len - reader->at < 10)
		return -1;
	rr->type = wire_u16(reader, reader->at);
	rr->class = wire_u16(reader, reader->at + 2);
	rr->ttl_s = wire_u32(reader, reader->at + 4);
	if (rr->ttl_s > INT32_MAX)
		rr->ttl_s = 0;		/* (RFC 2181 8) */
	rr->rdata_len = wire_u16(reader, reader->at + 8);
	rr->rdata = reader->at + 10;
	if (rr->rdata_len > reader->len - rr->rdata)
		return -1;
	reader->at = rr->rdata + rr->rdata_len;
	return 0;
}

int
wire_rdata_name(const struct wire_reader *reader, const struct wire_rr *rr,
    size_t skip, char buf[DNS_NAME_SIZE], struct str *name_r)
{
	size_t at = rr->rdata + skip;

	if (rr->rdata_len <= skip ||
	    dns_name_read(reader->packet, reader->len, &at, buf, name_r) < 0 ||
	    at != rr->rdata + rr->rdata_len)
		return -1;
	return 0;
}

static int
parse_name(const struct wire_reader *reader, const struct wire_rr *rr,
    size_t skip, struct dns_record *record)
{
	char buf[DNS_NAME_SIZE];
	struct str name;

	if (wire_rdata_name(reader, rr, skip, buf, &name) < 0)
		return -1;
	record->data = str_copy(reader->arena, name);
	return 0;
}

static int
parse_address(const struct wire_reader *reader, const struct wire_rr *rr,
    size_t len, struct dns_record *record)
{
	if (rr->rdata_len != len)
		return -1;
	record->data = str_of(arena_memdup(reader->arena,
	    reader->packet + rr->rdata, len), len);
	return 0;
}

/* All strings of the record joined (RFC 1035 3.3.14). */
static int
parse_txt(const struct wire_reader *reader, const struct wire_rr *rr,
    struct dns_record *record)
{
	const uint8_t *at = reader->packet + rr->rdata;
	const uint8_t *end = at + rr->rdata_len;
	char *text = arena_alloc(reader->arena, rr->rdata_len + 1);
	size_t len = 0;

	while (at < end) {
		size_t piece = *at++;

		if (piece > (size_t)(end - at))
			return -1;
		memcpy(text + len, at, piece);
		len += piece;
		at += piece;
	}
	text[len] = '\0';
	record->data = str_of(text, len);
	return 0;
}

int
wire_parse_record(const struct wire_reader *reader, const struct wire_rr *rr,
    struct dns_record *record)
{
	switch ((enum dns_type)rr->type) {
	case DNS_A:
		return parse_address(reader, rr, 4, record);
	case DNS_AAAA:
		return parse_address(reader, rr, 16, record);
	case DNS_TXT:
		return parse_txt(reader, rr, record);
	case DNS_MX:
		if (rr->rdata_len < 3)
			return -1;
		record->preference = (uint16_t)wire_u16(reader, rr->rdata);
		return parse_name(reader, rr, 2, record);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return parse_name(reader, rr, 0, record);
	}
	return -1;
}
