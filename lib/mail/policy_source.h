/* SPDX-License-Identifier: ISC */
/* policy_source.h - a policy source as policy.c reads it, ready made. */
#ifndef MAIL_POLICY_SOURCE_H
#define MAIL_POLICY_SOURCE_H

#include "base/vec.h"
#include "mail/limit.h"
#include "mail/policy.h"

struct map;

#define POLICY_LEVELS 4		/* global, domain, class, user */

/* The `limits` of one section. */
struct policy_limits {
	const char *origin;		/* "class staff" */
	size_t count;
	const struct policy_limit {
		const char *name;
		struct limit limit;
	} *items;
};

/* Values with their origins. struct policy points to the first member, from
 * where policy_origin() finds the second. */
struct policy_effective {
	struct policy_values values;
	const char *const *origins;	/* one for each of policy_rows */
	/* Of each level, the weakest first; NULL: it has none. Those of a
	 * class are shared by its users. */
	const struct policy_limits *limits[POLICY_LEVELS];
};

struct policy_domain {
	struct str name;		/* "example.org", "*.example.org" */
	bool is_local;
	const char *class_name;
	const struct policy_effective *effective;
	const struct policy_key *keys;
	size_t key_count;
};

struct policy_source {
	char delimiter;
	struct map *domains;	/* policy_domain, by "example.org" or, for
				 * *.example.org, ".example.org" */
	struct map *people;	/* policy of users and aliases, by canonical
				 * address */
	const struct policy_effective *global;
	struct vec key_domains;	/* const struct policy_domain * with keys */
};

/* Of `limits` all levels count, name by name: nothing is copied. */
void policy_copy_value(struct policy_values *to,
    const struct policy_values *from, const struct setting *row);

/* The section that stands for a domain; NULL: none. */
const struct policy_domain *policy_domain_find(
    const struct policy_source *source, struct str domain);

#endif
