/* SPDX-License-Identifier: ISC */
/* postfix.c - Postfix's own commands, run with nothing of our environment. */
#include "queue/postfix.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/vec.h"

#define WORDS_MAX 16
#define COMPLAINT_MAX 300
#define STATUS_NOT_RUN 127

/* What it reads and writes is in memory, not in pipes: nobody waits for the
 * other side, however much it is. */
struct files {
	int in, out, err;
};

static int
open_files(struct files *files, struct str input)
{
	files->in = memfd_create("in", MFD_CLOEXEC);
	files->out = memfd_create("out", MFD_CLOEXEC);
	files->err = memfd_create("err", MFD_CLOEXEC);
	if (files->in < 0 || files->out < 0 || files->err < 0)
		return -1;
	while (input.len != 0) {
		ssize_t done = write(files->in, input.data, input.len);

		if (done < 0)
			return -1;
		input = str_from_pos(input, (size_t)done);
	}
	return lseek(files->in, 0, SEEK_SET) < 0 ? -1 : 0;
}

static void
close_files(const struct files *files)
{
	const int all[] = { files->in, files->out, files->err };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] >= 0)
			close(all[i]);
}

/* Times are UTC: what postcat prints has no zone. */
static char *const environment[] = {
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC", NULL,
};

static void __attribute__((noreturn))
become(const char *path, const char *const *words, const struct files *files)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(files->in, STDIN_FILENO) >= 0 &&
	    dup2(files->out, STDOUT_FILENO) >= 0 &&
	    dup2(files->err, STDERR_FILENO) >= 0 &&
	    chdir("/") == 0 && close_range(3, ~0U, 0) == 0)
		execve(path, (char *const *)words, environment);
	_exit(STATUS_NOT_RUN);
}

/* -1 with errno. */
static int
wait_for(pid_t pid, int *status_r)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	*status_r = WIFEXITED(status) ? WEXITSTATUS(status)
	    : 128 + WTERMSIG(status);
	return 0;
}

static int
read_all(int fd, struct arena *arena, struct str *text_r)
{
	off_t size = lseek(fd, 0, SEEK_END);
	struct buf text;

	if (size < 0)
		return -1;
	buf_init(&text, arena);
	buf_reserve(&text, (size_t)size);
	while (text.len < (size_t)size) {
		ssize_t got = pread(fd, text.data + text.len,
		    (size_t)size - text.len, (off_t)text.len);

		if (got <= 0)
			return -1;
		text.len += (size_t)got;
	}
	*text_r = buf_str(&text);
	return 0;
}

static int
run(const char *path, const char *const *words, const struct files *files,
    struct arena *arena, struct postfix_ran *ran_r)
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0)
		become(path, words, files);
	if (wait_for(pid, &ran_r->status) < 0 ||
	    read_all(files->out, arena, &ran_r->out) < 0 ||
	    read_all(files->err, arena, &ran_r->err) < 0)
		return -1;
	return 0;
}

/* The option that names an instance is -C of sendmail, -c of all others. */
static void
place_words(const struct postfix *postfix, const char *const *words,
    const char *placed[WORDS_MAX])
{
	size_t count = 0;

	placed[count++] = words[0];
	if (postfix->config_directory != NULL) {
		placed[count++] = strcmp(words[0], "sendmail") == 0 ? "-C"
		    : "-c";
		placed[count++] = postfix->config_directory;
	}
	for (size_t i = 1; words[i] != NULL; i++) {
		assert(count < WORDS_MAX - 1);
		placed[count++] = words[i];
	}
	placed[count] = NULL;
}

int
postfix_run(const struct postfix *postfix, struct arena *arena,
    const char *const *words, struct str input, struct postfix_ran *ran_r,
    const char **error_r)
{
	const char *path = arena_printf(arena, "%s/%s", POSTFIX_COMMANDS,
	    words[0]);
	const char *placed[WORDS_MAX];
	struct files files;
	int result = -1;

	place_words(postfix, words, placed);
	/* Asked first, for the child could not tell why it failed. */
	if (access(path, X_OK) < 0) {
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
		return -1;
	}
	if (open_files(&files, input) == 0)
		result = run(path, placed, &files, arena, ran_r);
	if (result < 0)
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
	close_files(&files);
	return result;
}

const char *
postfix_complaint(struct arena *arena, const struct postfix_ran *ran)
{
	struct str rest = str_trim(ran->err), line, last = STR("");

	while (str_cut(&rest, '\n', &line))
		last = line;
	if (last.len == 0)
		return arena_printf(arena, "it ended with status %d",
		    ran->status);
	return log_wire(arena, last, COMPLAINT_MAX);
}
