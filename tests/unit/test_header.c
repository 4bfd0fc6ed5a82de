/* SPDX-License-Identifier: ISC */
/* test_header.c - header fields: looked up, numbered, folded, unfolded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "check_text.h"
#include "fixture.h"
#include "mail/header.h"

static void
add(struct header_list *list, const char *name, const char *value)
{
	header_list_add(list, str_from(name), str_from(value));
}

static void
names_are_found_without_regard_to_case(void **state)
{
	struct header_list list;
	size_t at = 0;

	header_list_init(&list, *state);
	add(&list, "Received", " one");
	add(&list, "From", " a@example.org");
	add(&list, "RECEIVED", " two");
	add(&list, "received", " three");
	assert_int_equal(header_count(&list, "Received"), 3);
	assert_int_equal(header_count(&list, "from"), 1);
	assert_int_equal(header_count(&list, "Receive"), 0);
	assert_null(header_first(&list, "To"));
	check_text("the first", header_first(&list, "received")->value, " one");
	check_text("next", header_next(&list, "received", &at)->value, " one");
	check_text("next", header_next(&list, "received", &at)->value, " two");
	check_text("next", header_next(&list, "received", &at)->value,
	    " three");
	assert_null(header_next(&list, "received", &at));
	assert_int_equal(list.size_bytes, strlen("Received one"
	    "From a@example.orgRECEIVED tworeceived three"));
}

static void
fields_are_numbered_by_name_from_the_top(void **state)
{
	struct header_list list;
	static const size_t wanted[] = { 1, 1, 2, 3, 2 };

	header_list_init(&list, *state);
	add(&list, "X-A", " 1");
	add(&list, "X-B", " 1");
	add(&list, "x-a", " 2");
	add(&list, "X-A", " 3");
	add(&list, "x-b", " 2");
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const struct header *header = vec_at(&list.fields, i);

		assert_int_equal(header_nth(&list, header), wanted[i]);
		assert_false(header->is_ours);
	}
}

static void
removed_fields_are_passed_over_and_keep_their_number(void **state)
{
	struct header_list list;
	struct header *first;

	header_list_init(&list, *state);
	add(&list, "X-A", " 1");
	add(&list, "X-A", " 2");
	first = vec_at(&list.fields, 0);
	first->is_removed = true;
	assert_int_equal(header_count(&list, "x-a"), 1);
	assert_int_equal(header_nth(&list, header_first(&list, "x-a")), 2);
}

static void
our_fields_stand_where_they_were_put_and_have_no_number(void **state)
{
	struct header_list list;

	header_list_init(&list, *state);
	add(&list, "X-A", " theirs");
	header_list_insert(&list, 0, STR("X-A"), STR(" on top"));
	header_list_insert(&list, 2, STR("X-A"), STR(" below"));
	header_list_insert(&list, 1, STR("X-A"), STR(" between"));
	add(&list, "X-A", " theirs too");
	check_text("top", header_first(&list, "X-A")->value, " on top");
	check_text("1", ((struct header *)vec_at(&list.fields, 1))->value,
	    " between");
	check_text("2", ((struct header *)vec_at(&list.fields, 2))->value,
	    " theirs");
	check_text("3", ((struct header *)vec_at(&list.fields, 3))->value,
	    " below");
	assert_true(header_first(&list, "X-A")->is_ours);
	assert_int_equal(header_nth(&list, header_first(&list, "X-A")), 0);
	assert_int_equal(header_nth(&list, vec_at(&list.fields, 4)), 2);
	/* Numbered before, or not yet. */
	add(&list, "X-A", " one more");
	assert_int_equal(header_nth(&list, vec_at(&list.fields, 2)), 1);
	assert_int_equal(header_nth(&list, vec_at(&list.fields, 5)), 3);
}

/* 40,000 fields of 20,000 names: looking at all others for each would take
 * minutes under a sanitizer. */
static void
twenty_thousand_names_twice_are_numbered_at_once(void **state)
{
	struct header_list list;
	int64_t start_ms = fixture_cpu_ms();

	header_list_init(&list, *state);
	for (size_t i = 0; i < 40000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "X-%zu", i % 20000);
		add(&list, name, " v");
	}
	for (size_t i = 0; i < 40000; i++)
		assert_int_equal(header_nth(&list, vec_at(&list.fields, i)),
		    i / 20000 + 1);
	assert_true(fixture_cpu_ms() - start_ms < 10000);
}

