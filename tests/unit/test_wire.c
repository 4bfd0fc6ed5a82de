/* SPDX-License-Identifier: ISC */
/* test_wire.c - the buffers below libmilter: what is read and written is the
 * same, and nobody waits for what has not left. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "milter/wire.h"

struct pair {
	struct wire wire;
	int ours, theirs;
};

static int
setup(void **state)
{
	static struct pair pair;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pair.ours = fds[0];
	pair.theirs = fds[1];
	wire_attach(&pair.wire, pair.ours, 50, 200);
	*state = &pair;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *pair = *state;

	wire_detach(&pair->wire);
	close(pair->ours);
	close(pair->theirs);
	return 0;
}

static int
is_ready(int fd, short events, int timeout_ms)
{
	struct pollfd fds = { .fd = fd, .events = events };
	int count = poll(&fds, 1, timeout_ms);

	return count == 1 && (fds.revents & events) == events;
}

static ssize_t
write_text(int fd, const char *text)
{
	struct iovec parts[2] = {
		{ (void *)text, 1 },
		{ (void *)(text + 1), strlen(text) - 1 },
	};

	return writev(fd, parts, 2);
}

static void
small_reads_are_served_from_one_large_one(void **state)
{
	struct pair *pair = *state;
	char piece[4] = "";

	assert_false(is_ready(pair->ours, POLLIN, 0));
	assert_int_equal(send(pair->theirs, "abcdefgh", 8, 0), 8);
	assert_true(is_ready(pair->ours, POLLIN, 1000));
	assert_int_equal(read(pair->ours, piece, 3), 3);
	assert_memory_equal(piece, "abc", 3);
	assert_true(wire_has_input(&pair->wire));
	assert_true(is_ready(pair->ours, POLLIN, 0));
	assert_int_equal(read(pair->ours, piece, 3), 3);
	assert_memory_equal(piece, "def", 3);
	assert_int_equal(read(pair->ours, piece, 4), 2);
	assert_memory_equal(piece, "gh", 2);
	assert_false(is_ready(pair->ours, POLLIN, 0));
}

static void
what_is_written_leaves_before_anybody_waits_for_input(void **state)
{
	struct pair *pair = *state;
	char got[32] = "";

	assert_true(is_ready(pair->ours, POLLOUT, 0));
	assert_int_equal(write_text(pair->ours, "one,"), 4);
	assert_int_equal(write_text(pair->ours, "two"), 3);
	assert_int_equal(recv(pair->theirs, got, sizeof(got), MSG_DONTWAIT),
	    -1);
	assert_false(is_ready(pair->ours, POLLIN, 0));
	assert_int_equal(recv(pair->theirs, got, sizeof(got), MSG_DONTWAIT),
	    7);
	assert_string_equal(got, "one,two");
}

static void
bytes_of_all_sizes_arrive_as_they_were_sent(void **state)
{
	static const size_t sizes[] = { 1, 5, 16383, 16384, 16385, 65536,
		100000 };
	struct pair *pair = *state;
	char *sent = malloc(100000), *got = malloc(100000);
	int size = 400000;

	setsockopt(pair->ours, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(pair->theirs, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (size_t i = 0; i < 100000; i++)
		sent[i] = (char)(i * 31 >> 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct iovec part = { sent, sizes[i] };
		size_t done = 0;

		assert_int_equal(writev(pair->ours, &part, 1), sizes[i]);
		assert_int_equal(wire_flush(&pair->wire), 0);
		assert_int_equal(recv(pair->theirs, got, sizes[i],
		    MSG_WAITALL), sizes[i]);
		assert_memory_equal(got, sent, sizes[i]);
		assert_int_equal(send(pair->theirs, sent, sizes[i], 0),
		    sizes[i]);
		memset(got, 0, sizes[i]);
		while (done < sizes[i]) {
			ssize_t n = read(pair->ours, got + done,
			    sizes[i] - done);

			assert_true(n > 0);
			done += (size_t)n;
		}
		assert_memory_equal(got, sent, sizes[i]);
	}
	free(sent);
	free(got);
}

static void
the_end_of_the_input_is_seen_behind_the_last_byte(void **state)
{
	struct pair *pair = *state;
	char got[8];

	assert_int_equal(send(pair->theirs, "xy", 2, 0), 2);
	shutdown(pair->theirs, SHUT_WR);
	assert_int_equal(read(pair->ours, got, 1), 1);
	assert_true(is_ready(pair->ours, POLLIN, 0));
	assert_int_equal(read(pair->ours, got, 1), 1);
	assert_true(is_ready(pair->ours, POLLIN, 0));
	assert_int_equal(read(pair->ours, got, 1), 0);
}

static void
waiting_sends_and_reads_and_ends_with_silence(void **state)
{
	struct pair *pair = *state;
	char got[8] = "";

	assert_int_equal(write_text(pair->ours, "ask"), 3);
	assert_false(wire_wait(&pair->wire));
	assert_int_equal(recv(pair->theirs, got, 8, MSG_DONTWAIT), 3);
	assert_int_equal(send(pair->theirs, "answer", 6, 0), 6);
	assert_true(wire_wait(&pair->wire));
	assert_true(wire_has_input(&pair->wire));
	assert_true(wire_wait(&pair->wire));
	assert_int_equal(read(pair->ours, got, 8), 6);
	assert_memory_equal(got, "answer", 6);
	/* libmilter's millisecond: the next wait reads it. */
	assert_int_equal(send(pair->theirs, "more", 4, 0), 4);
	assert_false(is_ready(pair->ours, POLLIN, 1));
	assert_true(wire_wait(&pair->wire));
	assert_true(is_ready(pair->ours, POLLIN, 1));
}

