/* SPDX-License-Identifier: ISC */
/* fuzz_rules_sa_read.c - files in SpamAssassin's language. */
#include <math.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fuzz.h"
#include "rules/sa_read.h"
#include "rules/draft.h"

static void
check_name(struct str name)
{
	must(name.len > 0 && name.len <= 100 && !char_is_digit(name.data[0]));
	for (size_t i = 0; i < name.len; i++)
		must(char_is_alnum(name.data[i]) || name.data[i] == '_');
}

static void
check_test(const struct draft_test *test)
{
	switch (test->kind) {
	case DRAFT_PATTERN:
		must(test->pattern.text.data != NULL);
		/* FALLTHROUGH */
	case DRAFT_EXISTS:
		must(test->place.kind < PLACE_COUNT);
		must(test->place.name.data != NULL);
		must(test->place.form.data != NULL);
		break;
	case DRAFT_CALL:
		must(test->call.len > 0);
		for (size_t i = 0; i < test->args.len; i++)
			must(((struct str *)vec_at(&test->args, i))->data !=
			    NULL);
		break;
	case DRAFT_META:
		must(test->expression.len > 0);
		break;
	case DRAFT_NONE:
		break;
	}
}

static void
check_rule(const struct draft_rule *rule, size_t at)
{
	must(rule->at == at);
	check_name(rule->name);
	check_test(&rule->test);
	must(is_utf8(rule->description));
	if (rule->flags & RULE_SPAMASSASSIN)
		must(rule->has_score);
	for (size_t i = 0; i < ARRAY_LEN(rule->score); i++)
		must(isfinite(rule->score[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct draft *draft = draft_new(arena);

	sa_parse(draft, "fuzz.cf", str_of((const char *)data, size));
	sa_finish(draft);
	for (size_t i = 0; i < draft->rules.len; i++)
		check_rule(*(struct draft_rule **)vec_at(&draft->rules, i), i);
	for (size_t i = 0; i < draft->notes.len; i++)
		must(((struct draft_note *)vec_at(&draft->notes, i))
		    ->reason[0] != '\0');
	arena_free(&arena);
	return 0;
}
