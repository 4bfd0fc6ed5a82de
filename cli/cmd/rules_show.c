/* SPDX-License-Identifier: ISC */
/* rules_show.c - mailreeve rules show: a rule as it stands, and its relations. */
#include <stdio.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "rules/ruleset.h"

struct options {
	bool wants_json;
	const char *config;
};

static const struct command_option rows[] = {
	OPTION_FLAG_ROW("json", struct options, wants_json,
	    "Print one line of JSON for each rule."),
	OPTION_CONFIG_ROW(struct options, config),
};

/* Those whose expressions name it. */
static struct vec
find_users(const struct rules *rules, const struct draft_rule *rule)
{
	const struct vec *all = &ruleset_draft(rules->ruleset)->rules;
	struct vec users;

	vec_init(&users, rules->arena, sizeof(struct str));
	for (size_t i = 0; i < all->len; i++) {
		const struct draft_rule *other =
		    *(struct draft_rule **)vec_at(all, i);
		struct vec needs = rules_needs(rules->arena, other);

		for (size_t k = 0; k < needs.len; k++)
			if (str_eq(*(struct str *)vec_at(&needs, k),
			    rule->name))
				*(struct str *)vec_push(&users) = other->name;
	}
	return users;
}

static const struct {
	enum rule_flag flag;
	const char *word;
} flags[] = {
	{ RULE_NICE, "nice" },
	{ RULE_NET, "net" },
	{ RULE_LEARN, "learn" },
	{ RULE_USERCONF, "userconf" },
	{ RULE_MULTIPLE, "multiple" },
	{ RULE_NOAUTOLEARN, "noautolearn" },
	{ RULE_DRY_RUN, "dry_run" },
	{ RULE_INNER, "inner" },
};

static void
put_names(struct json_writer *json, const char *key, const struct vec *names)
{
	json_begin_array(json, key);
	for (size_t i = 0; i < names->len; i++)
		json_put_str(json, NULL, *(struct str *)vec_at(names, i));
	json_end_array(json);
}

static void
print_json(const struct rules *rules, const struct draft_rule *rule)
{
	struct vec needs = rules_needs(rules->arena, rule);
	struct vec users = find_users(rules, rule);
	struct json_writer json;
	struct buf out;

	buf_init(&out, rules->arena);
	json_begin(&json, &out);
	json_begin_object(&json, NULL);
	rules_put_rule(&json, rules, rule);
	json_put_str(&json, "test", str_from(rules_test_text(rules->arena,
	    rule)));
	json_begin_array(&json, "scores");
	for (size_t i = 0; i < ARRAY_LEN(rule->score); i++)
		json_put_real(&json, NULL, rule->score[i]);
	json_end_array(&json);
	json_begin_array(&json, "flags");
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if ((rule->flags & flags[i].flag) != 0)
			json_put_text(&json, NULL, flags[i].word);
	json_end_array(&json);
	put_names(&json, "needs", &needs);
	put_names(&json, "needed_by", &users);
	json_end_object(&json);
	json_end(&json);
	puts(out.data);
}

/* --- for people ----------------------------------------------------------- */

static const char *
join(struct arena *arena, const struct vec *names)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < names->len; i++)
		buf_printf(&out, "%s%s", i == 0 ? "" : " ", clean_str(arena,
		    *(struct str *)vec_at(names, i)));
	return out.len != 0 ? out.data : "";
}

static const char *
flag_words(struct arena *arena, const struct draft_rule *rule)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if ((rule->flags & flags[i].flag) != 0)
			buf_printf(&out, "%s%s", out.len == 0 ? "" : " ",
			    flags[i].word);
	return out.len != 0 ? out.data : "";
}

static const char *
score_words(const struct rules *rules, const struct draft_rule *rule)
{
	const double *score = rule->score;

	return arena_printf(rules->arena, "%g%s; plain %g, with network tests "
	    "%g, with Bayes %g, with both %g", ruleset_score(rules->ruleset,
	    rule), ruleset_has(rules->ruleset, rule) ? "" :
	    " (not in force)", score[0], score[1], score[2], score[3]);
}

static void
add_fact(struct table *table, const char *title, const char *text)
{
	if (*text != '\0')
		table_add(table, title, text);
}

static void
print_rule(const struct rules *rules, const struct draft_rule *rule)
{
	struct arena *arena = rules->arena;
	struct vec needs = rules_needs(arena, rule);
	struct vec users = find_users(rules, rule);
	struct table table;
	struct buf out;

	buf_init(&out, arena);
	table_init(&table, arena, 2);
	buf_printf(&out, "%s\n", output_style(arena, output_has_colour(),
	    STYLE_BOLD, clean_str(arena, rule->name)));
	add_fact(&table, "description", clean_str(arena, rule->description));
	add_fact(&table, rules_kind_text(rule->test.kind), clean_text(arena,
	    rules_test_text(arena, rule)));
	if ((rule->flags & RULE_INNER) == 0)
		add_fact(&table, "score", score_words(rules, rule));
	add_fact(&table, "group", clean_str(arena, rule->group));
	add_fact(&table, "flags", flag_words(arena, rule));
	add_fact(&table, "language", rules_language(rule));
	add_fact(&table, "stands in", clean_text(arena, rules_origin(arena,
	    &rule->origin)));
	add_fact(&table, "needs", join(arena, &needs));
	add_fact(&table, "needed by", join(arena, &users));
	table_print(&table, &out);
	fputs(out.data, stdout);
}

static int
run_rules_show(struct command_run *run)
{
	const struct options *options = run->options;
	const struct draft_rule *rule;
	struct rules rules;
	int status = rules_open(run, options->config, &rules);

	for (size_t i = 0; i < run->arg_count && rules.ruleset != NULL; i++) {
		rule = rules_find(&rules, run->args[i]);
		if (rule == NULL)
			status = CLI_FAILED;
		else if (options->wants_json)
			print_json(&rules, rule);
		else
			print_rule(&rules, rule);
	}
	rules_close(&rules);
	return status;
}

const struct command cmd_rules_show = {
	.name = "rules show",
	.help = "Show a rule: its test, score, origin, and what needs it.",
	.text = "A test of a native rule is a rule for other rules only, named "
	    "RULE.TEST; in SpamAssassin's language those begin with two "
	    "underscores.",
	.arguments = "NAME...",
	.examples = "rules show GTUBE\n",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run_rules_show,
};
