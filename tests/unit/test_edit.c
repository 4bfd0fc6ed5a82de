/* SPDX-License-Identifier: ISC */
/* test_edit.c - what edits do to the fields, and in what order they leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/edit.h"
#include "mail/txn.h"
#include "mail_site.h"

struct fixture {
	struct arena *arena;
	struct txn *txn;
};

static int
set_up(void **state)
{
	static const char *const fields[] = { "Received", "A", "B", "a", "C",
		"A" };
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new(0);
	f->txn = txn_new(mail_site(f->arena, ""), 0);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		header_list_add(&f->txn->headers, str_from(fields[i]),
		    str_from(arena_printf(f->arena, " %zu", i)));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	txn_free(&f->txn);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static struct fixture *
fixture_of(void **state)
{
	return *state;
}

/* "Received: 0|A: 1|…": the fields as they leave. */
static const char *
fields_of(struct txn *txn)
{
	struct buf text;

	buf_init(&text, txn->arena);
	for (size_t i = 0; i < txn->headers.fields.len; i++) {
		const struct header *h = vec_at(&txn->headers.fields, i);

		if (!h->is_removed)
			buf_printf(&text, "%s%.*s:%.*s",
			    text.len != 0 ? "|" : "", STR_ARG(h->name),
			    STR_ARG(h->value));
	}
	return text.data;
}

/* "remove A 3|insert X 0: 1|…": the edits in the order for Postfix. */
static const char *
edits_of(struct txn *txn)
{
	const struct edit *const *order = edit_order(txn);
	struct buf text;

	buf_init(&text, txn->arena);
	for (size_t i = 0; i < txn->edits.len; i++)
		buf_printf(&text, "%s%s %.*s %zu:%.*s", i != 0 ? "|" : "",
		    edit_kind_text(order[i]->kind), STR_ARG(order[i]->name),
		    order[i]->nth, STR_ARG(order[i]->value));
	return text.data;
}

/* Field nth of that name, as it came. */
static const struct header *
field(struct txn *txn, const char *name, size_t nth)
{
	for (size_t i = 0; i < txn->headers.fields.len; i++) {
		const struct header *h = vec_at(&txn->headers.fields, i);

		if (str_is_nocase(h->name, name) &&
		    header_nth(&txn->headers, h) == nth)
			return h;
	}
	fail_msg("no field %s %zu", name, nth);
	return NULL;
}

static void
the_last_one_inserted_stands_on_top(void **state)
{
	struct txn *txn = fixture_of(state)->txn;

	edit_insert_header(txn, "t", STR("X"), STR(" 1"));
	edit_insert_header(txn, "t", STR("Y"), STR(" 2"));
	edit_append_header(txn, "t", STR("Z"), STR(" 3"));
	edit_append_header(txn, "t", STR("W"), STR(" 4"));
	assert_string_equal(fields_of(txn), "Y: 2|X: 1|Received: 0|A: 1|B: 2|"
	    "a: 3|C: 4|A: 5|Z: 3|W: 4");
	assert_string_equal(edits_of(txn), "insert X 0: 1|insert Y 0: 2|"
	    "append Z 0: 3|append W 0: 4");
}

static void
removals_leave_from_the_last_to_the_first_before_all_else(void **state)
{
	struct txn *txn = fixture_of(state)->txn;

	edit_insert_header(txn, "t", STR("A"), STR(" new"));
	edit_remove_header(txn, "t", field(txn, "A", 2));
	edit_remove_header(txn, "t", field(txn, "A", 1));
	edit_change_header(txn, "t", field(txn, "A", 3), STR(" other"));
	assert_string_equal(fields_of(txn),
	    "A: new|Received: 0|B: 2|C: 4|A: other");
	assert_string_equal(edits_of(txn), "change A 3: other|remove a 2:|"
	    "remove A 1:|insert A 0: new");
}

static void
a_field_is_removed_only_once(void **state)
{
	struct txn *txn = fixture_of(state)->txn;

	edit_remove_header(txn, "t", field(txn, "B", 1));
	edit_remove_header(txn, "t", field(txn, "B", 1));
	assert_string_equal(edits_of(txn), "remove B 1:");
}

