/* SPDX-License-Identifier: ISC */
/* test_rules_places.c - places and names of header fields have numbers, each one
 * of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "rules/place.h"
#include "rules/places.h"

static struct place
place_of(enum place_kind kind, const char *name, const char *form)
{
	return (struct place){ .kind = kind, .name = str_from(name),
		.form = str_from(form) };
}

static void
each_place_has_its_number(void **state)
{
	static const struct {
		const char *sentence;
		enum place_kind kind;
		const char *name, *form;
		uint32_t number;
	} cases[] = {
		{ "the first one", PLACE_subject, "", "", 1 },
		{ "the same place", PLACE_subject, "", "", 1 },
		{ "another form", PLACE_subject, "", "raw", 2 },
		{ "another kind", PLACE_text, "", "", 3 },
		{ "a name", PLACE_header, "a", "", 4 },
		{ "what looks the same, cut elsewhere", PLACE_header, "ab", "c",
		    5 },
		{ "cut here", PLACE_header, "a", "bc", 6 },
		{ "all the same again", PLACE_header, "ab", "c", 5 },
	};
	struct arena *arena = *state;
	struct places *places = places_new(arena);
	struct buf key;

	buf_init(&key, arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place place = place_of(cases[i].kind, cases[i].name,
		    cases[i].form), other = place;

		places_number(places, &place);
		if (place.number != cases[i].number)
			fail_msg("%s: %u", cases[i].sentence, place.number);
		assert_int_equal(places_find(places, &key, &other),
		    cases[i].number);
		assert_true(places_at(places, place.number)->kind ==
		    cases[i].kind);
	}
	assert_int_equal(places_last(places), 6);
	assert_int_equal(places_find(places, &key, &(struct place){
	    .kind = PLACE_raw }), 0);
}

static void
without_a_rule_set_there_is_none(void **state)
{
	struct place place = place_of(PLACE_header, "from", "");

	(void)state;
	places_number(NULL, &place);
	assert_int_equal(place.number, 0);
	assert_int_equal(place.field, 0);
}

static void
names_of_fields_have_no_case(void **state)
{
	struct arena *arena = *state;
	struct places *places = places_new(arena);
	struct place from = place_of(PLACE_header, "x-from", "");
	struct place raw = place_of(PLACE_header, "x-from", "raw");
	struct place text = place_of(PLACE_text, "", "");

	places_number(places, &from);
	places_number(places, &raw);
	places_number(places, &text);
	assert_int_not_equal(from.field, 0);
	assert_int_equal(from.field, raw.field);
	assert_int_equal(text.field, 0);
	assert_int_equal(places_field(places, STR("X-From")), from.field);
	assert_int_equal(places_field(places, STR("x-FROM")), from.field);
	assert_int_equal(places_field(places, STR("x-fro")), 0);
	assert_int_equal(places_field(places, STR("x-from ")), 0);
	assert_int_equal(places_field(places, STR("")), 0);
	/* What calls ask for by name. */
	assert_int_not_equal(places_field(places, STR("Subject")), 0);
}

#define MANY 2000

static void
many_names_stay_apart(void **state)
{
	struct arena *arena = *state;
	struct places *places = places_new(arena);
	uint32_t first = places_last_field(places);

	for (uint32_t i = 0; i < MANY; i++) {
		struct place place = place_of(PLACE_header,
		    arena_printf(arena, "x-%u", i), "");

		places_number(places, &place);
		assert_int_equal(place.field, first + 1 + i);
	}
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(places_field(places, str_from(
		    arena_printf(arena, "X-%u", i))), first + 1 + i);
	assert_int_equal(places_field(places, STR("x-2000")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(each_place_has_its_number),
		cmocka_unit_test(without_a_rule_set_there_is_none),
		ARENA_TEST(names_of_fields_have_no_case),
		ARENA_TEST(many_names_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
