/* SPDX-License-Identifier: ISC */
/* test_directory_inquiry.c - questions from daemons: answers and changes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "base/wait.h"
#include "directories.h"
#include "directory/inquiry.h"
#include "directory_asked.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000

#define WORLD "add class staff\nadd domain example.org\n" \
	"add user ann@example.org class=staff\n" \
	"add identity ann@example.org a@b.example\n"

static void
an_object_is_found_or_not(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);

	directories_must_do(lab, WORLD);
	assert_string_equal(directory_asked_for(lab, inquiry, "user",
	    "Ann@Example.org", ""), "user ann@example.org {\n\tclass staff;\n}\n");
	assert_string_equal(directory_asked_for(lab, inquiry, "identity",
	    "ann@example.org", "a@b.example"), "identity ann@example.org a@b.example {\n}\n");
	assert_string_equal(directory_asked_for(lab, inquiry, "user",
	    "bob@example.org", ""), "none");
	assert_string_equal(directory_asked_for(lab, inquiry, "user",
	    "no address", ""), "none");
	assert_null(inquiry_degraded(inquiry, lab->arena));
	inquiry_free(&inquiry);
}

static void
a_change_of_others_moves_the_generation(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS, before;

	directories_must_do(lab, WORLD);
	directory_asked_for(lab, inquiry, "user", "ann@example.org", "");
	for (int i = 0; i < 3; i++) {
		before = inquiry_generation(inquiry);
		assert_int_not_equal(before, 0);
		directories_must_do(lab, arena_printf(lab->arena,
		    "set user ann@example.org quota=%dm", i + 1));
		/* Nobody asks meanwhile. */
		while (inquiry_generation(inquiry) == before) {
			assert_true(clock_steady_ms() < until_ms);
			usleep(1000);
		}
		assert_int_equal(inquiry_generation(inquiry), before + 1);
	}
	inquiry_free(&inquiry);
}

static void
an_answer_too_late_is_none(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	const char *words[] = { "user", "ann@example.org", "" };
	struct wait *wait = wait_new();
	struct inquiry_call *call = inquiry_ask(inquiry, &inquiry_object, words,
	    clock_steady_ms() - 1000, wait);

	while (inquiry_call_answer(call) == NULL)
		assert_int_equal(wait_sleep(wait,
		    clock_steady_ms() + AT_MOST_MS), 1);
	assert_string_equal(inquiry_call_answer(call)->error, "the directory "
	    "is unavailable: it was not asked in time");
	inquiry_call_unref(&call);
	wait_unref(&wait);
	inquiry_free(&inquiry);
}

static void
many_ask_at_once_and_some_do_not_wait(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	const char *words[] = { "user", "ann@example.org", "" };
	struct inquiry_call *calls[200];
	struct wait *wait = wait_new();
	int answered = 0;

	directories_must_do(lab, WORLD);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		calls[i] = inquiry_ask(inquiry, &inquiry_object, words,
		    clock_steady_ms() + AT_MOST_MS, wait);
	for (size_t i = 0; i < ARRAY_LEN(calls); i += 2)
		inquiry_call_unref(&calls[i]);
	for (size_t i = 1; i < ARRAY_LEN(calls); i += 2) {
		while (inquiry_call_answer(calls[i]) == NULL)
			wait_sleep(wait, clock_steady_ms() + AT_MOST_MS);
		answered += inquiry_call_answer(calls[i])->data != NULL;
		inquiry_call_unref(&calls[i]);
	}
	assert_int_equal(answered, 100);
	wait_unref(&wait);
	inquiry_free(&inquiry);
}

/* Questions that wait together are answered by one state, but never by one
 * that is older than the question. */
static void
who_asks_behind_a_change_sees_it_though_others_wait(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	const char *words[] = { "user", "ann@example.org", "" };
	struct inquiry_call *calls[50];

	directories_must_do(lab, WORLD);
	for (int round = 0; round < 20; round++) {
		const char *text = arena_printf(lab->arena, "round%d", round);

		for (size_t i = 0; i < ARRAY_LEN(calls); i++)
			calls[i] = inquiry_ask(inquiry, &inquiry_object,
			    words, clock_steady_ms() + AT_MOST_MS, NULL);
		directories_must_do(lab, arena_printf(lab->arena, "set user "
		    "ann@example.org description=%s", text));
		assert_non_null(strstr(directory_asked_for(lab, inquiry, "user",
		    "ann@example.org", ""), text));
		for (size_t i = 0; i < ARRAY_LEN(calls); i++)
			inquiry_call_unref(&calls[i]);
	}
	inquiry_free(&inquiry);
}

/* Until the thread of the inquiry sleeps, it has the question instead. */
static void
an_asker_reads_a_file_himself(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;
	const char *words[] = { "user", "ann@example.org", "" };
	const struct inquiry_answer *answer = NULL;
	struct wait *wait = NULL;
	struct inquiry_call *call = NULL;

	directories_must_do(lab, WORLD);
	while (answer == NULL) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(1000);
		wait_unref(&wait);
		inquiry_call_unref(&call);
		directories_must_do(lab, "set user ann@example.org quota=1m");
		directories_must_do(lab, "set user ann@example.org quota=2m");
		wait = wait_new();
		call = inquiry_ask(inquiry, &inquiry_object, words, until_ms,
		    wait);
		answer = inquiry_call_answer(call);
	}
	/* Of the newest state, and nobody is told of what is there. */
	assert_non_null(strstr(directory_object_print(answer->data,
	    lab->arena), "quota 2m"));
	assert_int_equal(answer->generation, inquiry_generation(inquiry));
	assert_int_equal(wait_sleep(wait, clock_steady_ms() - 1), 0);
	wait_unref(&wait);
	inquiry_call_unref(&call);
	inquiry_free(&inquiry);
}

