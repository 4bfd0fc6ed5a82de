/* SPDX-License-Identifier: ISC */
/* zygote_run.c - the process of which workers are made: it forks, kills, and
 * tells who has ended. */
#include "avscan/zygote_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "avscan/sandbox.h"
#include "avscan/zygote.h"
#include "base/must.h"
#include "base/vec.h"
#include "scan/pass.h"

struct child {
	uint64_t number;
	pid_t pid;		/* 0: the place is free */
};

struct run {
	int fd, signals;
	void (*work)(int fd, const struct worker_limits *limits);
	struct child children[ZYGOTE_WORKERS_MAX];
};

/* What cannot be told is told to nobody: the daemon has gone. */
static void
tell(const struct run *run, uint64_t number, pid_t pid, int status)
{
	const struct zygote_news news = { number, pid, status };

	if (send(run->fd, &news, sizeof(news), MSG_NOSIGNAL) < 0)
		_exit(EXIT_SUCCESS);
}

/* pid 0: the first free place. NULL: there is none. */
static struct child *
find_child(struct run *run, pid_t pid)
{
	for (size_t i = 0; i < ARRAY_LEN(run->children); i++)
		if (run->children[i].pid == pid)
			return &run->children[i];
	return NULL;
}

static void
begin_worker(struct run *run, const struct zygote_order *order, int fd)
{
	struct child *child = find_child(run, 0);
	pid_t pid = child == NULL ? -1 : fork();

	if (pid == 0) {
		close(run->fd);
		close(run->signals);
		run->work(fd, &order->limits);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0) {
		tell(run, order->number, 0, -1);
		return;
	}
	*child = (struct child){ order->number, pid };
	tell(run, order->number, pid, 0);
}

static void
kill_worker(struct run *run, uint64_t number)
{
	for (size_t i = 0; i < ARRAY_LEN(run->children); i++)
		if (run->children[i].pid != 0 &&
		    run->children[i].number == number)
			kill(run->children[i].pid, SIGKILL);
}

static void
take_order(struct run *run)
{
	struct zygote_order order = { 0 };
	int fd = -1;
	ssize_t got = pass_receive(run->fd, &order, sizeof(order), &fd);

	if (got != (ssize_t)sizeof(order))
		_exit(EXIT_SUCCESS);
	if (fd < 0) {
		kill_worker(run, order.number);
		return;
	}
	begin_worker(run, &order, fd);
	close(fd);
}

static void
take_ended(struct run *run)
{
	struct signalfd_siginfo info;
	struct child *child;
	int status;
	pid_t pid;

	if (read(run->signals, &info, sizeof(info)) < 0)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		child = find_child(run, pid);
		if (child == NULL)
			continue;
		child->pid = 0;
		tell(run, child->number, 0, status);
	}
}

/* As nobody has called it, with only the socket. */
static int
begin(int fd)
{
	sigset_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "avscan-zygote");
	signal(SIGPIPE, SIG_IGN);
	/* A signal to the whole group, as from a terminal, is the daemon's. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = sandbox_keep_descriptor(fd);
	sandbox_leave_network();
	return fd;
}

void
zygote_run(int fd, const char *(*prepare)(void),
    void (*work)(int fd, const struct worker_limits *limits))
{
	struct run *run = must(calloc(1, sizeof(*run)));
	const char *error;
	sigset_t set;

	run->fd = begin(fd);
	run->work = work;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	error = run->signals < 0 ? strerror(errno) : prepare();
	if (error == NULL)
		error = "";
	if (send(run->fd, error, strlen(error) + 1, MSG_NOSIGNAL) < 0 ||
	    *error != '\0')
		_exit(EXIT_FAILURE);
	for (;;) {
		struct pollfd fds[] = { { .fd = run->fd, .events = POLLIN },
			{ .fd = run->signals, .events = POLLIN } };

		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			_exit(EXIT_FAILURE);
		if (fds[1].revents != 0)
			take_ended(run);
		if (fds[0].revents != 0)
			take_order(run);
	}
}
