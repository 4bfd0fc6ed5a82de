/* SPDX-License-Identifier: ISC */
/* test_rules_native.c - rules in the format of the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "growth.h"
#include "mail/txn.h"
#include "mail_site.h"
#include "rules/native_read.h"
#include "rules_bench.h"
#include "scratch.h"

#define MESSAGE "From: PayPal <x@team.example>\nTo: bob@example.net\n" \
	"Subject: A prize, a Prize\nDate: Fri, 20 Nov 2026 11:00:00 +0000\n" \
	"\nYou won a p\u0430ssword and a wire transfer.\n"

/* --- what is wrong ------------------------------------------------------------ */

static const struct {
	const char *sentence, *text, *error;
} faults[] = {
	{ "an unknown section", "rul x { }",
	    "f:1:1: unknown section 'rul', did you mean 'rule'?" },
	{ "an unknown option outside", "scores x 1;",
	    "f:1:1: unknown option 'scores', did you mean 'score'?" },
	{ "an unknown option of a rule", "rule x {\n  grup y;\n}",
	    "f:2:3: unknown option 'grup', did you mean 'group'?" },
	{ "an unknown place", "rule x {\n\tif subjct '/a/';\n}",
	    "f:2:2: unknown place or test 'subjct', did you mean "
	    "'subject'?" },
	{ "a name of other characters", "rule a-b { if subject '/a/'; }",
	    "f:1:1: 'a-b' is no name: letters, digits and '_', at most 64" },
	{ "a pattern that does not compile",
	    "rule x { if subject '/a(/'; }",
	    "f:1:10: the pattern /a(/: at 2: missing closing parenthesis" },
	{ "a pattern without delimiters", "rule x { if subject 'abc'; }",
	    "*f:1:10: the pattern abc: " },
	{ "text behind a pattern", "rule x { if subject '/a/i b'; }",
	    "f:1:10: 'b' behind the pattern" },
	{ "no pattern", "rule x { if subject; }",
	    "f:1:10: a pattern, 'exists' or 'missing' must follow" },
	{ "a header without a field", "rule x { if header; }",
	    "f:1:10: 'header' wants the name of a field behind it" },
	{ "a form that is not there",
	    "rule x { if header from:nam '/a/'; }",
	    "f:1:10: 'header' has no form 'nam', did you mean 'name'?" },
	{ "a rule without a test", "rule x { group y; }",
	    "f:1:1: the rule 'x' has no test: 'if', or tests and 'when'" },
	{ "two tests without when",
	    "rule x { test a subject '/a/'; test b subject '/b/'; }",
	    "f:1:1: the rule 'x' has 2 tests: say in 'when' how they go "
	    "together" },
	{ "if and when", "rule x { if subject '/a/'; when \"y\"; }",
	    "f:1:1: the rule 'x' has 'if' and other tests: give all of them "
	    "names by 'test', and say in 'when' how they go together" },
	{ "a test that when does not name",
	    "rule x { test a subject '/a/'; test b subject '/b/'; when a; }",
	    "f:1:54: the test 'b' does not stand in it" },
	{ "two tests of one name",
	    "rule x { test a subject '/a/'; test a subject '/b/'; when a; }",
	    "f:1:32: a test 'a' stands there already" },
	{ "a test with the name of an operator",
	    "rule x { test not subject '/a/'; when \"not\"; }",
	    "f:1:10: no test can have the name 'not'" },
	{ "an expression that does not end",
	    "rule x { test a subject '/a/'; when \"a and\"; }",
	    "*f:1:32: when \"a and\": " },
	{ "two rules of one name",
	    "rule x { if subject '/a/'; }\nrule x { if subject '/b/'; }",
	    "f:2:1: the rule 'x' stands already at f:1:1" },
	{ "an option twice", "rule x { group a; group b; if list; }",
	    "f:1:19: 'group' stands there twice" },
	{ "no number", "rule x { score many; if list; }",
	    "f:1:10: 'many' is no score: a number from -1000 to 1000" },
	{ "a number that strtod() would take", "rule x { score 0x10; if list; }",
	    "f:1:10: '0x10' is no score: a number from -1000 to 1000" },
	{ "a score out of bounds", "score x 1001;",
	    "f:1:1: '1001' is no score: a number from -1000 to 1000" },
	{ "an unknown direction", "rule x { direction inbond; if list; }",
	    "f:1:10: unknown direction 'inbond', did you mean 'inbound'?" },
	{ "neither yes nor no", "rule x { dry_run maybe; if list; }",
	    "f:1:10: 'dry_run' is yes or no" },
	{ "a semicolon is missing",
	    "rule x {\n\tgroup a\n\tif list;\n}",
	    "f:2:2: missing ';' before 'if'" },
	{ "a quote is missing", "rule x { if subject '/a/i; }",
	    "f:1:21: the closing \"'\" of this text is missing on its line" },
	{ "a list of words that is not there",
	    "words money { word a; }\nrule x {\n\tif words mony;\n}",
	    "f:3:1: unknown list of words 'mony', did you mean 'money'?" },
	{ "an unknown way to match", "words w { match foldet; word a; }",
	    "f:1:11: unknown way to match 'foldet', did you mean 'folded'?" },
	{ "a file of words that is not there",
	    "words w { file /nonexistent/words; }",
	    "f:1:11: cannot read '/nonexistent/words': No such file or "
	    "directory" },
	{ "a brand's domain that is none", "brand b { domain a..b; }",
	    "f:1:11: 'a..b' is no domain" },
	{ "arguments that a test does not take",
	    "rule x { if list 7; }",
	    "f:1:10: list: it takes no arguments" },
	{ "arguments that a test cannot read",
	    "rule x { if lookalike far header from:addr:domain; }",
	    "f:1:10: lookalike: near, look, word or suffix must follow, and "
	    "where to look" },
	{ "a control character", "rule x { if subject '/\x01/'; }",
	    "f:1:23: control character 0x01, this is not a text file" },
};

