/* SPDX-License-Identifier: ISC */
/* spf_macro.h - the macro strings of SPF records (RFC 7208 7). */
#ifndef AUTH_SPF_MACRO_H
#define AUTH_SPF_MACRO_H

#include <stdbool.h>

#include "base/str.h"

struct arena;
struct spf_query;

/* Where a macro string stands: in a domain-spec it ends in a macro or a top
 * label; in the text of an explanation blanks and %{c} %{r} %{t} may stand. */
enum spf_macro_place {
	SPF_IN_DOMAIN,		/* domain-spec */
	SPF_IN_MODIFIER,	/* an unknown modifier's macro-string */
	SPF_IN_EXPLANATION,	/* what exp= leads to */
};

/* Is the macro string right for its place (7.1, 12)? 0, or -1 with the reason.
 * In an explanation any byte beyond ASCII is wrong (6.2). */
int spf_macro_check(struct arena *arena, struct str text,
    enum spf_macro_place place, const char **error_r);

/* Does expanding it need the validated name of the client, %{p}? */
bool spf_macro_wants_name(struct str text);

/* What macros stand for. */
struct spf_macro_facts {
	const struct spf_query *query;	/* spf.h */
	struct str domain;		/* %{d}: the current <domain> */
	struct str name;		/* %{p}; data NULL: "unknown" */
};

/* No expansion is longer. */
#define SPF_EXPANSION_MAX 65536

/* Expand a checked string; any byte of the query may come out (a local part is
 * what its sender wrote). What goes beyond SPF_EXPANSION_MAX is cut off at the
 * right: enough for an explanation, but a name is for spf_macro_domain(). Arena
 * text, not NUL-terminated. */
struct str spf_macro_expand(struct arena *arena, struct str text,
    const struct spf_macro_facts *facts);

/* The same for a domain-spec, made a name to ask for: labels cut from the left
 * until it has at most 253 bytes (7.3), final dot cut; however long the whole
 * would be, only its end is made. It may still be no name (empty, empty labels,
 * odd bytes, a label over 63). Arena text or a slice of text. */
struct str spf_macro_domain(struct arena *arena, struct str text,
    const struct spf_macro_facts *facts);

#endif
