/* SPDX-License-Identifier: ISC */
/* load_link.c - moves the bytes of one session to its server and back. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_link.h"
#include "load_run.h"

enum { READ_SIZE = 16384 };

static void
watch(struct load_link *link, int epoll, int op, bool writes)
{
	struct epoll_event event = {
		.events = EPOLLIN | (writes ? EPOLLOUT : 0),
		.data.ptr = link,
	};

	link->wants_write = writes;
	epoll_ctl(epoll, op, link->fd, &event);
}

enum load_link_end
load_link_open(struct load_link *link, const struct load_hop *hop, int epoll)
{
	const struct sockaddr *addr = (const void *)&hop->addr;
	enum load_link_end end = LINK_REFUSED;
	int one = 1;
	int fd = socket(addr->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && addr->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fd < 0 || (connect(fd, addr, hop->addr_len) != 0 &&
	    errno != EINPROGRESS)) {
		end = errno == EAGAIN ? LINK_BUSY : LINK_REFUSED;
		if (fd >= 0)
			close(fd);
		return end;
	}
	link->fd = fd;
	link->session.is_policy = hop->is_policy;
	load_session_start(&link->session);
	watch(link, epoll, EPOLL_CTL_ADD, true);
	return LINK_OPEN;
}

bool
load_link_flush(struct load_link *link, int epoll)
{
	struct wire_buf *out = &link->session.out;

	for (;;) {
		ssize_t sent = out->len == out->done ? 0 : send(link->fd,
		    out->data + out->done, out->len - out->done, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			return false;
		if (sent < 0)
			break;
		out->done += (size_t)sent;
		wire_buf_shift(out);
		load_session_fill(&link->session);
		if (out->len == 0)
			break;
	}
	if (link->wants_write != (out->len > 0))
		watch(link, epoll, EPOLL_CTL_MOD, out->len > 0);
	return true;
}

long
load_link_receive(struct load_link *link)
{
	struct wire_buf *in = &link->session.in;
	char *room = wire_buf_room(in, READ_SIZE);
	ssize_t got = recv(link->fd, room, READ_SIZE, 0);

	if (got < 0 && errno == EAGAIN)
		return 0;
	if (got <= 0)
		return -1;
	in->len += (size_t)got;
	return got;
}

void
load_link_close(struct load_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->session.msg = NULL;
}
