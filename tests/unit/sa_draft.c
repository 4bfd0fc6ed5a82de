/* SPDX-License-Identifier: ISC */
/* sa_draft.c - for tests: lines of SpamAssassin's language, read and told. */
#include "sa_draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/sa_read.h"
#include "scratch.h"

static void
add_flags(struct buf *out, const struct draft_rule *rule)
{
	static const struct {
		unsigned flag;
		const char *word;
	} flags[] = {
		{ RULE_NICE, "nice" }, { RULE_NET, "net" },
		{ RULE_LEARN, "learn" }, { RULE_USERCONF, "userconf" },
		{ RULE_NOAUTOLEARN, "noautolearn" },
		{ RULE_MULTIPLE, "multiple" }, { RULE_INNER, "inner" },
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (rule->flags & flags[i].flag)
			buf_printf(out, " %s", flags[i].word);
	if (rule->max_hits != 0)
		buf_printf(out, " max=%u", rule->max_hits);
}

static void
add_place(struct buf *out, const struct place *place)
{
	buf_printf(out, " %s", place_row(place->kind)->name);
	if (place->name.len != 0)
		buf_printf(out, " %.*s", STR_ARG(place->name));
	if (place->form.len != 0)
		buf_printf(out, ":%.*s", STR_ARG(place->form));
}

static void
add_test(struct buf *out, const struct draft_test *test)
{
	switch (test->kind) {
	case DRAFT_NONE:
		buf_add_text(out, " none");
		break;
	case DRAFT_EXISTS:
		buf_add_text(out, " exists");
		add_place(out, &test->place);
		break;
	case DRAFT_CALL:
		buf_printf(out, " %.*s(", STR_ARG(test->call));
		for (size_t i = 0; i < test->args.len; i++)
			buf_printf(out, "%s%.*s", i != 0 ? "|" : "",
			    STR_ARG(*(struct str *)vec_at(&test->args, i)));
		buf_add_text(out, ")");
		break;
	case DRAFT_META:
		buf_printf(out, " meta %.*s", STR_ARG(test->expression));
		break;
	case DRAFT_PATTERN:
		add_place(out, &test->place);
		buf_printf(out, " %s /%.*s/%s%s%s%s",
		    test->is_negated ? "!~" : "=~",
		    STR_ARG(test->pattern.text),
		    test->pattern.flags & PATTERN_CASELESS ? "i" : "",
		    test->pattern.flags & PATTERN_MULTILINE ? "m" : "",
		    test->pattern.flags & PATTERN_DOTALL ? "s" : "",
		    test->pattern.flags & PATTERN_EXTENDED ? "x" : "");
		if (test->if_unset.len != 0)
			buf_printf(out, " unset \"%.*s\"",
			    STR_ARG(test->if_unset));
	}
}

static void
add_score(struct buf *out, const struct draft_rule *rule)
{
	const double *score = rule->score;

	if (!rule->has_score)
		return;
	buf_printf(out, " %g", score[0]);
	if (score[1] != score[0] || score[2] != score[0] ||
	    score[3] != score[0])
		buf_printf(out, " %g %g %g", score[1], score[2], score[3]);
}

void
sa_draft_rules(struct buf *out, const struct draft *draft)
{
	for (size_t i = 0; i < draft->rules.len; i++) {
		const struct draft_rule *rule =
		    *(struct draft_rule **)vec_at(&draft->rules, i);

		buf_printf(out, "%.*s:", STR_ARG(rule->name));
		add_test(out, &rule->test);
		add_score(out, rule);
		add_flags(out, rule);
		if (rule->description.len != 0)
			buf_printf(out, " \"%.*s\"",
			    STR_ARG(rule->description));
		buf_add_text(out, "\n");
	}
}

void
sa_draft_notes(struct buf *out, const struct draft *draft)
{
	static const char *const kinds[] = {
		[DRAFT_ERROR] = "error", [DRAFT_UNSUPPORTED] = "unsupported",
		[DRAFT_APPROXIMATED] = "nearly",
		[DRAFT_PASSED_OVER] = "passed",
	};

	for (size_t i = 0; i < draft->notes.len; i++) {
		const struct draft_note *note = vec_at(&draft->notes, i);

		buf_printf(out, "%zu %s %.*s: %s\n", note->origin.line,
		    kinds[note->kind], STR_ARG(note->rule), note->reason);
	}
}

static char folder[SCRATCH_SIZE];

int
sa_draft_begin(void **state)
{
	(void)state;
	scratch_folder(folder, "rules-sa");
	return 0;
}

int
sa_draft_end(void **state)
{
	(void)state;
	return scratch_remove(folder);
}

void
sa_draft_write(const char *name, const char *text, size_t len)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

const char *
sa_draft_path(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

struct draft *
sa_draft_read(struct arena *arena, const char *text, size_t len)
{
	struct draft *draft = draft_new(arena);
	const char *error;

	sa_draft_write("rules.cf", text, len);
	assert_int_equal(sa_read(draft, sa_draft_path(arena, "rules.cf"),
	    &error), 0);
	sa_finish(draft);
	return draft;
}
