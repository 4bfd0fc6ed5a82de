/* SPDX-License-Identifier: ISC */
/* listen.c - the sockets that Postfix connects to. */
#include "policyd/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/net.h"
#include "base/setting.h"
#include "base/str.h"
#include "base/vec.h"
#include "policyd/conn.h"

/* Others have their turn in between. */
#define ACCEPT_BATCH 64
#define ACCEPT_PAUSE_MS 100

struct listener {
	struct listeners *all;
	int fd;
	const char *path;		/* NULL: TCP */
	struct loop_watch *watch;
	struct loop_timer *pause;	/* without descriptors */
};

struct listeners {
	struct arena *arena;
	struct loop *loop;
	struct conns *conns;
	struct vec items;		/* struct listener * */
};

static void
on_pause_over(void *arg)
{
	struct listener *listener = arg;

	listener->pause = NULL;
	loop_watch_change(listener->watch, EPOLLIN);
}

/* Who stands in line would wake the loop again at once. */
static void
pause_accepting(struct listener *listener)
{
	if (listener->pause != NULL)
		return;
	loop_watch_change(listener->watch, 0);
	listener->pause = loop_after(listener->all->loop, ACCEPT_PAUSE_MS,
	    on_pause_over, listener);
}

static bool
lacks_descriptors(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;
}

/* False: nobody stands in line. */
static bool
accept_one(struct listener *listener)
{
	struct conns *conns = listener->all->conns;
	const int on = 1;
	int fd = accept4(listener->fd, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && lacks_descriptors(errno)) {
		if (conns_push_out(conns))
			return true;
		pause_accepting(listener);
		return false;
	}
	if (fd < 0)
		return errno == EINTR || errno == ECONNABORTED;
	/* An answer is one small segment, and the client waits for it. */
	if (listener->path == NULL)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conns_add(conns, fd);
	return true;
}

static void
on_accept(void *arg, uint32_t events)
{
	(void)events;
	for (int i = 0; i < ACCEPT_BATCH && accept_one(arg); i++)
		;
}

static int
open_unix(const char *path, const struct listen_settings *settings,
    struct arena *arena, const char **error_r)
{
	int fd = net_listen_unix(path, 0600, arena, error_r);

	if (fd >= 0 && net_share_unix(path, settings->group,
	    settings->group_key, arena, error_r) < 0) {
		close(fd);
		unlink(path);
		return -1;
	}
	return fd;
}

static int
open_tcp(const char *text, struct arena *arena, const char **error_r)
{
	struct str rest = str_from(text), port;

	str_cut(&rest, ':', &port);
	str_cut(&rest, '@', &port);
	return net_listen_tcp(str_dup(arena, rest), str_dup(arena, port),
	    arena, error_r);
}

static int
add_listener(struct listeners *all, const struct listen_settings *settings,
    const char *text, struct arena *errors, const char **error_r)
{
	struct listener *listener = arena_zalloc(all->arena,
	    sizeof(*listener));

	listener->all = all;
	if (strncmp(text, "unix:", 5) == 0)
		listener->path = arena_strdup(all->arena, text + 5);
	listener->fd = listener->path != NULL
	    ? open_unix(listener->path, settings, errors, error_r)
	    : open_tcp(text, errors, error_r);
	if (listener->fd < 0)
		return -1;
	listener->watch = loop_watch(all->loop, listener->fd, EPOLLIN,
	    on_accept, listener);
	*(struct listener **)vec_push(&all->items) = listener;
	return 0;
}

struct listeners *
listeners_open(struct loop *loop, const struct listen_settings *settings,
    struct conns *conns, struct arena *arena, const char **error_r)
{
	struct arena *own = arena_new(0);
	struct listeners *all = arena_zalloc(own, sizeof(*all));

	all->arena = own;
	all->loop = loop;
	all->conns = conns;
	vec_init(&all->items, own, sizeof(struct listener *));
	for (size_t i = 0; i < settings->listen->count; i++)
		if (add_listener(all, settings, settings->listen->texts[i],
		    arena, error_r) < 0) {
			listeners_close(&all);
			return NULL;
		}
	return all;
}

static void
close_listener(struct listener *listener)
{
	while (accept_one(listener))
		;
	loop_cancel(&listener->pause);
	loop_unwatch(&listener->watch);
	close(listener->fd);
	if (listener->path != NULL)
		unlink(listener->path);
}

void
listeners_close(struct listeners **listeners)
{
	struct listeners *old = *listeners;
	struct arena *arena;

	if (old == NULL)
		return;
	for (size_t i = 0; i < old->items.len; i++)
		close_listener(*(struct listener **)vec_at(&old->items, i));
	arena = old->arena;
	*listeners = NULL;
	arena_free(&arena);
}
