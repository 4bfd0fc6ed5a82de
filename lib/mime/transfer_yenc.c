/* SPDX-License-Identifier: ISC */
/* transfer_yenc.c - yEnc (its draft 1.3), as it comes.
 *
 * Lines "=ybegin ..." and "=yend ..." stand around the data, "=ypart ..." behind
 * the first. A byte of data is written with 42 added; behind "=" with 64 more.
 * CR and LF are none. A "=y" at the start of a line is always such a line.
 */
#include "mime/transfer_private.h"

#include <string.h>

enum {
	LINE_START,
	LINE_ESCAPE,	/* '=' at the start of a line */
	KEYWORD,	/* in a line that began with "=y", its start is held */
	DATA,
	ESCAPE,
};

/* A byte that stands for another one. */
static size_t
put(const struct transfer_decoder *decoder, char c, unsigned char added,
    char *out)
{
	if (!decoder->is_inside || c == '\r')
		return 0;
	*out = (char)((unsigned char)c - added);
	return 1;
}

static void
end_keyword(struct transfer_decoder *decoder)
{
	struct str word = { decoder->held, decoder->held_len };

	if (str_has_prefix_nocase(word, STR("begin ")))
		decoder->is_inside = true;
	else if (str_has_prefix_nocase(word, STR("end")))
		decoder->is_inside = false;
	decoder->held_len = 0;
	decoder->state = LINE_START;
}

/* c, which is no LF. */
static size_t
take_char(struct transfer_decoder *decoder, char c, char *out)
{
	switch (decoder->state) {
	case LINE_START:
		decoder->state = c == '=' ? LINE_ESCAPE : DATA;
		return c == '=' ? 0 : put(decoder, c, 42, out);
	case LINE_ESCAPE:
		decoder->state = c == 'y' ? KEYWORD : DATA;
		return c == 'y' ? 0 : put(decoder, c, 42 + 64, out);
	case KEYWORD:
		if (decoder->held_len < TRANSFER_HELD_MAX)
			decoder->held[decoder->held_len++] = c;
		return 0;
	case ESCAPE:
		decoder->state = DATA;
		return put(decoder, c, 42 + 64, out);
	default:
		decoder->state = c == '=' ? ESCAPE : DATA;
		return c == '=' ? 0 : put(decoder, c, 42, out);
	}
}

static void
end_line(struct transfer_decoder *decoder)
{
	if (decoder->state == KEYWORD) {
		end_keyword(decoder);
		return;
	}
	if (decoder->is_inside && (decoder->state == LINE_ESCAPE ||
	    decoder->state == ESCAPE))
		decoder->oddities |= mime_odd(MIME_ODD_bad_uuencode);
	decoder->state = LINE_START;
}

size_t
transfer_yenc_decode(struct transfer_decoder *decoder, struct str in, char *out)
{
	size_t len = 0;

	for (size_t at = 0; at < in.len; at++) {
		if (in.data[at] == '\n')
			end_line(decoder);
		else
			len += take_char(decoder, in.data[at], out + len);
	}
	return len;
}

size_t
transfer_yenc_end(struct transfer_decoder *decoder, char *out)
{
	(void)out;
	end_line(decoder);
	if (decoder->is_inside)
		decoder->oddities |= mime_odd(MIME_ODD_bad_uuencode);
	return 0;
}
