/* SPDX-License-Identifier: ISC */
/* worker.h - the process that reads files of strangers, one after another. */
#ifndef AVSCAN_WORKER_H
#define AVSCAN_WORKER_H

#include "avscan/limits.h"
#include "scan/request.h"

/* What the daemon sends it, with the file's descriptor. The answer is what the
 * client gets (request.h), head and all. */
struct worker_job {
	struct file_limits limits;
	uint32_t name_len;
	char name[SCAN_REQUEST_NAME_MAX];
};

/* In the zygote: what all parsers need. NULL, or why it failed. */
const char *worker_prepare(void);

/* In a process of its own; does not come back. */
void worker_run(int fd, const struct worker_limits *limits)
    __attribute__((noreturn));

#endif
