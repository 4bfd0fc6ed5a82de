/* SPDX-License-Identifier: ISC */
/* action_test.c - for tests: one action on one message, without the engine. */
#include "action_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/conf.h"
#include "fixture.h"
#include "mail/spool.h"
#include "mail_site.h"
#include "milter/keys.h"
#include "section_text.h"

void
action_test_begin(struct action_test *test, const struct action *action,
    const char *site_text, const char *settings)
{
	struct arena *arena = arena_new(0);

	*test = (struct action_test){ .arena = arena, .action = action };
	test->conf = section_text_read(arena, action->section,
	    arena_printf(arena, "action %s { %s }", action->section->label,
	    settings));
	test->txn = txn_new(mail_site(arena, site_text), 1700000000000);
	findings_init(&test->findings, test->txn->arena);
	test->run = (struct action_run){
		.txn = test->txn,
		.findings = &test->findings,
		.settings = conf_get(test->conf, action->section),
		.name = action->name,
	};
}

void
action_test_outbound(struct action_test *test, const char *fields,
    struct str body)
{
	struct vec degraded;
	const char *error;

	test->txn->direction = DIRECTION_OUTBOUND;
	fixture_add_fields(&test->txn->headers, fields, '|');
	test->txn->body = spool_new(NULL, 65536);
	assert_int_equal(spool_add(test->txn->body, body.data, body.len), 0);
	vec_init(&degraded, test->arena, sizeof(const char *));
	test->run.keys = key_table_new(test->arena, test->txn->site->policies,
	    false, &degraded, &error);
	assert_non_null(test->run.keys);
}

void
action_test_end(struct action_test *test)
{
	txn_free(&test->txn);
	conf_unref(&test->conf);
	arena_free(&test->arena);
}

int
action_test_apply(struct action_test *test, const char **error_r)
{
	test->run.verdict = verdict_of(test->txn, &test->findings,
	    MODE_ENFORCE);
	return test->action->apply(&test->run, error_r);
}

const char *
action_test_fields(struct action_test *test)
{
	struct buf text;

	buf_init(&text, test->arena);
	for (size_t i = 0; i < test->txn->headers.fields.len; i++) {
		const struct header *h =
		    vec_at(&test->txn->headers.fields, i);

		if (!h->is_removed)
			buf_printf(&text, "%s%.*s:%.*s",
			    text.len != 0 ? "|" : "", STR_ARG(h->name),
			    STR_ARG(h->value));
	}
	return text.data;
}
