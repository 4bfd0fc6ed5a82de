/* SPDX-License-Identifier: ISC */
/* entry_name.c - names in archives, in whatever charset.
 *
 * A ZIP file says by a flag that a name is UTF-8 (APPNOTE 4.4.4, appendix D); many
 * write UTF-8 without it. Else it is the code page of the system that wrote it:
 * 437 by the letter, and 850 where Windows stands in Western Europe. They have the
 * same letters up to 0xa8; where 437 has lines of tables, which stand in no name,
 * 850 has more letters: a name with one of those is 850. What stands in archives of
 * other systems may be in any charset, and is not guessed. */
#include "avscan/entry_name.h"

#include "base/arena.h"
#include "mime/charset.h"

/* In 437: a currency, table lines, in 850: ø, Ø, capital letters with accents, ã,
 * eth, thorn. */
static bool
is_letter_of_850(unsigned char c)
{
	return c == 0x9b || c == 0x9d || (c >= 0xb5 && c <= 0xb7) ||
	    c == 0xc6 || c == 0xc7 || (c >= 0xd0 && c <= 0xd8) ||
	    c == 0xde;
}

static bool
is_of_dos(enum scan_kind kind)
{
	return kind == SCAN_KIND_zip || kind == SCAN_KIND_dos_program ||
	    kind == SCAN_KIND_lha || kind == SCAN_KIND_cab;
}

static struct str
charset_of(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (is_letter_of_850((unsigned char)name.data[i]))
			return STR("ibm850");
	return STR("ibm437");
}

/* A converter that was used stays, and its tables with it. */
void
entry_name_prepare(void)
{
	static const struct str samples[] = { { "\x81", 1 }, { "\xb5", 1 } };
	struct arena *arena = arena_new(0);

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		(void)entry_name(arena, SCAN_KIND_zip, samples[i]);
	arena_free(&arena);
}

struct str
entry_name(struct arena *arena, enum scan_kind kind, struct str name)
{
	struct charset_reading read;

	if (!is_of_dos(kind) || str_is_ascii(name))
		return name;
	charset_read(arena, charset_of(name), name, &read);
	return read.text;
}
