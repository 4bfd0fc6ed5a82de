/* SPDX-License-Identifier: ISC */
/* last_words.c - what a worker has found before it does something that may break
 * it is told all the same.
 *
 * The handler of the signals does nothing but write and end: whatever state a
 * library was in, nobody ever sees it. It has a stack of its own, for who crashes
 * may have used up the other one. */
#include "avscan/last_words.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/net.h"
#include "base/vec.h"

#define STACK_BYTES ((size_t)64 * 1024)

static const int ends[] = { SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL,
	SIGABRT };

/* A handler has no argument. */
static struct {
	int fd;
	const char *data;
	size_t len;
} words;
static char stack[STACK_BYTES];

static void
say(int number)
{
	(void)number;
	/* The pool gives nothing more to who does not listen. */
	shutdown(words.fd, SHUT_RD);
	_exit(net_write_all(words.fd, words.data, words.len) < 0
	    ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void
handle(void (*handler)(int number))
{
	struct sigaction action = { .sa_handler = handler,
		.sa_flags = SA_ONSTACK };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		sigaction(ends[i], &action, NULL);
}

static void
set_timer(int timeout_ms)
{
	const struct itimerval timer = { .it_value = {
	    .tv_sec = timeout_ms / 1000,
	    .tv_usec = timeout_ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

void
last_words_set(int fd, const char *data, size_t len, int timeout_ms)
{
	const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };

	words.fd = fd;
	words.data = data;
	words.len = len;
	sigaltstack(&own, NULL);
	handle(say);
	set_timer(timeout_ms);
}

void
last_words_drop(void)
{
	set_timer(0);
	handle(SIG_DFL);
}
