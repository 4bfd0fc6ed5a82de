/* SPDX-License-Identifier: ISC */
/* test_dmarc_mailauth.c - DMARC as mailauth tests it: RFC 9989, which must hold
 * to the last word, and RFC 7489. */
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
#include "base/wait.h"
#include "dkim_bench.h"
#include "dmarc_bench.h"
#include "dns/dns_query.h"
#include "dns/zone.h"
#include "dns_held.h"
#include "fixture.h"
#include "json/node.h"
#include "mail/address.h"
#include "vectors.h"

#define OWN "of that program's interface"

static const struct vector_ruling rulings[] = {
	{ "Should parse all common tags", "pct", "RFC 9989 A.6: no pct=", NULL },
	{ "Should handle split TXT records", "pct", "RFC 9989 A.6: no pct=",
	    NULL },
	{ "Should return false for headerFrom array with multiple elements", "",
	    "RFC 9989 5.3.1: several authors of one domain are judged",
	    "pass" },
	{ "Should return temperror on DNS failure", "error", OWN, NULL },
	{ "Should include ARC result in comment when provided",
	    "status.comment", OWN, NULL },
	{ "Should track undersized DKIM signatures",
	    "alignment.dkim.underSized", OWN, NULL },
	{ "Should return raw record in rr field", "rr", OWN, NULL },
	{ "Should report an undersized DKIM signature even when strict "
	    "alignment rejects it", "alignment.dkim.underSized", OWN, NULL },
};

/* What one step of a vector came to. */
struct outcome {
	struct dmarc_trial trial;
	const struct dmarc_verdict *verdict;
	struct str org;			/* of the author domain */
};

static void
add_texts(struct vectors *judge, struct buf *zone, struct str name,
    const struct node *records)
{
	for (size_t i = 0; records != NULL && i < records->count; i++) {
		struct buf text;

		buf_init(&text, judge->arena);
		for (size_t k = 0; k < records->items[i].count; k++)
			buf_add_text(&text, records->items[i].items[k].text);
		dkim_zone_add(zone, name, buf_str(&text));
	}
}

static const char *
make_zone(struct vectors *judge, const struct node *names)
{
	struct buf zone;

	buf_init(&zone, judge->arena);
	buf_add_text(&zone, "# made of a vector\n");
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->keys[i];
		const struct node *types = &names->items[i];
		const struct node *list = node_find(types, "A");

		if (node_text(types, "error") != NULL)
			buf_printf(&zone, "%s\tTXT\t!TIMEOUT\n", name);
		add_texts(judge, &zone, str_from(name),
		    node_find(types, "TXT"));
		for (size_t k = 0; list != NULL && k < list->count; k++)
			buf_printf(&zone, "%s\tA\t%s\n", name,
			    list->items[k].text);
		list = node_find(types, "MX");
		for (size_t k = 0; list != NULL && k < list->count; k++)
			buf_printf(&zone, "%s\tMX\t%s %s\n", name,
			    node_text(&list->items[k], "priority"),
			    node_text(&list->items[k], "exchange"));
	}
	return buf_str(&zone).data;
}

/* ["a", {"domain": "b"}] as "pass a, pass b". */
static const char *
make_passes(struct vectors *judge, const struct node *domains)
{
	struct buf text;

	buf_init(&text, judge->arena);
	buf_add_text(&text, "");
	for (size_t i = 0; i < domains->count; i++) {
		const struct node *item = &domains->items[i];

		buf_printf(&text, "%spass %s", i != 0 ? ", " : "",
		    item->kind == NODE_TEXT ? item->text :
		    node_text(item, "domain"));
	}
	return buf_str(&text).data;
}

/* The one domain of an address, a domain, or a list of addresses. */
static const char *
make_author(struct vectors *judge, const struct node *from)
{
	struct str domain, canonical, first = { NULL, 0 };
	size_t count = from->kind == NODE_LIST ? from->count : 1;

	for (size_t i = 0; i < count; i++) {
		domain = str_from(from->kind == NODE_LIST
		    ? from->items[i].text : from->text);
		domain = str_from_pos(domain,
		    (size_t)(str_find_last(domain, '@') + 1));
		assert_int_equal(domain_canonical(judge->arena, domain,
		    &canonical), 0);
		assert_true(first.data == NULL || str_eq(first, canonical));
		first = canonical;
	}
	return str_dup(judge->arena, first);
}

