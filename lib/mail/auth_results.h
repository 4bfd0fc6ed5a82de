/* SPDX-License-Identifier: ISC */
/* auth_results.h - Authentication-Results, parsed and written (RFC 8601). */
#ifndef MAIL_AUTH_RESULTS_H
#define MAIL_AUTH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "mail/finding.h"

struct arena;

/* ptype.property=value (RFC 8601 2.2). */
struct auth_property {
	const char *ptype;	/* "header", "smtp", "policy", … */
	const char *property;	/* "d", "mailfrom", "iprev" */
	const char *value;	/* any text: it is quoted where it must be */
};

#define AUTH_PROPERTIES_MAX 6

/* One resinfo. */
struct auth_result {
	const char *method;	/* "dkim", "spf", "iprev" */
	const char *result;	/* the word: "pass" */
	const char *reason;	/* NULL: none */
	const char *comment;	/* NULL: none; shown in parentheses */
	size_t property_count;
	struct auth_property properties[AUTH_PROPERTIES_MAX];
};

/* The value of the field (leading blank, one result a line, folded with LF at
 * 78): authserv_id and the results, or "none" when count is 0 (RFC 8601 2.2).
 * The comment stands behind the result word. No text can end its value or the
 * field: bytes that cannot stand there are written as '?', texts are cut at 400
 * bytes (of an address in a property the local part is), words (method, result,
 * ptype, property) keep letters, digits and hyphens. */
struct str auth_results_write(struct arena *arena, const char *authserv_id,
    const struct auth_result *const *results, size_t count);

/* A field that came from outside. */
struct auth_results {
	struct str authserv_id;		/* unquoted, "" when missing */
	size_t count;
	const struct auth_result *results;	/* 100 at most */
};

/* Parse a value as it stands in the message: folds, comments, quoted strings,
 * version. Words come in lower case; of each result the first comment between
 * its parts and the first AUTH_PROPERTIES_MAX properties are kept; a quoted
 * local part keeps its quotes. 0, or -1 with the reason: the field is
 * malformed. What was read until then (the authserv-id above all) stands in
 * *results_r all the same. */
int auth_results_parse(struct arena *arena, struct str value,
    struct auth_results *results_r, const char **error_r);

/* Must this field from outside be removed, because it is or may be taken for
 * one of ours (RFC 8601 5)? Ids compare without regard to case, final dot,
 * U-labels against A-labels, and bytes beyond ASCII. A malformed field is ours
 * when it has no id, or our id or bytes beyond ASCII anywhere in front of its
 * first ";". */
bool auth_results_is_ours(struct arena *arena, struct str value,
    const char *authserv_id);

#endif
