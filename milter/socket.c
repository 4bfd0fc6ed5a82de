/* SPDX-License-Identifier: ISC */
/* socket.c - the end of the socket that Postfix connects to. */
#include "milter/socket.h"

#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/must.h"
#include "base/net.h"
#include "base/str.h"

#define WAKE_EVERY_US (10 * 1000)

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
	struct waker *waker = must(malloc(sizeof(*waker)));

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
