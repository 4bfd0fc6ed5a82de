/* SPDX-License-Identifier: ISC */
/* transfer_uu.c - uuencode (POSIX.1 uuencode), as it comes.
 *
 * "begin 644 name", lines whose first character says how many bytes they have,
 * "end". A character is its six bits and 32; "`" is a blank. Characters beyond
 * that count (a checksum that some encoders write) are passed over. Of a line
 * that is too short what is there is given: blanks at its end were lost on the
 * way, but nobody can say how many.
 *
 * "begin-base64 644 name" begins lines of base64, and "====" ends them. While they
 * are read (is_inside) the decoder's state is that of base64.
 */
#include "mime/transfer_private.h"

#include <string.h>

enum { BEFORE, INSIDE, BEHIND };

static unsigned
six_bits(struct str line, size_t at)
{
	return at < line.len
	    ? ((unsigned char)line.data[at] - 32u) & 63 : 0;
}

static size_t
decode_line(struct transfer_decoder *decoder, struct str line, char *out)
{
	size_t want = six_bits(line, 0), len = 0, at = 1;

	for (; at < line.len && len < want; at += 4) {
		unsigned bits = six_bits(line, at) << 18 |
		    six_bits(line, at + 1) << 12 |
		    six_bits(line, at + 2) << 6 | six_bits(line, at + 3);

		for (int shift = 16; shift >= 0 && len < want; shift -= 8)
			out[len++] = (char)(bits >> shift);
	}
	if (line.len - 1 < (want * 8 + 5) / 6)
		decoder->oddities |= mime_odd(MIME_ODD_bad_uuencode);
	return len;
}

/* "begin 644 name", not "begin with this". */
static bool
is_begin(struct str line)
{
	return line.len > 6 && memcmp(line.data, "begin ", 6) == 0 &&
	    char_is_digit(line.data[6]);
}

static bool
is_begin_base64(struct str line)
{
	return line.len > 13 && memcmp(line.data, "begin-base64 ", 13) == 0 &&
	    char_is_digit(line.data[13]);
}

/* What is wrong with its base64 is wrong with the file. */
static size_t
end_base64(struct transfer_decoder *decoder, char *out)
{
	size_t len = transfer_base64_end(decoder, out);

	if ((decoder->oddities & mime_odd(MIME_ODD_bad_base64)) != 0)
		decoder->oddities = mime_odd(MIME_ODD_bad_uuencode);
	decoder->is_inside = false;
	decoder->state = BEHIND;
	return len;
}

/* No line is long; what cannot be held is cut, wherever its pieces end. */
static size_t
take_base64(struct transfer_decoder *decoder, struct str line, char *out)
{
	if (str_is(str_trim(line), "===="))
		return end_base64(decoder, out);
	if (line.len >= TRANSFER_HELD_MAX)
		decoder->oddities |= mime_odd(MIME_ODD_bad_uuencode);
	return transfer_base64_decode(decoder, str_sub(line, 0,
	    TRANSFER_HELD_MAX), out);
}

static void
take_begin(struct transfer_decoder *decoder, struct str line)
{
	decoder->is_inside = is_begin_base64(line);
	if (is_begin(line))
		decoder->state = INSIDE;
}

static size_t
take_line(struct transfer_decoder *decoder, struct str line, char *out)
{
	if (decoder->is_inside)
		return take_base64(decoder, line, out);
	if (line.len != 0 && line.data[line.len - 1] == '\r')
		line.len--;
	if (decoder->state == BEFORE) {
		take_begin(decoder, line);
		return 0;
	}
	if (decoder->state == BEHIND || line.len == 0)
		return 0;
	if (str_is(str_trim(line), "end")) {
		decoder->state = BEHIND;
		return 0;
	}
	return decode_line(decoder, line, out);
}

/* No line of data is as long as what can be held; the rest is cut. */
static struct str
hold(struct transfer_decoder *decoder, struct str piece)
{
	size_t len = TRANSFER_HELD_MAX - decoder->held_len;

	if (len > piece.len)
		len = piece.len;
	memcpy(decoder->held + decoder->held_len, piece.data, len);
	decoder->held_len = (unsigned char)(decoder->held_len + len);
	return str_of(decoder->held, decoder->held_len);
}

size_t
transfer_uu_decode(struct transfer_decoder *decoder, struct str in, char *out)
{
	size_t len = 0, at = 0;

	while (at < in.len) {
		const char *start = in.data + at;
		const char *end = memchr(start, '\n', in.len - at);
		struct str line = { start, end == NULL ? in.len - at
		    : (size_t)(end - start) };

		at += line.len + 1;
		if (decoder->held_len != 0 || end == NULL)
			line = hold(decoder, line);
		if (end == NULL)
			break;
		len += take_line(decoder, line, out + len);
		decoder->held_len = 0;
	}
	return len;
}

size_t
transfer_uu_end(struct transfer_decoder *decoder, char *out)
{
	size_t len = 0;

	if (decoder->held_len != 0)
		len = take_line(decoder,
		    str_of(decoder->held, decoder->held_len), out);
	decoder->held_len = 0;
	if (decoder->is_inside || decoder->state != BEHIND)
		decoder->oddities |= mime_odd(MIME_ODD_bad_uuencode);
	if (decoder->is_inside)
		len += end_base64(decoder, out + len);
	return len;
}