static void
faults_are_told_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct rules_bench bench;
		const char *error = "", *wanted = faults[i].error;
		bool is_front = wanted[0] == '*';

		rules_bench_begin(&bench);
		if (native_read_text(bench.draft, "f", STR("rule kept "
		    "{ if subject '/x/'; }"), &error) < 0)
			fail_msg("%s", error);
		if (native_read_text(bench.draft, "f",
		    str_from(faults[i].text), &error) == 0)
			fail_msg("%s: taken", faults[i].sentence);
		if (is_front ? strncmp(error, wanted + 1,
		    strlen(wanted + 1)) != 0 : strcmp(error, wanted) != 0)
			fail_msg("%s: '%s'", faults[i].sentence, error);
		assert_int_equal(bench.draft->rules.len, 1);
		rules_bench_end(&bench);
	}
}

/* --- what is right -------------------------------------------------------------- */

static void
read_text(struct rules_bench *bench, const char *name, const char *text)
{
	const char *error;

	if (native_read_text(bench->draft, name, str_from(text), &error) < 0)
		fail_msg("%s", error);
}

/* What hits MESSAGE, without the tests of rules ("A [A.a] B"). */
static struct str
hits_of(struct rules_bench *bench)
{
	struct str rest, hit;
	struct buf out;

	rules_bench_load(bench, NULL);
	rules_bench_message(bench, STR(MESSAGE));
	rest = rules_bench_judge(bench);
	buf_init(&out, bench->arena);
	while (str_cut(&rest, ' ', &hit)) {
		if (hit.len == 0 || hit.data[0] == '[')
			continue;
		if (out.len > 0)
			buf_add_char(&out, ' ');
		buf_add_str(&out, hit);
	}
	return buf_str(&out);
}

