/* SPDX-License-Identifier: ISC */
/* trial.h - for tests: one check over one transaction that a table describes. */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_held.h"
#include "mail/txn.h"

struct arena;
struct chain;
struct check;
struct conf;
struct finding;
struct findings;

struct trial {
	const char *settings;	/* inside of the check's section; NULL: "" */
	const char *zone;	/* zone.h; NULL: an empty one */
	const char *client;	/* the address; NULL: none */
	const char *helo;
	const char *login;	/* known from MAIL on */
	const char *mail_from;	/* address or not; NULL: the null sender */
	bool is_local;
	const char *headers;	/* "Name: value\n…"; NULL: none */
};

/* The site's configuration: host_id mx.example.org, authserv_id
 * auth.example.org, the domain example.org, signing_networks 198.51.100.0/24,
 * trusted_relays 198.18.0.0/24. */

/* Take the check through all stages with the answers at hand; its one finding.
 * The pointer lives as long as the arena. */
const struct finding *trial_run(struct arena *arena, const struct check *check,
    const struct trial *trial);

/* The same for a check with any number of findings, and what it found out. */
const struct findings *trial_findings(struct arena *arena,
    const struct check *check, const struct trial *trial,
    const struct txn **txn_r);

/* A trial step by step, whose answers come when the test says so; its zone is
 * not looked at. */
struct trial_steps {
	const struct trial *trial;
	struct arena *arena;
	struct conf *conf;
	struct dns_held dns;
	struct txn *txn;
	struct chain *chain;
	enum stage next;
};

void trial_begin(struct trial_steps *steps, const struct check *check,
    const struct trial *trial);
void trial_end(struct trial_steps *steps);

/* Take the check to the end of a stage; does it wait? */
bool trial_reach(struct trial_steps *steps, enum stage stage);

/* Let it look at the answers that have come; does it wait? */
bool trial_waits(struct trial_steps *steps);

/* Its finding number i. */
const struct finding *trial_finding(const struct trial_steps *steps, size_t i);

#endif
