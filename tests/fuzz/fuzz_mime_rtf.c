/* SPDX-License-Identifier: ISC */
/* fuzz_mime_rtf.c - compressed rich text, and rich text, of any octets. */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "mime/rtf.h"

#define MAX 5000

static void
check_text(struct arena *arena, struct str rtf)
{
	struct rtf_reading reading;

	if (!rtf_read(arena, rtf, MAX, &reading))
		return;
	must(reading.text.len <= MAX);
	for (struct str rest = reading.text; rest.len != 0;
	    rest = str_from_pos(rest, utf8_char_len(rest)))
		must(utf8_char_len(rest) != 0);
}

/* The input as it is, and what it is unpacked to; with a head, so that nothing
 * must be guessed. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "\0\0\0\0\0\0\0\0LZFu\0\0\0\0";
	struct str bytes = { (const char *)data, size }, rtf;
	struct arena *arena = arena_new(0);
	struct buf packed;

	check_text(arena, bytes);
	buf_init(&packed, arena);
	buf_add(&packed, head, sizeof(head) - 1);
	buf_add_str(&packed, bytes);
	must(rtf_unpack(arena, buf_str(&packed), MAX, &rtf));
	must(rtf.len <= MAX);
	check_text(arena, rtf);
	(void)rtf_unpack(arena, bytes, MAX, &rtf);
	arena_free(&arena);
	return 0;
}
