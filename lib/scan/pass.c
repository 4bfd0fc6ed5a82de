/* SPDX-License-Identifier: ISC */
/* pass.c - bytes over a UNIX socket, with a descriptor beside them. */
#include "scan/pass.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for more than is allowed: the kernel closes what finds none, and we want
 * to know that there were several. */
#define DESCRIPTORS_SEEN 4

union control {
	char bytes[CMSG_SPACE(DESCRIPTORS_SEEN * sizeof(int))];
	struct cmsghdr aligned;
};

ssize_t
pass_send(int socket, const void *data, size_t len, int fd)
{
	union control control;
	struct iovec bytes = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &bytes, .msg_iovlen = 1 };
	struct cmsghdr *head;
	ssize_t done;

	if (fd >= 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
		head = CMSG_FIRSTHDR(&msg);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(int));
	}
	do
		done = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	return done;
}

/* Keep the first in *fd_r when it has none, close the others: how many had to
 * be closed. */
static size_t
take_descriptors(const struct cmsghdr *head, int *fd_r)
{
	size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	size_t closed = 0;

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
		if (*fd_r < 0) {
			*fd_r = fd;
		} else {
			close(fd);
			closed++;
		}
	}
	return closed;
}

ssize_t
pass_receive(int socket, void *data, size_t len, int *fd_r)
{
	union control control;
	struct iovec bytes = { data, len };
	struct msghdr msg = { .msg_iov = &bytes, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head;
	size_t closed = 0;
	ssize_t got;

	do
		got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return got;
	for (head = CMSG_FIRSTHDR(&msg); head != NULL;
	    head = CMSG_NXTHDR(&msg, head))
		if (head->cmsg_level == SOL_SOCKET &&
		    head->cmsg_type == SCM_RIGHTS)
			closed += take_descriptors(head, fd_r);
	if (closed == 0 && (msg.msg_flags & MSG_CTRUNC) == 0)
		return got;
	if (*fd_r >= 0)
		close(*fd_r);
	*fd_r = -1;
	errno = EPROTO;
	return -1;
}
