/* SPDX-License-Identifier: ISC */
/* ruleset.h - rules put together, and a message judged by them. */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"
#include "rules/draft.h"
#include "rules/lane.h"

struct arena;
struct ruleset;
struct view;

/* Which of the four scores counts: with network tests 1, with Bayes 2. */
#define RULES_WITH_NET 1u
#define RULES_WITH_BAYES 2u

struct ruleset_options {
	const char *cache_directory;	/* of lanes; NULL: none, PCRE2 alone */
	unsigned score_set;		/* RULES_WITH_... */
	unsigned match_limit;		/* steps of one match */
	size_t max_text;		/* octets of one text that are looked at */
};
extern const struct ruleset_options ruleset_default_options;

/* Put a draft together: names resolved, expressions ordered (rules that refer in
 * circles, or to what does not exist, are noted in draft and left out, as are
 * patterns that do not compile), patterns gathered into lanes by place. Takes
 * over draft and arena; immutable and counted by reference from then on. What
 * does not load is never an error of the whole: the notes tell. */
struct ruleset *ruleset_new(struct arena **arena, struct draft *draft,
    const struct ruleset_options *options);
struct ruleset *ruleset_ref(struct ruleset *ruleset);
void ruleset_unref(struct ruleset **ruleset);

/* What it was made of: all rules that loaded, notes. */
const struct draft *ruleset_draft(const struct ruleset *ruleset);
size_t ruleset_count(const struct ruleset *ruleset);
/* Of one of its draft's rules: is it in force (not left out, nor off), and what
 * does it give when it hits? */
bool ruleset_has(const struct ruleset *ruleset,
    const struct draft_rule *rule);
double ruleset_score(const struct ruleset *ruleset,
    const struct draft_rule *rule);
/* Was a folder for its databases named? */
bool ruleset_has_cache(const struct ruleset *ruleset);
/* Its lanes; and the state in which they loaded, with words for people. */
struct lanes *ruleset_lanes(const struct ruleset *ruleset);
enum lanes_state ruleset_state(const struct ruleset *ruleset,
    const char **words_r);

/* One rule that hit. */
struct rule_hit {
	const struct draft_rule *rule;
	double value;		/* how often */
	double score;		/* what it gives: 0 in a dry run, less where its
				 * group's cap was reached */
	struct str found;	/* what matched first, where asked for; data
				 * NULL */
};

struct rules_result {
	struct vec hits;	/* struct rule_hit, in the order of the rules,
				 * without inner ones */
	struct vec inner;	/* the same of those, where asked for */
	struct vec limited;	/* const struct draft_rule *: their answers
				 * matter, took too long, and are not known */
	bool is_cut;		/* a text is longer than max_text: the rest of
				 * it was not looked at */
	double score;
};

/* What `rules test` and comparisons want to see besides: inner rules that hit, and
 * what matched (each pattern that hit is asked once more). */
#define RULES_TELL_INNER 1u
#define RULES_TELL_FOUND 2u

/* Judge a message. told: RULES_TELL_... The result lives in the arena of view. Any
 * thread. */
void rules_judge(struct ruleset *ruleset, struct view *view, unsigned told,
    struct rules_result *result_r);

#endif