/* Judge MESSAGE by a text. */
static const struct {
	const char *sentence, *text, *hits;
} rules[] = {
	{ "a rule with one test", "rule A { if subject '/prize/'; }", "A" },
	{ "a raw text has no escapes, one in double quotes has",
	    "rule A { if subject '/\\bprize\\b/'; }\n"
	    "rule B { if subject \"/\\\\bprize\\\\b/\"; }", "A B" },
	{ "a score", "rule A { score 2.5; if subject '/prize/'; }", "A=2.5" },
	{ "tests and an expression, whatever comes first",
	    "rule A { when \"a and not b\"; test a subject '/prize/';\n"
	    "  test b subject '/price/'; }", "A" },
	{ "names of tests are the rule's own",
	    "rule A { test t subject '/prize/'; when t; }\n"
	    "rule B { test t subject '/price/'; when \"not t\"; }", "A B" },
	{ "other rules in an expression",
	    "rule A { if subject '/prize/'; }\nrule B { when \"A\"; }",
	    "A B" },
	{ "an inner rule is for others", "rule A { inner yes; if subject "
	    "'/prize/'; }\nrule B { when \"A\"; }", "B" },
	{ "a field that is there, one that is missing",
	    "rule A { if header subject exists; }\n"
	    "rule B { if header subject missing; }\n"
	    "rule C { if header cc missing; }", "A C" },
	{ "the form of a field",
	    "rule A { if header from:name '/^PayPal$/'; }\n"
	    "rule B { if header from:addr:domain '/^team\\.example$/'; }",
	    "A B" },
	{ "matches counted by a test",
	    "rule A { each p subject '/prize/i'; when \"p >= 2\"; }\n"
	    "rule B { each p subject '/prize/i'; when \"p >= 3\"; }", "A" },
	{ "matches counted by a rule",
	    "rule A { multiple 5; if subject '/prize/i'; }", "A*2" },
	{ "a rule on trial", "rule A { dry_run yes; score 3; if subject "
	    "'/prize/'; }", "A=0" },
	{ "a direction",
	    "rule A { direction inbound; if subject '/prize/'; }\n"
	    "rule B { direction outbound internal; if subject '/prize/'; }",
	    "A" },
	{ "the cap of a group", "rule A { group g; score 2; if subject "
	    "'/prize/'; }\nrule B { group g; score 2; if subject '/A/'; }\n"
	    "cap g 3;", "A=2 B" },
	{ "a score outside, wherever it stands", "score A 4;\n"
	    "rule A { if subject '/prize/'; }", "A=4" },
	{ "what is disabled", "rule A { if subject '/prize/'; }\n"
	    "rule B { if subject '/prize/'; }\ndisable A;", "B" },
	{ "UTF-8 in patterns", "rule A { if text '/p\\x{430}ss/'; }", "A" },
	{ "words, with letters that look alike",
	    "words w { word password \"wire transfer\"; }\n"
	    "rule A { if words w; }\n"
	    "rule B { test n words w; when \"n == 2\"; }", "A*2 B" },
	{ "words as they stand",
	    "words w { match exact; word password Wire transfer; }\n"
	    "rule A { if words w text; }", "A" },
	{ "words of a place alone", "words w { word password; }\n"
	    "rule A { if words w subject; }", "" },
	{ "words are whole", "words w { word pass trans wiret; }\n"
	    "rule A { if words w; }", "" },
	{ "lists in pieces", "words w { word nothing; }\n"
	    "rule A { if words w; }\nwords w { word won; }", "A" },
	{ "brands", "brand p { name PayPal; domain paypal.com; }\n"
	    "brand t { name Team; domain team.example; }\n"
	    "rule A { if brand header from:name; }\n"
	    "rule B { if brand_host header from:addr:domain; }", "A" },
	{ "labels of brands", "brand p { label teаm; domain p.example; }\n"
	    "rule A { if brand_host header from:addr:domain; }", "A" },
	{ "mixed alphabets", "rule A { if mixed text; }\n"
	    "rule B { if mixed subject; }", "A" },
	{ "scripts", "rule A { test s script Latin text; when \"s > 90\"; }\n"
	    "rule B { test s script Cyrillic text; when \"s > 50\"; }", "" },
};

