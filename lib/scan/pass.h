/* SPDX-License-Identifier: ISC */
/* pass.h - bytes over a UNIX socket, with a descriptor beside them. */
#ifndef SCAN_PASS_H
#define SCAN_PASS_H

#include <stddef.h>
#include <sys/types.h>

/* Send what the socket takes; fd (-1: none) goes with the first byte and stays
 * the caller's. As send(): how many bytes, or -1 with errno. */
ssize_t pass_send(int socket, const void *data, size_t len, int fd);

/* Receive up to len bytes. *fd_r, which is -1 before, becomes the descriptor
 * that came with them (close-on-exec), the caller's now. More than one, or one
 * where *fd_r has one already: all are closed and errno is EPROTO. As recv()
 * else. */
ssize_t pass_receive(int socket, void *data, size_t len, int *fd_r);

#endif