static void
whoever_waits_for_the_end_finds_it(void **state)
{
	struct pair *pair = *state;
	char got[8];

	shutdown(pair->theirs, SHUT_WR);
	assert_true(wire_wait(&pair->wire));
	assert_false(wire_has_input(&pair->wire));
	assert_true(is_ready(pair->ours, POLLIN, 1));
	assert_int_equal(read(pair->ours, got, 8), 0);
	assert_true(wire_wait(&pair->wire));
}

static void
an_end_of_our_own_is_found_too(void **state)
{
	struct pair *pair = *state;
	char got[8];

	wire_end(&pair->wire);
	assert_true(is_ready(pair->ours, POLLIN, 1));
	assert_int_equal(read(pair->ours, got, 8), 0);
	assert_int_equal(recv(pair->theirs, got, 8, 0), 0);
}

static void
a_peer_that_is_gone_makes_the_next_write_fail(void **state)
{
	struct pair *pair = *state;

	shutdown(pair->theirs, SHUT_RDWR);
	assert_int_equal(write_text(pair->ours, "lost"), 4);
	assert_int_equal(wire_flush(&pair->wire), -1);
	assert_int_equal(write_text(pair->ours, "more"), -1);
	assert_int_equal(errno, EPIPE);
}

static int64_t
steady_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
a_peer_that_never_reads_is_given_up(void **state)
{
	static const size_t sizes[] = { 1000, 100000 };
	static char data[100000];
	struct pair *pair = *state;

	for (size_t i = 0; i < 2; i++) {
		struct iovec part = { data, sizes[i] };
		int64_t start_ms = steady_ms();

		while (writev(pair->ours, &part, 1) > 0)
			assert_true(steady_ms() - start_ms < 5000);
		/* libmilter tries again at EAGAIN. */
		assert_int_equal(errno, EPIPE);
		assert_true(steady_ms() - start_ms < 5000);
	}
	assert_true(is_ready(pair->ours, POLLIN, 0));
	assert_int_equal(read(pair->ours, data, 1), 0);
	assert_true(wire_wait(&pair->wire));
}

static void
input_that_has_come_is_there_behind_a_failed_write(void **state)
{
	struct pair *pair = *state;
	char got[8];

	assert_int_equal(send(pair->theirs, "xy", 2, 0), 2);
	shutdown(pair->theirs, SHUT_RD);
	assert_int_equal(write_text(pair->ours, "lost"), 4);
	assert_true(wire_wait(&pair->wire));
	assert_int_equal(read(pair->ours, got, 8), 2);
	assert_int_equal(read(pair->ours, got, 8), 0);
}

static void
other_descriptors_get_the_system_calls(void **state)
{
	char got[8];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_false(is_ready(fds[0], POLLIN, 0));
	assert_int_equal(write_text(fds[1], "pipe"), 4);
	assert_true(is_ready(fds[0], POLLIN, 0));
	assert_int_equal(read(fds[0], got, 2), 2);
	assert_int_equal(read(fds[0], got, 8), 2);
	errno = 0;
	assert_int_equal(read(-1, got, 1), -1);
	assert_int_equal(errno, EBADF);
	close(fds[0]);
	close(fds[1]);
}

static void
a_rest_gives_back_only_what_is_empty(void **state)
{
	struct pair *pair = *state;
	char got[8];

	assert_int_equal(send(pair->theirs, "abc", 3, 0), 3);
	assert_int_equal(read(pair->ours, got, 1), 1);
	assert_int_equal(write_text(pair->ours, "keep"), 4);
	wire_rest(&pair->wire);
	assert_int_equal(read(pair->ours, got, 8), 2);
	assert_int_equal(wire_flush(&pair->wire), 0);
	assert_int_equal(recv(pair->theirs, got, 8, 0), 4);
	wire_rest(&pair->wire);
	assert_null(pair->wire.in);
	assert_null(pair->wire.out);
	assert_int_equal(send(pair->theirs, "d", 1, 0), 1);
	assert_int_equal(read(pair->ours, got, 8), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    small_reads_are_served_from_one_large_one, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_written_leaves_before_anybody_waits_for_input,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    bytes_of_all_sizes_arrive_as_they_were_sent, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    the_end_of_the_input_is_seen_behind_the_last_byte, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    waiting_sends_and_reads_and_ends_with_silence, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    whoever_waits_for_the_end_finds_it, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_end_of_our_own_is_found_too, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_peer_that_is_gone_makes_the_next_write_fail, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_peer_that_never_reads_is_given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    input_that_has_come_is_there_behind_a_failed_write, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    other_descriptors_get_the_system_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_rest_gives_back_only_what_is_empty, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
