/* SPDX-License-Identifier: ISC */
/* test_rules_lane_stock.c - the patterns of SpamAssassin's stock rules on real
 * mail: no answer of a lane is other than that of PCRE2 alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "fixture.h"
#include "rules/draft.h"
#include "rules/lane.h"
#include "rules/sa_read.h"
#include "scratch.h"

#define RULES "/usr/share/spamassassin"
#define CORPUS "corpora/spamassassin-publiccorpus/spamassassin-2003.tar.gz"
#define LIMIT 1000000
/* Every so many messages, and octets of each. */
#define STEP 40
#define MESSAGES 100
#define TEXT_MOST 6000
/* A database of all of them takes too long to make: every so many, and of fewer
 * where a sanitizer keeps each piece of memory that Hyperscan has had. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PATTERN_STEP 48
#else
#define PATTERN_STEP 12
#endif

struct lab {
	struct arena *arena;
	struct vec patterns;	/* struct lane_pattern */
	struct lane *plain, *fast;
	struct lane_scratch *plain_scratch, *fast_scratch;
	struct pattern_scratch *scratch;
	size_t texts, hits;
};

static void
on_found(void *arg, size_t number)
{
	((unsigned char *)arg)[number]++;
}

static void
on_limit(void *arg, size_t number)
{
	((unsigned char *)arg)[number] = 99;
}

static void
compare(struct lab *lab, const struct lane *lane, struct lane_scratch *scratch,
    struct str text, size_t step)
{
	unsigned char *found = arena_zalloc(lab->arena, lab->patterns.len);

	lane_match(lane, scratch, lab->scratch, text, on_found, on_limit,
	    found);
	for (size_t i = 0; i < lab->patterns.len; i += step) {
		struct lane_pattern *pattern = vec_at(&lab->patterns, i);
		enum pattern_result result = pattern_match(pattern->pattern,
		    lab->scratch, text, NULL, NULL);

		lab->hits += result == PATTERN_YES;
		if (result != PATTERN_LIMIT && found[i / step] != 99 &&
		    found[i / step] != (result == PATTERN_YES))
			fail_msg("/%.*s/: %d, PCRE2 alone: %d",
			    STR_ARG(pattern->source.text), found[i / step],
			    result);
	}
}

static void
read_patterns(struct lab *lab)
{
	struct draft *draft = draft_new(lab->arena);
	size_t wrong = 0;
	const char *error;

	vec_init(&lab->patterns, lab->arena, sizeof(struct lane_pattern));
	assert_int_equal(sa_read(draft, RULES, &error), 0);
	sa_finish(draft);
	for (size_t i = 0; i < draft->rules.len; i++) {
		struct draft_rule *rule = *(struct draft_rule **)vec_at(
		    &draft->rules, i);
		struct lane_pattern pattern = {
			.source = rule->test.pattern };

		if (rule->test.kind != DRAFT_PATTERN)
			continue;
		pattern.pattern = pattern_compile(lab->arena,
		    &pattern.source, &error);
		if (pattern.pattern == NULL)
			wrong++;
		else
			*(struct lane_pattern *)vec_push(&lab->patterns) =
			    pattern;
	}
	print_message("%zu patterns compile, %zu do not\n", lab->patterns.len,
	    wrong);
	assert_true(lab->patterns.len > 1000);
	assert_int_equal(wrong, 0);
}

/* Those of every so many patterns have a database. */
static void
open_lanes(struct lab *lab, const char *folder)
{
	struct lanes *plain = lanes_new(lab->arena);
	struct lanes *fast = lanes_new(lab->arena);
	struct vec some;
	const char *error;

	vec_init(&some, lab->arena, sizeof(struct lane_pattern));
	for (size_t i = 0; i < lab->patterns.len; i += PATTERN_STEP)
		*(struct lane_pattern *)vec_push(&some) =
		    *(struct lane_pattern *)vec_at(&lab->patterns, i);
	lab->plain = lanes_add(plain, lab->patterns.items, lab->patterns.len);
	lab->plain_scratch = lane_scratch_new(plain, lab->arena);
	lab->fast = lanes_add(fast, some.items, some.len);
	if (lanes_compile(fast, folder, &error) == 0) {
		struct lanes_facts facts;

		assert_int_equal(lanes_load(fast, folder, &error),
		    LANES_READY);
		facts = lanes_facts(fast);
		print_message("of %zu exact %zu, prefiltered %zu, alone %zu\n",
		    some.len, facts.exact, facts.prefiltered, facts.alone);
		assert_true(facts.alone < some.len / 8);
	}
	lab->fast_scratch = lane_scratch_new(fast, lab->arena);
}

static void
compare_file(struct lab *lab, const char *path)
{
	char text[TEXT_MOST];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	compare(lab, lab->plain, lab->plain_scratch, str_of(text, len), 1);
	compare(lab, lab->fast, lab->fast_scratch, str_of(text, len),
	    PATTERN_STEP);
	lab->texts++;
}

static void
compare_folder(struct lab *lab, const char *folder)
{
	FILE *names = popen(arena_printf(lab->arena, "find %s -type f | sort",
	    folder), "r");
	char line[4096];

	assert_non_null(names);
	for (size_t i = 0; fgets(line, sizeof(line), names) != NULL; i++) {
		line[strcspn(line, "\n")] = '\0';
		if (i % STEP == 0 && lab->texts < MESSAGES)
			compare_file(lab, line);
	}
	assert_int_equal(pclose(names), 0);
	print_message("%zu texts, %zu matches\n", lab->texts, lab->hits);
	assert_true(lab->hits > 0);
}

static void
answers_on_real_mail_are_those_of_each_alone(void **state)
{
	const char *data = getenv("MAILREEVE_DATA");
	struct lab lab = { .arena = *state };
	char folder[SCRATCH_SIZE];
	const char *archive = arena_printf(*state, "%s/" CORPUS,
	    data != NULL ? data : "../shared/data");

	if (access(RULES, R_OK) < 0 || access(archive, R_OK) < 0) {
		print_message("skipped: no rules in " RULES ", or no messages "
		    "in the folder in MAILREEVE_DATA\n");
		skip();
	}
	scratch_folder(folder, "lanes");
	lab.scratch = pattern_scratch_new(*state, LIMIT);
	read_patterns(&lab);
	open_lanes(&lab, arena_printf(*state, "%s/cache", folder));
	assert_int_equal(system(arena_printf(*state, "mkdir %s/mail && "
	    "tar -xzf '%s' -C %s/mail", folder, archive, folder)), 0);
	compare_folder(&lab, arena_printf(*state, "%s/mail", folder));
	assert_int_equal(scratch_remove(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(answers_on_real_mail_are_those_of_each_alone),
	};

	return cmocka_run_group_tests_name("rules_lane_stock", tests, NULL,
	    NULL);
}
