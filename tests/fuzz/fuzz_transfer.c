/* SPDX-License-Identifier: ISC */
/* fuzz_transfer.c - transfer encodings: how they are cut changes nothing. */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "mime/transfer.h"

/* The first octet says which encoding, the second how long chunks are; 0: one
 * chunk. */
static struct str
decode(struct arena *arena, enum transfer transfer, size_t step,
    struct str text, mime_oddities *oddities_r)
{
	char *out = arena_alloc(arena, transfer_room(text.len));
	struct transfer_decoder decoder;
	size_t len = 0;

	transfer_begin(&decoder, transfer);
	while (text.len != 0) {
		struct str chunk = str_sub(text, 0,
		    step == 0 ? text.len : step);
		/* Room of its own, so that a byte too many is seen. */
		char *room = malloc(transfer_room(chunk.len));
		size_t more = transfer_decode(&decoder, chunk, room);

		must(room != NULL && more <= transfer_room(chunk.len));
		memcpy(out + len, room, more);
		free(room);
		len += more;
		text = str_from_pos(text, chunk.len);
	}
	len += transfer_end(&decoder, out + len);
	*oddities_r = decoder.oddities;
	return str_of(out, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data + 2, size - 2 };
	mime_oddities once_odd, cut_odd;
	struct str once, cut;
	struct arena *arena;
	enum transfer transfer;

	if (size < 2)
		return 0;
	arena = arena_new(0);
	transfer = (enum transfer)(data[0] % (TRANSFER_UNKNOWN + 1));
	once = decode(arena, transfer, 0, text, &once_odd);
	cut = decode(arena, transfer, (size_t)data[1] + 1, text, &cut_odd);
	must(str_eq(once, cut) && once_odd == cut_odd);
	must(once.len <= transfer_room(text.len));
	transfer_text(transfer_parse(text));
	arena_free(&arena);
	return 0;
}
