/* SPDX-License-Identifier: ISC */
/* rest.h - what a session gives back while it waits for its next command. */
#ifndef MILTER_REST_H
#define MILTER_REST_H

#include <stddef.h>
#include <stdint.h>

/* The stack of the thread that runs a session. */
struct rest {
	uintptr_t lowest;	/* its lowest address */
};

/* Of the calling thread, which alone may use *rest. */
void rest_init(struct rest *rest);

/* Around a wait: the pages of the stack that are not in use, and, once all
 * these sessions rest or many have begun to, what malloc keeps, are the
 * system's again. What the caller has on its stack stays. */
void rest_begin(const struct rest *rest, size_t sessions);
void rest_end(void);

#endif
