/* SPDX-License-Identifier: ISC */
/* transfer_quoted.c - quoted-printable of a body (RFC 2045 6.7), as it comes.
 *
 * Where clients leave the RFC, they are followed: small hexadecimal digits count;
 * a wrong escape stays as it stands, its '=' too; blanks at the end of a line
 * stay, though 6.7 (3) would have them deleted (format=flowed, RFC 3676, lives
 * by them, and no reader sees a difference); a '=' that is the last of all ends
 * a line that goes on nowhere.
 */
#include "mime/transfer_private.h"

#include <string.h>

enum {
	TEXT,
	ESCAPE,		/* behind '=' */
	HEX,		/* behind '=' and a digit */
	BLANKS,		/* behind '=' and blanks: a soft line end, perhaps */
	SOFT_CR,	/* behind '=' and CR */
};

/* It was no escape: what is held stands for itself. */
static size_t
give_back(struct transfer_decoder *decoder, char *out)
{
	size_t len = decoder->held_len;

	decoder->oddities |= mime_odd(MIME_ODD_bad_quoted);
	decoder->state = TEXT;
	decoder->held_len = 0;
	memcpy(out, decoder->held, len);
	return len;
}

static bool
hold(struct transfer_decoder *decoder, char c, unsigned char state)
{
	decoder->held[decoder->held_len++] = c;
	decoder->state = state;
	return true;
}

static bool
end_escape(struct transfer_decoder *decoder)
{
	decoder->state = TEXT;
	decoder->held_len = 0;
	return true;
}

/* c behind "=" or "= ". False: it does not belong there. */
static bool
take_soft_end(struct transfer_decoder *decoder, char c)
{
	if (c == '\n')
		return end_escape(decoder);
	if (c == '\r')
		return hold(decoder, c, SOFT_CR);
	return char_is_blank(c) && decoder->held_len < TRANSFER_HELD_MAX - 1 &&
	    hold(decoder, c, BLANKS);
}

/* The next character of an escape. False: it is none of it, and to be read
 * again as text. */
static bool
take_escape(struct transfer_decoder *decoder, char c, char *out, size_t *len)
{
	int digit = char_hex_value(c);

	switch (decoder->state) {
	case ESCAPE:
		if (digit >= 0)
			return hold(decoder, c, HEX);
		if (take_soft_end(decoder, c))
			return true;
		break;
	case HEX:
		if (digit < 0)
			break;
		out[(*len)++] = (char)
		    (char_hex_value(decoder->held[1]) << 4 | digit);
		return end_escape(decoder);
	case BLANKS:
		if (take_soft_end(decoder, c))
			return true;
		break;
	default:	/* SOFT_CR: with LF, or a line end by itself */
		end_escape(decoder);
		return c == '\n';
	}
	*len += give_back(decoder, out + *len);
	return false;
}

/* Escapes that stand whole in the chunk, one behind the other, as text in other
 * scripts has them. How many characters that was. */
static size_t
decode_escapes(const char *in, size_t in_len, char *out)
{
	size_t at = 0;

	for (; at + 3 <= in_len && in[at] == '='; at += 3, out++) {
		int high = char_hex_value(in[at + 1]);
		int low = char_hex_value(in[at + 2]);

		if (high < 0 || low < 0)
			break;
		*out = (char)(high << 4 | low);
	}
	return at;
}

/* Text up to a '=', and the escapes from there on. How many characters. */
static size_t
decode_text(struct transfer_decoder *decoder, struct str in, char *out,
    size_t *len)
{
	const char *escape = memchr(in.data, '=', in.len);
	size_t at = escape == NULL ? in.len : (size_t)(escape - in.data);
	size_t escapes;

	memcpy(out + *len, in.data, at);
	*len += at;
	escapes = decode_escapes(in.data + at, in.len - at, out + *len);
	*len += escapes / 3;
	at += escapes;
	if (at < in.len && in.data[at] == '=')
		hold(decoder, in.data[at++], ESCAPE);
	return at;
}

size_t
transfer_quoted_decode(struct transfer_decoder *decoder, struct str in,
    char *out)
{
	size_t len = 0, at = 0;

	while (at < in.len) {
		if (decoder->state == TEXT)
			at += decode_text(decoder, str_from_pos(in, at), out,
			    &len);
		else if (take_escape(decoder, in.data[at], out, &len))
			at++;
	}
	return len;
}

size_t
transfer_quoted_end(struct transfer_decoder *decoder, char *out)
{
	if (decoder->state == HEX)
		return give_back(decoder, out);
	end_escape(decoder);
	return 0;
}
