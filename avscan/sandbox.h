/* SPDX-License-Identifier: ISC */
/* sandbox.h - what a process may no longer do. */
#ifndef AVSCAN_SANDBOX_H
#define AVSCAN_SANDBOX_H

#include "avscan/limits.h"

/* The descriptor under which a worker has its socket. */
#define SANDBOX_SOCKET 3

/* Keep this one as SANDBOX_SOCKET, /dev/null as 0 to 2, and close all others.
 * The number it has then. */
int sandbox_keep_descriptor(int fd);

/* A network of its own, where this host lets us: an empty one. */
void sandbox_leave_network(void);

/* Once and for good: no new privileges, limits, no capabilities, and a filter of
 * system calls. Left are memory, the clock, what has been opened, and
 * descriptors that are received; whoever asks to open a file is told that there
 * is none, and who asks for anything else is killed. NULL, or why it failed. */
const char *sandbox_enter(const struct worker_limits *limits);

#endif
