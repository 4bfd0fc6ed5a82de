/* SPDX-License-Identifier: ISC */
/* child.c - for tests: servers that run beside them, and their folders. */
#include "child.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

void
child_end(pid_t *pid, int signal)
{
	if (*pid == 0)
		return;
	kill(*pid, signal);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void
child_remove_folder(const char *folder)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", folder, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}
