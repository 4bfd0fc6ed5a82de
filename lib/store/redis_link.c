/* SPDX-License-Identifier: ISC */
/* redis_link.c - one connection to a server: bytes, TLS, commands, replies. */
#include "store/redis_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/loop.h"
#include "store/redis_bytes.h"
#include "store/redis_codec.h"
#include "store/redis_lookup.h"
#include "store/redis_tls.h"
#include "store/store_settings.h"

#define CHUNK_BYTES 16384
#define CHUNKS_MAX 64		/* in one turn of the loop */
/* Not all of a turn at once: the server works on the first while we prepare the
 * last. */
#define FLUSH_BYTES 4096

struct redis_link {
	const struct store_settings *settings;
	struct loop *loop;
	struct redis_link_owner owner;
	struct arena *arena;			/* of errors */
	struct redis_lookup *lookup;
	struct redis_addresses addresses;
	size_t first, tried;			/* of them */
	int fd;
	struct loop_watch *watch;
	uint32_t events;			/* that are watched for */
	bool is_connected, is_open;
	struct redis_tls *tls;			/* NULL: without */
	struct redis_codec *codec;
	struct redis_bytes in;			/* of TLS, read but not fed */
	struct redis_bytes out;			/* to be sent, ... */
	uint64_t said;				/* bytes of commands, ever */
	struct redis_bytes wire;		/* ... as TLS says it */
	struct loop_timer *flush_timer;		/* at the end of this turn */
	struct loop_timer *break_timer;
	const char *error;			/* NULL: not broken */
};

static void connect_next(struct redis_link *link);

/* --- its end --- */

static void
on_break(void *arg)
{
	struct redis_link *link = arg;

	link->break_timer = NULL;
	link->owner.on_broken(link->owner.arg, link->error);
}

/* The owner is told from the loop, when no function of ours is under way that
 * would go on with a link that is closed. */
void
redis_link_break(struct redis_link *link, const char *error)
{
	if (link->error != NULL)
		return;
	link->error = arena_strdup(link->arena, error);
	loop_unwatch(&link->watch);
	loop_cancel(&link->flush_timer);
	link->break_timer = loop_after(link->loop, 0, on_break, link);
}

