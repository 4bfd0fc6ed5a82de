/* SPDX-License-Identifier: ISC */
/* test_action_hold.c - only a verdict of hold holds, and it says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "action_test.h"
#include "base/arena.h"
#include "base/vec.h"
#include "mail/edit.h"

extern const struct action action_hold;

static void
only_a_verdict_of_hold_holds(void **state)
{
	static const enum decision decisions[] = { DECISION_HAM,
		DECISION_JUNK, DECISION_HOLD, DECISION_DEFER,
		DECISION_REFUSE };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decisions); i++) {
		bool is_held = decisions[i] == DECISION_HOLD;
		struct action_test t;
		const char *error;

		action_test_begin(&t, &action_hold, "", "");
		findings_add(&t.findings, "a", RESULT_FAIL, "odd")->suggested =
		    decisions[i];
		assert_int_equal(action_test_apply(&t, &error), 0);
		assert_int_equal(t.txn->edits.len, is_held);
		assert_int_equal(t.run.detail != NULL, is_held);
		action_test_end(&t);
	}
}

static void
the_reason_is_that_of_the_verdict(void **state)
{
	struct action_test t;
	const struct edit *edit;
	const char *error;

	(void)state;
	action_test_begin(&t, &action_hold, "", "");
	findings_add(&t.findings, "a", RESULT_FAIL, "odd")->suggested =
	    DECISION_HOLD;
	assert_int_equal(action_test_apply(&t, &error), 0);
	edit = vec_at(&t.txn->edits, 0);
	assert_int_equal(edit->kind, EDIT_HOLD);
	assert_string_equal(edit->action, "hold");
	assert_true(str_is(edit->value, "held because a: odd"));
	assert_string_equal(t.run.detail, "held because a: odd");
	action_test_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_verdict_of_hold_holds),
		cmocka_unit_test(the_reason_is_that_of_the_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
