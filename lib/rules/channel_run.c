/* SPDX-License-Identifier: ISC */
/* channel_run.c - other programs and files, for updates of rules. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "rules/channel.h"

#define CHUNK ((size_t)65536)

static int
fail(struct arena *arena, const char *what, const char *reason,
    const char **error_r)
{
	*error_r = arena_printf(arena, "%s: %s", what, reason);
	return -1;
}

/* --- programs ------------------------------------------------------------------- */

static int
spawn(struct arena *arena, const char *const *args, int input, int output,
    pid_t *pid_r)
{
	char *const environment[] = { arena_strdup(arena, "LC_ALL=C"),
		arena_strdup(arena, "PATH=/usr/bin:/bin"), NULL };
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
	    O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	error = posix_spawnp(pid_r, args[0], &actions, NULL,
	    (char *const *)args, environment);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Up to max octets, and whether there was more. */
static bool
read_output(int fd, size_t max, struct buf *output)
{
	for (;;) {
		ssize_t got;

		buf_reserve(output, CHUNK);
		got = read(fd, output->data + output->len, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		output->len += (size_t)got;
		if (output->len > max)
			return false;
	}
	output->data[output->len] = '\0';
	return true;
}

static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int
channel_run(struct arena *arena, const char *const *args, int input,
    size_t max, struct str *output_r, const char **error_r)
{
	bool is_whole;
	struct buf output;
	int ends[2], error, status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(arena, args[0], strerror(errno), error_r);
	error = spawn(arena, args, input, ends[1], &pid);
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		return fail(arena, args[0], strerror(error), error_r);
	}
	buf_init(&output, arena);
	is_whole = read_output(ends[0], max, &output);
	close(ends[0]);
	if (!is_whole)
		kill(pid, SIGKILL);
	status = wait_for(pid);
	if (!is_whole || status < 0)
		return fail(arena, args[0], is_whole ? "it was lost" :
		    "there is more of it than is taken", error_r);
	*output_r = buf_str(&output);
	return status;
}

/* --- files ------------------------------------------------------------------------ */

int
channel_read_file(struct arena *arena, const char *path, size_t max,
    struct str *content_r, const char **error_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	struct buf content;
	bool is_whole;

	if (fd < 0)
		return fail(arena, path, strerror(errno), error_r);
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return fail(arena, path, "it is no file", error_r);
	}
	buf_init(&content, arena);
	is_whole = read_output(fd, max, &content);
	close(fd);
	if (!is_whole)
		return fail(arena, path, "it is too large", error_r);
	*content_r = buf_str(&content);
	return 0;
}

int
channel_write_file(struct arena *arena, const char *path, struct str content,
    const char **error_r)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0644);

	if (fd < 0)
		return fail(arena, path, strerror(errno), error_r);
	while (content.len > 0) {
		ssize_t put = write(fd, content.data, content.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			int error = errno;

			close(fd);
			return fail(arena, path, strerror(error), error_r);
		}
		content = str_from_pos(content, (size_t)put);
	}
	if (close(fd) < 0)
		return fail(arena, path, strerror(errno), error_r);
	return 0;
}
