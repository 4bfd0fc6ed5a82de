/* SPDX-License-Identifier: ISC */
/* acceptor.h - who connects to a listening socket, one after another. */
#ifndef BASE_ACCEPTOR_H
#define BASE_ACCEPTOR_H

struct acceptor;
struct loop;

/* Call function(arg, fd) in the loop for each connection to listen_fd; fd is
 * non-blocking and the function's. Without descriptors it pauses: who stands in
 * line would wake the loop again at once. listen_fd stays the caller's, and is
 * closed after the acceptor. */
struct acceptor *acceptor_new(struct loop *loop, int listen_fd,
    void (*function)(void *arg, int fd), void *arg);
void acceptor_free(struct acceptor **acceptor);

#endif
