/* SPDX-License-Identifier: ISC */
/* sa_eval.h - what the eval: tests of SpamAssassin share. */
#ifndef RULES_CALL_SA_EVAL_H
#define RULES_CALL_SA_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/call.h"
#include "rules/pattern.h"
#include "rules/place/sa_private.h"
#include "rules/view.h"

#define SA_ARGS_MAX 6

/* The arguments of a test. */
struct sa_args {
	size_t count;
	struct str texts[SA_ARGS_MAX];
	/* Those that are numbers; of "undef", "inf" and absent ones an endless
	 * one, so that a bound that is not there bounds nothing. */
	double least[SA_ARGS_MAX], most[SA_ARGS_MAX];
	const struct pattern *pattern;	/* see sa_prepare_pattern() */
};

/* For struct call's prepare. The second: the last argument is a regular
 * expression, where there are `pattern_at` others in front of it. */
int sa_prepare_args(const struct call_setup *setup, void **prepared_r,
    const char **error_r);
int sa_prepare_pattern(const struct call_setup *setup, size_t pattern_at,
    void **prepared_r, const char **error_r);
/* One more expression. NULL with the reason. */
const struct pattern *sa_pattern(const struct call_setup *setup,
    const char *text, unsigned flags, const char **error_r);

/* What matches of these tests need. */
struct pattern_scratch *sa_scratch(struct view *view);
/* Does it match in text? */
bool sa_matches(struct view *view, const struct pattern *pattern,
    struct str text);
/* The same, and what its first group caught. */
bool sa_catches(struct view *view, const struct pattern *pattern,
    struct str text, struct str *caught_r);

/* Is `what` in text; the second without regard to case, what in lower case. */
bool sa_has(struct str text, const char *what);
bool sa_has_nocase(struct view *view, struct str text, const char *what);
/* White space as one blank. */
struct str sa_squeeze(struct view *view, struct str text);
/* The first address of a field, or "": "from", "reply-to", "envelopefrom". */
struct str sa_address_of(struct view *view, const char *field);
/* Everybody whom the message names as its sender, or as a recipient: struct str,
 * lower case, each once. */
const struct vec *sa_senders(struct view *view);
const struct vec *sa_recipients(struct view *view);
/* Is text like the pattern, in which "*" stands for any text and "?" for any
 * character? Both lower case. within: "*" stands for no dot. */
bool sa_is_like(struct str text, struct str pattern, bool within);
/* Behind the last "@", lower case. */
struct str sa_domain_of(struct arena *arena, struct str address);
/* The registrable domain of a host. */
struct str sa_registrable(const struct view *view, struct str host);
/* An IPv4 address in dotted form? */
bool sa_is_ipv4(struct str text);

#endif