static void
the_last_change_of_a_field_is_the_one_that_leaves(void **state)
{
	struct txn *txn = fixture_of(state)->txn;

	edit_change_header(txn, "t", field(txn, "B", 1), STR(" one"));
	edit_change_header(txn, "t", field(txn, "B", 1), STR(" two"));
	assert_string_equal(edits_of(txn), "change B 1: two");
	edit_remove_header(txn, "t", field(txn, "B", 1));
	assert_string_equal(edits_of(txn), "remove B 1:");
}

static void
a_field_of_ours_is_changed_and_dropped_where_it_was_made(void **state)
{
	struct txn *txn = fixture_of(state)->txn;

	edit_insert_header(txn, "t", STR("X"), STR(" 1"));
	edit_insert_header(txn, "t", STR("Y"), STR(" 2"));
	edit_append_header(txn, "t", STR("Z"), STR(" 3"));
	edit_change_header(txn, "t", header_first(&txn->headers, "X"),
	    STR(" 9"));
	edit_remove_header(txn, "t", header_first(&txn->headers, "Y"));
	assert_string_equal(edits_of(txn), "insert X 0: 9|append Z 0: 3");
	edit_remove_header(txn, "t", header_first(&txn->headers, "Z"));
	assert_string_equal(edits_of(txn), "insert X 0: 9");
	assert_string_equal(fields_of(txn),
	    "X: 9|Received: 0|A: 1|B: 2|a: 3|C: 4|A: 5");
}

static void
reasons_to_hold_come_together(void **state)
{
	struct txn *txn = fixture_of(state)->txn;
	const struct edit *edit;

	edit_hold(txn, "hold", "the first");
	edit_hold(txn, "other", "the second");
	assert_int_equal(txn->edits.len, 1);
	edit = vec_at(&txn->edits, 0);
	assert_int_equal(edit->kind, EDIT_HOLD);
	assert_string_equal(edit->action, "hold");
	assert_true(str_is(edit->value, "the first; the second"));
}

static void
what_an_edit_was_given_is_copied(void **state)
{
	struct txn *txn = fixture_of(state)->txn;
	char name[] = "Name", value[] = " value";

	edit_insert_header(txn, "t", str_from(name), str_from(value));
	edit_change_header(txn, "t", field(txn, "B", 1), str_from(value));
	memset(name, '?', sizeof(name) - 1);
	memset(value, '?', sizeof(value) - 1);
	assert_string_equal(edits_of(txn), "change B 1: value|"
	    "insert Name 0: value");
}

static void
twenty_thousand_edits_take_no_time_of_note(void **state)
{
	enum { COUNT = 20000 };
	struct txn *txn = fixture_of(state)->txn;
	int64_t begin_ms = fixture_cpu_ms();
	const struct header *header;
	size_t at = 0;

	for (size_t i = 0; i < COUNT; i++)
		header_list_add(&txn->headers, STR("Bad"), STR(" x"));
	for (size_t i = 0; i < COUNT; i++)
		edit_insert_header(txn, "t", STR("Good"), STR(" y"));
	while ((header = header_next(&txn->headers, "Bad", &at)) != NULL)
		edit_remove_header(txn, "t", header);
	assert_int_equal(edit_order(txn)[0]->nth, COUNT);
	assert_int_equal(header_count(&txn->headers, "Bad"), 0);
	assert_int_equal(header_count(&txn->headers, "Good"), COUNT);
	/* Quadratic it would be minutes. */
	assert_in_range(fixture_cpu_ms() - begin_ms, 0, 10000);
}

int
main(void)
{
#define EDIT_TEST(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		EDIT_TEST(the_last_one_inserted_stands_on_top),
		EDIT_TEST(
		    removals_leave_from_the_last_to_the_first_before_all_else),
		EDIT_TEST(a_field_is_removed_only_once),
		EDIT_TEST(the_last_change_of_a_field_is_the_one_that_leaves),
		EDIT_TEST(
		    a_field_of_ours_is_changed_and_dropped_where_it_was_made),
		EDIT_TEST(reasons_to_hold_come_together),
		EDIT_TEST(what_an_edit_was_given_is_copied),
		EDIT_TEST(twenty_thousand_edits_take_no_time_of_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
