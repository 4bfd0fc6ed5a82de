/* SPDX-License-Identifier: ISC */
/* scan_summary.c - what `scan` found, in a few lines for people. */
#include "base/arena.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"
#include "mail/txn.h"
#include "milter/engine.h"

void
scan_add_findings(struct buf *out, struct arena *arena,
    const struct findings *findings)
{
	struct table table;

	table_init(&table, arena, 3);
	for (size_t i = 0; i < findings->items.len; i++) {
		const struct finding *finding = vec_at(&findings->items, i);
		struct buf words;

		buf_init(&words, arena);
		buf_add_text(&words, clean_text(arena, finding->reason));
		if (finding->suggested != DECISION_HAM)
			buf_printf(&words, "%s%s%s", words.len != 0 ? " " : "",
			    finding->is_dry_run ? "(dry run) → " : "→ ",
			    decision_text(finding->suggested));
		table_add(&table, finding->check,
		    result_text(finding->result), words.data);
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
scan_add_actions(struct buf *out, struct arena *arena,
    const struct outcome *outcome)
{
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
scan_write_summary(struct buf *out, const char *file, struct txn *txn,
    const struct outcome *outcome)
{
	const struct verdict *verdict = outcome->verdict;

	buf_printf(out, "%s: %s\n", clean_text(txn->arena, file),
	    clean_text(txn->arena, verdict->sentence));
	scan_add_findings(out, txn->arena, outcome->findings);
	scan_add_actions(out, txn->arena, outcome);
}
