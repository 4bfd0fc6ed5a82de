/* SPDX-License-Identifier: ISC */
/* rules.c - what the commands about rules share. */
#include "cli/rules.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/suggest.h"
#include "cli/clean.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/output.h"
#include "rules/expr.h"
#include "rules/load.h"
#include "rules/ruleset.h"
#include "rules/settings.h"

const char *
rules_conf_path(const char *path)
{
	if (path == NULL && access(CONF_DEFAULT_PATH, R_OK) == 0)
		return CONF_DEFAULT_PATH;
	return path;
}

struct conf *
rules_load_conf(const char *path, struct arena *arena)
{
	struct conf *conf;
	const char *error;

	path = rules_conf_path(path);
	if (path != NULL)
		return config_load(path, arena);
	conf = conf_parse("built-in defaults", "", config_sections(), NULL,
	    arena, &error);
	if (conf == NULL)
		cli_error("%s", error);
	return conf;
}

int
rules_open(struct command_run *run, const char *path, struct rules *rules_r)
{
	const char *error;

	*rules_r = (struct rules){ .arena = run->arena };
	log_set_level(LOG_LEVEL_ERROR);
	rules_r->conf = rules_load_conf(path, run->arena);
	if (rules_r->conf == NULL)
		return CLI_USAGE;
	rules_r->settings = conf_get(rules_r->conf, &rules_section);
	rules_r->ruleset = rules_load(rules_r->settings, run->arena, &error);
	if (rules_r->ruleset != NULL)
		return CLI_OK;
	cli_error("%s", error);
	return CLI_FAILED;
}

void
rules_close(struct rules *rules)
{
	ruleset_unref(&rules->ruleset);
	conf_unref(&rules->conf);
}

const struct draft_rule *
rules_find(const struct rules *rules, const char *name)
{
	const struct draft *draft = ruleset_draft(rules->ruleset);
	const struct draft_rule *rule = draft_find(draft, str_from(name));
	struct suggest suggest;

	if (rule != NULL)
		return rule;
	suggest_begin(&suggest, str_from(name));
	for (size_t i = 0; i < draft->rules.len; i++)
		suggest_offer(&suggest, str_dup(rules->arena,
		    (*(struct draft_rule **)vec_at(&draft->rules, i))->name));
	name = clean_text(rules->arena, name);
	if (suggest_best(&suggest) != NULL)
		cli_error("there is no rule '%s', did you mean '%s'?", name,
		    clean_text(rules->arena, suggest_best(&suggest)));
	else
		cli_error("there is no rule '%s'; 'mailreeve rules list "
		    "--all' names them", name);
	return NULL;
}

const char *
rules_language(const struct draft_rule *rule)
{
	return (rule->flags & RULE_SPAMASSASSIN) != 0 ? "SpamAssassin"
						       : "native";
}

const char *
rules_kind_text(enum draft_test_kind kind)
{
	static const char *const words[] = {
		[DRAFT_NONE] = "no test",
		[DRAFT_PATTERN] = "pattern",
		[DRAFT_EXISTS] = "exists",
		[DRAFT_CALL] = "test",
		[DRAFT_META] = "expression",
	};

	return words[kind];
}

const char *
rules_note_text(enum draft_note_kind kind)
{
	static const char *const words[] = {
		[DRAFT_ERROR] = "error",
		[DRAFT_UNSUPPORTED] = "not supported",
		[DRAFT_APPROXIMATED] = "approximated",
		[DRAFT_PASSED_OVER] = "passed over",
	};

	return words[kind];
}

const char *
rules_origin(struct arena *arena, const struct draft_origin *origin)
{
	if (origin->file == NULL)
		return "-";
	if (origin->line == 0)
		return origin->file;
	return arena_printf(arena, "%s:%zu", origin->file, origin->line);
}

void
rules_put_rule(struct json_writer *json, const struct rules *rules,
    const struct draft_rule *rule)
{
	json_put_str(json, "rule", rule->name);
	json_put_str(json, "description", rule->description);
	json_put_text(json, "language", rules_language(rule));
	json_put_text(json, "kind", rules_kind_text(rule->test.kind));
	json_put_bool(json, "in_force", ruleset_has(rules->ruleset, rule));
	json_put_real(json, "score", ruleset_score(rules->ruleset, rule));
	json_put_str(json, "group", rule->group);
	json_put_text(json, "file", rule->origin.file);
	json_put_int(json, "line", (int64_t)rule->origin.line);
}

/* "header from:addr", "body" */
static void
add_place(struct buf *out, const struct place *place)
{
	buf_add_text(out, place_row(place->kind)->name);
	if (place->name.len != 0)
		buf_printf(out, " %.*s", STR_ARG(place->name));
	if (place->form.len != 0)
		buf_printf(out, ":%.*s", STR_ARG(place->form));
}

static void
add_pattern(struct buf *out, const struct draft_test *test)
{
	static const char letters[] = "imsx";

	add_place(out, &test->place);
	buf_printf(out, " %s /%.*s/", test->is_negated ? "!~" : "=~",
	    STR_ARG(test->pattern.text));
	for (size_t i = 0; i < sizeof(letters) - 1; i++)
		if ((test->pattern.flags & 1u << i) != 0)
			buf_add_char(out, letters[i]);
	if (test->if_unset.data != NULL)
		buf_printf(out, " [if-unset: %.*s]",
		    STR_ARG(test->if_unset));
}

const char *
rules_test_text(struct arena *arena, const struct draft_rule *rule)
{
	const struct draft_test *test = &rule->test;
	struct buf out;

	buf_init(&out, arena);
	switch (test->kind) {
	case DRAFT_NONE:
		break;
	case DRAFT_PATTERN:
		add_pattern(&out, test);
		break;
	case DRAFT_EXISTS:
		add_place(&out, &test->place);
		buf_add_text(&out, test->is_negated ? " missing" : " exists");
		break;
	case DRAFT_CALL:
		buf_printf(&out, "%.*s", STR_ARG(test->call));
		for (size_t i = 0; i < test->args.len; i++)
			buf_printf(&out, " %.*s", STR_ARG(*(struct str *)
			    vec_at(&test->args, i)));
		break;
	case DRAFT_META:
		buf_printf(&out, "%.*s", STR_ARG(test->expression));
		break;
	}
	return out.len != 0 ? out.data : "";
}

struct vec
rules_needs(struct arena *arena, const struct draft_rule *rule)
{
	struct expr *expr;
	const char *error;
	struct vec names;

	vec_init(&names, arena, sizeof(struct str));
	if (rule->test.kind == DRAFT_META &&
	    expr_parse(arena, rule->test.expression, &names, &expr,
	    &error) < 0)
		names.len = 0;
	return names;
}
