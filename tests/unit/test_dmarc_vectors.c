/* SPDX-License-Identifier: ISC */
/* test_dmarc_vectors.c - DMARC as others test it.
 *
 * mailauth has two sets: of RFC 9989, which must hold to the last word, and of
 * RFC 7489; mox has records, lookups and evaluations of RFC 7489. Where RFC 9989
 * says otherwise, or a program tests what is its own interface, a row below
 * names the vector and why; what it says besides must hold. A row that nothing
 * needs fails the test. */
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
#include "json/read.h"
#include "mail/address.h"

#define OWN "of that program's interface"

struct ruling {
	const char *vector, *path, *why;
	/* What we say instead; NULL: nothing to compare. */
	const char *ours;
};

static const struct ruling mailauth_rulings[] = {
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

/* Text, zone name or From: its own word. */
static const struct ruling mox_rulings[] = {
	{ "v=DMARC1; sp=reject; p=reject", "record",
	    "RFC 9989 4.8: tags have no order", "accept" },
	{ "malformed.example", "lookup",
	    "RFC 9989 4.8: what is no tag is passed over", "record at "
	    "malformed.example" },
	{ "malformed.example", "verify",
	    "RFC 9989 4.8: what is no tag is passed over", "fail" },
	{ "test.example", "verify", "RFC 9989 A.6: no pct=", "fail reject" },
};

struct judge {
	struct arena *arena;
	const char *set;
	const struct ruling *rulings;
	size_t ruling_count;
	bool is_used[ARRAY_LEN(mailauth_rulings)];
	size_t total, apart, wrong;
};

static const struct node *
read_vectors(struct judge *judge, const char *file)
{
	const char *path = dkim_data_path(judge->arena, arena_printf(
	    judge->arena, "dmarc/vectors/%s", file));
	struct str text = path != NULL ? dkim_file_read(judge->arena, path)
	    : str_of(NULL, 0);
	const char *error;
	const struct node *root;

	if (text.data == NULL)
		fail_msg("dmarc/vectors/%s cannot be read", file);
	root = json_read(judge->arena, text, &error);
	if (root == NULL)
		fail_msg("%s: %s", file, error);
	return root;
}

static void
complain(struct judge *judge, const char *vector, const char *what,
    const char *got)
{
	print_error("%s: %s: %s: %s\n", judge->set, vector, what, got);
	judge->wrong++;
}

static const struct ruling *
find_ruling(struct judge *judge, const char *vector, const char *path)
{
	for (size_t i = 0; i < judge->ruling_count; i++) {
		const struct ruling *ruling = &judge->rulings[i];

		if (strcmp(ruling->vector, vector) == 0 &&
		    strcmp(ruling->path, path) == 0) {
			judge->is_used[i] = true;
			return ruling;
		}
	}
	return NULL;
}

/* All rows were needed; each is told. */
static void
end_set(struct judge *judge, size_t wanted_total)
{
	assert_true(judge->ruling_count <= ARRAY_LEN(judge->is_used));
	for (size_t i = 0; i < judge->ruling_count; i++) {
		if (!judge->is_used[i])
			complain(judge, judge->rulings[i].vector,
			    judge->rulings[i].path, "no vector needs this row");
		printf("apart: %s: \"%s\" %s: %s\n", judge->set,
		    judge->rulings[i].vector, judge->rulings[i].path,
		    judge->rulings[i].why);
	}
	assert_int_equal(judge->wrong, 0);
	assert_int_equal(judge->total, wanted_total);
}

/* --- mailauth ------------------------------------------------------------------ */

/* What one step of a vector came to. */
struct outcome {
	struct dmarc_trial trial;
	const struct dmarc_verdict *verdict;
	struct str org;			/* of the author domain */
};

static void
add_texts(struct judge *judge, struct buf *zone, struct str name,
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
make_zone(struct judge *judge, const struct node *names)
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
make_passes(struct judge *judge, const struct node *domains)
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
make_author(struct judge *judge, const struct node *from)
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
find_org(struct judge *judge, const struct dmarc_trial *trial)
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
evaluate(struct judge *judge, const struct node *step, struct outcome *outcome)
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
list_questions(struct judge *judge, const struct outcome *outcome)
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
join(struct judge *judge, const struct node *list)
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
without_sampling(struct judge *judge, const struct outcome *outcome)
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
aligned_org(struct judge *judge, const struct outcome *outcome,
    bool is_aligned)
{
	return is_aligned ? str_dup(judge->arena, outcome->org) : "";
}

/* Our word for the place that a vector looks at; NULL: there is none. */
static const char *
look_up(struct judge *judge, const struct outcome *outcome, const char *path)
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
lacks(struct judge *judge, const struct outcome *outcome, const char *member)
{
	if (strcmp(member, "policy") == 0)
		return !outcome->verdict->applied.has_record;
	return strcmp(member, "pct") == 0 && strcmp(without_sampling(judge,
	    outcome), "no pct") == 0;
}

static bool
holds(struct judge *judge, const struct outcome *outcome, const char *path,
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
judge_step(struct judge *judge, const char *test, const struct node *step)
{
	const struct node *list = node_find(step, "expect");
	struct outcome outcome;
	bool is_apart = false;

	evaluate(judge, step, &outcome);
	for (size_t i = 0; i < list->count; i++) {
		const char *path = node_text(&list->items[i], "path");
		const char *op = node_text(&list->items[i], "op");
		const struct ruling *ruling = find_ruling(judge, test, path);
		const char *ours = result_text(outcome.verdict->result);

		is_apart |= ruling != NULL;
		if (ruling == NULL ? !holds(judge, &outcome, path, op,
		    node_find(&list->items[i], "value")) :
		    ruling->ours != NULL && strcmp(ruling->ours, ours) != 0)
			complain(judge, test, path, outcome.verdict->reason);
	}
	return is_apart;
}

static void
judge_mailauth(struct judge *judge, const char *file)
{
	const struct node *vectors = read_vectors(judge, file);

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
	struct judge judge = { .arena = *state, .set = "mailauth, RFC 9989" };

	if (dkim_data_path(*state, "dmarc") == NULL)
		skip();
	judge_mailauth(&judge, "mailauth-rfc9989-compliance.json");
	printf("counted: DMARC: RFC 9989 (mailauth): %zu of %zu\n",
	    judge.total - judge.wrong, judge.total);
	end_set(&judge, 29);
}

static void
rfc_7489_by_mailauth(void **state)
{
	struct judge judge = { .arena = *state, .set = "mailauth, RFC 7489",
		.rulings = mailauth_rulings,
		.ruling_count = ARRAY_LEN(mailauth_rulings) };

	if (dkim_data_path(*state, "dmarc") == NULL)
		skip();
	judge_mailauth(&judge, "mailauth-dmarc-verify.json");
	assert_int_equal(judge.apart, 8);
	printf("counted: DMARC: RFC 7489 (mailauth, %zu): %zu of %zu where "
	    "the RFCs agree; apart: 3 by RFC 9989 A.6 and 5.3.1, 5 with a "
	    "word " OWN "\n", judge.total, judge.total - judge.apart -
	    judge.wrong, judge.total - judge.apart);
	end_set(&judge, 34);
}

/* --- mox ------------------------------------------------------------------------- */

/* What it expects, unless a row says otherwise. */
static void
compare(struct judge *judge, const char *vector, const char *path,
    const char *theirs, const char *ours)
{
	const struct ruling *ruling = find_ruling(judge, vector, path);

	judge->total++;
	judge->apart += ruling != NULL;
	if (ruling != NULL && strcmp(theirs, ruling->ours) == 0)
		complain(judge, vector, path, "needs no row");
	if (strcmp(ours, ruling != NULL ? ruling->ours : theirs) != 0)
		complain(judge, vector, path, ours);
}

static void
judge_records(struct judge *judge, const struct node *list)
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
make_flat_zone(struct judge *judge, const struct node *names)
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
describe_lookup(struct judge *judge, const struct dmarc_verdict *verdict)
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
judge_lookups(struct judge *judge, const struct node *list,
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
make_dkim(struct judge *judge, const struct node *list)
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
describe_verdict(struct judge *judge, const struct dmarc_verdict *verdict)
{
	bool is_refused = verdict->result == RESULT_FAIL &&
	    verdict->wish == DMARC_REJECT;

	return arena_printf(judge->arena, "%s%s", result_text(verdict->result),
	    is_refused ? " reject" : "");
}

static void
judge_evaluations(struct judge *judge, const struct node *list,
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
	struct judge judge = { .arena = *state, .set = "mox, RFC 7489",
		.rulings = mox_rulings,
		.ruling_count = ARRAY_LEN(mox_rulings) };
	const struct node *root;

	if (dkim_data_path(*state, "dmarc") == NULL)
		skip();
	root = read_vectors(&judge, "mox-rfc7489.json");
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
	end_set(&judge, 41 + 7 + 15);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(rfc_9989_by_mailauth),
		ARENA_TEST(rfc_7489_by_mailauth),
		ARENA_TEST(rfc_7489_by_mox),
	};
	struct arena *arena = arena_new(0);

	if (dkim_data_path(arena, "dmarc") == NULL)
		printf("skipped: DMARC vectors: no test data of others in "
		    "$MAILREEVE_DATA or ../shared/data\n");
	arena_free(&arena);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
