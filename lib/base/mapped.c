/* SPDX-License-Identifier: ISC */
/* mapped.c - how much address space this process has taken. */
#include "base/mapped.h"

#include <stdio.h>
#include <unistd.h>

uint64_t
mapped_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
