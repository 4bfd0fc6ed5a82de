/* SPDX-License-Identifier: ISC */
/* threads.h - one thread for each connection, on Debian's pooled libmilter. */
#ifndef MILTER_THREADS_H
#define MILTER_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How sessions run from now on; before libmilter starts. use_pool: the
 * library's own workers, as if the self-test had failed. silent_ms: how long
 * a connection may send nothing. */
void threads_init(bool use_pool, int64_t silent_ms);

/* So many sessions may run; what comes beyond is closed at once (Postfix then
 * does what its milter_default_action says), and so is what gets no thread. The
 * log says so, once a minute at most. The library's own workers know no bound.
 * Any thread, at any time. */
void threads_limit(size_t max_sessions);

/* Why the library's own workers run the sessions, or NULL: threads do. */
const char *threads_degraded(void);

size_t threads_sessions(void);
size_t threads_refused(void);

/* Around a message under way: the thread's connection is not cut meanwhile. */
void threads_begin_message(void);
void threads_end_message(void);

/* Cut the connections that have no message under way, as they become idle, and
 * wait until all are gone or the steady clock reads deadline_ms. The number of
 * sessions that are left, of the library's workers those with a message; they
 * go on using what they use, so nothing of that may be freed. */
size_t threads_drain(int64_t deadline_ms);

/* Does what libmilter hands over look as this file knows it? For the
 * self-test at each session, and for its unit test. */
bool threads_knows_context(const void *context);

#endif
