/* SPDX-License-Identifier: ISC */
/* spf_record.h - SPF records, read as strictly as RFC 7208 5, 6, 12 say. */
#ifndef AUTH_SPF_RECORD_H
#define AUTH_SPF_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "mail/finding.h"
#include "mail/netlist.h"

struct arena;
struct dns_answer;

enum spf_mechanism {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
};

/* One directive: a mechanism with its qualifier. */
struct spf_term {
	enum spf_mechanism mechanism;
	enum result result;	/* what a match gives, by its qualifier */
	struct str text;	/* as it stands in the record */
	/* A checked macro string (spf_macro.h); data NULL: none was given,
	 * the current domain is meant. */
	struct str domain_spec;
	uint8_t prefix4, prefix6;	/* 32 and 128 if absent */
	/* ip4 (len 4), ip6 (len 16, also when it is IPv4-mapped: no client
	 * is in it then, for theirs are stored as IPv4). Bits beyond the
	 * prefix may be set. */
	struct netaddr network;
};

/* A record that is right in all its terms. Slices are of the text parsed. */
struct spf_record {
	struct vec terms;	/* struct spf_term, in order, those behind
				 * "all" too */
	struct str redirect;	/* domain-spec; data NULL: none */
	struct str exp;		/* domain-spec; data NULL: none */
};

/* Does the text begin with the version section (4.5): "v=spf1", in any case,
 * and then a blank or nothing? */
bool spf_record_is(struct str text);

/* Parse a record for which spf_record_is(). All of it is read before any of it
 * is used (4.6): one bad term spoils it, also behind "all". text must outlive
 * *record_r. 0, or -1 with the reason, which quotes the term. */
int spf_record_parse(struct arena *arena, struct str text,
    struct spf_record *record_r, const char **error_r);

#endif
