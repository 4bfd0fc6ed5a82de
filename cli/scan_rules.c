/* SPDX-License-Identifier: ISC */
/* scan_rules.c - what `rules test` tells: the rules that hit, and by what. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"
#include "mail/txn.h"
#include "mail/verdict_score.h"
#include "milter/engine.h"
#include "rules/draft.h"
#include "rules/ruleset.h"
#include "rules/view.h"

/* Octets of what matched that are told. */
#define FOUND_SHOWN 80

/* What the other checks found, as check rules saw it. */
static struct findings
findings_of_others(const struct scan_told *told)
{
	const struct draft *draft = ruleset_draft(snapshot_rules(
	    told->scan->snapshot));
	const struct vec *items = &told->outcome->findings->items;
	struct findings others;

	findings_init(&others, told->txn->arena);
	for (size_t i = 0; i < items->len; i++) {
		const struct finding *f = vec_at(items, i);

		if (strcmp(f->check, VERDICT_SCORE) != 0 &&
		    strcmp(f->check, "rules") != 0 &&
		    draft_find(draft, str_from(f->check)) == NULL)
			*(struct finding *)vec_push(&others.items) = *f;
	}
	return others;
}

/* Once more, with what a finding does not tell. */
static void
judge(const struct scan_told *told, struct rules_result *result)
{
	struct findings *others = arena_alloc(told->txn->arena,
	    sizeof(*others));

	*others = findings_of_others(told);
	rules_judge(snapshot_rules(told->scan->snapshot),
	    view_new(told->txn, others), RULES_TELL_FOUND |
	    (told->scan->has_inner ? RULES_TELL_INNER : 0), result);
}

static void
put_hits(struct json_writer *json, const char *key, const struct vec *hits)
{
	json_begin_array(json, key);
	for (size_t i = 0; i < hits->len; i++) {
		const struct rule_hit *hit = vec_at(hits, i);

		json_begin_object(json, NULL);
		json_put_str(json, "rule", hit->rule->name);
		json_put_real(json, "score", hit->score);
		json_put_real(json, "value", hit->value);
		if (hit->found.data != NULL)
			json_put_str(json, "found", str_sub(hit->found, 0,
			    CLEAN_TEXT_MAX));
		else
			json_put_null(json, "found");
		json_put_bool(json, "dry_run",
		    (hit->rule->flags & RULE_DRY_RUN) != 0);
		json_end_object(json);
	}
	json_end_array(json);
}

void
scan_write_rules_json(const struct scan_told *told, struct buf *out)
{
	struct rules_result result;
	struct json_writer json;

	judge(told, &result);
	json_begin(&json, out);
	json_begin_object(&json, NULL);
	json_put_text(&json, "file", told->file);
	json_put_real(&json, "score", result.score);
	json_put_real(&json, "total", told->outcome->verdict->score);
	json_put_text(&json, "verdict",
	    decision_text(told->outcome->verdict->decision));
	put_hits(&json, "hits", &result.hits);
	if (told->scan->has_inner)
		put_hits(&json, "inner", &result.inner);
	json_begin_array(&json, "limited");
	for (size_t i = 0; i < result.limited.len; i++)
		json_put_str(&json, NULL, (*(const struct draft_rule **)
		    vec_at(&result.limited, i))->name);
	json_end_array(&json);
	json_end_object(&json);
	json_end(&json);
	buf_add_char(out, '\n');
}

/* --- for people ----------------------------------------------------------- */

static const char *
score_text(struct arena *arena, const struct rule_hit *hit)
{
	if ((hit->rule->flags & RULE_INNER) != 0)
		return "-";
	if ((hit->rule->flags & RULE_DRY_RUN) != 0)
		return "dry run";
	return arena_printf(arena, "%+.4g", hit->score);
}

static const char *
hit_words(struct arena *arena, const struct rule_hit *hit)
{
	struct str found = hit->found;
	struct buf out;

	buf_init(&out, arena);
	buf_add_text(&out, clean_str(arena, hit->rule->description));
	if (hit->value > 1)
		buf_printf(&out, "%s(%g times)", out.len != 0 ? " " : "",
		    hit->value);
	if (found.data != NULL)
		buf_printf(&out, "%sby '%s'%s", out.len != 0 ? ", " : "",
		    clean_str(arena, str_sub(found, 0, FOUND_SHOWN)),
		    found.len > FOUND_SHOWN ? "..." : "");
	return out.data != NULL ? out.data : "";
}

static void
add_hits(struct table *table, const struct vec *hits)
{
	for (size_t i = 0; i < hits->len; i++) {
		const struct rule_hit *hit = vec_at(hits, i);

		table_add(table, clean_str(table->arena, hit->rule->name),
		    score_text(table->arena, hit), hit_words(table->arena,
		    hit));
	}
}

void
scan_write_rules(const struct scan_told *told, struct buf *out)
{
	const struct verdict *verdict = told->outcome->verdict;
	struct arena *arena = told->txn->arena;
	struct rules_result result;
	struct table table;

	judge(told, &result);
	output_wrap(out, "", str_from(arena_printf(arena, "%s: %zu rule%s hit, "
	    "score %.1f; with the other checks %.1f: %s", output_style(arena,
	    told->scan->has_colour, STYLE_BOLD, clean_text(arena,
	    told->file)), result.hits.len, result.hits.len == 1 ? "" : "s",
	    result.score, verdict->score, decision_text(verdict->decision))));
	table_init(&table, arena, 3);
	add_hits(&table, &result.hits);
	if (told->scan->has_inner)
		add_hits(&table, &result.inner);
	for (size_t i = 0; i < result.limited.len; i++)
		table_add(&table, clean_str(arena, (*(const struct draft_rule
		    **)vec_at(&result.limited, i))->name), "?",
		    "took too long, and is not known");
	table_print(&table, out);
}
