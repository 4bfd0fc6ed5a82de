/* SPDX-License-Identifier: ISC */
/* pkcs7.c - what an S/MIME wrapper holds: something encrypted, or a message that
 * is signed (RFC 5652 3 to 6, RFC 8551 3.2).
 *
 * Only as much of DER and BER (X.690 8) is read as leads to the content; nothing
 * is verified. The content may be one octet string, or pieces of one. */
#include "base/arena.h"
#include "base/octets.h"
#include "mime/reader_private.h"

#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_OCTETS_IN_PIECES 0x24
#define TAG_EXPLICIT_0 0xa0

/* One value. Without a stated length (X.690 8.1.3.6) it goes on to the end of
 * what is around it, and whoever reads it stops at the end mark. */
struct value {
	unsigned char tag;
	struct str content;
};

/* Take the next value off *rest. */
static bool
take(struct str *rest, struct value *value_r)
{
	const unsigned char *p = (const unsigned char *)rest->data;
	size_t len, octets, at = 2;

	if (rest->len < 2 || (p[0] == 0 && p[1] == 0))
		return false;
	value_r->tag = p[0];
	len = p[1];
	if (len == 0x80) {
		value_r->content = str_from_pos(*rest, at);
		*rest = STR("");
		return true;
	}
	if (len > 0x80) {
		octets = len - 0x80;
		if (octets > 4 || rest->len < at + octets)
			return false;
		len = octets_be(p + at, octets);
		at += octets;
	}
	/* Of a content that was cut what is there is read. */
	value_r->content = str_sub(*rest, at, len);
	*rest = str_from_pos(*rest, at + value_r->content.len);
	return true;
}

static bool
take_tag(struct str *rest, unsigned char tag, struct str *content_r)
{
	struct value value;

	if (!take(rest, &value) || value.tag != tag)
		return false;
	*content_r = value.content;
	return true;
}

/* The octets of a string in pieces, which do not nest in practice. */
static struct str
join(struct arena *arena, struct str pieces)
{
	struct str piece;
	struct buf whole;

	buf_init(&whole, arena);
	while (take_tag(&pieces, TAG_OCTETS, &piece))
		buf_add_str(&whole, piece);
	return whole.len != 0 ? buf_str(&whole) : STR("");
}

/* 1.2.840.113549.1.7.2 signedData, .3 envelopedData (RFC 5652 5.1, 6.1);
 * 1.2.840.113549.1.9.16.1.23 authEnvelopedData (RFC 5083 2.1). */
static const char signed_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
static const char enveloped_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
static const char auth_enveloped[] =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";

/* SignedData: version, digestAlgorithms, { eContentType, [0] eContent }. */
static bool
read_signed(struct arena *arena, struct str data, struct str *content_r)
{
	struct value ignored, octets;
	struct str inner, wrap, oid;

	if (!take_tag(&data, TAG_SEQUENCE, &inner) ||
	    !take(&inner, &ignored) || !take(&inner, &ignored) ||
	    !take_tag(&inner, TAG_SEQUENCE, &data) ||
	    !take_tag(&data, TAG_OID, &oid) ||
	    !take_tag(&data, TAG_EXPLICIT_0, &wrap) || !take(&wrap, &octets))
		return false;
	if (octets.tag == TAG_OCTETS)
		*content_r = octets.content;
	else if (octets.tag == TAG_OCTETS_IN_PIECES)
		*content_r = join(arena, octets.content);
	else
		return false;
	return content_r->len != 0;
}

bool
pkcs7_read(struct arena *arena, struct str der, bool *is_encrypted_r,
    struct str *content_r)
{
	struct str info, oid, data;

	*is_encrypted_r = false;
	if (!take_tag(&der, TAG_SEQUENCE, &info) ||
	    !take_tag(&info, TAG_OID, &oid))
		return false;
	*is_encrypted_r = str_is(oid, enveloped_data) ||
	    str_is(oid, auth_enveloped);
	if (*is_encrypted_r)
		return true;
	return str_is(oid, signed_data) &&
	    take_tag(&info, TAG_EXPLICIT_0, &data) &&
	    read_signed(arena, data, content_r);
}
