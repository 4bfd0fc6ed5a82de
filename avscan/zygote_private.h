/* SPDX-License-Identifier: ISC */
/* zygote_private.h - what the two sides of the zygote agree on. */
#ifndef AVSCAN_ZYGOTE_PRIVATE_H
#define AVSCAN_ZYGOTE_PRIVATE_H

#include <stdint.h>

#include "avscan/limits.h"

#define ZYGOTE_ERROR_MAX 256
/* The zygote remembers so many at a time. */
#define ZYGOTE_WORKERS_MAX 1024

/* With a descriptor: fork; without: kill. */
struct zygote_order {
	uint64_t number;
	struct worker_limits limits;
};

/* The process itself. */
void zygote_run(int fd, const char *(*prepare)(void),
    void (*work)(int fd, const struct worker_limits *limits))
    __attribute__((noreturn));

#endif
