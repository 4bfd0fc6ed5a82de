/* SPDX-License-Identifier: ISC */
/* transfer.h - transfer encodings undone as the octets come (RFC 2045 6). */
#ifndef MIME_TRANSFER_H
#define MIME_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mime/oddity.h"

enum transfer {
	TRANSFER_7BIT,		/* and absent */
	TRANSFER_8BIT,
	TRANSFER_BINARY,
	TRANSFER_QUOTED,	/* quoted-printable */
	TRANSFER_BASE64,
	TRANSFER_UUENCODE,	/* x-uuencode, uuencode, x-uue */
	TRANSFER_YENC,
	TRANSFER_UNKNOWN,	/* read as it stands */
};

/* Of a value of Content-Transfer-Encoding as it came. */
enum transfer transfer_parse(struct str value);
/* "quoted-printable". */
const char *transfer_text(enum transfer transfer);

/* A decoder; no memory but its own. */
struct transfer_decoder {
	enum transfer transfer;
	mime_oddities oddities;		/* what was wrong so far */
	uint32_t bits;			/* base64: not given out yet */
	unsigned bit_count;
	unsigned padding;		/* base64: '=' among those bits */
	unsigned char state;		/* where in an escape, line or file */
	bool is_inside;			/* yEnc: between =ybegin and =yend;
					 * uuencode: its lines are base64 */
	unsigned char held_len;
	char held[256];			/* a piece that is not complete */
};

void transfer_begin(struct transfer_decoder *decoder, enum transfer transfer);
/* Decode in, whatever chunk of the content it is, to out, which has room for
 * transfer_room(in.len) and may be written to its end. How many bytes that
 * gave; how the content is cut changes nothing. What is wrong is read the way
 * clients do: foreign characters in base64 are passed over, and base64 goes on
 * behind padding; a wrong escape of quoted-printable stays as it is. Of
 * uuencode and yEnc what stands between "begin" and "end", "=ybegin" and "=yend"
 * is given, and nothing of the text around. */
size_t transfer_decode(struct transfer_decoder *decoder, struct str in,
    char *out);
/* The content has ended: the last bytes, at most transfer_room(0). */
size_t transfer_end(struct transfer_decoder *decoder, char *out);
/* The most that transfer_decode() gives for len bytes. */
size_t transfer_room(size_t len);

#endif
