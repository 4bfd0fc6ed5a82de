/* SPDX-License-Identifier: ISC */
/* must.h - memory that has to be there. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stdlib.h>

/* What malloc() and its like gave; without memory the process ends. */
static inline void *
must(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

#endif
