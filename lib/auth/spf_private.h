/* SPDX-License-Identifier: ISC */
/* spf_private.h - what the files of the SPF evaluation share. */
#ifndef AUTH_SPF_PRIVATE_H
#define AUTH_SPF_PRIVATE_H

#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "auth/spf_record.h"
#include "base/vec.h"
#include "dns/dns.h"

struct map;

/* What the answers present say. */
enum spf_fact {
	SPF_UNKNOWN,		/* asked for, not there yet */
	SPF_YES,
	SPF_NO,
	SPF_FAULT,		/* temperror */
	SPF_BROKEN,		/* permerror */
};

/* A term of a record that a walk can meet. What is here outlives the run, and
 * each answer to anybody in the transaction makes a run: it is worked out once
 * and kept, so that a run allocates next to nothing, and reads no long text. */
struct spf_step {
	const struct spf_term *term;	/* NULL: a modifier */
	struct str domain_spec;		/* data NULL: the current domain */
	bool wants_name;		/* it has %{p} in it */
	/* It matches this client, whatever the DNS says: all, ip4, ip6. */
	bool is_sure;
	bool is_asked;			/* for it something was asked */
	/* Once is_named: what the macros gave, and the same in canonical form
	 * (dns_name.h), to ask for; data NULL: it is no name. */
	bool is_named;
	struct str domain, name;
	struct spf_page *target;	/* see spf_step_target() */
};

/* As many steps as there are terms that ask the DNS in an evaluation, one more
 * at which it fails, and a sure one. */
#define SPF_STEPS_MAX (SPF_TERMS_MAX + 2)

/* The record of one domain for this client. */
struct spf_page {
	struct str domain;	/* <domain>, as it was written */
	struct str name;	/* in canonical form; data NULL: it is none */
	/* Has it a record that is right? SPF_UNKNOWN: not known yet. */
	enum spf_fact fact;
	const char *reason;	/* why not */
	struct spf_step steps[SPF_STEPS_MAX];	/* the redirect is the last */
	size_t step_count;
	struct spf_step exp;		/* domain_spec.data NULL: none */
};

struct spf {
	struct arena *arena;
	struct dns_view *dns;
	struct spf_query query;
	struct str reverse;	/* of the client's names; data NULL: not made */
	struct map *pages;	/* struct spf_page, by domain */
	struct spf_page *root;
	unsigned ahead;		/* terms asked ahead so far */
	/* Whose record decided at the top, NULL: not known yet. */
	struct spf_page *decider;
	/* The explanation, once is_exp_read; data NULL: none that is right. */
	bool is_exp_read, exp_wants_name;
	struct str exp_text;
	bool is_judged;
	struct spf_verdict verdict;
};

/* The canonical form of a name in which no byte is an escape; data NULL: it
 * cannot stand in the DNS, is the root, or has bytes beyond ASCII. */
struct str spf_name(struct arena *arena, struct str text);

/* "the DNS is silent about NAME", "the DNS fails for NAME". */
const char *spf_fault_reason(struct spf *spf, const struct dns_answer *answer,
    struct str name);

/* Has the client this address, as far as the prefix goes? */
bool spf_client_is(const struct spf *spf, const struct dns_record *record,
    uint8_t prefix);

/* Addresses of the client's family. */
enum dns_type spf_address_type(const struct spf *spf);

/* The names of the client (5.5): SPF_YES if one of the first ten that is the
 * domain or below it leads back to the client. *is_void_r: it has no name. */
enum spf_fact spf_client_is_named(struct spf *spf, struct str domain,
    bool *is_void_r);

/* %{p} (7.3): false while answers are missing. data NULL: unknown. */
bool spf_client_name(struct spf *spf, struct str domain, struct str *name_r);

/* The page of this domain; its record is read by spf_page_read(). */
struct spf_page *spf_page_get(struct spf *spf, struct str domain);

/* page->fact, after a look at the answers present. */
enum spf_fact spf_page_read(struct spf *spf, struct spf_page *page);

/* What macros of this page stand for; false while %{p}, if that is wanted, is
 * not known. */
bool spf_page_facts(struct spf *spf, const struct spf_page *page,
    bool wants_name, struct spf_macro_facts *facts_r);

struct spf_match {
	enum spf_fact fact;
	bool is_void;		/* the DNS had nothing (4.6.4) */
	/* SPF_FAULT, SPF_BROKEN: the answer that made it so, about whom. */
	const struct dns_answer *answer;
	struct str name;
};

/* Give it its name (4.8); false while %{p} is unknown. */
bool spf_step_name(struct spf *spf, const struct spf_page *page,
    struct spf_step *step);

/* Does it match? Not for include and redirect. */
struct spf_match spf_step_match(struct spf *spf, const struct spf_page *page,
    struct spf_step *step);

/* Why it is SPF_FAULT or SPF_BROKEN. */
const char *spf_match_reason(struct spf *spf, const struct spf_match *match);

/* Does it lead to another record, and to which? NULL: not known yet. */
bool spf_step_leads(const struct spf_step *step);
struct spf_page *spf_step_target(struct spf *spf, const struct spf_page *page,
    struct spf_step *step);

/* Ask for all that can be named by now and may be needed. */
void spf_ask_ahead(struct spf *spf);

/* Walk the records from the root on: false while answers are missing; else
 * result and reason of the verdict, and, if that is no error, the decider. */
bool spf_walk(struct spf *spf);

/* The explanation of the verdict, by the decider's record (6.2): false while
 * answers are missing. */
bool spf_explain(struct spf *spf);

#endif
