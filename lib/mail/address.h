/* SPDX-License-Identifier: ISC */
/* address.h - mail addresses in envelopes and in header fields. */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

struct arena;

/* local@domain. The local part keeps its bytes (unquoted); the domain is in
 * lower case, U-labels as A-labels (IDNA 2008, UTS 46), or an address literal
 * with its brackets.
 * domain "" for a local part alone (postmaster, sendmail's user). */
struct address {
	struct str local;
	struct str domain;
	struct str display;	/* display name, unquoted, RFC 2047 untouched */
	bool has_route;		/* a source route stood there and was cut */
	bool has_gap;		/* so did blanks or comments, around its dots
				 * or its "@" (RFC 5322 4.4); lists only */
};

/* Why a careless reader may take it for another address, for people: "a source
 * route". NULL: nobody can. Nobody writes such addresses but to deceive. */
const char *address_oddity(const struct address *address);

/* An envelope address as the milter or policy protocol gives it: with or
 * without <>, a source route (RFC 5321 4.1.1.3) is cut. "" and "<>" give an
 * empty local part and domain. 0, or -1 with the reason, and *address_r is as
 * for "". */
int address_parse_path(struct arena *arena, struct str path,
    struct address *address_r, const char **error_r);

/* The addresses of From, Sender, To, …: RFC 5322 address-list with its obsolete
 * forms, comments, groups, folds. Appends struct address to list (which was
 * initialised for that); stops at most_count addresses and leaves the rest
 * unread. 0, or -1 with the reason when the value does not parse to its end:
 * what parsed is in list, but another reader may see another address, so
 * nobody may be taken for the author by it.
 * Taken beyond the grammar, because no two readers differ on it: dots anywhere
 * in a local part, a local part alone (domain ""), "a@b <a@b>" with the same
 * address twice, an encoded word with a comma or colon inside. */
int address_parse_list(struct arena *arena, struct str value, size_t most_count,
    struct vec *list, const char **error_r);

/* "local@domain", the local part quoted where it must be. Arena text. */
struct str address_print(struct arena *arena, const struct address *address);

/* The one canonical form for keys and comparison: lower case (ASCII), the
 * extension behind delimiter ('+'; 0: none) cut. Arena text. */
struct str address_canonical(struct arena *arena, const struct address *address,
    char delimiter);

/* A domain in lower case without final dot, U-labels as A-labels. 0, or -1:
 * it cannot be a domain name (empty labels, labels over 63 or all over 253
 * bytes, bytes other than letters, digits, '-', '_', U-labels that IDNA does
 * not allow). Arena text. */
int domain_canonical(struct arena *arena, struct str domain,
    struct str *canonical_r);

/* How many labels it has: 2 in "example.org", 1 in "" and "org". */
size_t domain_labels(struct str domain);

/* A canonical domain as people see it, with U-labels; itself where there are
 * none, or they cannot be. */
struct str domain_shown(struct arena *arena, struct str canonical);

/* Is domain equal to pattern, or below it when pattern is "*.example.org"? */
bool domain_matches(struct str domain, struct str pattern);
/* Is domain equal to parent or below it? */
bool domain_is_within(struct str domain, struct str parent);

#endif
