/* SPDX-License-Identifier: ISC */
/* fuzz_charset.c - octets in every charset: what comes out is UTF-8. */
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "mime/charset.h"

static const char *const claims[] = {
	"", "utf-8", "iso-8859-1", "us-ascii", "iso-2022-jp", "utf-7",
	"gb18030", "big5", "euc-kr", "shift_jis", "euc-jp", "euc-tw", "koi8-r",
	"windows-1251", "windows-1255", "windows-1258", "tis-620",
	"iso-2022-kr", "iso-2022-cn", "utf-16", "utf-16le", "utf-16be",
	"utf-32le", "utf-32be", "x-none",
	"hz-gb-2312",
};

/* The first octet says which charset; the name may also be what stands before
 * the first line end. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct charset_reading first, again;
	struct str octets, claimed;
	struct arena *arena;

	if (size == 0)
		return 0;
	arena = arena_new(0);
	octets = str_of((const char *)data + 1, size - 1);
	claimed = str_from(claims[data[0] % ARRAY_LEN(claims)]);
	if (data[0] >= 0xf0)
		str_cut(&octets, '\n', &claimed);
	charset_read(arena, claimed, octets, &first);
	must(is_utf8(first.text));
	must(first.used != NULL && strlen(first.used) != 0);
	/* Nothing stays in a converter. */
	charset_read(arena, claimed, octets, &again);
	must(str_eq(first.text, again.text) && first.used == again.used);
	must(first.replaced == again.replaced);
	arena_free(&arena);
	return 0;
}
