/* SPDX-License-Identifier: ISC */
/* dmarc_letter.h - for tests: a message before the check dmarc. */
#ifndef TESTS_DMARC_LETTER_H
#define TESTS_DMARC_LETTER_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/chain.h"

struct arena;
struct conf;
struct dns_source;
struct finding;
struct txn;
struct verdict;

/* The site: authserv_id mx, the domain ours.example with strict@ (and class
 * strict: dmarc_on_reject refuse), mild@ (dmarc_on_reject quarantine) and open@
 * (dmarc_on_quarantine accept), strict.example of that class, signing_networks
 * 198.51.100.0/24, trusted_relays 198.18.0.0/24, trusted_forwarders
 * 203.0.113.0/24 mx.alumni.example *.forward.example signer.example.
 * The DNS: bank.example and bücher.example ask for reject, soft.example for
 * quarantine, watch.example and evil.example for none; test.example for reject
 * and test2.example for quarantine, both in test mode; shop.example for none
 * and np=reject (www.shop.example exists); silent.example and lame.bank.example
 * do not answer; others have no record. */
#define BANK "From: Bank <service@bank.example>\n"
#define LIST "List-Id: Talk <talk.lists.club.example>\n"
#define EVIL "pass evil.example"

/* What became of the checks spf and dkim. */
enum neighbour { ON, OFF, FAILS };

/* From a stranger at 192.0.2.1, if nothing else is said. */
struct letter {
	const char *settings;	/* of the check; NULL: "" */
	const char *headers;	/* "Name: value\n…" */
	const char *spf, *dkim;	/* dmarc_bench.h; NULL: no facts */
	enum neighbour spf_is, dkim_is;
	const char *client, *name, *login;
	const char *rcpt;	/* NULL: joe@ours.example */
	const char *more_rcpts[3];
	bool is_too_large;
};

struct neighbour_settings {
	struct check_common common;
	const char *facts;	/* dmarc_bench.h */
	bool fails;
};

struct post {
	struct arena *arena;
	struct conf *conf;
	struct dns_source *dns;
	struct txn *txn;
	struct chain *chain;
	struct neighbour_settings spf, dkim;
	struct chain_entry entries[3];
};

/* Take it through all stages, with the answers at hand. */
void dmarc_letter_begin(struct post *post, const struct letter *letter);
void dmarc_letter_end(struct post *post);

/* The finding number i of the check dmarc, or NULL. */
const struct finding *dmarc_letter_finding(struct post *post, size_t i);

/* Its first one and the override: "fail refuse", "fail junk mailing_list". */
const char *dmarc_letter_outcome(struct post *post);

/* What the message comes to, the direction being known. */
const struct verdict *dmarc_letter_verdict(struct post *post);

#endif
