/* SPDX-License-Identifier: ISC */
/* limits.c - for how many sessions the descriptors suffice.
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
#include <sys/socket.h>
#include <time.h>

#include "base/descriptors.h"
#include "base/log.h"

#define LIMITS_PER_SESSION 2
#define LIMITS_PAUSE_NS (50 * 1000 * 1000)

size_t
limits_sessions(size_t wanted)
{
	size_t limit = descriptors_limit();
	size_t possible = limit / 8 * 3 / LIMITS_PER_SESSION;

	if (possible >= wanted)
		return wanted;
	log_warn(NULL, "max_connections=%zu is too many for the limit on "
	    "descriptors=%zu: taking %zu", wanted, limit, possible);
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
