/* SPDX-License-Identifier: ISC */
/* descriptors.c - as many descriptors as the host allows this process. */
#include "base/descriptors.h"

#include <stdint.h>
#include <sys/resource.h>

#include "base/log.h"

/* More than this nobody needs, and some hosts allow a milliard. */
#define DESCRIPTORS_WANTED 65536

void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max
	    : DESCRIPTORS_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warn(NULL, "the limit on descriptors stays as it is");
}

size_t
descriptors_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur > SIZE_MAX)
		return SIZE_MAX;
	return (size_t)limit.rlim_cur;
}
