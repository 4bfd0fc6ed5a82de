/* SPDX-License-Identifier: ISC */
/* test_rules_stock_files.c - stock rules that ask what lies in files, and the
 * recipients' domains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "mail/txn.h"
#include "mime/part.h"
#include "rules/native_read.h"
#include "rules_bench.h"
#include "scan/answer.h"

#define STOCK "milter/rules.d"
#define LETTER "From: Ann <%s>\nTo: bob@example.net\nSubject: Files\n" \
	"Date: Fri, 20 Nov 2026 11:00:00 +0000\n" \
	"Message-ID: <1@friend.example>\n\nSee the file.\n"

static bool
has_hit(const struct rules_bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->result.hits.len; i++)
		if (str_is(((struct rule_hit *)vec_at(&bench->result.hits,
		    i))->rule->name, name))
			return true;
	return false;
}

/* The stock rules, loaded once for all tests. */
static int
load_stock(void **state)
{
	static struct rules_bench bench;
	const char *error;

	rules_bench_begin(&bench);
	if (native_read(bench.draft, STOCK, &error) < 0)
		fail_msg("%s", error);
	rules_bench_load(&bench, NULL);
	*state = &bench;
	return 0;
}

static int
unload_stock(void **state)
{
	rules_bench_end(*state);
	return 0;
}

static void
stock_rules_have_no_notes(void **state)
{
	struct rules_bench *bench = *state;
	struct str notes = rules_bench_notes(bench);

	if (notes.len > 0)
		fail_msg("%.*s", STR_ARG(notes));
	assert_true(ruleset_count(bench->ruleset) >= 100);
}

/* scores.rules has two numbers, and which counts is the set's. */
static void
stock_scores_are_those_of_the_set(void **state)
{
	static const unsigned sets[] = { 0, RULES_WITH_BAYES };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		struct ruleset_options options = ruleset_default_options;
		struct rules_bench bench;
		const char *error;
		unsigned differ = 0;

		options.score_set = sets[i];
		rules_bench_begin(&bench);
		if (native_read(bench.draft, STOCK, &error) < 0)
			fail_msg("%s", error);
		rules_bench_load(&bench, &options);
		for (size_t n = 0; n < bench.draft->rules.len; n++) {
			const struct draft_rule *rule =
			    *(struct draft_rule **)vec_at(&bench.draft->rules,
			    n);

			assert_true(ruleset_score(bench.ruleset, rule) ==
			    rule->score[sets[i]]);
			differ += rule->score[0] != rule->score[2];
		}
		assert_true(differ >= 20);
		rules_bench_end(&bench);
	}
}

static void
files_have_rules_of_their_own(void **state)
{
	static const struct {
		const char *rule;
		enum scan_mark mark;
		const char *entry;	/* NULL: none */
	} hits[] = {
		{ "file_macros", SCAN_MARK_macros, NULL },
		{ "file_macros", SCAN_MARK_macros_sheet, NULL },
		{ "file_program_inside", SCAN_MARK_archive, "a/Setup.EXE" },
		{ "file_encrypted", SCAN_MARK_archive_encrypted, NULL },
		{ "file_encrypted", SCAN_MARK_document_encrypted, NULL },
		{ "file_nested", SCAN_MARK_archive_nested, NULL },
		{ "file_bomb", SCAN_MARK_archive_bomb, NULL },
		{ "file_loads", SCAN_MARK_external_template, NULL },
		{ "file_loads", SCAN_MARK_pdf_launch, NULL },
		{ NULL, SCAN_MARK_archive, "a/house.jpg" },
		{ NULL, SCAN_MARK_pdf, NULL },
	};
	static const char *const all[] = { "file_macros",
	    "file_program_inside", "file_encrypted", "file_nested",
	    "file_bomb", "file_loads" };
	struct rules_bench *bench = *state;

	for (size_t i = 0; i < ARRAY_LEN(hits); i++) {
		struct scan_answer answer;
		struct scanned_file *file;
		struct scan_entry *entry;

		rules_bench_message(bench, str_from(arena_printf(bench->arena,
		    LETTER, "ann@friend.example")));
		scan_answer_init(&answer, bench->txn->arena);
		answer.marks = scan_marked(hits[i].mark);
		if (hits[i].entry != NULL) {
			entry = vec_push(&answer.entries);
			entry->name = str_from(hits[i].entry);
		}
		file = vec_push(&bench->txn->files);
		file->answer = &answer;
		file->part = bench->txn->mime->root;
		rules_bench_judge(bench);
		for (size_t n = 0; n < ARRAY_LEN(all); n++)
			if (has_hit(bench, all[n]) != (hits[i].rule != NULL &&
			    strcmp(hits[i].rule, all[n]) == 0))
				fail_msg("%zu: %s", i, all[n]);
	}
}

/* What an author's domain is to a recipient of wonder.example. */
static void
domains_like_ours_are_seen(void **state)
{
	static const struct {
		const char *sentence, *domain, *rule;	/* NULL: none */
	} cases[] = {
		{ "one letter other", "wender.example", "lookalike_near" },
		{ "one letter more", "wonderr.example", "lookalike_near" },
		{ "one letter less", "woder.example", "lookalike_near" },
		{ "two swapped", "wodner.example", "lookalike_near" },
		{ "a zero", "w0nder.example", "lookalike_letters" },
		{ "two v for a w", "vvonder.example", "lookalike_letters" },
		{ "cl for d", "woncler.example", "lookalike_letters" },
		{ "a Cyrillic o", "w\u043ender.example",
		    "lookalike_letters" },
		{ "a word more", "wonder-pay.example", "lookalike_words" },
		{ "another suffix", "wonder.com", "lookalike_suffix" },
		{ "ours", "wonder.example", NULL },
		{ "below ours", "mail.wonder.example", NULL },
		{ "two letters away", "wandar.example", NULL },
		{ "a word of which ours is a part", "wonderland.example",
		    NULL },
	};
	static const char *const all[] = { "lookalike_near",
	    "lookalike_letters", "lookalike_words", "lookalike_suffix" };
	struct rules_bench *bench = *state;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		rules_bench_message(bench, str_from(arena_printf(bench->arena,
		    LETTER, arena_printf(bench->arena, "ann@%s",
		    cases[i].domain))));
		assert_int_equal(txn_add_rcpt(bench->txn,
		    "<bob@wonder.example>", &error), 0);
		rules_bench_judge(bench);
		for (size_t n = 0; n < ARRAY_LEN(all); n++) {
			bool must = cases[i].rule != NULL &&
			    strcmp(cases[i].rule, all[n]) == 0;

			/* A zero is a letter other, too. */
			if (has_hit(bench, all[n]) != must &&
			    strcmp(all[n], "lookalike_near") != 0)
				fail_msg("%s: %s", cases[i].sentence, all[n]);
			if (must && !has_hit(bench, all[n]))
				fail_msg("%s: not %s", cases[i].sentence,
				    all[n]);
			if (cases[i].rule == NULL && has_hit(bench, all[n]))
				fail_msg("%s: %s", cases[i].sentence, all[n]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stock_rules_have_no_notes),
		cmocka_unit_test(stock_scores_are_those_of_the_set),
		cmocka_unit_test(files_have_rules_of_their_own),
		cmocka_unit_test(domains_like_ours_are_seen),
	};

	return cmocka_run_group_tests_name("rules_stock_files", tests,
	    load_stock, unload_stock);
}
