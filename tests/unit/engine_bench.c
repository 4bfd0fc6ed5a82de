/* SPDX-License-Identifier: ISC */
/* engine_bench.c - for tests: one transaction over a configuration. */
#include "engine_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/conf.h"

void
engine_bench_begin(struct engine_bench *bench, const char *conf_text)
{
	const char *error = "";
	struct conf *conf;

	*bench = (struct engine_bench){ .arena = arena_new(0) };
	/* What it does not say, the stock rules of this machine must not. */
	conf_text = arena_printf(bench->arena, "check rules { enabled no; }\n"
	    "%s", conf_text);
	conf = conf_parse("test", conf_text, engine_sections(),
	    engine_other_sections(), bench->arena, &error);
	if (conf == NULL)
		fail_msg("%s", error);
	bench->snapshot = snapshot_new(conf, false, bench->arena, &error);
	if (bench->snapshot == NULL)
		fail_msg("%s", error);
	conf_unref(&conf);
	bench->snapshot->check_count = bench->snapshot->action_count = 0;
	bench->snapshot->wants_body = true;
}

void
engine_bench_checks(struct engine_bench *bench, struct chain_entry *entries,
    size_t count)
{
	bench->snapshot->checks = entries;
	bench->snapshot->check_count = count;
}

void
engine_bench_actions(struct engine_bench *bench, struct action_entry *entries,
    size_t count)
{
	bench->snapshot->actions = entries;
	bench->snapshot->action_count = count;
}

void
engine_bench_open(struct engine_bench *bench, const char *rcpt)
{
	const char *error;

	bench->engine = engine_new(bench->snapshot, NULL, 1700000000000);
	bench->txn = engine_txn(bench->engine);
	assert_int_equal(txn_set_sender(bench->txn, "<a@example.org>", &error),
	    0);
	engine_reach(bench->engine, STAGE_MAIL);
	assert_int_equal(engine_add_rcpt(bench->engine, rcpt), RCPT_TAKEN);
	engine_reach(bench->engine, STAGE_RCPT);
}

void
engine_bench_close(struct engine_bench *bench)
{
	engine_add_header(bench->engine, STR("Subject"), STR(" hello"));
	engine_reach(bench->engine, STAGE_HEADERS);
	engine_add_body(bench->engine, "hello\r\n", 7);
	bench->outcome = engine_finish(bench->engine);
}

void
engine_bench_message(struct engine_bench *bench)
{
	engine_bench_open(bench, "<b@example.net>");
	engine_bench_close(bench);
}

void
engine_bench_end(struct engine_bench *bench)
{
	engine_free(&bench->engine);
	snapshot_unref(&bench->snapshot);
	arena_free(&bench->arena);
}

const struct finding *
engine_bench_finding(const struct engine_bench *bench, const char *check)
{
	const struct vec *items = &bench->outcome->findings->items;

	for (size_t i = 0; i < items->len; i++) {
		const struct finding *finding = vec_at(items, i);

		if (strcmp(finding->check, check) == 0)
			return finding;
	}
	return NULL;
}

const struct action_report *
engine_bench_report(const struct engine_bench *bench, const char *action)
{
	for (size_t i = 0; i < bench->outcome->report_count; i++)
		if (strcmp(bench->outcome->reports[i].action, action) == 0)
			return &bench->outcome->reports[i];
	return NULL;
}
