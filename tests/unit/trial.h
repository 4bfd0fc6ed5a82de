/* SPDX-License-Identifier: ISC */
/* trial.h - for tests: one check over one transaction that a table describes. */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct check;
struct finding;
struct findings;
struct txn;

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

#endif
