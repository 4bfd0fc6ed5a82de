/* SPDX-License-Identifier: ISC */
/* rules_list.c - mailreeve rules list: the rules, with their scores. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "rules/ruleset.h"

struct options {
	bool wants_json, wants_all;
	const char *group;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print each rule as one line of JSON."),
	OPTION_FLAG_ROW("all", struct options, wants_all,
	    "With rules that are for other rules only, and those that are off "
	    "or left out."),
	OPTION_TEXT_ROW("group", struct options, group, "GROUP",
	    "Only the rules of this group."),
	OPTION_CONFIG_ROW(struct options, config),
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

static void
print_json(const struct rules *rules, const struct draft_rule *rule)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out, rules->arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	json_put_str(&json, "rule", rule->name);
	json_put_real(&json, "score", ruleset_score(rules->ruleset, rule));
	json_put_bool(&json, "in_force", ruleset_has(rules->ruleset, rule));
	json_put_bool(&json, "dry_run", (rule->flags & RULE_DRY_RUN) != 0);
	json_put_bool(&json, "inner", (rule->flags & RULE_INNER) != 0);
	json_put_text(&json, "language", rules_language(rule));
	json_put_text(&json, "kind", rules_kind_text(rule->test.kind));
	json_put_str(&json, "group", rule->group);
	json_put_str(&json, "description", rule->description);
	json_put_text(&json, "file", rule->origin.file);
	json_put_int(&json, "line", (int64_t)rule->origin.line);
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
add_row(struct table *table, const struct rules *rules,
    const struct draft_rule *rule)
{
	struct arena *arena = rules->arena;

	table_add(table, clean_str(arena, rule->name), score_text(rules, rule),
	    rule->group.len != 0 ? clean_str(arena, rule->group) : "-",
	    clean_str(arena, rule->description));
}

static int
run_rules_list(struct command_run *run)
{
	const struct options *options = run->options;
	struct table table;
	struct rules rules;
	struct buf out;
	int status = rules_open(run, options->config, &rules);
	const struct vec *all = status == CLI_OK ?
	    &ruleset_draft(rules.ruleset)->rules : NULL;

	table_init(&table, run->arena, 4);
	buf_init(&out, run->arena);
	for (size_t i = 0; all != NULL && i < all->len; i++) {
		const struct draft_rule *rule =
		    *(struct draft_rule **)vec_at(all, i);

		if (!is_wanted(run, &rules, rule))
			continue;
		if (options->wants_json)
			print_json(&rules, rule);
		else
			add_row(&table, &rules, rule);
	}
	table_print(&table, &out);
	if (out.len != 0)
		fputs(out.data, stdout);
	rules_close(&rules);
	return status;
}

const struct command cmd_rules_list = {
	.name = "rules list",
	.help = "List the rules in force, with their scores.",
	.text = "A NAME may have * and ? in it. 'rules show' tells one as it "
	    "stands, 'rules explain' in plain words.",
	.arguments = "[NAME...]",
	.examples = "rules list\n"
	    "rules list --group deception\n"
	    "rules list 'URI_*'\n",
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_list,
};
