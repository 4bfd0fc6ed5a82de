/* SPDX-License-Identifier: ISC */
/* rest.c - what a session gives back while it waits for its next command. */
#include "milter/rest.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* What madvise() may need below us. */
#define REST_FRAME_SIZE 1024
#define REST_PAGE_SIZE 4096
#define REST_TRIM_AFTER 64

/* The heap is the process's, and so is the count of those that want none. */
static atomic_size_t resting;
static atomic_size_t rests;

void
rest_init(struct rest *rest)
{
	pthread_attr_t attr;
	void *stack = NULL;
	size_t size;

	rest->lowest = UINTPTR_MAX;
	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return;
	/* Guard pages are not counted. */
	pthread_attr_getstack(&attr, &stack, &size);
	pthread_attr_destroy(&attr);
	rest->lowest = (uintptr_t)stack;
}

/* A message touches far more of the stack than sleeping does. Never inlined:
 * the frame whose address is taken must lie below all that is in use. */
static void __attribute__((noinline))
release_stack(const struct rest *rest)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t end = (here - REST_FRAME_SIZE) &
	    ~(uintptr_t)(REST_PAGE_SIZE - 1);

	if (rest->lowest < end)
		madvise((void *)rest->lowest, end - rest->lowest,
		    MADV_DONTNEED);
}

/* What sessions have freed, malloc keeps for the next message. */
void
rest_begin(const struct rest *rest, size_t sessions)
{
	size_t count = atomic_fetch_add(&resting, 1) + 1;

	if ((atomic_fetch_add(&rests, 1) + 1) % REST_TRIM_AFTER == 0 ||
	    count == sessions)
		malloc_trim(0);
	release_stack(rest);
}

void
rest_end(void)
{
	atomic_fetch_sub(&resting, 1);
}
