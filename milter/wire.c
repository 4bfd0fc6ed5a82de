/* SPDX-License-Identifier: ISC */
/* wire.c - fewer system calls below libmilter.
 *
 * libmilter polls three times and reads twice for each packet, and Postfix sends
 * two packets (the macros, the event) for each header field: some 250 system
 * calls to receive one message, half of the time that a message costs. It polls
 * and writes for each answer, too. It does all that through poll(), read() and
 * writev(), so a program that defines them can put buffers below it, without
 * knowing anything of the protocol: what Postfix sent is read in one go, and
 * what libmilter writes leaves before anybody waits for more input.
 *
 * Between commands the library, built with its pool, polls for a millisecond
 * before it hands the session back: for a slow client that is one sleep more,
 * with a timer. Here it is told at once that there is nothing, and the session
 * sleeps in wire_wait().
 *
 * The definitions are the whole process's. They act only on a thread that has a
 * wire, and only on that descriptor; everybody else gets the system call.
 */
#include "milter/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "milter/wire_buffer.h"

#define WIRE_LIBRARY_WAITS_MS 1

/* These replace the C library's, which declare them with attributes. */
int poll(struct pollfd *fds, nfds_t count, int timeout_ms);
ssize_t read(int fd, void *data, size_t size);
ssize_t writev(int fd, const struct iovec *parts, int count);

static _Thread_local struct wire *this_wire;

static struct wire *
wire_of(int fd)
{
	struct wire *wire = this_wire;

	return wire != NULL && wire->fd == fd ? wire : NULL;
}

static void
set_patience(int fd, int option, int64_t ms)
{
	struct timeval patience = { ms / 1000, ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, option, &patience, sizeof(patience));
}

void
wire_attach(struct wire *wire, int fd, int64_t wait_ms, int64_t send_ms)
{
	*wire = (struct wire){ .fd = fd };
	this_wire = wire;
	set_patience(fd, SO_RCVTIMEO, wait_ms);
	set_patience(fd, SO_SNDTIMEO, send_ms);
}

void
wire_detach(struct wire *wire)
{
	wire_flush(wire);
	this_wire = NULL;
	wire_buffer_give(wire->in);
	wire_buffer_give(wire->out);
	*wire = (struct wire){ .fd = -1 };
}

bool
wire_has_input(const struct wire *wire)
{
	return wire->in_at < wire->in_len;
}

/* After a failure, silence of the reader included, nothing more is sent: half a
 * packet may have left. */
static int
send_all(struct wire *wire, const char *data, size_t size)
{
	while (size != 0 && !wire->is_broken) {
		ssize_t sent = send(wire->fd, data, size, MSG_NOSIGNAL);

		if (sent >= 0) {
			data += sent;
			size -= (size_t)sent;
		} else if (errno != EINTR) {
			wire->is_broken = true;
		}
	}
	return wire->is_broken ? -1 : 0;
}

int
wire_flush(struct wire *wire)
{
	size_t size = wire->out_len;

	wire->out_len = 0;
	return send_all(wire, wire->out, size);
}

static ssize_t
fill(struct wire *wire)
{
	ssize_t got;

	if (wire->in == NULL)
		wire->in = wire_buffer_take();
	got = recv(wire->fd, wire->in, WIRE_BUFFER_SIZE, 0);
	wire->in_at = 0;
	wire->in_len = got > 0 ? (size_t)got : 0;
	return got;
}

void
wire_end(struct wire *wire)
{
	shutdown(wire->fd, SHUT_RDWR);
	wire->has_ended = true;
}

bool
wire_wait(struct wire *wire)
{
	ssize_t got;

	if (wire_has_input(wire) || wire->has_ended)
		return true;
	if (wire_flush(wire) < 0) {
		wire_end(wire);
		return true;
	}
	do
		got = fill(wire);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return false;
	wire->has_ended = got <= 0;
	return true;
}

void
wire_rest(struct wire *wire)
{
	if (!wire_has_input(wire)) {
		wire_buffer_give(wire->in);
		wire->in = NULL;
		wire->in_at = wire->in_len = 0;
	}
	if (wire->out_len == 0) {
		wire_buffer_give(wire->out);
		wire->out = NULL;
	}
}

static int
system_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec timeout = { timeout_ms / 1000,
	    timeout_ms % 1000 * 1000000L };

	return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	/* The C library declares that poll() only writes there. */
	const struct pollfd *volatile asked = fds;
	struct wire *wire = count == 1 ? wire_of(asked->fd) : NULL;

	if (wire == NULL)
		return system_poll(fds, count, timeout_ms);
	if ((asked->events & POLLOUT) != 0 || wire_has_input(wire) ||
	    wire->has_ended) {
		fds->revents = asked->events;
		return 1;
	}
	/* Nobody waits for an answer that has not left. */
	if (wire_flush(wire) < 0) {
		wire_end(wire);
		fds->revents = asked->events;
		return 1;
	}
	return timeout_ms == WIRE_LIBRARY_WAITS_MS ? 0
	    : system_poll(fds, count, timeout_ms);
}

/* What of the input fits into data. */
static ssize_t
take(struct wire *wire, void *data, size_t size)
{
	size_t left;
	ssize_t got;

	if (!wire_has_input(wire)) {
		/* A large piece of a body needs no copy in between. */
		if (size >= WIRE_BUFFER_SIZE)
			return recv(wire->fd, data, size, 0);
		got = fill(wire);
		if (got <= 0)
			return got;
	}
	left = wire->in_len - wire->in_at;
	if (size > left)
		size = left;
	memcpy(data, wire->in + wire->in_at, size);
	wire->in_at += size;
	return (ssize_t)size;
}

ssize_t
read(int fd, void *data, size_t size)
{
	struct wire *wire = wire_of(fd);
	ssize_t got;

	if (wire == NULL)
		return syscall(SYS_read, fd, data, size);
	got = take(wire, data, size);
	if (got <= 0 || packet_look(&wire->watch, data, (size_t)got))
		return got;
	/* What would break libmilter is the end of the input instead. */
	wire_end(wire);
	wire->in_at = wire->in_len;
	return 0;
}

/* One part; what does not fit below the others goes out at once. */
static void
put(struct wire *wire, struct iovec part)
{
	if (part.iov_len > WIRE_BUFFER_SIZE - wire->out_len)
		wire_flush(wire);
	if (part.iov_len > WIRE_BUFFER_SIZE) {
		send_all(wire, part.iov_base, part.iov_len);
		return;
	}
	memcpy(wire->out + wire->out_len, part.iov_base, part.iov_len);
	wire->out_len += part.iov_len;
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	struct wire *wire = wire_of(fd);
	ssize_t sum = 0;

	if (wire == NULL)
		return syscall(SYS_writev, fd, parts, count);
	if (wire->out == NULL)
		wire->out = wire_buffer_take();
	for (int i = 0; i < count && !wire->is_broken; i++) {
		put(wire, parts[i]);
		sum += (ssize_t)parts[i].iov_len;
	}
	if (!wire->is_broken)
		return sum;
	/* Not EAGAIN, at which libmilter would try again. */
	errno = EPIPE;
	return -1;
}
