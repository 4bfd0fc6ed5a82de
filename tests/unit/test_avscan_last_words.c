/* SPDX-License-Identifier: ISC */
/* test_avscan_last_words.c - what is told by a process that breaks, and by one
 * that does not. */
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "avscan/last_words.h"
#include "base/vec.h"

#define WORDS "what was known"
#define FOREVER_MS 600000
#define SOON_MS 50
/* A busy machine drops the words sooner. */
#define LATER_MS 1000

static void
write_nowhere(void)
{
	volatile uintptr_t nowhere = 16;

	*(volatile char *)nowhere = 1;
}

/* The compiler cannot make a loop of it. */
static int
use_stack(volatile int depth)
{
	volatile char page[4096];

	page[0] = (char)depth;
	if (depth == INT_MAX)
		return 0;
	return use_stack(depth + 1) + page[0];
}

static void
use_up_stack(void)
{
	(void)use_stack(0);
}

static void
take_for_ever(void)
{
	for (;;)
		pause();
}

static void
do_well(void)
{
	last_words_drop();
}

/* Nothing is left of it behind last_words_drop(). */
static void
take_long_behind(void)
{
	const struct timespec time = { .tv_sec = 2 * LATER_MS / 1000 };

	last_words_drop();
	nanosleep(&time, NULL);
}

static const struct {
	const char *sentence;
	void (*act)(void);
	int timeout_ms;
	bool speaks;
} cases[] = {
	{ "it writes where nothing is", write_nowhere, FOREVER_MS, true },
	{ "it gives up, as libraries do without memory", abort, FOREVER_MS,
	    true },
	{ "its stack is used up", use_up_stack, FOREVER_MS, true },
	{ "it takes too long", take_for_ever, SOON_MS, true },
	{ "nothing happens to it", do_well, FOREVER_MS, false },
	{ "it takes long when it may", take_long_behind, LATER_MS, false },
};

static void
play(size_t i, int fd)
{
	last_words_set(fd, WORDS, sizeof(WORDS), cases[i].timeout_ms);
	cases[i].act();
	_exit(EXIT_SUCCESS);
}

static void
a_process_that_breaks_says_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char said[64] = "";
		int pair[2], status;
		ssize_t got;
		pid_t pid;

		print_message("%s\n", cases[i].sentence);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		pid = fork();
		if (pid == 0)
			play(i, pair[1]);
		close(pair[1]);
		got = recv(pair[0], said, sizeof(said), MSG_WAITALL);
		assert_int_equal(got, cases[i].speaks ? sizeof(WORDS) : 0);
		assert_string_equal(said, cases[i].speaks ? WORDS : "");
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) &&
		    WEXITSTATUS(status) == EXIT_SUCCESS);
		close(pair[0]);
	}
}

/* Who would give it more is told at once. */
static void
who_says_them_listens_no_more(void **state)
{
	int pair[2], status;
	char said[64];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (pid == 0)
		play(0, pair[1]);
	/* Our own copy of its end stays open. */
	assert_int_equal(recv(pair[0], said, sizeof(WORDS), MSG_WAITALL),
	    sizeof(WORDS));
	assert_int_equal(send(pair[0], "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(pair[0]);
	close(pair[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_breaks_says_them),
		cmocka_unit_test(who_says_them_listens_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
