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
};

/* What tells these values from others, origins included. Arena text. */
struct str policies_shared_key(struct arena *arena,
    const struct policy_effective *effective);
/* A copy of all of it, with one reference. */
struct policies_shared *policies_shared_new(struct str key,
    const struct policy_effective *effective);
struct policies_shared *policies_shared_ref(struct policies_shared *shared);
/* A void *, as arena_on_free() has it. */
void policies_shared_unref(void *shared);

#endif
