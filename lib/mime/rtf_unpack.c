/* SPDX-License-Identifier: ISC */
/* rtf_unpack.c - compressed rich text ([MS-OXRTFCP]).
 *
 * A head of four numbers, then groups: an octet whose bits say, the lowest first,
 * what each of eight pieces is: an octet as it stands, or a place in the last
 * 4096 octets that were written, with how many to copy from there. A piece writes
 * 17 octets at most and costs as many: nobody can make much of little. The
 * checksum is not compared. */
#include "mime/rtf.h"

#include <string.h>

#include "base/arena.h"
#include "base/octets.h"

/* ([MS-OXRTFCP] 2.1.3.1.1) */
#define HEAD_LEN 16
#define KIND_AT 8

/* ([MS-OXRTFCP] 2.1.2.1): what stands in the window at its begin. */
static const char window_begin[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman "
    "\\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New "
    "RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0"
    "\\fs20\\b\\i\\u\\tab\\tx";

#define WINDOW_LEN 4096

struct unpacking {
	struct str rest;	/* of what is packed */
	struct buf out;
	size_t max;
	size_t at;		/* in the window */
	char window[WINDOW_LEN];
};

/* false: it is enough. */
static bool
write_octet(struct unpacking *unpacking, char octet)
{
	if (unpacking->out.len >= unpacking->max)
		return false;
	buf_add_char(&unpacking->out, octet);
	unpacking->window[unpacking->at] = octet;
	unpacking->at = (unpacking->at + 1) % WINDOW_LEN;
	return true;
}

/* Twelve bits of a place, four of a length less two; the place where the next
 * octet goes is the end ([MS-OXRTFCP] 2.1.3.1.4). */
static bool
copy_back(struct unpacking *unpacking)
{
	struct str pair = str_sub(unpacking->rest, 0, 2);
	size_t bits, from;

	if (pair.len < 2)
		return false;
	unpacking->rest = str_from_pos(unpacking->rest, 2);
	bits = octets_be(pair.data, 2);
	from = bits >> 4;
	if (from == unpacking->at)
		return false;
	for (size_t i = 0; i < (bits & 15) + 2; i++)
		if (!write_octet(unpacking,
		    unpacking->window[(from + i) % WINDOW_LEN]))
			return false;
	return true;
}

static bool
copy_octet(struct unpacking *unpacking)
{
	char octet;

	if (unpacking->rest.len == 0)
		return false;
	octet = unpacking->rest.data[0];
	unpacking->rest = str_from_pos(unpacking->rest, 1);
	return write_octet(unpacking, octet);
}

static bool
unpack_group(struct unpacking *unpacking)
{
	unsigned control;

	if (unpacking->rest.len == 0)
		return false;
	control = (unsigned char)unpacking->rest.data[0];
	unpacking->rest = str_from_pos(unpacking->rest, 1);
	for (int i = 0; i < 8; i++, control >>= 1)
		if (!((control & 1) != 0 ? copy_back(unpacking)
		    : copy_octet(unpacking)))
			return false;
	return true;
}

static struct str
unpack(struct arena *arena, struct str packed, size_t max)
{
	struct unpacking unpacking = { .rest = packed, .max = max,
		.at = sizeof(window_begin) - 1 };

	memcpy(unpacking.window, window_begin, sizeof(window_begin) - 1);
	buf_init(&unpacking.out, arena);
	while (unpack_group(&unpacking))
		continue;
	return buf_str(&unpacking.out);
}

bool
rtf_unpack(struct arena *arena, struct str packed, size_t max,
    struct str *rtf_r)
{
	struct str kind = str_sub(packed, KIND_AT, 4);

	packed = str_from_pos(packed, HEAD_LEN);
	if (str_is(kind, "LZFu"))
		*rtf_r = unpack(arena, packed, max);
	else if (str_is(kind, "MELA"))
		*rtf_r = str_sub(packed, 0, max);
	else
		return false;
	return true;
}
