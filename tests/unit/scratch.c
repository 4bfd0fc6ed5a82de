/* SPDX-License-Identifier: ISC */
/* scratch.c - for tests: folders and files that go when the test has ended. */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A TMPDIR that leaves no room for sockets is passed over. */
static void
make_template(char path[SCRATCH_SIZE], const char *name)
{
	const char *above = getenv("TMPDIR");

	if (above == NULL || above[0] != '/' || (size_t)snprintf(path,
	    SCRATCH_SIZE, "%s/%s-XXXXXX", above, name) >= SCRATCH_SIZE)
		snprintf(path, SCRATCH_SIZE, "/tmp/%s-XXXXXX", name);
}

void
scratch_folder(char path[SCRATCH_SIZE], const char *name)
{
	make_template(path, name);
	if (mkdtemp(path) == NULL) {
		perror(path);
		abort();
	}
}

int
scratch_file(char path[SCRATCH_SIZE], const char *name)
{
	int fd;

	make_template(path, name);
	fd = mkstemp(path);
	if (fd < 0) {
		perror(path);
		abort();
	}
	return fd;
}

int
scratch_remove(const char *folder)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", folder, NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status == 0 ? 0 : -1;
}