static struct str
find_org(struct vectors *judge, const struct dmarc_trial *trial)
{
	const char *error;
	struct dns_source *source = zone_source_parse("zone",
	    str_from(trial->zone), judge->arena, &error);
	struct wait *wait = wait_new();
	struct dmarc_org org;

	dmarc_walk_org(judge->arena, dns_view_new(judge->arena, source, wait),
	    str_from(trial->author), &org);
	wait_unref(&wait);
	dns_source_free(&source);
	return org.domain;
}

static void
evaluate(struct vectors *judge, const struct node *step,
    struct outcome *outcome)
{
	const struct node *input = node_find(step, "input");
	size_t asked;

	*outcome = (struct outcome){ .trial = {
		.zone = make_zone(judge, node_find(step, "zone")),
		.author = make_author(judge, node_find(input, "headerFrom")),
		.spf = make_passes(judge, node_find(input, "spfDomains")),
		.dkim = make_passes(judge, node_find(input, "dkimDomains")),
	} };
	if (outcome->trial.spf[0] == '\0')
		outcome->trial.spf = NULL;
	outcome->verdict = dmarc_trial_run(judge->arena, &outcome->trial,
	    &asked);
	outcome->org = find_org(judge, &outcome->trial);
}

/* The names that the walks of the author ask for, none answered yet. */
static const char *
list_questions(struct vectors *judge, const struct outcome *outcome)
{
	struct wait *wait = wait_new();
	struct dns_held held;
	struct buf text;

	dns_held_init(&held);
	buf_init(&text, judge->arena);
	dmarc_new(judge->arena, dns_view_new(judge->arena, &held.source, wait),
	    str_from(outcome->trial.author));
	for (size_t i = 0; i < held.asked; i++)
		buf_printf(&text, "%.*s ",
		    STR_ARG(dns_query_name(held.queries[i])));
	wait_unref(&wait);
	dns_held_done(&held);
	return buf_str(&text).data;
}

static const char *
join(struct vectors *judge, const struct node *list)
{
	struct buf text;

	buf_init(&text, judge->arena);
	for (size_t i = 0; i < list->count; i++)
		buf_printf(&text, "%s ", list->items[i].text);
	return buf_str(&text).data;
}

/* Their policy is the one that takes effect. */
static enum dmarc_policy
effective_policy(const struct dmarc_verdict *verdict)
{
	return verdict->result == RESULT_FAIL ? verdict->wish
	    : verdict->applied.policy;
}

static const char *
flag_text(bool flag)
{
	return flag ? "true" : "false";
}

/* With pct=50 and nothing that passes, all of the policy holds. */
static const char *
without_sampling(struct vectors *judge, const struct outcome *outcome)
{
	struct dmarc_trial trial = outcome->trial;
	const struct dmarc_verdict *verdict;
	size_t asked;

	trial.dkim = "";
	verdict = dmarc_trial_run(judge->arena, &trial, &asked);
	return verdict->wish == outcome->verdict->applied.policy
	    ? "no pct" : "sampled";
}

static const char *
aligned_org(struct vectors *judge, const struct outcome *outcome,
    bool is_aligned)
{
	return is_aligned ? str_dup(judge->arena, outcome->org) : "";
}

/* Our word for the place that a vector looks at; NULL: there is none. */
static const char *
look_up(struct vectors *judge, const struct outcome *outcome,
    const char *path)
{
	const struct dmarc_verdict *verdict = outcome->verdict;
	const struct dmarc_applied *applied = &verdict->applied;
	const struct {
		const char *path, *text;
	} places[] = {
		{ "status.result", result_text(verdict->result) },
		{ "info", arena_printf(judge->arena, "dmarc=%s",
		    result_text(verdict->result)) },
		{ "status.header.from", str_dup(judge->arena,
		    verdict->domain) },
		{ "status.header.d", str_dup(judge->arena, outcome->org) },
		{ "domain", str_dup(judge->arena, outcome->org) },
		{ "policy", dmarc_policy_text(effective_policy(verdict)) },
		{ "p", dmarc_policy_text(applied->record.policy) },
		{ "sp", dmarc_policy_text(applied->record.subdomain_policy) },
		{ "rr", str_dup(judge->arena, applied->record.rua) },
		{ "alignment.spf.result", aligned_org(judge, outcome,
		    verdict->is_spf_aligned) },
		{ "alignment.dkim.result", aligned_org(judge, outcome,
		    verdict->is_dkim_aligned) },
		{ "alignment.spf.strict",
		    flag_text(applied->record.is_spf_strict) },
		{ "alignment.dkim.strict",
		    flag_text(applied->record.is_dkim_strict) },
	};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (strcmp(places[i].path, path) == 0)
			return places[i].text;
	return NULL;
}

