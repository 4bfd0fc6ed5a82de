/* SPDX-License-Identifier: ISC */
/* child.c - for tests: servers that run beside them. */
#include "child.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

void
child_end(pid_t *pid, int signal)
{
	if (*pid == 0)
		return;
	kill(*pid, signal);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}
