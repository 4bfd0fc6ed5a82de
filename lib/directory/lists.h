/* SPDX-License-Identifier: ISC */
/* lists.h - what a daemon reads of the directory as a whole.
 *
 * Access entries and throttles hold for everybody, or for whole classes, and
 * keys for domains: they are few beside the users, access entries and throttles
 * LISTS_MAX at most, and are read when one of them has changed.
 */
#ifndef DIRECTORY_LISTS_H
#define DIRECTORY_LISTS_H

#include <stdint.h>

#include "base/vec.h"

/* So many objects of one kind: more have their place in files (sender_map). */
#define LISTS_MAX 10000

struct inquiry;
struct inquiry_call;
struct wait;

/* Immutable, counted by reference; any thread. */
struct lists {
	/* const struct directory_object *, by their names. */
	const struct vec *accesses, *throttles, *dkim_keys;
};

/* Ask for them: inquiry.h has it how. */
struct inquiry_call *lists_ask(struct inquiry *inquiry, int64_t deadline_ms,
    struct wait *wait);
/* The same, when they are not these that are known; NULL: none are. */
struct inquiry_call *lists_ask_newer(struct inquiry *inquiry,
    const struct lists *known, int64_t deadline_ms, struct wait *wait);
/* When the call has its answer: of it, with one reference; the call is then the
 * lists'. NULL, and the call the caller's: there is none, for the reason in
 * *error_r, or, without a reason, those that are known still hold. */
struct lists *lists_take(struct inquiry_call **call, const char **error_r);

struct lists *lists_ref(struct lists *lists);
void lists_unref(struct lists **lists);

#endif
