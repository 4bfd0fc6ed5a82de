/* SPDX-License-Identifier: ISC */
/* walk_case.h - for tests: a tree walk, its zone, and what comes of it. */
#ifndef TESTS_WALK_CASE_H
#define TESTS_WALK_CASE_H

#include <stddef.h>

struct arena;
struct dns_view;

struct walk_case {
	const char *sentence, *domain, *zone;
	const char *says;
	size_t questions;	/* when all answers are there at once */
};

/* One walk, and what comes of it in words; NULL: it waits. */
typedef const char *walk_fn(struct arena *arena, struct dns_view *dns,
    const char *domain);

/* "reject by p= of example.com", "none, WHY", "fault, WHY", "fault, WHY; perhaps
 * reject by sp= of example.com". */
walk_fn walk_policy;
/* "example.com by the walk", "fault". */
walk_fn walk_org;

/* Each case with all answers at once, and with the answers in every order. */
void walk_check(walk_fn *walk, const struct walk_case *cases, size_t count);

#endif
