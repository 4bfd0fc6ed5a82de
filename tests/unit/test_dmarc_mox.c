/* SPDX-License-Identifier: ISC */
/* test_dmarc_mox.c - DMARC as mox tests it: records, lookups and evaluations of
 * RFC 7489. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/dmarc.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "dmarc_bench.h"
#include "fixture.h"
#include "json/node.h"
#include "vectors.h"

/* Text, zone name or From: its own word. */
static const struct vector_ruling rulings[] = {
	{ "v=DMARC1; sp=reject; p=reject", "record",
	    "RFC 9989 4.8: tags have no order", "accept" },
	{ "malformed.example", "lookup",
	    "RFC 9989 4.8: what is no tag is passed over", "record at "
	    "malformed.example" },
	{ "malformed.example", "verify",
	    "RFC 9989 4.8: what is no tag is passed over", "fail" },
	{ "test.example", "verify", "RFC 9989 A.6: no pct=", "fail reject" },
};

/* What it expects, unless a row says otherwise. */
static void
compare(struct vectors *judge, const char *vector, const char *path,
    const char *theirs, const char *ours)
{
	const struct vector_ruling *ruling = vectors_ruling(judge, vector,
	    path);

	judge->total++;
	judge->apart += ruling != NULL;
	if (ruling != NULL && strcmp(theirs, ruling->ours) == 0)
		vectors_complain(judge, vector, path, "needs no row");
	if (strcmp(ours, ruling != NULL ? ruling->ours : theirs) != 0)
		vectors_complain(judge, vector, path, ours);
}

static void
judge_records(struct vectors *judge, const struct node *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = node_text(&list->items[i], "record");
		struct dmarc_record record;
		const char *error;
		bool is_dmarc;

		compare(judge, text, "record", node_text(&list->items[i],
		    "expected"), dmarc_record_parse(judge->arena,
		    str_from(text), &record, &is_dmarc, &error) == 0
		    ? "accept" : "reject");
	}
}

static const char *
make_flat_zone(struct vectors *judge, const struct node *names)
{
	struct buf zone;

	buf_init(&zone, judge->arena);
	for (size_t i = 0; i < names->count; i++) {
		const struct node *records = &names->items[i];

		if (records->kind == NODE_TEXT)
			buf_printf(&zone, "%s\tTXT\t!%s\n", names->keys[i],
			    records->text);
		else
			for (size_t k = 0; k < records->count; k++)
				dkim_zone_add(&zone, str_from(names->keys[i]),
				    str_from(records->items[k].text));
	}
	return buf_str(&zone).data;
}

/* In the words of mox. */
static const char *
describe_lookup(struct vectors *judge, const struct dmarc_verdict *verdict)
{
	const struct dmarc_applied *applied = &verdict->applied;

	if (verdict->result == RESULT_TEMPERROR)
		return "temperror";
	if (!applied->has_record)
		return strstr(verdict->reason, "several") != NULL
		    ? "treated as no record (multiple)" : "no record";
	return arena_printf(judge->arena, "record at %.*s%s",
	    STR_ARG(applied->record_domain),
	    str_eq(applied->record_domain, verdict->domain) ? ""
	    : " (organizational domain)");
}

static void
judge_lookups(struct vectors *judge, const struct node *list,
    const struct node *zone)
{
	struct dmarc_trial trial = { .zone = make_flat_zone(judge, zone) };
	size_t asked;

	for (size_t i = 0; i < list->count; i++) {
		const struct node *pair = &list->items[i];

		trial.author = pair->items[0].text;
		compare(judge, trial.author, "lookup", pair->items[1].text,
		    describe_lookup(judge, dmarc_trial_run(judge->arena,
		    &trial, &asked)));
	}
}

/* [["pass", "example.org"]] as "pass example.org". */
static const char *
make_dkim(struct vectors *judge, const struct node *list)
{
	struct buf text;

	buf_init(&text, judge->arena);
	buf_add_text(&text, "");
	for (size_t i = 0; i < list->count; i++)
		buf_printf(&text, "%s%s %s", i != 0 ? ", " : "",
		    list->items[i].items[0].text,
		    list->items[i].items[1].text);
	return buf_str(&text).data;
}

/* "fail reject": the result, and whether it is to be refused for it. */
static const char *
describe_verdict(struct vectors *judge, const struct dmarc_verdict *verdict)
{
	bool is_refused = verdict->result == RESULT_FAIL &&
	    verdict->wish == DMARC_REJECT;

	return arena_printf(judge->arena, "%s%s", result_text(verdict->result),
	    is_refused ? " reject" : "");
}

static void
judge_evaluations(struct vectors *judge, const struct node *list,
    const struct node *zone)
{
	struct dmarc_trial trial = { .zone = make_flat_zone(judge, zone) };
	size_t asked;

	for (size_t i = 0; i < list->count; i++) {
		const struct node *vector = &list->items[i];
		const char *domain = node_text(vector, "spf_domain");

		trial.author = node_text(vector, "header_from");
		trial.spf = arena_printf(judge->arena, "%s %s",
		    node_text(vector, "spf"), domain != NULL ? domain : "");
		trial.dkim = make_dkim(judge, node_find(vector, "dkim"));
		compare(judge, trial.author, "verify", arena_printf(
		    judge->arena, "%s%s", node_text(vector, "expected"),
		    node_is_true(vector, "reject") ? " reject" : ""),
		    describe_verdict(judge, dmarc_trial_run(judge->arena,
		    &trial, &asked)));
	}
}

static void
rfc_7489_by_mox(void **state)
{
	struct vectors judge = { .arena = *state, .set = "mox, RFC 7489",
		.rulings = rulings,
		.ruling_count = ARRAY_LEN(rulings) };
	const struct node *root;

	vectors_need(*state, "dmarc");
	root = vectors_read(&judge, "dmarc/vectors/mox-rfc7489.json");
	judge_records(&judge, node_find(root, "record_parse"));
	assert_int_equal(judge.total, 41);
	judge_lookups(&judge, node_find(root, "lookup"),
	    node_find(root, "lookup_zone"));
	assert_int_equal(judge.total, 41 + 7);
	judge_evaluations(&judge, node_find(root, "verify"),
	    node_find(root, "verify_zone"));
	printf("counted: DMARC: RFC 7489 (mox, 41 records, 7 lookups, 15 "
	    "evaluations): %zu of %zu where the RFCs agree; apart: %zu by RFC "
	    "9989 4.8 and A.6; not run: %zu on where reports go, for there "
	    "are no reports yet\n", judge.total - judge.apart - judge.wrong,
	    judge.total - judge.apart, judge.apart,
	    node_find(root, "external_report")->count);
	vectors_end(&judge, 41 + 7 + 15);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(rfc_7489_by_mox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
