/* SPDX-License-Identifier: ISC */
/* test_packet.c - which packets libmilter may see, however they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "milter/packet.h"

static const struct {
	const char *what;
	struct str stream;
	bool is_good;
} cases[] = {
	{ "nothing", STR(""), true },
	{ "one pair", STR("\0\0\0\6DMi\0x\0"), true },
	{ "two pairs, and another packet",
	    STR("\0\0\0\12DMi\0x\0j\0y\0\0\0\0\1T"), true },
	{ "an empty value", STR("\0\0\0\5DMi\0\0"), true },
	{ "no macros at all", STR("\0\0\0\2DM"), true },
	{ "not even for whom", STR("\0\0\0\1D"), true },
	{ "a packet of length nought", STR("\0\0\0\0D\0\0\0\1T"), true },
	{ "other packets may hold what they like", STR("\0\0\0\3Bx\0"), true },
	{ "macros that go on", STR("\0\0\0\7DMi\0"), true },
	{ "a name without value", STR("\0\0\0\4DMi\0"), false },
	{ "three strings", STR("\0\0\0\10DMi\0x\0j\0"), false },
	{ "a value without end", STR("\0\0\0\5DMi\0x"), false },
	{ "pairs, and a name without end", STR("\0\0\0\7DMi\0x\0j"), false },
	{ "behind a good one", STR("\0\0\0\1T\0\0\0\4DMi\0"), false },
};

static bool
look(struct str stream, size_t step)
{
	struct packet_watch watch = { .left = 0 };

	for (size_t at = 0; at < stream.len; at += step)
		if (!packet_look(&watch, stream.data + at,
		    step < stream.len - at ? step : stream.len - at))
			return false;
	return true;
}

static void
macros_are_pairs_of_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t step = 1; step < 20; step++)
			if (look(cases[i].stream, step) != cases[i].is_good)
				fail_msg("%s, in steps of %zu", cases[i].what,
				    step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macros_are_pairs_of_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
