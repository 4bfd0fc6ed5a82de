/* SPDX-License-Identifier: ISC */
/* inquiry_private.h - the thread, and a question under way as it sees it. */
#ifndef DIRECTORY_INQUIRY_PRIVATE_H
#define DIRECTORY_INQUIRY_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "directory/inquiry.h"

struct inquiry {
	pthread_t thread;
	int fd;				/* eventfd: something is in the queue */
	_Atomic int64_t generation, seen_ms;
	_Atomic int64_t slow_until_ms;	/* before it no asker asks himself */
	atomic_bool is_awake;		/* the thread has in_use, or wants it */
	/* Under the lock. */
	pthread_mutex_t lock;
	struct inquiry_call *first, **last;
	size_t count;
	bool is_closing;
	char *trouble;			/* NULL: none */
	/* Of who has in_use: the thread while it does not sleep, or an asker. */
	pthread_mutex_t in_use;
	struct directory *directory;
	int64_t retry_ms;		/* before it nothing is tried */
	/* Of the thread alone. */
	int64_t look_ms;		/* the next look for changes */
	size_t batch_left;		/* questions of the transaction that is
					 * under way; 0: there is none */
	int64_t batch_generation;
};

struct inquiry_call {
	atomic_uint references;		/* the asker's, and the thread's */
	_Atomic(const struct inquiry_answer *) answer;
	struct arena *arena;		/* of the words, then of the answer */
	struct wait *wait;		/* a reference; NULL: nobody waits */
	const struct inquiry_question *question;
	const char *const *words;
	int64_t deadline_ms;
	struct inquiry_call *next;	/* in the queue */
};

/* With two references; the thread's ends with one of the two below. Nobody
 * waits yet. */
struct inquiry_call *inquiry_call_new(const struct inquiry_question *question,
    const char *const *words, int64_t deadline_ms);
void inquiry_call_done(struct inquiry_call *call, const void *data,
    int64_t generation);
void inquiry_call_fail(struct inquiry_call *call, const char *why);
/* Is the asker gone? */
bool inquiry_call_is_forgotten(const struct inquiry_call *call);

/* Answer it here and now, where nobody has to be waited for. False: it is the
 * thread's (inquiry_now.c). */
bool inquiry_call_try(struct inquiry *inquiry, struct inquiry_call *call);

#endif
