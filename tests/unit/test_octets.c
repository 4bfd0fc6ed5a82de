/* SPDX-License-Identifier: ISC */
/* test_octets.c - numbers of octets in either order, and cut ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/octets.h"
#include "base/vec.h"

#define OCTETS "\x01\x80\xfe\xff\x7f"

static const struct {
	const char *name;
	size_t len;
	uint32_t little, big;
} numbers[] = {
	{ "none", 0, 0, 0 },
	{ "one", 1, 0x01, 0x01 },
	{ "two", 2, 0x8001, 0x0180 },
	{ "three", 3, 0xfe8001, 0x0180fe },
	{ "four", 4, 0xfffe8001, 0x0180feff },
};

static void
numbers_are_read_in_both_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (octets_le(OCTETS, numbers[i].len) != numbers[i].little)
			fail_msg("%s: little endian", numbers[i].name);
		if (octets_be(OCTETS, numbers[i].len) != numbers[i].big)
			fail_msg("%s: big endian", numbers[i].name);
	}
}

static const struct {
	const char *name;
	size_t place, len;
	uint32_t number;
} places[] = {
	{ "the begin", 0, 4, 0xfffe8001 },
	{ "the end", 1, 4, 0x7ffffe80 },
	{ "the last octet", 4, 1, 0x7f },
	{ "one octet is not there", 2, 4, 0x7ffffe },
	{ "three are not there", 4, 4, 0x7f },
	{ "none is there", 5, 4, 0 },
	{ "behind the end", 6, 2, 0 },
	{ "as far behind it as can be said", SIZE_MAX, 4, 0 },
};

static void
what_is_not_there_counts_as_0(void **state)
{
	struct str data = STR(OCTETS);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (octets_le_in(data, places[i].place, places[i].len) !=
		    places[i].number)
			fail_msg("%s", places[i].name);
	assert_int_equal(octets_le_in(STR(""), 0, 4), 0);
	assert_int_equal(octets_le_in((struct str){ NULL, 0 }, 0, 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_in_both_orders),
		cmocka_unit_test(what_is_not_there_counts_as_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
