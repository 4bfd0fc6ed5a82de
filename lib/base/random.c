/* SPDX-License-Identifier: ISC */
/* random.c - random bytes from the kernel. */
#include "base/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void
random_bytes(void *data, size_t len)
{
	char *at = data;

	while (len != 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			perror("getrandom");
			abort();
		}
		at += got;
		len -= (size_t)got;
	}
}
