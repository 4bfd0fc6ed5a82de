/* SPDX-License-Identifier: ISC */
/* random.h - random bytes from the kernel. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

/* Fill with bytes fit for keys and ids. Cannot fail: without a random source
 * the process aborts. */
void random_bytes(void *data, size_t len);

#endif
