/* SPDX-License-Identifier: ISC */
/* rules_speed.c - patterns of rules on texts: what a lane costs with a database
 * and without, what it costs to start, and the memory.
 *
 * usage: bench-rules-speed RULES CACHE COUNT TEXT...
 *
 * RULES: SpamAssassin's; COUNT of their patterns, with made ones where they do
 * not suffice. CACHE: a folder, empty for a cold start. Prints one line of a
 * Markdown table; processor time. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/lane.h"
#include "rules/sa_read.h"

#define MATCH_LIMIT 1000000
#define ROUNDS 3
#define TEXT_MOST ((size_t)1 << 20)

struct bench {
	struct arena *arena;
	struct vec patterns;	/* struct lane_pattern */
	struct vec texts;	/* struct str */
	struct pattern_scratch *scratch;
	size_t bytes, hits;
};

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
add(struct bench *bench, const struct pattern_source *source)
{
	struct lane_pattern pattern = { .source = *source };
	const char *error;

	pattern.pattern = pattern_compile(bench->arena, source, &error);
	if (pattern.pattern != NULL)
		*(struct lane_pattern *)vec_push(&bench->patterns) = pattern;
}

static void
add_patterns(struct bench *bench, const char *rules, size_t count)
{
	struct draft *draft = draft_new(bench->arena);
	const char *error;

	if (sa_read(draft, rules, &error) < 0) {
		fprintf(stderr, "%s\n", error);
		exit(EXIT_FAILURE);
	}
	sa_finish(draft);
	for (size_t i = 0; i < draft->rules.len &&
	    bench->patterns.len < count; i++) {
		struct draft_rule *rule = *(struct draft_rule **)vec_at(
		    &draft->rules, i);

		if (rule->test.kind == DRAFT_PATTERN)
			add(bench, &rule->test.pattern);
	}
	for (size_t i = 0; bench->patterns.len < count; i++) {
		struct pattern_source made = {
			.text = str_from(arena_printf(bench->arena,
			    "\\b(?:word|term) ?%zu[a-f]%zu\\b", i * 7919 %
			    10007, i)), .flags = PATTERN_CASELESS };

		add(bench, &made);
	}
}

static void
add_text(struct bench *bench, const char *path)
{
	char *data = arena_alloc(bench->arena, TEXT_MOST);
	FILE *file = fopen(path, "r");
	size_t len;

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	len = fread(data, 1, TEXT_MOST, file);
	fclose(file);
	bench->bytes += len;
	*(struct str *)vec_push(&bench->texts) = str_of(data, len);
}

static void
on_hit(void *arg, size_t number)
{
	(void)number;
	++*(size_t *)arg;
}

/* Microseconds for a kilobyte. */
static double
run(struct bench *bench, const struct lane *lane, struct lanes *lanes)
{
	struct lane_scratch *scratch = lane_scratch_new(lanes, bench->arena);
	double best = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		double start = cpu_seconds(), took;

		for (size_t i = 0; i < bench->texts.len; i++)
			lane_match(lane, scratch, bench->scratch,
			    *(struct str *)vec_at(&bench->texts, i), on_hit,
			    on_hit, &bench->hits);
		took = cpu_seconds() - start;
		best = took < best ? took : best;
	}
	return bench->bytes == 0 ? 0 : best * 1e6 * 1024 /
	    (double)bench->bytes;
}

static struct lanes *
new_lanes(struct bench *bench, struct lane **lane_r)
{
	struct lanes *lanes = lanes_new(bench->arena);

	*lane_r = lanes_add(lanes, bench->patterns.items,
	    bench->patterns.len);
	return lanes;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	struct bench bench = { .arena = arena };
	struct lane *plain_lane, *lane;
	struct lanes *plain, *lanes;
	struct lanes_facts facts;
	struct rusage usage;
	double start, alone, cold, warm;
	const char *error;

	if (argc < 5) {
		fprintf(stderr, "usage: bench-rules-speed RULES CACHE COUNT "
		    "TEXT...\n");
		return EXIT_FAILURE;
	}
	vec_init(&bench.patterns, arena, sizeof(struct lane_pattern));
	vec_init(&bench.texts, arena, sizeof(struct str));
	bench.scratch = pattern_scratch_new(arena, MATCH_LIMIT);
	add_patterns(&bench, argv[1], (size_t)strtoul(argv[3], NULL, 10));
	for (int i = 4; i < argc; i++)
		add_text(&bench, argv[i]);
	plain = new_lanes(&bench, &plain_lane);
	alone = run(&bench, plain_lane, plain);
	lanes = new_lanes(&bench, &lane);
	start = cpu_seconds();
	if (lanes_compile(lanes, argv[2], &error) < 0)
		fprintf(stderr, "%s\n", error);
	cold = cpu_seconds() - start;
	start = cpu_seconds();
	(void)lanes_load(lanes, argv[2], &error);
	warm = cpu_seconds() - start;
	facts = lanes_facts(lanes);
	getrusage(RUSAGE_SELF, &usage);
	printf("| %zu | %zu / %zu / %zu | %.2f | %.2f | %.1f | %.1f | %.1f | "
	    "%.0f |\n", bench.patterns.len, facts.exact, facts.prefiltered,
	    facts.alone, alone, run(&bench, lane, lanes), cold, warm * 1e3,
	    (double)facts.bytes / 1e6, (double)usage.ru_maxrss / 1e3);
	arena_free(&arena);
	return EXIT_SUCCESS;
}
