/* SPDX-License-Identifier: ISC */
/* directory_asked.c - for tests: a directory with people in it, asked as daemons
 * ask. */
#include "directory_asked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000

struct directory_asked
directory_asked_begin(void **state, const char *world, size_t most_count,
    int64_t stale_ms)
{
	struct directory_asked asked = { .lab = *state };

	directories_must_do(asked.lab, world);
	asked.inquiry = directories_inquiry(asked.lab);
	asked.policies = policies_new(asked.inquiry, '+', most_count,
	    stale_ms);
	return asked;
}

void
directory_asked_end(struct directory_asked *asked)
{
	policies_free(&asked->policies);
	inquiry_free(&asked->inquiry);
}

void
directory_asked_take_away(struct directory_asked *asked)
{
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

	directories_take_away(asked->lab);
	while (inquiry_degraded(asked->inquiry, asked->lab->arena) == NULL) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(1000);
	}
}

const char *
directory_asked_for(struct directory_lab *lab, struct inquiry *inquiry,
    const char *kind, const char *first, const char *second)
{
	const char *words[] = { kind, first, second };
	int64_t deadline_ms = clock_steady_ms() + AT_MOST_MS;
	struct wait *wait = wait_new();
	struct inquiry_call *call = inquiry_ask(inquiry, &inquiry_object, words,
	    deadline_ms, wait);
	const struct inquiry_answer *answer;
	const char *text;

	while ((answer = inquiry_call_answer(call)) == NULL)
		assert_int_equal(wait_sleep(wait, deadline_ms), 1);
	text = answer->error != NULL ? arena_strdup(lab->arena,
	    answer->error) : answer->data == NULL ? "none" :
	    directory_object_print(answer->data, lab->arena);
	wait_unref(&wait);
	inquiry_call_unref(&call);
	return text;
}

void
directory_asked_await(struct directory_lab *lab, struct inquiry *inquiry,
    const char *text)
{
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;
	const char *answer;

	while (strstr(answer = directory_asked_for(lab, inquiry, "user",
	    "ann@example.org", ""), text) == NULL) {
		if (clock_steady_ms() > until_ms)
			fail_msg("%s", answer);
		usleep(5000);
	}
}
