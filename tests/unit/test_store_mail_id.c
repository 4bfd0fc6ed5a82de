/* SPDX-License-Identifier: ISC */
/* test_store_mail_id.c - one id for a message, on every kind of store. */
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
#include "check_text.h"
#include "store/mail_id.h"
#include "stores.h"

#define BASE_MS INT64_C(1795000320000)
#define MINUTE (60 * INT64_C(1000))

/* Ids are told apart by their last letter. */
#define PREFIX "01JD000000000000000000000"

struct step {
	int64_t at_ms;
	const char *instance, *queue_id;	/* both NULL: no more steps */
	const char *proposal;		/* its last letter */
	const char *charge;
	const char *result;		/* the id's last letter, the charges */
};

static const struct {
	const char *name;
	struct step steps[10];
} cases[] = {
	{ "who comes first proposes, everybody gets that", {
		{ 0, "i", "", "A", "", "A" },
		{ 1, "i", "", "B", "", "A" },
		{ 2, "i", "", "C", "", "A" } } },
	{ "the same for a milter alone", {
		{ 0, "", "q", "A", "", "A" },
		{ 1, "", "q", "B", "", "A" } } },
	{ "policyd binds the queue id, the milter finds it", {
		{ 0, "i", "", "A", "", "A" },
		{ 1, "i", "q", "B", "", "A" },
		{ 2, "", "q", "C", "", "A" } } },
	{ "both names at once are bound at once", {
		{ 0, "i", "q", "A", "", "A" },
		{ 1, "", "q", "B", "", "A" },
		{ 2, "i", "", "C", "", "A" } } },
	{ "a milter that came first gives its id to policyd", {
		{ 0, "", "q", "A", "", "A" },
		{ 1, "i", "q", "B", "", "A" },
		{ 2, "i", "", "C", "", "A" },
		{ 3, "", "q", "D", "", "A" } } },
	{ "both came first: the instance counts from then on", {
		{ 0, "i", "", "A", "", "A" },
		{ 1, "", "q", "B", "", "B" },
		{ 2, "i", "q", "C", "", "A" },
		{ 3, "", "q", "D", "", "A" } } },
	{ "a queue id that is used again belongs to the new message", {
		{ 0, "i1", "q", "A", "c1", "A c1" },
		{ 1, "i2", "", "B", "c2", "B c2" },
		{ 2, "i2", "q", "C", "", "B c2" },
		{ 3, "", "q", "D", "", "B c2" },
		{ 4, "i1", "", "E", "", "A c1" } } },
	{ "so it does when both names come at once", {
		{ 0, "i1", "q", "A", "c1", "A c1" },
		{ 1, "i2", "q", "B", "c2", "B c2" },
		{ 2, "", "q", "C", "", "B c2" },
		{ 3, "i1", "", "D", "", "A c1" } } },
	{ "other messages have other ids", {
		{ 0, "i1", "q1", "A", "", "A" },
		{ 0, "i2", "q2", "B", "", "B" },
		{ 0, "q1", "i1", "C", "", "C" },
		{ 1, "i1", "", "D", "", "A" } } },
	{ "charges are remembered once each, in order, under both names", {
		{ 0, "i", "", "A", "c1", "A c1" },
		{ 1, "i", "q", "B", "c2", "A c1 c2" },
		{ 2, "i", "q", "B", "c1", "A c1 c2" },
		{ 3, "", "q", "C", "c3", "A c1 c2 c3" },
		{ 4, "i", "", "D", "", "A c1 c2 c3" } } },
	{ "a charge whose name begins like another is another", {
		{ 0, "i", "", "A", "c11", "A c11" },
		{ 1, "i", "", "A", "c1", "A c11 c1" },
		{ 2, "i", "", "A", "1", "A c11 c1 1" } } },
	{ "an id is forgotten two hours after it was last asked for", {
		{ 0, "i", "q", "A", "c1", "A c1" },
		{ 119 * MINUTE, "", "q", "B", "", "A c1" },
		{ 238 * MINUTE, "i", "", "C", "", "A c1" },
		{ 358 * MINUTE, "i", "", "D", "", "D" },
		{ 358 * MINUTE, "i", "q", "E", "c2", "D c2" } } },
	{ "a clock that was ahead or behind changes nothing", {
		{ 60 * MINUTE, "i", "q", "A", "", "A" },
		{ 0, "", "q", "B", "", "A" },
		{ 60 * MINUTE, "i", "", "C", "", "A" } } },
};

static const char *
ask(struct store_lab *lab, struct str host, const struct step *step)
{
	const struct mail_id mail = {
		.host = host,
		.instance = str_from(step->instance),
		.queue_id = str_from(step->queue_id),
		.proposal = arena_printf(lab->arena, PREFIX "%s",
		    step->proposal),
		.charge = str_from(step->charge),
		.now_ms = BASE_MS + step->at_ms,
	};
	struct store_call *call = mail_id_ask(lab->store, lab->arena, &mail,
	    NULL);
	struct mail_id_result result;
	const char *error = "";
	struct buf out;

	assert_int_equal(mail_id_read(lab->arena, stores_answer(call),
	    &result, &error), 0);
	store_call_unref(&call);
	assert_memory_equal(result.id, PREFIX, strlen(PREFIX));
	buf_init(&out, lab->arena);
	buf_add_text(&out, result.id + strlen(PREFIX));
	for (size_t i = 0; i < result.charge_count; i++) {
		buf_add_char(&out, ' ');
		buf_add_str(&out, result.charges[i]);
	}
	return out.data;
}

/* Names of any bytes: host is part of the case's. */
static void
the_table_of_meetings(void **state)
{
	struct store_lab *lab = *state;
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str host = str_from(arena_printf(lab->arena,
		    "h\xc3\xb6st {%zu}", i));

		for (const struct step *step = cases[i].steps;
		    step->instance != NULL; step++) {
			const char *result = ask(lab, host, step);

			wrong += !check_text_step(cases[i].name,
			    (size_t)(step - cases[i].steps), result,
			    step->result);
		}
	}
	assert_int_equal(wrong, 0);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		struct mail_id mail;
		const char *error;
	} bad[] = {
		{ { STR("h"), STR(""), STR(""), PREFIX "A", STR(""), 1 },
		  "a message without a name" },
		{ { STR("h"), STR("i"), STR(""), "A", STR(""), 1 },
		  "the id to take is none" },
		{ { STR("h"), STR("i"), STR(""), PREFIX "A", STR("a b"), 1 },
		  "the name of a charge holds a blank" },
		{ { STR("h"), STR("i"), STR(""), PREFIX "A", STR(""), -1 },
		  "the time makes no sense" },
	};
	struct store_lab *lab = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct store_call *call = mail_id_ask(lab->store, lab->arena,
		    &bad[i].mail, NULL);
		const struct store_answer *answer = stores_any_answer(call);

		assert_int_equal(answer->status, STORE_REFUSED);
		assert_string_equal(answer->error, bad[i].error);
		store_call_unref(&call);
	}
}

int
main(void)
{
	const struct store_test tests[] = {
		STORE_TEST(the_table_of_meetings),
		STORE_TEST(what_makes_no_sense_is_refused),
	};

	return stores_run(tests, ARRAY_LEN(tests));
}