static void
values_are_unfolded_as_in_rfc_5322_2_2_3(void **state)
{
	static const struct {
		const char *sentence, *value, *wanted;
	} cases[] = {
		{ "blanks at both ends go", " a b\t ", "a b" },
		{ "a fold loses its LF alone", " a\n\tb", "a\tb" },
		{ "a fold loses its CRLF", " a\r\n b\r\n", "a b" },
		{ "a CR alone stays", " a\rb", "a\rb" },
		{ "several folds in a row", " a\n \n b", "a  b" },
		{ "nothing", "", "" },
		{ "folds alone", "\n \n ", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_text(cases[i].sentence, header_unfold(*state,
		    str_from(cases[i].value)), cases[i].wanted);
}

static void
names_are_judged_as_in_rfc_5322_2_2(void **state)
{
	char name[1000];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_true(header_name_is_valid(STR("From")));
	assert_true(header_name_is_valid(STR("!\"~")));
	assert_true(header_name_is_valid(str_of(name, 998)));
	assert_false(header_name_is_valid(str_of(name, 999)));
	assert_false(header_name_is_valid(STR("")));
	assert_false(header_name_is_valid(STR("Fr om")));
	assert_false(header_name_is_valid(STR("From:")));
	assert_false(header_name_is_valid(STR("From\n")));
	assert_false(header_name_is_valid(STR("Fr\0m")));
	assert_false(header_name_is_valid(STR("Fr\xc3\xb6m")));
	assert_false(header_name_is_valid(STR("\x7f")));
}

#define WORD10 " 123456789"
#define WORD70 WORD10 WORD10 WORD10 WORD10 WORD10 WORD10 WORD10
#define LONG40 "abcdefghijabcdefghijabcdefghijabcdefghij"

static void
values_are_folded_as_in_rfc_5322_2_2_3(void **state)
{
	static const struct {
		const char *sentence;
		size_t name_len;
		const char *value, *wanted;
	} cases[] = {
		{ "a short value stays", 4, " a b", " a b" },
		{ "a line takes 78 characters", 7, WORD70, WORD70 },
		{ "a line takes no 79", 8, WORD70,
		    WORD10 WORD10 WORD10 WORD10 WORD10 WORD10 "\n" WORD10 },
		{ "the blank is kept behind the fold", 7, WORD70 "\t12",
		    WORD70 "\n\t12" },
		{ "all blanks of a run are kept", 7, WORD70 "   12",
		    WORD70 "\n   12" },
		{ "a word is never broken", 4,
		    " " LONG40 LONG40 LONG40 " b " LONG40 LONG40,
		    " " LONG40 LONG40 LONG40 "\n b\n " LONG40 LONG40 },
		{ "the first word stays on the line of the name", 4,
		    " " LONG40 LONG40, " " LONG40 LONG40 },
		{ "folds that are there stay and count", 4,
		    " a\n\t" LONG40 " " LONG40, " a\n\t" LONG40 "\n " LONG40 },
		{ "a line begins anew behind a fold that is there", 7,
		    WORD70 "\n\t12 34", WORD70 "\n\t12 34" },
		{ "a line begins anew behind a fold of ours", 7,
		    WORD70 WORD70 WORD10, WORD70 "\n" WORD70 "\n" WORD10 },
		{ "blanks at the end make no line of their own", 7,
		    WORD70 "          ", WORD70 "          " },
		{ "an encoded word stays whole", 10,
		    WORD10 " =?utf-8?q?" LONG40 LONG40 "?= x",
		    WORD10 "\n =?utf-8?q?" LONG40 LONG40 "?=\n x" },
		{ "nothing", 4, "", "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_text(cases[i].sentence, header_fold(*state,
		    cases[i].name_len, str_from(cases[i].value)),
		    cases[i].wanted);
}

static void
fields_behind_a_bare_cr_are_counted(void **state)
{
	static const struct {
		const char *sentence, *value;
		size_t count;
	} cases[] = {
		{ "none", " From: a@b.example", 0 },
		{ "one", " x\rFrom: a@b.example", 1 },
		{ "two, without regard to case", "\rfROM:\rFROM:x", 2 },
		{ "blanks before the colon (RFC 5322 4.5)", " x\rFrom \t:", 1 },
		{ "a blank before the name is a fold", " x\r From: a", 0 },
		{ "a line end is no bare CR", " x\r\n From: a", 0 },
		{ "another name", " x\rFromage: a", 0 },
		{ "no colon", " x\rFrom", 0 },
		{ "a CR at the end", " x\r", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct header_list list;
		size_t count;

		header_list_init(&list, *state);
		header_list_add(&list, STR("Subject"),
		    str_from(cases[i].value));
		count = header_count_hidden(&list, "From");
		if (count != cases[i].count)
			fail_msg("%s: %zu", cases[i].sentence, count);
		header_list_insert(&list, 0, STR("X"), STR("x\rFrom: a"));
		assert_int_equal(header_count_hidden(&list, "From"), count);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(names_are_found_without_regard_to_case),
		ARENA_TEST(fields_are_numbered_by_name_from_the_top),
		ARENA_TEST(
		    removed_fields_are_passed_over_and_keep_their_number),
		ARENA_TEST(
		    our_fields_stand_where_they_were_put_and_have_no_number),
		ARENA_TEST(twenty_thousand_names_twice_are_numbered_at_once),
		ARENA_TEST(values_are_unfolded_as_in_rfc_5322_2_2_3),
		ARENA_TEST(names_are_judged_as_in_rfc_5322_2_2),
		ARENA_TEST(values_are_folded_as_in_rfc_5322_2_2_3),
		ARENA_TEST(fields_behind_a_bare_cr_are_counted),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
