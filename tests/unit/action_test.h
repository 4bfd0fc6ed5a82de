/* SPDX-License-Identifier: ISC */
/* action_test.h - for tests: one action on one message, without the engine. */
#ifndef TESTS_ACTION_TEST_H
#define TESTS_ACTION_TEST_H

#include "milter/action.h"

struct conf;

struct action_test {
	struct arena *arena;
	struct conf *conf;
	const struct action *action;
	struct txn *txn;
	struct findings findings;
	struct action_run run;
};

/* A transaction of the site of site_text; the action's section is empty or
 * holds settings. Ends with action_test_end(). */
void action_test_begin(struct action_test *test, const struct action *action,
    const char *site_text, const char *settings);
void action_test_end(struct action_test *test);

/* It is an outbound message with these fields ("Name: value|Name: value", as
 * they came), this body and the keys of its site. */
void action_test_outbound(struct action_test *test, const char *fields,
    struct str body);

/* Judge by test->findings (enforce mode) and apply: what it returned. */
int action_test_apply(struct action_test *test, const char **error_r);

/* The header fields as they leave: "Name: value|Name: value". */
const char *action_test_fields(struct action_test *test);

#endif