static void *
ask_often(void *arg)
{
	struct directory_lab own = { .arena = arena_new(0) };
	uintptr_t found = 0;

	for (int i = 0; i < 200; i++)
		found += strstr(directory_asked_for(&own, arg, "user",
		    "ann@example.org", ""), "class staff") != NULL;
	arena_free(&own.arena);
	return (void *)found;
}

static void
threads_that_ask_at_once_all_have_answers(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	pthread_t threads[4];
	void *found;

	directories_must_do(lab, WORLD);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
		    inquiry), 0);
	for (int i = 0; i < 20; i++)
		directories_must_do(lab, arena_printf(lab->arena,
		    "set user ann@example.org quota=%dm", i + 1));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &found), 0);
		assert_int_equal((uintptr_t)found, 200);
	}
	inquiry_free(&inquiry);
}

struct reader {
	struct inquiry *inquiry;
	atomic_bool is_over;
	uintptr_t answers, torn;	/* torn: of two states */
};

static void *
read_both_values(void *arg)
{
	struct directory_lab own = { .arena = NULL };
	struct reader *reader = arg;

	while (!atomic_load(&reader->is_over)) {
		const char *text;

		own.arena = arena_new(0);
		text = directory_asked_for(&own, reader->inquiry, "user",
		    "ann@example.org", "");
		reader->answers++;
		reader->torn += (strstr(text, "description yes") != NULL) !=
		    (strstr(text, "junk yes") != NULL);
		arena_free(&own.arena);
	}
	return NULL;
}

/* The description is in the table of users, junk in one of its own. */
static void
an_answer_is_of_one_state_though_others_change_it(void **state)
{
	struct directory_lab *lab = *state;
	struct reader reader = { .inquiry = directories_inquiry(lab) };
	const char *words[] = { "yes", "no" };
	pthread_t thread;

	directories_must_do(lab, WORLD);
	directories_must_do(lab,
	    "set user ann@example.org junk=no description=no");
	assert_int_equal(pthread_create(&thread, NULL, read_both_values,
	    &reader), 0);
	for (int i = 0; i < 200; i++)
		directories_must_do(lab, arena_printf(lab->arena, "set user "
		    "ann@example.org junk=%s description=%s", words[i % 2],
		    words[i % 2]));
	atomic_store(&reader.is_over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_not_equal(reader.answers, 0);
	assert_int_equal(reader.torn, 0);
	inquiry_free(&reader.inquiry);
}

static void
a_question_that_fails_harms_none_beside_it(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	const char *good[] = { "user", "ann@example.org", "" };
	const char *bad[] = { "nobody", "ann@example.org", "" };
	struct inquiry_call *calls[90];
	struct wait *wait = wait_new();

	directories_must_do(lab, WORLD);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		calls[i] = inquiry_ask(inquiry, &inquiry_object, i % 3 == 0 ?
		    bad : good, clock_steady_ms() + AT_MOST_MS, wait);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		const struct inquiry_answer *answer;

		while ((answer = inquiry_call_answer(calls[i])) == NULL)
			wait_sleep(wait, clock_steady_ms() + AT_MOST_MS);
		assert_int_equal(answer->error != NULL, i % 3 == 0);
		assert_int_equal(answer->data != NULL, i % 3 != 0);
		inquiry_call_unref(&calls[i]);
	}
	wait_unref(&wait);
	inquiry_free(&inquiry);
}

/* Nobody may wait for ever when a daemon ends. */
static void
what_is_under_way_at_the_end_is_answered(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	const char *words[] = { "user", "ann@example.org", "" };
	struct inquiry_call *calls[100];

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		calls[i] = inquiry_ask(inquiry, &inquiry_object, words,
		    clock_steady_ms() + AT_MOST_MS, NULL);
	inquiry_free(&inquiry);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		assert_non_null(inquiry_call_answer(calls[i]));
		inquiry_call_unref(&calls[i]);
	}
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(an_object_is_found_or_not),
		DIRECTORY_TEST(a_change_of_others_moves_the_generation),
		DIRECTORY_TEST(an_answer_too_late_is_none),
		DIRECTORY_TEST(many_ask_at_once_and_some_do_not_wait),
		DIRECTORY_TEST(
		    who_asks_behind_a_change_sees_it_though_others_wait),
		SQLITE_TEST(an_asker_reads_a_file_himself),
		DIRECTORY_TEST(threads_that_ask_at_once_all_have_answers),
		DIRECTORY_TEST(
		    an_answer_is_of_one_state_though_others_change_it),
		DIRECTORY_TEST(a_question_that_fails_harms_none_beside_it),
		DIRECTORY_TEST(what_is_under_way_at_the_end_is_answered),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
