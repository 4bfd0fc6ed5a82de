/* SPDX-License-Identifier: ISC */
/* scan_summary.c - what `scan` found, in a few lines for people. */
#include "base/arena.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"
#include "mail/txn.h"
#include "milter/engine.h"

void
scan_add_title(const struct scan_told *told, struct buf *out)
{
	const struct verdict *verdict = told->outcome->verdict;
	static const enum output_style styles[] = {
		[DECISION_HAM] = STYLE_GOOD,
		[DECISION_JUNK] = STYLE_WARN,
		[DECISION_HOLD] = STYLE_WARN,
		[DECISION_DEFER] = STYLE_WARN,
		[DECISION_REFUSE] = STYLE_BAD,
	};
	struct arena *arena = told->txn->arena;

	output_wrap(out, "", str_from(arena_printf(arena, "%s: %s",
	    output_style(arena, told->scan->has_colour,
	    styles[verdict->decision], clean_text(arena, told->file)),
	    clean_text(arena, verdict->sentence))));
}

static const char *
describe(struct arena *arena, const struct finding *finding)
{
	struct buf words;

	buf_init(&words, arena);
	buf_add_text(&words, clean_text(arena, finding->reason));
	if (finding->score != 0)
		buf_printf(&words, "%s(score %+g)", words.len != 0 ? " " : "",
		    finding->score);
	if (finding->suggested != DECISION_HAM)
		buf_printf(&words, "%s%s%s", words.len != 0 ? " " : "",
		    finding->is_dry_run ? "(dry run) → " : "→ ",
		    decision_text(finding->suggested));
	return words.data;
}

void
scan_add_findings(const struct scan_told *told, struct buf *out)
{
	const struct vec *items = &told->outcome->findings->items;
	struct arena *arena = told->txn->arena;
	struct table table;

	table_init(&table, arena, 3);
	for (size_t i = 0; i < items->len; i++) {
		const struct finding *finding = vec_at(items, i);

		table_add(&table, finding->check, scan_result_word(told,
		    finding->result), describe(arena, finding));
	}
	table_print(&table, out);
}

const char *
scan_report_prefix(const struct action_report *report)
{
	return report->has_failed ? "failed: "
	    : report->is_dry_run ? "dry run: " : "";
}

void
scan_add_actions(const struct scan_told *told, struct buf *out)
{
	const struct outcome *outcome = told->outcome;
	struct arena *arena = told->txn->arena;
	struct table table;

	table_init(&table, arena, 2);
	for (size_t i = 0; i < outcome->report_count; i++) {
		const struct action_report *report = &outcome->reports[i];

		table_add(&table, report->action, arena_printf(arena, "%s%s",
		    scan_report_prefix(report),
		    clean_text(arena, report->detail)));
	}
	table_print(&table, out);
}

void
scan_write_summary(const struct scan_told *told, struct buf *out)
{
	scan_add_title(told, out);
	scan_add_findings(told, out);
	scan_add_actions(told, out);
}
