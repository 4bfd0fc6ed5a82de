/* SPDX-License-Identifier: ISC */
/* kind_throttle.c - throttle: how much may pass in a span of time. */
#include "base/vec.h"
#include "directory/directory.h"
#include "directory/kind.h"
#include "directory/kind_spell.h"
#include "directory/lists.h"
#include "mail/limit.h"

/* Those of the configuration's section; a test compares. */
static const char *const unit_words[] = {
	"messages", "recipients", "bytes", "refused", "new-recipients", NULL,
};
static const char *const per_words[] = {
	"user", "domain", "class", "client", "client-net", "sender",
	"recipient", "recipient-domain", "global", NULL,
};
static const char *const direction_words[] = {
	"outbound", "internal", "inbound", "any", NULL,
};
static const char *const action_words[] = { "defer", "reject", "hold", NULL };

static int
check(struct directory *directory, const void *before, const void *values,
    struct arena *arena, struct db_error *error_r)
{
	const struct directory_throttle *throttle = values;
	struct limit limit;

	if (limit_parse(arena, throttle->limit.texts, throttle->limit.count,
	    &limit, &error_r->text) < 0)
		return directory_refuse(arena, error_r, "limit: %s",
		    error_r->text);
	return kind_check_count(directory, &kind_throttle, before, LISTS_MAX,
	    "give classes and users amounts of their own (limits)", arena,
	    error_r);
}

static const struct setting rows[] = {
	SETTING_TEXT_ROW("name", struct directory_throttle, name, NULL,
	    "Its name, in `limits` too."),
	SETTING_LIST_ROW("limit", struct directory_throttle, limit, NULL,
	    "How much may pass in any span of that length: 100/1h 1000/1d; "
	    "unlimited; none.", .flags = SETTING_REQUIRED),
	SETTING_WORD_ROW("unit", struct directory_throttle, unit, unit_words,
	    "messages", "What is counted."),
	SETTING_WORD_ROW("per", struct directory_throttle, per, per_words,
	    "user", "Who has a counter."),
	SETTING_WORD_ROW("direction", struct directory_throttle, direction,
	    direction_words, "outbound", "Which mail is counted."),
	SETTING_WORD_ROW("action", struct directory_throttle, action,
	    action_words, "defer", "What happens beyond the limit."),
	SETTING_INT_ROW("soft", struct directory_throttle, soft_percent, "0",
	    0, 100, "Log a line when so many percent of a limit are used; 0: "
	    "never."),
};

const struct directory_kind kind_throttle = {
	.name = "throttle",
	.plural = "throttles",
	.table = "throttles",
	.help = "How much mail may pass in a span of time.",
	.size = sizeof(struct directory_throttle),
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.key_count = 1,
	.spell = kind_spell_first,
	.check = check,
};
