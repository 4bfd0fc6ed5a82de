/* SPDX-License-Identifier: ISC */
/* inquiry_private.h - a question under way, as the thread sees it. */
#ifndef DIRECTORY_INQUIRY_PRIVATE_H
#define DIRECTORY_INQUIRY_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "directory/inquiry.h"

struct inquiry_call {
	atomic_uint references;		/* the asker's, and the thread's */
	_Atomic(const struct inquiry_answer *) answer;
	struct arena *arena;		/* of the words, then of the answer */
	struct wait *wait;		/* NULL: nobody waits */
	const struct inquiry_question *question;
	const char *const *words;
	int64_t deadline_ms;
	struct inquiry_call *next;	/* in the queue */
};

/* With two references; the thread's ends with one of the two below. */
struct inquiry_call *inquiry_call_new(const struct inquiry_question *question,
    const char *const *words, int64_t deadline_ms, struct wait *wait);
void inquiry_call_done(struct inquiry_call *call, const void *data,
    int64_t generation);
void inquiry_call_fail(struct inquiry_call *call, const char *why);
/* Is the asker gone? */
bool inquiry_call_is_forgotten(const struct inquiry_call *call);

#endif
