/* SPDX-License-Identifier: ISC */
/* acceptor.c - who connects to a listening socket, one after another. */
#include "base/acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/loop.h"

#define PAUSE_MS 100

struct acceptor {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *pause;	/* without descriptors */
	void (*function)(void *arg, int fd);
	void *arg;
};

static void
on_pause_over(void *arg)
{
	struct acceptor *acceptor = arg;

	acceptor->pause = NULL;
	loop_watch_change(acceptor->watch, EPOLLIN);
}

static void
pause_accepting(struct acceptor *acceptor)
{
	loop_watch_change(acceptor->watch, 0);
	acceptor->pause = loop_after(acceptor->loop, PAUSE_MS, on_pause_over,
	    acceptor);
}

static void
on_accept(void *arg, uint32_t events)
{
	struct acceptor *acceptor = arg;
	int fd = accept4(acceptor->fd, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		acceptor->function(acceptor->arg, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM)
		pause_accepting(acceptor);
}

struct acceptor *
acceptor_new(struct loop *loop, int listen_fd,
    void (*function)(void *arg, int fd), void *arg)
{
	struct acceptor *acceptor = calloc(1, sizeof(*acceptor));

	if (acceptor == NULL)
		abort();
	*acceptor = (struct acceptor){ .loop = loop, .fd = listen_fd,
	    .function = function, .arg = arg };
	acceptor->watch = loop_watch(loop, listen_fd, EPOLLIN, on_accept,
	    acceptor);
	return acceptor;
}

void
acceptor_free(struct acceptor **acceptor)
{
	struct acceptor *old = *acceptor;

	*acceptor = NULL;
	if (old == NULL)
		return;
	loop_cancel(&old->pause);
	loop_unwatch(&old->watch);
	free(old);
}
