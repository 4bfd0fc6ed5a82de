/* SPDX-License-Identifier: ISC */
/* mark.c - writes the id, and into mail that stays here verdict and score. */
#include "base/arena.h"
#include "contract.h"
#include "mail/edit.h"
#include "milter/action.h"
#include "milter/check.h"

struct mark_settings {
	struct action_common common;
};

static void
insert(struct action_run *run, const char *name, const char *value)
{
	struct buf text;

	buf_init(&text, run->txn->arena);
	buf_add_char(&text, ' ');
	buf_add_text(&text, value);
	edit_insert_header(run->txn, run->name, str_from(name),
	    buf_str(&text));
}

/* "6.5"; what rounds to zero has no sign. */
static const char *
format_score(struct arena *arena, double score)
{
	bool is_zero = score > -0.05 && score < 0.05;
	struct buf text;

	buf_init(&text, arena);
	buf_add_fixed(&text, is_zero ? 0.0 : score, 1);
	return text.data;
}

/* The fields are one set for all recipients: the flag stands there when one of
 * them wants junk marked. */
static bool
is_flagged(const struct action_run *run)
{
	for (size_t i = 0; i < run->txn->rcpts.len; i++)
		if (run->verdict->rcpts[i].decision == DECISION_JUNK)
			return true;
	return false;
}

static void
mark_verdict(struct action_run *run)
{
	struct arena *arena = run->txn->arena;
	const char *word = decision_text(run->verdict->decision);
	const char *score = format_score(arena, run->verdict->score);

	if (is_flagged(run))
		insert(run, HEADER_SPAM_FLAG, "YES");
	insert(run, HEADER_SPAM_SCORE, score);
	run->detail = str_concat(arena, str_from(word), STR("; score="),
	    str_from(score));
	insert(run, HEADER_VERDICT, run->detail);
}

/* The id goes into all mail: by it mail that we re-send is known again (see
 * direction.h). What may leave us carries no score. */
static int
mark_apply(struct action_run *run, const char **error_r)
{
	struct txn *txn = run->txn;

	(void)error_r;
	run->detail = "id";
	if (txn->direction == DIRECTION_INBOUND ||
	    txn->direction == DIRECTION_INTERNAL)
		mark_verdict(run);
	insert(run, HEADER_ID, txn->id);
	return 0;
}

static const struct setting rows[] = {
	ACTION_COMMON_ROWS(struct mark_settings, "pass"),
};

static const struct section section = {
	.name = "action",
	.label = "mark",
	.help = "Writes X-Mailreeve-Id into all mail, and into inbound and "
	    "internal mail X-Mailreeve-Verdict, X-Spam-Score and, into junk, "
	    "X-Spam-Flag: YES.",
	.size = sizeof(struct mark_settings),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
};

const struct action action_mark = {
	.name = "mark",
	.section = &section,
	.apply = mark_apply,
};