static void
drop_socket(struct redis_link *link)
{
	loop_unwatch(&link->watch);
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

void
redis_link_close(struct redis_link **link)
{
	struct redis_link *old = *link;

	*link = NULL;
	if (old == NULL)
		return;
	drop_socket(old);
	redis_lookup_end(&old->lookup);
	loop_cancel(&old->flush_timer);
	loop_cancel(&old->break_timer);
	redis_tls_free(&old->tls);
	redis_codec_free(&old->codec);
	redis_bytes_clear(&old->in);
	redis_bytes_clear(&old->out);
	redis_bytes_clear(&old->wire);
	arena_free(&old->arena);
	free(old);
}

/* --- out --- */

static void
watch_for(struct redis_link *link, uint32_t events)
{
	if (link->events == events || link->watch == NULL)
		return;
	link->events = events;
	loop_watch_change(link->watch, events);
}

/* Send what the socket takes; it says when it takes more. */
static void
write_bytes(struct redis_link *link, struct redis_bytes *bytes)
{
	ssize_t done;

	while (redis_bytes_count(bytes) != 0) {
		done = send(link->fd, redis_bytes_first(bytes),
		    redis_bytes_count(bytes), MSG_NOSIGNAL);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			break;
		redis_bytes_take(bytes, (size_t)done);
	}
	if (redis_bytes_count(bytes) == 0)
		watch_for(link, EPOLLIN);
	else if (errno == EAGAIN)
		watch_for(link, EPOLLIN | EPOLLOUT);
	else if (errno != EPIPE && errno != ECONNRESET)
		redis_link_break(link, strerror(errno));
	else	/* what the server said before it left is still to be read */
		watch_for(link, EPOLLIN);
}

static void
flush(struct redis_link *link)
{
	const char *error;

	loop_cancel(&link->flush_timer);
	if (link->tls == NULL) {
		write_bytes(link, &link->out);
		return;
	}
	if (redis_tls_is_ready(link->tls) && redis_tls_send(link->tls,
	    &link->out, &link->wire, link->arena, &error) < 0)
		redis_link_break(link, error);
	else
		write_bytes(link, &link->wire);
}

static void
on_flush(void *arg)
{
	struct redis_link *link = arg;

	link->flush_timer = NULL;
	flush(link);
}

static void
flush_soon(struct redis_link *link)
{
	/* A timer of nothing runs when the events at hand are done. */
	if (link->flush_timer == NULL)
		link->flush_timer = loop_after(link->loop, 0, on_flush, link);
	if (redis_bytes_count(&link->out) >= FLUSH_BYTES)
		flush(link);
}

uint64_t
redis_link_send(struct redis_link *link, const struct str *words,
    size_t count)
{
	size_t len;
	char *command;

	if (link->error != NULL)
		return link->said;
	command = redis_codec_format(words, count, &len);
	redis_bytes_add(&link->out, command, len);
	free(command);
	link->said += len;
	if (link->events == EPOLLIN)
		flush_soon(link);
	return link->said;
}

bool
redis_link_has_left(const struct redis_link *link, uint64_t command)
{
	return command <= link->said - redis_bytes_count(&link->out);
}

void
redis_link_flush(struct redis_link *link)
{
	if (link->flush_timer != NULL)
		flush(link);
}

/* --- in --- */

static void
take_replies(struct redis_link *link)
{
	struct redis_reply reply;
	const char *error;
	int found = 0;

	while (link->error == NULL &&
	    (found = redis_codec_next(link->codec, &reply, &error)) == 1)
		link->owner.on_reply(link->owner.arg, &reply);
	if (found < 0)
		redis_link_break(link, error);
}

static void
open_now(struct redis_link *link)
{
	link->is_open = true;
	link->owner.on_open(link->owner.arg);
}

static void
receive_tls(struct redis_link *link, const void *data, size_t len)
{
	const char *error = NULL;

	redis_tls_receive(link->tls, data, len, &link->in, &link->wire,
	    link->arena, &error);
	if (redis_bytes_count(&link->wire) != 0)
		flush(link);
	if (!link->is_open && error == NULL && redis_tls_is_ready(link->tls))
		open_now(link);
	if (redis_bytes_count(&link->in) != 0) {
		redis_codec_feed(link->codec, redis_bytes_first(&link->in),
		    redis_bytes_count(&link->in));
		redis_bytes_take(&link->in, redis_bytes_count(&link->in));
		take_replies(link);
	}
	if (error != NULL)
		redis_link_break(link, error);
}

/* Is there perhaps more? */
static bool
receive(struct redis_link *link)
{
	char chunk[CHUNK_BYTES];
	ssize_t got = recv(link->fd, chunk, sizeof(chunk), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got < 0) {
		redis_link_break(link, strerror(errno));
	} else if (got == 0) {
		redis_link_break(link, "the server closed the connection");
	} else if (link->tls != NULL) {
		receive_tls(link, chunk, (size_t)got);
	} else {
		redis_codec_feed(link->codec, chunk, (size_t)got);
		take_replies(link);
	}
	return got == CHUNK_BYTES && link->error == NULL;
}

/* When this process was held up, the answers that have come meanwhile are read
 * before timers say that they are late. */
static void
receive_all(struct redis_link *link)
{
	for (int i = 0; i < CHUNKS_MAX && receive(link); i++)
		;
}

/* --- the way there --- */

static const char *
remedy_for(const struct redis_link *link, int error)
{
	if (link->settings->kind == STORE_WHERE_DAEMON &&
	    (error == ENOENT || error == ECONNREFUSED))
		return "; is mailreeve-policyd running?";
	switch (error) {
	case ENOENT:
		return "; is the server running, and is the path right?";
	case ECONNREFUSED:
		return "; is the server running?";
	case EACCES:
		return "; may this user open its socket?";
	case EAGAIN:	/* of a UNIX socket: its queue is full (connect(2)) */
		return "; the server takes no connections";
	default:
		return "";
	}
}

static void
not_this_one(struct redis_link *link, int error)
{
	drop_socket(link);
	if (link->tried < link->addresses.count)
		connect_next(link);
	else
		redis_link_break(link, arena_printf(link->arena,
		    "cannot connect: %s%s", strerror(error),
		    remedy_for(link, error)));
}

static void
begin_tls(struct redis_link *link)
{
	const char *error;

	link->tls = redis_tls_new(link->settings, link->arena, &error);
	if (link->tls == NULL)
		redis_link_break(link, error);
	else
		receive_tls(link, NULL, 0);
}

static void
finish_connect(struct redis_link *link)
{
	int error = 0, yes = 1;
	socklen_t len = sizeof(error);

	getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0) {
		not_this_one(link, error);
		return;
	}
	link->is_connected = true;
	if (!store_settings_has_path(link->settings)) {
		setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes,
		    sizeof(yes));
		setsockopt(link->fd, SOL_SOCKET, SO_KEEPALIVE, &yes,
		    sizeof(yes));
	}
	watch_for(link, EPOLLIN);
	if (link->settings->kind == STORE_WHERE_TLS)
		begin_tls(link);
	else
		open_now(link);
}

static void
on_event(void *arg, uint32_t events)
{
	struct redis_link *link = arg;

	if (!link->is_connected) {
		finish_connect(link);
		return;
	}
	if ((events & EPOLLOUT) != 0)
		flush(link);
	if (link->error == NULL &&
	    (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		receive_all(link);
}

static void
connect_next(struct redis_link *link)
{
	const struct redis_address *next = &link->addresses.list[
	    (link->first + link->tried) % link->addresses.count];

	link->tried++;
	link->fd = socket(next->address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0 || (connect(link->fd,
	    (const struct sockaddr *)&next->address, next->len) < 0 &&
	    errno != EINPROGRESS)) {
		not_this_one(link, errno);
		return;
	}
	link->events = EPOLLOUT;
	link->watch = loop_watch(link->loop, link->fd, EPOLLOUT, on_event,
	    link);
}

static void
on_addresses(void *arg, const struct redis_addresses *addresses)
{
	struct redis_link *link = arg;

	link->addresses = *addresses;
	redis_lookup_end(&link->lookup);
	if (link->addresses.error != NULL) {
		redis_link_break(link, arena_printf(link->arena,
		    "cannot find the host: %s", link->addresses.error));
		return;
	}
	link->first %= link->addresses.count;
	connect_next(link);
}

struct redis_link *
redis_link_open(const struct store_settings *settings, unsigned attempt,
    struct loop *loop, const struct redis_link_owner *owner)
{
	struct redis_link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		abort();
	link->settings = settings;
	link->loop = loop;
	link->owner = *owner;
	link->arena = arena_new(0);
	link->first = attempt;
	link->fd = -1;
	link->codec = redis_codec_new();
	link->lookup = redis_lookup_start(settings, loop, on_addresses,
	    link);
	return link;
}
