/* SPDX-License-Identifier: ISC */
/* sa_finish.c - what can be said of SpamAssassin's rules only when all files are
 * read: tags, flags, scores that nobody gave. */
#include "rules/sa_read_private.h"

#include "base/arena.h"
#include "base/vec.h"
#include "rules/caught.h"
#include "rules/place/sa_reading.h"

/* --- flags ---------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum rule_flag flag;
} flags[] = {
	{ "nice", RULE_NICE },
	{ "net", RULE_NET },
	{ "learn", RULE_LEARN },
	{ "userconf", RULE_USERCONF },
	{ "multiple", RULE_MULTIPLE },
	{ "noautolearn", RULE_NOAUTOLEARN },
};

static bool
read_max_hits(struct str word, unsigned *max_hits_r)
{
	uint64_t value;

	if (!str_has_prefix_nocase(word, STR("maxhits=")) ||
	    str_to_u64(str_from_pos(word, 8), 1000000, &value) < 0)
		return false;
	*max_hits_r = (unsigned)value;
	return true;
}

/* A rule of the subject and the text that is not to look into the subject. */
static bool
is_without_subject(const struct draft_rule *rule, struct str word)
{
	return rule->test.kind == DRAFT_PATTERN &&
	    rule->test.place.kind == PLACE_sa_body &&
	    str_is(word, "nosubject");
}

static void
set_flag(struct draft *draft, struct draft_rule *rule, struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (str_is(word, flags[i].word)) {
			rule->flags |= (unsigned)flags[i].flag;
			return;
		}
	if (read_max_hits(word, &rule->max_hits))
		return;
	if (is_without_subject(rule, word))
		rule->test.place.form = STR("nosubject");
	else
		draft_note(draft, DRAFT_PASSED_OVER, rule->origin, rule->name,
		    "its flag \"%.*s\" changes nothing here", STR_ARG(word));
}

/* The last line of a rule counts. */
static void
set_flags(struct draft *draft)
{
	const struct vec *lines = draft_lines(draft, "tflags");
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		all |= (unsigned)flags[i].flag;
	for (size_t i = 0; i < lines->len; i++) {
		struct str line = *(struct str *)vec_at(lines, i), word;
		struct draft_rule *rule = draft_find(draft,
		    sa_cut_word(&line));

		if (rule == NULL)
			continue;
		rule->flags &= ~all;
		rule->max_hits = 0;
		while ((word = sa_cut_word(&line)).len != 0)
			set_flag(draft, rule, word);
	}
}

/* --- scores ---------------------------------------------------------------------- */

static void
set_default_score(struct draft_rule *rule)
{
	double score = str_has_prefix_nocase(rule->name, STR("T_")) ? 0.01 :
	    1.0;

	if (rule->flags & RULE_NICE)
		score = -score;
	for (size_t i = 0; i < ARRAY_LEN(rule->score); i++)
		rule->score[i] = score;
	rule->has_score = true;
}

/* A score or a description of a rule that no file has. */
static void
note_without_test(struct draft *draft, const struct draft_rule *rule)
{
	if (rule->has_score || rule->description.len != 0)
		draft_note(draft, DRAFT_PASSED_OVER, rule->origin, rule->name,
		    "a score or a description, but no file has a rule of this "
		    "name");
}

static bool
is_caught(const struct draft *draft, struct str name)
{
	for (size_t i = 0; i < draft->rules.len; i++)
		if (caught_is_by(*(struct draft_rule **)
		    vec_at(&draft->rules, i), name))
			return true;
	return false;
}

/* What no rule catches may be one of SpamAssassin's own tags. */
static void
note_not_caught(struct draft *draft, const struct draft_rule *rule)
{
	struct str pattern, name;
	size_t at = 0, begin;

	if (rule->test.kind != DRAFT_CALL ||
	    !str_is(rule->test.call, "check_caught") ||
	    rule->test.args.len <= CAUGHT_PATTERN)
		return;
	pattern = *(struct str *)vec_at(&rule->test.args, CAUGHT_PATTERN);
	while (caught_next(pattern, &at, &begin, &name))
		if (!is_caught(draft, name))
			draft_note(draft, DRAFT_UNSUPPORTED, rule->origin,
			    rule->name, "no rule catches %%{%.*s}: it never "
			    "hits", STR_ARG(name));
}

static void
finish_rule(struct draft *draft, struct draft_rule *rule)
{
	if (!(rule->flags & RULE_SPAMASSASSIN)) {
		if (rule->test.kind == DRAFT_NONE)
			note_without_test(draft, rule);
		return;
	}
	if (rule->name.len >= 2 && memcmp(rule->name.data, "__", 2) == 0)
		rule->flags |= RULE_INNER;
	if (!rule->has_score)
		set_default_score(rule);
	note_not_caught(draft, rule);
}

void
sa_finish(struct draft *draft)
{
	sa_replace_tags(draft);
	draft->sa_reading = sa_reading_new(draft);
	set_flags(draft);
	for (size_t i = 0; i < draft->rules.len; i++)
		finish_rule(draft,
		    *(struct draft_rule **)vec_at(&draft->rules, i));
}
