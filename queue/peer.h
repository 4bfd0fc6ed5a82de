/* SPDX-License-Identifier: ISC */
/* peer.h - who asks, and may he? */
#ifndef QUEUE_PEER_H
#define QUEUE_PEER_H

#include <stdbool.h>
#include <sys/types.h>

struct peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Who connected the UNIX socket fd. 0, or -1: it is none. */
int peer_of(int fd, struct peer *peer_r);

/* Is he root, or in the group? Where there is no such group only root may. */
bool peer_may_ask(const struct peer *peer, const char *group_name);

#endif
