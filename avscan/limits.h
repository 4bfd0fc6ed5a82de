/* SPDX-License-Identifier: ISC */
/* limits.h - how far a worker goes. */
#ifndef AVSCAN_LIMITS_H
#define AVSCAN_LIMITS_H

#include <stdint.h>

/* Of a process, from its start to its end. */
struct worker_limits {
	uint64_t memory;	/* bytes beyond what it has at its start */
	uint64_t cpu_s;
};

/* Of one file. */
struct file_limits {
	uint64_t size;		/* bytes; what is larger is not read */
	uint64_t unpacked;	/* bytes, of all that lies in it */
	uint64_t ratio;		/* claimed size : packed size */
	uint32_t entries;
	uint32_t depth;
	uint32_t text;		/* bytes of what people read */
};

#endif
