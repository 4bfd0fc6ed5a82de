/* SPDX-License-Identifier: ISC */
/* policies_shared.h - one set of values for all whose values are the same. */
#ifndef DIRECTORY_POLICIES_SHARED_H
#define DIRECTORY_POLICIES_SHARED_H

#include <stdatomic.h>

#include "base/str.h"
#include "mail/policy_source.h"

/* Immutable, counted by reference. */
struct policies_shared {
	atomic_uint references;
	struct arena *arena;
	struct str key;			/* the same for the same values */
	const struct policy_effective *effective;
	const char *class_name;		/* NULL: none */
};

/* What tells the values and class of a policy from others, origins included.
 * Arena text. */
struct str policies_shared_key(struct arena *arena,
    const struct policy *policy);
/* A copy of these, with one reference. policy is one that stands on a struct
 * policy_effective. */
struct policies_shared *policies_shared_new(struct str key,
    const struct policy *policy);
struct policies_shared *policies_shared_ref(struct policies_shared *shared);
/* A void *, as arena_on_free() has it. */
void policies_shared_unref(void *shared);

#endif
