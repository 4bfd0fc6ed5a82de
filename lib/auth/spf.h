/* SPDX-License-Identifier: ISC */
/* spf.h - may this client send mail of this domain (RFC 7208)? */
#ifndef AUTH_SPF_H
#define AUTH_SPF_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "mail/finding.h"
#include "mail/netlist.h"

struct arena;
struct dns_view;

/* RFC 7208 4.6.4. */
#define SPF_TERMS_MAX 10	/* that ask the DNS, over all records */
#define SPF_VOIDS_MAX 2		/* of these without any answer */
#define SPF_NAMES_MAX 10	/* of one mx; of one ptr the rest is ignored */

/* One identity of one client (2.3, 2.4). For HELO, and for the null sender, the
 * local part is "postmaster" and the domain what HELO gave. */
struct spf_query {
	struct netaddr client;
	struct str helo;	/* "" when none was given */
	struct str local;	/* "": postmaster */
	struct str domain;
	const char *receiver;	/* %{r}: our own name */
	int64_t now_ms;		/* %{t} */
};

struct spf_verdict {
	/* none: no record, or a domain that cannot have one; neutral, pass,
	 * fail, softfail; permerror: the records cannot be used, or go beyond
	 * a limit; temperror: no answer of the DNS. */
	enum result result;
	struct str domain;	/* that was judged: the query's */
	/* Why, for people: "-all of example.org", "ip4:192.0.2.0/24 of
	 * _spf.example.net, included by example.org", "the DNS is silent about
	 * example.org". What strangers wrote in it is printable ASCII. */
	const char *reason;
	/* What the domain says to those it refuses (6.2): printable ASCII, at
	 * most 500 bytes; NULL: it says nothing, or the result is not fail. */
	const char *explanation;
};

/* An evaluation under way; lives in the arena. */
struct spf;

/* Begin; *query is copied, the texts in it must stay. The domain may be any
 * bytes: what is no domain name (domain_canonical()) of at least two labels
 * (4.3) has result none; U-labels are judged as A-labels (RFC 8616 4). */
struct spf *spf_new(struct arena *arena, struct dns_view *dns,
    const struct spf_query *query);

/* The verdict, or NULL: answers are missing, and all of them that can be named
 * by now have been asked for. Restartable: call it again when an answer has
 * come. Once there, the verdict stays. Pure besides the questions. */
const struct spf_verdict *spf_judge(struct spf *spf);

#endif
