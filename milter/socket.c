/* SPDX-License-Identifier: ISC */
/* socket.c - the socket that Postfix connects to: who may, and its end. */
#include "milter/socket.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/net.h"
#include "base/str.h"

#define WAKE_EVERY_US (10 * 1000)

static int
share_with(const char *path, const struct group *group)
{
	if (group != NULL && chown(path, (uid_t)-1, group->gr_gid) < 0)
		return -1;
	return chmod(path, 0660);
}

/* Whoever may connect may have mail signed. */
int
socket_share(const char *path, const char *group_name, struct arena *arena,
    const char **error_r)
{
	const struct group *group = NULL;

	if (group_name != NULL)
		group = getgrnam(group_name);
	if (group_name != NULL && group == NULL) {
		*error_r = arena_printf(arena, "milter.listen_group: there is "
		    "no group '%s' on this host", group_name);
		return -1;
	}
	if (share_with(path, group) == 0)
		return 0;
	*error_r = arena_printf(arena, "%s: cannot give it to the group '%s': "
	    "%s; is the daemon's user a member of it?", path,
	    group_name != NULL ? group_name : "of its own", strerror(errno));
	return -1;
}

struct waker {
	pthread_t thread;
	const char *listen;
};

static int
connect_address(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, address->ai_socktype |
	    SOCK_CLOEXEC, address->ai_protocol);

	if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* inet:PORT@ADDRESS or inet6:PORT@ADDRESS: one of ours, so nothing blocks. */
static int
connect_tcp(const char *listen, struct arena *arena)
{
	struct str host = str_from(listen), port;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_family = strncmp(listen, "inet6:", 6) == 0 ? AF_INET6
	    : AF_INET }, *addresses;
	int fd;

	str_cut(&host, ':', &port);
	str_cut(&host, '@', &port);
	if (getaddrinfo(str_dup(arena, host), str_dup(arena, port), &hints,
	    &addresses) != 0)
		return -1;
	fd = connect_address(addresses);
	freeaddrinfo(addresses);
	return fd;
}

static int
connect_listener(const char *listen, struct arena *arena)
{
	const char *error;

	if (strncmp(listen, "unix:", 5) == 0)
		return net_connect_unix(listen + 5, 1000, arena, &error);
	return connect_tcp(listen, arena);
}

static void *
run_waker(void *arg)
{
	struct waker *waker = arg;
	struct arena *arena = arena_new(0);
	int fd;

	while ((fd = connect_listener(waker->listen, arena)) >= 0) {
		close(fd);
		usleep(WAKE_EVERY_US);
	}
	arena_free(&arena);
	return NULL;
}

struct waker *
socket_wake(const char *listen)
{
	struct waker *waker = malloc(sizeof(*waker));

	if (waker == NULL)
		abort();
	waker->listen = listen;
	if (pthread_create(&waker->thread, NULL, run_waker, waker) == 0)
		return waker;
	free(waker);
	return NULL;
}

void
socket_woken(struct waker **waker)
{
	if (*waker == NULL)
		return;
	pthread_join((*waker)->thread, NULL);
	free(*waker);
	*waker = NULL;
}