/* A whole result without a member. */
static bool
lacks(struct vectors *judge, const struct outcome *outcome,
    const char *member)
{
	if (strcmp(member, "policy") == 0)
		return !outcome->verdict->applied.has_record;
	return strcmp(member, "pct") == 0 && strcmp(without_sampling(judge,
	    outcome), "no pct") == 0;
}

static bool
holds(struct vectors *judge, const struct outcome *outcome, const char *path,
    const char *op, const struct node *values)
{
	const struct node *value = values != NULL ? &values->items[0] : NULL;
	const char *ours;

	if (strcmp(op, "not.property") == 0)
		return lacks(judge, outcome, value->text);
	if (strcmp(path, "[]") == 0)
		return strcmp(list_questions(judge, outcome),
		    join(judge, value)) == 0;
	ours = look_up(judge, outcome, path);
	if (ours == NULL)
		return false;
	if (strcmp(op, "equal") == 0)
		return strcmp(ours, value->text) == 0;
	if (strcmp(op, "contain") == 0 || strcmp(op, "include") == 0)
		return strstr(ours, value->text) != NULL;
	if (strcmp(op, "not.ok") == 0 || strcmp(op, "undefined") == 0)
		return ours[0] == '\0';
	if (strcmp(op, "a") == 0)
		return ours[0] != '\0';
	return strcmp(op, ours) == 0;	/* "true", "false" */
}

/* Does any of its words stand apart? */
static bool
judge_step(struct vectors *judge, const char *test, const struct node *step)
{
	const struct node *list = node_find(step, "expect");
	struct outcome outcome;
	bool is_apart = false;

	evaluate(judge, step, &outcome);
	for (size_t i = 0; i < list->count; i++) {
		const char *path = node_text(&list->items[i], "path");
		const char *op = node_text(&list->items[i], "op");
		const struct vector_ruling *ruling = vectors_ruling(judge,
		    test, path);
		const char *ours = result_text(outcome.verdict->result);

		is_apart |= ruling != NULL;
		if (ruling == NULL ? !holds(judge, &outcome, path, op,
		    node_find(&list->items[i], "value")) :
		    ruling->ours != NULL && strcmp(ruling->ours, ours) != 0)
			vectors_complain(judge, test, path,
			    outcome.verdict->reason);
	}
	return is_apart;
}

static void
judge_mailauth(struct vectors *judge, const char *file)
{
	const struct node *vectors = vectors_read(judge, file);

	for (size_t i = 0; i < vectors->count; i++) {
		const struct node *steps = node_find(&vectors->items[i],
		    "steps");
		const char *test = node_text(&vectors->items[i], "test");
		bool is_apart = false;

		assert_true(steps->count > 0);
		for (size_t k = 0; k < steps->count; k++)
			is_apart |= judge_step(judge, test,
			    &steps->items[k]);
		judge->total++;
		judge->apart += is_apart;
	}
}

static void
rfc_9989_by_mailauth(void **state)
{
	struct vectors judge = { .arena = *state, .set = "mailauth, RFC 9989" };

	vectors_need(*state, "dmarc");
	judge_mailauth(&judge,
	    "dmarc/vectors/mailauth-rfc9989-compliance.json");
	printf("counted: DMARC: RFC 9989 (mailauth): %zu of %zu\n",
	    judge.total - judge.wrong, judge.total);
	vectors_end(&judge, 29);
}

static void
rfc_7489_by_mailauth(void **state)
{
	struct vectors judge = { .arena = *state, .set = "mailauth, RFC 7489",
		.rulings = rulings,
		.ruling_count = ARRAY_LEN(rulings) };

	vectors_need(*state, "dmarc");
	judge_mailauth(&judge, "dmarc/vectors/mailauth-dmarc-verify.json");
	assert_int_equal(judge.apart, 8);
	printf("counted: DMARC: RFC 7489 (mailauth, %zu): %zu of %zu where "
	    "the RFCs agree; apart: 3 by RFC 9989 A.6 and 5.3.1, 5 with a "
	    "word " OWN "\n", judge.total, judge.total - judge.apart -
	    judge.wrong, judge.total - judge.apart);
	vectors_end(&judge, 34);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(rfc_9989_by_mailauth),
		ARENA_TEST(rfc_7489_by_mailauth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
