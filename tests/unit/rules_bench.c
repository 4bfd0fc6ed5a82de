/* SPDX-License-Identifier: ISC */
/* rules_bench.c - for tests: a rule set of a few lines, and messages for it. */
#include "rules_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "message_feed.h"
#include "rules/place_words.h"
#include "rules/sa_read.h"

#define NOW_MS INT64_C(1795342830000)

void
rules_bench_begin(struct rules_bench *bench)
{
	*bench = (struct rules_bench){ .arena = arena_new(0) };
	bench->draft_arena = arena_new(0);
	bench->draft = draft_new(bench->draft_arena);
	bench->site = mail_site(bench->arena, "");
}

void
rules_bench_end(struct rules_bench *bench)
{
	ruleset_unref(&bench->ruleset);
	arena_free(&bench->draft_arena);
	txn_free(&bench->txn);
	arena_free(&bench->arena);
}

/* --- rules -------------------------------------------------------------------- */

static void
read_place(struct rules_bench *bench, const char *where, struct place *place)
{
	struct str rest = str_from(where), word;
	const char *error = "text behind it";
	struct vec words;
	size_t at = 0;

	*place = (struct place){ .name = STR(""), .form = STR("") };
	if (str_has_prefix_nocase(rest, STR("sa_"))) {
		str_cut(&rest, ' ', &word);
		place->kind = (enum place_kind)place_find(word);
		str_cut(&rest, ':', &place->name);
		place->form = rest;
		return;
	}
	vec_init(&words, bench->draft_arena, sizeof(struct str));
	while (str_cut(&rest, ' ', &word))
		*(struct str *)vec_push(&words) = word;
	if (place_read_words(bench->draft_arena, &words, &at, place,
	    &error) < 0 || at < words.len)
		fail_msg("%s: %s", where, error);
}

void
rules_bench_score(struct draft_rule *rule, double score)
{
	rule->has_score = true;
	for (size_t i = 0; i < ARRAY_LEN(rule->score); i++)
		rule->score[i] = score;
}

static struct draft_rule *
add_rule(struct rules_bench *bench, const char *name,
    const struct draft_test *test)
{
	struct draft_rule *rule = draft_rule(bench->draft, str_from(name));
	struct draft_origin origin = { "test", bench->draft->rules.len };

	draft_set_test(rule, test, origin);
	if (name[0] == '_')
		rule->flags |= RULE_INNER;
	else if (!rule->has_score)
		rules_bench_score(rule, 1);
	return rule;
}

struct draft_rule *
rules_bench_pattern(struct rules_bench *bench, const char *name,
    const char *where, const char *pattern)
{
	struct draft_test test = { .kind = DRAFT_PATTERN };
	const char *error;
	struct str rest;

	test.is_negated = where[0] == '!';
	read_place(bench, where + test.is_negated, &test.place);
	if (pattern_read(bench->draft_arena, str_from(pattern), &test.pattern,
	    &rest, &error) < 0)
		fail_msg("%s: %s", pattern, error);
	return add_rule(bench, name, &test);
}

struct draft_rule *
rules_bench_exists(struct rules_bench *bench, const char *name,
    const char *where)
{
	struct draft_test test = { .kind = DRAFT_EXISTS };

	test.is_negated = where[0] == '!';
	read_place(bench, where + test.is_negated, &test.place);
	return add_rule(bench, name, &test);
}

struct draft_rule *
rules_bench_call(struct rules_bench *bench, const char *name,
    const char *call)
{
	struct draft_test test = { .kind = DRAFT_CALL };
	struct str rest = str_from(call), word;

	vec_init(&test.args, bench->draft_arena, sizeof(struct str));
	str_cut(&rest, ' ', &test.call);
	while (str_cut(&rest, ' ', &word))
		*(struct str *)vec_push(&test.args) = word;
	return add_rule(bench, name, &test);
}

struct draft_rule *
rules_bench_meta(struct rules_bench *bench, const char *name,
    const char *expression)
{
	struct draft_test test = { .kind = DRAFT_META,
		.expression = str_from(expression) };

	return add_rule(bench, name, &test);
}

void
rules_bench_load(struct rules_bench *bench,
    const struct ruleset_options *options)
{
	bench->ruleset = ruleset_new(&bench->draft_arena, bench->draft,
	    options != NULL ? options : &ruleset_default_options);
}

void
rules_bench_load_sa(struct rules_bench *bench, const char *lines)
{
	sa_parse(bench->draft, "test", str_from(lines));
	sa_finish(bench->draft);
	rules_bench_load(bench, NULL);
}

struct str
rules_bench_notes(struct rules_bench *bench)
{
	static const char *const kinds[] = { "ERROR", "UNSUPPORTED",
		"APPROXIMATED", "PASSED_OVER" };
	struct buf out;

	buf_init(&out, bench->arena);
	for (size_t i = 0; i < bench->draft->notes.len; i++) {
		const struct draft_note *note = vec_at(&bench->draft->notes,
		    i);

		buf_printf(&out, "%s %.*s: %s\n", kinds[note->kind],
		    STR_ARG(note->rule), note->reason);
	}
	return buf_str(&out);
}

/* --- messages ----------------------------------------------------------------- */

void
rules_bench_message(struct rules_bench *bench, struct str text)
{
	struct txn *txn;

	txn_free(&bench->txn);
	txn = bench->txn = txn_new(bench->site, NOW_MS);
	assert_int_equal(message_feed(txn, str_copy(txn->arena, text)), 0);
	findings_init(&bench->findings, txn->arena);
	bench->view = view_new(txn, &bench->findings);
}

static void
add_hits(struct buf *out, const struct vec *hits, bool are_inner)
{
	for (size_t i = 0; i < hits->len; i++) {
		const struct rule_hit *hit = vec_at(hits, i);

		buf_printf(out, "%s%s%.*s", out->len > 0 ? " " : "",
		    are_inner ? "[" : "", STR_ARG(hit->rule->name));
		if (hit->value < 1 || hit->value > 1)
			buf_printf(out, "*%g", hit->value);
		if (!are_inner && (hit->score < 1 || hit->score > 1))
			buf_printf(out, "=%g", hit->score);
		buf_add_text(out, are_inner ? "]" : "");
	}
}

struct str
rules_bench_judge(struct rules_bench *bench)
{
	struct buf out;

	rules_judge(bench->ruleset, bench->view, RULES_TELL_INNER |
	    RULES_TELL_FOUND, &bench->result);
	buf_init(&out, bench->arena);
	add_hits(&out, &bench->result.hits, false);
	add_hits(&out, &bench->result.inner, true);
	return buf_str(&out);
}

void
rules_bench_must_hit(struct rules_bench *bench, const char *sentence,
    bool hits)
{
	struct str found = rules_bench_judge(bench);

	if (str_is(found, "R") != hits)
		fail_msg("%s: \"%.*s\" %.*s", sentence, STR_ARG(found),
		    STR_ARG(rules_bench_notes(bench)));
}
