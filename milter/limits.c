/* SPDX-License-Identifier: ISC */
/* limits.c - descriptors: as many as are allowed, and what they suffice for.
 *
 * Half of them are the resolver's (lib/dns/resolver_options.c), an eighth is
 * for control clients, files and the like. Of the rest a session takes two:
 * its connection, and a body that is too large for memory.
 *
 * Sessions beyond that are refused one by one, which Postfix understands. For
 * a lack of descriptors libmilter has no such answer: it asks accept() again at
 * once, and spins. When others take what was planned with, it is made to wait.
 */
#include "milter/limits.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"

/* More than this nobody needs, and some hosts allow a milliard. */
#define LIMITS_WANTED 65536
#define LIMITS_PER_SESSION 2
#define LIMITS_PAUSE_NS (50 * 1000 * 1000)

void
limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= LIMITS_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < LIMITS_WANTED ? limit.rlim_max
	    : LIMITS_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warn(NULL, "the limit on descriptors stays as it is");
}

size_t
limits_sessions(size_t wanted)
{
	struct rlimit limit;
	size_t possible;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return wanted;
	possible = limit.rlim_cur / 8 * 3 / LIMITS_PER_SESSION;
	if (possible >= wanted)
		return wanted;
	log_warn(NULL, "max_connections=%zu is too many for the limit on "
	    "descriptors=%llu: taking %zu", wanted,
	    (unsigned long long)limit.rlim_cur, possible);
	return possible;
}

/* In the place of the C library's: libmilter's calls, and nobody else's here. */
int
accept(int fd, __SOCKADDR_ARG address, socklen_t *len)
{
	const struct timespec pause = { .tv_nsec = LIMITS_PAUSE_NS };
	int conn = accept4(fd, address, len, SOCK_CLOEXEC);
	int error = errno;

	if (conn < 0 && (error == EMFILE || error == ENFILE ||
	    error == ENOBUFS || error == ENOMEM))
		nanosleep(&pause, NULL);
	errno = error;
	return conn;
}
