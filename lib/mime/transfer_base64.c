/* SPDX-License-Identifier: ISC */
/* transfer_base64.c - base64 of a body (RFC 2045 6.8), as it comes.
 *
 * RFC 2045 says that foreign characters must be ignored and that '=' is the end.
 * Clients agree on the first only. Thunderbird (mimeenc.cpp) reads groups of four
 * characters of which '=' is one like the others: it is worth nothing, takes a
 * byte from what its group gives wherever it stands there, and what follows is
 * read on. GMime counts it as one of the four too. Python's email stops behind
 * right padding, and PHP, with the webmail programs written in it, passes over
 * each '='. So Thunderbird's is the way taken: of base64 that was put together
 * from pieces, each with its padding, it makes all that anybody sees, and a file
 * that it shows with '=' in odd places is not hidden from us. Whatever is read
 * in several ways is an oddity. Characters of the other alphabet ("-", "_", RFC
 * 4648 5) are foreign here, as no client takes them in a body.
 */
#include "mime/transfer_private.h"

#include <endian.h>
#include <string.h>

#define BL 64		/* blanks and line ends */
#define PD 65
#define XX 66

/* By character. */
static const unsigned char values[256] = {
#define V(value) value
#include "mime/transfer_base64.list"
#undef V
};

/* The same where they stand in a group of four. */
#define NO_VALUE (UINT32_C(1) << 31)
#define SHIFTED(value, shift) \
	((value) < 64 ? (uint32_t)(value) << (shift) : NO_VALUE)

static const uint32_t groups[4][256] = { {
#define V(value) SHIFTED(value, 18)
#include "mime/transfer_base64.list"
#undef V
}, {
#define V(value) SHIFTED(value, 12)
#include "mime/transfer_base64.list"
#undef V
}, {
#define V(value) SHIFTED(value, 6)
#include "mime/transfer_base64.list"
#undef V
}, {
#define V(value) SHIFTED(value, 0)
#include "mime/transfer_base64.list"
#undef V
} };

static inline uint32_t
group(const unsigned char *in)
{
	return groups[0][in[0]] | groups[1][in[1]] | groups[2][in[2]] |
	    groups[3][in[3]];
}

/* Eight characters at a time while all of them are of the alphabet. How many
 * were read; each four gave three bytes, and up to two more are written. */
static size_t
decode_clean(const char *data, size_t len, char *out)
{
	const unsigned char *in = (const unsigned char *)data;
	size_t at = 0;

	for (; at + 8 <= len; at += 8, out += 6) {
		uint32_t first = group(in + at), second = group(in + at + 4);
		uint64_t six;

		if (((first | second) & NO_VALUE) != 0)
			break;
		six = htobe64((uint64_t)first << 40 | (uint64_t)second << 16);
		memcpy(out, &six, sizeof(six));
	}
	return at;
}

/* The bytes that wait, as many as the '=' among them leave. */
static size_t
flush(struct transfer_decoder *decoder, char *out)
{
	unsigned lost = 6 * decoder->padding;
	size_t len = decoder->bit_count > lost
	    ? (decoder->bit_count - lost) / 8 : 0;
	uint32_t bits = decoder->bits << (24 - decoder->bit_count);

	/* A whole group gives one byte at least, even "====". */
	if (decoder->bit_count == 24 && len == 0)
		len = 1;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(bits >> (16 - 8 * i));
	decoder->bits = 0;
	decoder->bit_count = 0;
	decoder->padding = 0;
	return len;
}

enum { OPEN, PADDED };

/* Is it fine that this stands here? Padding is one '=' or two at the end of a
 * group, and then nothing more. */
static bool
is_fine(const struct transfer_decoder *decoder, unsigned value)
{
	if (value == XX || decoder->state == PADDED)
		return false;
	return value == PD ? decoder->bit_count >= 12 : decoder->padding == 0;
}

static size_t
take_char(struct transfer_decoder *decoder, char c, char *out)
{
	unsigned value = values[(unsigned char)c];

	if (value == BL)
		return 0;
	if (!is_fine(decoder, value))
		decoder->oddities |= mime_odd(MIME_ODD_bad_base64);
	if (value == XX)
		return 0;
	decoder->padding += value == PD;
	decoder->bits = decoder->bits << 6 | (value == PD ? 0 : value);
	decoder->bit_count += 6;
	if (decoder->bit_count < 24)
		return 0;
	decoder->state = decoder->padding > 0 ? PADDED : OPEN;
	return flush(decoder, out);
}

size_t
transfer_base64_decode(struct transfer_decoder *decoder, struct str in,
    char *out)
{
	size_t len = 0;

	for (size_t at = 0; at < in.len; at++) {
		if (decoder->bit_count == 0 && decoder->state == OPEN) {
			size_t clean = decode_clean(in.data + at, in.len - at,
			    out + len);

			at += clean;
			len += clean / 4 * 3;
			if (at == in.len)
				break;
		}
		len += take_char(decoder, in.data[at], out + len);
	}
	return len;
}

size_t
transfer_base64_end(struct transfer_decoder *decoder, char *out)
{
	if (decoder->bit_count != 0)
		decoder->oddities |= mime_odd(MIME_ODD_bad_base64);
	return flush(decoder, out);
}
