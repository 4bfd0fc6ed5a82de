/* SPDX-License-Identifier: ISC */
/* rules_list.c - mailreeve rules list: the rules, with their scores. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/rules_milter.h"
#include "rules/ruleset.h"

struct options {
	bool wants_json, wants_all, wants_hits;
	const char *group;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print each rule as one line of JSON."),
	OPTION_FLAG_ROW("all", struct options, wants_all,
	    "With rules that are for other rules only, and those that are off "
	    "or left out."),
	OPTION_FLAG_ROW("hits", struct options, wants_hits,
	    "With how often each has hit since the milter began: those that "
	    "hit most come first."),
	OPTION_TEXT_ROW("group", struct options, group, "GROUP",
	    "Only the rules of this group."),
	OPTION_CONFIG_ROW(struct options, config),
};

struct listing {
	struct rules rules;
	bool has_figures;
	struct rules_figures figures;	/* empty: they were not asked for */
};

/* A name with * and ? in it stands for many. */
static bool
is_like(struct str name, const char *pattern)
{
	const char *star = NULL, *behind = NULL;
	size_t i = 0, from = 0;

	while (i < name.len) {
		if (*pattern == '*') {
			star = pattern++;
			behind = pattern;
			from = i;
		} else if (*pattern == '?' || (*pattern != '\0' &&
		    char_lower(*pattern) == char_lower(name.data[i]))) {
			pattern++;
			i++;
		} else if (star != NULL) {
			pattern = behind;
			i = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool
is_wanted(const struct command_run *run, const struct rules *rules,
    const struct draft_rule *rule)
{
	const struct options *options = run->options;

	if (!options->wants_all && ((rule->flags & RULE_INNER) != 0 ||
	    !ruleset_has(rules->ruleset, rule)))
		return false;
	if (options->group != NULL && !str_is(rule->group, options->group))
		return false;
	for (size_t i = 0; i < run->arg_count; i++)
		if (is_like(rule->name, run->args[i]))
			return true;
	return run->arg_count == 0;
}

/* One that is wanted, and what is known of it. */
struct row {
	const struct draft_rule *rule;
	struct rule_figures figures;
};

static struct vec
find_rows(const struct command_run *run, const struct rules *rules,
    const struct rules_figures *figures)
{
	const struct vec *all = &ruleset_draft(rules->ruleset)->rules;
	struct vec listed;

	vec_init(&listed, run->arena, sizeof(struct row));
	for (size_t i = 0; i < all->len; i++) {
		const struct draft_rule *rule =
		    *(struct draft_rule **)vec_at(all, i);

		if (is_wanted(run, rules, rule))
			*(struct row *)vec_push(&listed) = (struct row){ rule,
			    rules_figures_of(figures, rule->name) };
	}
	return listed;
}

/* Most hits first; as they stand in the files where those are equal. */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	if (first->figures.hits != second->figures.hits)
		return first->figures.hits > second->figures.hits ? -1 : 1;
	return first->rule->at < second->rule->at ? -1 : 1;
}

static double
share_of(const struct listing *listing, const struct row *row)
{
	uint64_t messages = listing->figures.messages;

	return messages == 0 ? 0 :
	    (double)row->figures.hits / (double)messages;
}

static void
print_json(const struct listing *listing, const struct row *row)
{
	const struct draft_rule *rule = row->rule;
	struct json_writer json;
	struct buf out;

	buf_init(&out, listing->rules.arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	rules_put_rule(&json, &listing->rules, rule);
	json_put_bool(&json, "dry_run", (rule->flags & RULE_DRY_RUN) != 0);
	json_put_bool(&json, "inner", (rule->flags & RULE_INNER) != 0);
	if (listing->has_figures) {
		json_put_int(&json, "hits", (int64_t)row->figures.hits);
		json_put_real(&json, "share", share_of(listing, row));
		json_put_real(&json, "mean_score", row->figures.score);
	}
	json_end_object(&json);
	json_end(&json);
	puts(out.data);
}

static const char *
score_text(const struct rules *rules, const struct draft_rule *rule)
{
	if (!ruleset_has(rules->ruleset, rule))
		return "off";
	if ((rule->flags & RULE_INNER) != 0)
		return "-";
	return arena_printf(rules->arena, "%+.4g%s",
	    ruleset_score(rules->ruleset, rule),
	    (rule->flags & RULE_DRY_RUN) != 0 ? " (dry run)" : "");
}

static void
add_row(struct table *table, const struct listing *listing,
    const struct row *row)
{
	const struct draft_rule *rule = row->rule;
	struct arena *arena = table->arena;
	const char *name = clean_str(arena, rule->name);
	const char *score = score_text(&listing->rules, rule);
	const char *words = clean_str(arena, rule->description);

	if (!listing->has_figures)
		table_add(table, name, score, rule->group.len != 0 ?
		    clean_str(arena, rule->group) : "-", words);
	else if (row->figures.hits == 0)
		table_add(table, name, score, "0", "-", "-", words);
	else
		table_add(table, name, score, arena_printf(arena, "%" PRIu64,
		    row->figures.hits), arena_printf(arena, "%.2f %%",
		    100 * share_of(listing, row)), arena_printf(arena, "%+.1f",
		    row->figures.score), words);
}

static void
print_table(const struct listing *listing, const struct vec *listed)
{
	struct table table;
	struct buf out;

	table_init(&table, listing->rules.arena,
	    listing->has_figures ? 6 : 4);
	buf_init(&out, listing->rules.arena);
	if (listing->has_figures) {
		printf("%" PRIu64 " messages since the milter began\n",
		    listing->figures.messages);
		table_add(&table, "rule", "gives", "hits", "of all",
		    "mean score", "");
	}
	for (size_t i = 0; i < listed->len; i++)
		add_row(&table, listing, vec_at(listed, i));
	table_print(&table, &out);
	if (out.len != 0)
		fputs(out.data, stdout);
}

static void
print_rows(const struct command_run *run, const struct listing *listing)
{
	const struct options *options = run->options;
	struct vec listed = find_rows(run, &listing->rules,
	    &listing->figures);

	if (listing->has_figures && listed.len > 0)
		qsort(listed.items, listed.len, sizeof(struct row), compare_rows);
	if (!options->wants_json)
		print_table(listing, &listed);
	for (size_t i = 0; options->wants_json && i < listed.len; i++)
		print_json(listing, vec_at(&listed, i));
}

static int
run_rules_list(struct command_run *run)
{
	const struct options *options = run->options;
	struct listing listing = { .has_figures = options->wants_hits,
		.figures.rules = map_new(run->arena) };
	int status = rules_open(run, options->config, &listing.rules);

	if (status == CLI_OK && listing.has_figures)
		status = rules_ask_figures(listing.rules.conf, run->arena,
		    &listing.figures);
	if (status == CLI_OK)
		print_rows(run, &listing);
	rules_close(&listing.rules);
	return status;
}

const struct command cmd_rules_list = {
	.name = "rules list",
	.help = "List the rules in force, with their scores.",
	.text = "A NAME may have * and ? in it. 'rules show' tells one as it "
	    "stands, 'rules explain' in plain words.\n\n"
	    "With --hits the running milter is asked: how many messages each "
	    "rule has hit since it began, their share of all, and the mean of "
	    "the scores that they had in all. A rule for spam whose mean is "
	    "low hits good mail. A reload keeps the figures.",
	.arguments = "[NAME...]",
	.examples = "rules list\n"
	    "rules list --group deception\n"
	    "rules list --hits\n"
	    "rules list 'URI_*'\n",
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_list,
};