static void
rules_mean_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct rules_bench bench;
		struct str is;

		rules_bench_begin(&bench);
		read_text(&bench, "f", rules[i].text);
		is = hits_of(&bench);
		assert_int_equal(rules_bench_notes(&bench).len, 0);
		if (!str_is(is, rules[i].hits))
			fail_msg("%s: \"%.*s\"", rules[i].sentence,
			    STR_ARG(is));
		rules_bench_end(&bench);
	}
}

/* One number means both. */
static void
with_bayes_the_second_score_counts(void **state)
{
	static const struct {
		unsigned set;
		const char *hits;
	} sets[] = {
		{ 0, "A=2 B=4 C=5" },
		{ RULES_WITH_NET, "A=2 B=4 C=5" },
		{ RULES_WITH_BAYES, "A=3 B=4 C=-6" },
		{ RULES_WITH_NET | RULES_WITH_BAYES, "A=3 B=4 C=-6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		struct ruleset_options options = ruleset_default_options;
		struct rules_bench bench;
		struct str hits;

		options.score_set = sets[i].set;
		rules_bench_begin(&bench);
		read_text(&bench, "f", "rule A { score 2 3; if subject "
		    "'/prize/'; }\nrule B { score 4; if subject '/prize/'; }\n"
		    "rule C { if subject '/prize/'; }\nscore C 5 -6;");
		rules_bench_load(&bench, &options);
		rules_bench_message(&bench, STR(MESSAGE));
		hits = rules_bench_judge(&bench);
		if (!str_is(hits, sets[i].hits))
			fail_msg("%u: %.*s", sets[i].set, STR_ARG(hits));
		rules_bench_end(&bench);
	}
}

static void
later_files_win(void **state)
{
	struct rules_bench bench;
	struct str hits;

	(void)state;
	rules_bench_begin(&bench);
	read_text(&bench, "stock", "rule A { score 1; test a subject "
	    "'/prize/'; when a; }\nrule B { if subject '/prize/'; }\n"
	    "rule C { score 2; if subject '/prize/'; }\n"
	    "rule D { score 7; if subject '/prize/'; }\ncap g 9;");
	read_text(&bench, "own", "rule A { score 3; test a subject '/price/';"
	    " when \"not a\"; }\ndisable B;\nscore C 5;\ndry_run D;\n"
	    "score E 1;\nscore Cprize 2;\nrule Cprizes { if header x exists; }");
	hits = hits_of(&bench);
	if (!str_is(hits, "A=3 C=5 D=0"))
		fail_msg("%.*s", STR_ARG(hits));
	if (!str_is(rules_bench_notes(&bench),
	    "ERROR E: there is no rule 'E'\n"
	    "ERROR Cprize: there is no rule 'Cprize', did you mean "
	    "'Cprizes'?\n"))
		fail_msg("%.*s", STR_ARG(rules_bench_notes(&bench)));
	rules_bench_end(&bench);
}

static void
classes_have_rules_of_their_own(void **state)
{
	static const char conf[] = "class staff { }\nclass school { }\n"
	    "domain example.net { class staff; }\n";
	struct rules_bench bench;
	const char *error;

	(void)state;
	rules_bench_begin(&bench);
	bench.site = mail_site(bench.arena, conf);
	read_text(&bench, "f", "rule A { if class staff guests; }\n"
	    "rule B { if class school; }");
	rules_bench_load(&bench, NULL);
	rules_bench_message(&bench, STR(MESSAGE));
	assert_true(str_is(rules_bench_judge(&bench), ""));
	rules_bench_message(&bench, STR(MESSAGE));
	assert_int_equal(txn_add_rcpt(bench.txn, "<bob@other.example>",
	    &error), 0);
	assert_int_equal(txn_add_rcpt(bench.txn, "<bob@example.net>",
	    &error), 0);
	assert_true(str_is(rules_bench_judge(&bench), "A"));
	rules_bench_message(&bench, STR(MESSAGE));
	bench.txn->direction = DIRECTION_OUTBOUND;
	assert_int_equal(txn_set_sender(bench.txn, "<ann@example.net>",
	    &error), 0);
	assert_true(str_is(rules_bench_judge(&bench), "A"));
	rules_bench_end(&bench);
}

/* --- files ------------------------------------------------------------------------ */

struct folder {
	char path[SCRATCH_SIZE];
	struct arena *arena;
	const char *names[8];
	size_t count;
};

static void
folder_write(struct folder *folder, const char *name, const char *text)
{
	const char *path = arena_printf(folder->arena, "%s/%s", folder->path,
	    name);
	FILE *file = fopen(path, "w");

	folder->names[folder->count++] = path;
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
folder_remove(struct folder *folder)
{
	while (folder->count > 0)
		unlink(folder->names[--folder->count]);
	rmdir(folder->path);
	arena_free(&folder->arena);
}

static void
folders_are_read_in_the_order_of_names(void **state)
{
	struct folder folder = { .arena = arena_new(0) };
	struct rules_bench bench;
	const char *error = "";
	char words[120];

	(void)state;
	scratch_folder(folder.path, "native");
	folder_write(&folder, "words.txt", "# of this house\nwire transfer\n"
	    "\n  lottery  # rarely\n");
	folder_write(&folder, "2.rules", "score A 5;\n");
	snprintf(words, sizeof(words), "words w { file %s/words.txt; }\n"
	    "rule A { if words w; }\n", folder.path);
	folder_write(&folder, "1.rules", words);
	folder_write(&folder, ".hidden.rules", "broken");
	folder_write(&folder, "3.rules.bak", "broken");
	rules_bench_begin(&bench);
	if (native_read(bench.draft, folder.path, &error) < 0)
		fail_msg("%s", error);
	assert_true(str_is(hits_of(&bench), "A=5"));
	rules_bench_end(&bench);
	folder_remove(&folder);
}

static void
a_broken_file_takes_its_folder_with_it(void **state)
{
	struct folder folder = { .arena = arena_new(0) };
	struct rules_bench bench;
	const char *error = "";

	(void)state;
	scratch_folder(folder.path, "native");
	folder_write(&folder, "1.rules", "rule A { if subject '/prize/'; }\n");
	folder_write(&folder, "2.rules", "rule B {\n if subject '/(/';\n}\n");
	rules_bench_begin(&bench);
	assert_int_equal(native_read(bench.draft, folder.path, &error), -1);
	assert_non_null(strstr(error, "/2.rules:2:2: the pattern /(/: "));
	assert_int_equal(bench.draft->rules.len, 0);
	assert_int_equal(native_read(bench.draft, "/nonexistent/rules.d",
	    &error), -1);
	assert_non_null(strstr(error, "No such file or directory"));
	rules_bench_end(&bench);
	folder_remove(&folder);
}

/* --- traps -------------------------------------------------------------------------- */

static void
read_and_forget(struct arena *arena, struct str text)
{
	const char *error;

	native_read_text(draft_new(arena), "f", text, &error);
}

static void
time_grows_with_the_file(void **state)
{
	(void)state;
	grows_with_input("", "score a 1;\n", read_and_forget);
	grows_with_input("", "words w { word a b; }\n", read_and_forget);
	grows_with_input("", "brand b { name a; domain a.example; }\n",
	    read_and_forget);
	grows_with_input("words w { word a", " \"b c\"", read_and_forget);
	grows_with_input("rule x { test a list; when \"a", " or a",
	    read_and_forget);
	grows_with_input("rule x { if subject '/", "(", read_and_forget);
	grows_with_input("rule x { describe \"", "\\\"", read_and_forget);
	grows_with_input("rule ", "{", read_and_forget);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told_with_their_place),
		cmocka_unit_test(rules_mean_what_they_say),
		cmocka_unit_test(with_bayes_the_second_score_counts),
		cmocka_unit_test(later_files_win),
		cmocka_unit_test(classes_have_rules_of_their_own),
		cmocka_unit_test(folders_are_read_in_the_order_of_names),
		cmocka_unit_test(a_broken_file_takes_its_folder_with_it),
		cmocka_unit_test(time_grows_with_the_file),
	};

	return cmocka_run_group_tests_name("rules_native", tests, NULL, NULL);
}
