/* SPDX-License-Identifier: ISC */
/* zygote.h - the process of which workers are made.
 *
 * It is forked before the daemon has opened or read anything: it has no heap of
 * the daemon's, no descriptor but the socket on which it is told to fork, and no
 * byte of a stranger ever comes there. What parsers need from files is loaded
 * once, here; so a worker is made in the time of a fork, and never opens a file.
 * A worker is known by its number, which no other ever has: a process id may be
 * another's by the time that it is used. */
#ifndef AVSCAN_ZYGOTE_H
#define AVSCAN_ZYGOTE_H

#include <stdint.h>
#include <sys/types.h>

#include "avscan/limits.h"

struct zygote;

/* Make it: prepare() runs there once (NULL, or why it failed), work(fd, limits)
 * in each worker and must not return. First thing in main(). NULL with the
 * reason. */
struct zygote *zygote_start(const char *(*prepare)(void),
    void (*work)(int fd, const struct worker_limits *limits),
    const char **error_r);
/* It ends, and all workers with it. */
void zygote_stop(struct zygote **zygote);

/* Reads ready while zygote_hear() has something to tell. */
int zygote_fd(const struct zygote *zygote);

/* Fork worker number (not 0) with this socket, which stays the caller's. -1 and
 * errno: the zygote does not take it now. */
int zygote_fork(struct zygote *zygote, uint64_t number, int fd,
    const struct worker_limits *limits);
/* SIGKILL, if it is still there. */
int zygote_kill(struct zygote *zygote, uint64_t number);

struct zygote_news {
	uint64_t number;
	pid_t pid;		/* it has begun; 0: it has ended */
	int status;		/* as of wait(2), then; -1: there was no fork */
};

/* 1: news; 0: none now; -1: the zygote is gone. */
int zygote_hear(struct zygote *zygote, struct zygote_news *news_r);

#endif
