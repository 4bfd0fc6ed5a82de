/* SPDX-License-Identifier: ISC */
/* zygote.c - the daemon's side of the process of which workers are made. */
#include "avscan/zygote.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "avscan/zygote_private.h"
#include "base/must.h"
#include "scan/pass.h"

#define START_TIMEOUT_MS 30000

struct zygote {
	pid_t pid;
	int fd;
	char error[ZYGOTE_ERROR_MAX];
};

static struct zygote *
fail(struct zygote *zygote, const char *error, const char **error_r)
{
	*error_r = error;
	zygote_stop(&zygote);
	return NULL;
}

/* Its first word: "" when it is ready, or why it is not. */
static const char *
wait_for_word(struct zygote *zygote)
{
	struct pollfd ready = { .fd = zygote->fd, .events = POLLIN };
	ssize_t got;

	if (poll(&ready, 1, START_TIMEOUT_MS) != 1)
		return "the process that makes workers does not begin";
	got = recv(zygote->fd, zygote->error, sizeof(zygote->error) - 1, 0);
	if (got <= 0)
		return "the process that makes workers ended at once";
	return zygote->error;
}

struct zygote *
zygote_start(const char *(*prepare)(void),
    void (*work)(int fd, const struct worker_limits *limits),
    const char **error_r)
{
	struct zygote *zygote = must(calloc(1, sizeof(*zygote)));
	int pair[2];
	const char *word;

	zygote->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(zygote, strerror(errno), error_r);
	zygote->pid = fork();
	if (zygote->pid == 0) {
		free(zygote);
		zygote_run(pair[1], prepare, work);
	}
	close(pair[1]);
	zygote->fd = pair[0];
	if (zygote->pid < 0)
		return fail(zygote, strerror(errno), error_r);
	word = wait_for_word(zygote);
	if (*word == '\0')
		return zygote;
	word = must(strdup(word));
	return fail(zygote, word, error_r);
}

void
zygote_stop(struct zygote **zygote)
{
	struct zygote *old = *zygote;

	*zygote = NULL;
	if (old == NULL)
		return;
	if (old->fd >= 0)
		close(old->fd);
	if (old->pid > 0) {
		kill(old->pid, SIGKILL);
		while (waitpid(old->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	free(old);
}

int
zygote_fd(const struct zygote *zygote)
{
	return zygote->fd;
}

static int
tell(struct zygote *zygote, const struct zygote_order *order, int fd)
{
	ssize_t done = pass_send(zygote->fd, order, sizeof(*order), fd);

	return done == (ssize_t)sizeof(*order) ? 0 : -1;
}

int
zygote_fork(struct zygote *zygote, uint64_t number, int fd,
    const struct worker_limits *limits)
{
	struct zygote_order order = { .number = number, .limits = *limits };

	return tell(zygote, &order, fd);
}

int
zygote_kill(struct zygote *zygote, uint64_t number)
{
	struct zygote_order order = { .number = number };

	return tell(zygote, &order, -1);
}

int
zygote_hear(struct zygote *zygote, struct zygote_news *news_r)
{
	ssize_t got;

	do
		got = recv(zygote->fd, news_r, sizeof(*news_r), MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got == (ssize_t)sizeof(*news_r))
		return 1;
	return got < 0 && errno == EAGAIN ? 0 : -1;
}
