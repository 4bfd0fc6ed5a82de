/* SPDX-License-Identifier: ISC */
/* child.h - for tests: servers that run beside them. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <sys/types.h>

/* End the child with this signal and wait for it. 0 in *pid: there is none, and
 * afterwards there is none. */
void child_end(pid_t *pid, int signal);

#endif
