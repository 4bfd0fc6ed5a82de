/* SPDX-License-Identifier: ISC */
/* redis_lookup.c - the addresses of a server, without holding up the loop. */
#include "store/redis_lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "store/store_settings.h"

/* A question to getaddrinfo(), which may last half a minute: the thread and the
 * lookup hold it, and whoever is the last frees it. */
struct question {
	atomic_int references;
	atomic_bool is_answered;
	int done_fd;			/* reads ready once it is */
	struct redis_addresses addresses;
	char port[8];
	char host[];
};

struct redis_lookup {
	struct loop *loop;
	void (*function)(void *arg, const struct redis_addresses *addresses);
	void *arg;
	struct redis_addresses addresses;	/* without a question */
	struct loop_timer *timer;
	struct question *question;	/* or NULL */
	struct loop_watch *watch;
};

static void *
must_calloc(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		abort();
	return memory;
}

static void
add_address(struct redis_addresses *addresses, const void *address,
    socklen_t len)
{
	struct redis_address *next;

	if (addresses->count == REDIS_ADDRESSES_MAX)
		return;
	next = &addresses->list[addresses->count++];
	memcpy(&next->address, address, len);
	next->len = len;
}

/* --- what needs no question --- */

static void
add_path(struct redis_addresses *addresses, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	add_address(addresses, &address, sizeof(address));
}

static void
add_numeric(struct redis_addresses *addresses, const char *host,
    uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
	    .sin6_port = htons(port) };

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		add_address(addresses, &v4, sizeof(v4));
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		add_address(addresses, &v6, sizeof(v6));
}

static void
find_at_once(struct redis_addresses *addresses,
    const struct store_settings *settings)
{
	if (store_settings_has_path(settings)) {
		add_path(addresses, settings->host);
	} else if (strcasecmp(settings->host, "localhost") == 0) {
		add_numeric(addresses, "127.0.0.1", settings->port);
		add_numeric(addresses, "::1", settings->port);
	} else {
		add_numeric(addresses, settings->host, settings->port);
	}
}

/* --- in the thread --- */

static void
question_unref(struct question *question)
{
	if (atomic_fetch_sub(&question->references, 1) != 1)
		return;
	close(question->done_fd);
	free(question);
}

static void
ask_host(struct question *question)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	int error = getaddrinfo(question->host, question->port, &hints,
	    &found);

	for (struct addrinfo *at = found; at != NULL; at = at->ai_next)
		add_address(&question->addresses, at->ai_addr,
		    at->ai_addrlen);
	if (found != NULL)
		freeaddrinfo(found);
	if (error != 0)
		question->addresses.error = gai_strerror(error);
	else if (question->addresses.count == 0)
		question->addresses.error = "the name has no address";
}

static void *
thread_main(void *arg)
{
	struct question *question = arg;

	ask_host(question);
	atomic_store(&question->is_answered, true);
	eventfd_write(question->done_fd, 1);
	question_unref(question);
	return NULL;
}

static int
start_thread(struct question *question)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, thread_main, question);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return -1;
	pthread_detach(thread);
	return 0;
}

/* --- in the loop --- */

static void
on_answer(void *arg, uint32_t events)
{
	struct redis_lookup *lookup = arg;

	(void)events;
	if (!atomic_load(&lookup->question->is_answered))
		return;
	loop_unwatch(&lookup->watch);
	lookup->function(lookup->arg, &lookup->question->addresses);
}

static void
on_timer(void *arg)
{
	struct redis_lookup *lookup = arg;

	lookup->timer = NULL;
	lookup->function(lookup->arg, &lookup->addresses);
}

static int
ask(struct redis_lookup *lookup, const struct store_settings *settings)
{
	size_t host_size = strlen(settings->host) + 1;
	struct question *question = must_calloc(sizeof(*question) +
	    host_size);

	atomic_init(&question->references, 2);
	question->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	snprintf(question->port, sizeof(question->port), "%u",
	    (unsigned)settings->port);
	memcpy(question->host, settings->host, host_size);
	if (question->done_fd < 0 || start_thread(question) < 0) {
		if (question->done_fd >= 0)
			close(question->done_fd);
		free(question);
		return -1;
	}
	lookup->question = question;
	lookup->watch = loop_watch(lookup->loop, question->done_fd, EPOLLIN,
	    on_answer, lookup);
	return 0;
}

struct redis_lookup *
redis_lookup_start(const struct store_settings *settings, struct loop *loop,
    void (*function)(void *, const struct redis_addresses *), void *arg)
{
	struct redis_lookup *lookup = must_calloc(sizeof(*lookup));

	lookup->loop = loop;
	lookup->function = function;
	lookup->arg = arg;
	find_at_once(&lookup->addresses, settings);
	if (lookup->addresses.count == 0 && ask(lookup, settings) < 0)
		lookup->addresses.error = "no thread or descriptor is left "
		    "to look up the host's name";
	if (lookup->question == NULL)
		lookup->timer = loop_after(loop, 0, on_timer, lookup);
	return lookup;
}

void
redis_lookup_end(struct redis_lookup **lookup)
{
	struct redis_lookup *old = *lookup;

	*lookup = NULL;
	if (old == NULL)
		return;
	loop_cancel(&old->timer);
	loop_unwatch(&old->watch);
	if (old->question != NULL)
		question_unref(old->question);
	free(old);
}
