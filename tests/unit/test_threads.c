/* SPDX-License-Identifier: ISC */
/* test_threads.c - the self-test that guards the knowledge of libmilter. */
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "milter/threads.h"

/* How libmilter's private context begins, as threads.c expects it. */
struct fake_context {
	unsigned long thread_id;
	int fd;
	int rest[16];
};

static void
a_connected_socket_is_what_a_session_has(void **state)
{
	struct fake_context context = { .thread_id = 7 };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	context.fd = pair[0];
	assert_true(threads_knows_context(&context));
	close(pair[0]);
	close(pair[1]);
}

static void
anything_else_in_its_place_is_not_taken_for_one(void **state)
{
	struct fake_context context = { .thread_id = 7 };
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	int file = open("/dev/null", O_RDONLY), ends[2];
	int no_sockets[] = { -1, 1 << 30, file, 0, 0 };

	(void)state;
	assert_int_equal(pipe(ends), 0);
	no_sockets[3] = ends[0];
	no_sockets[4] = ends[1];
	for (size_t i = 0; i < sizeof(no_sockets) / sizeof(int); i++) {
		context.fd = no_sockets[i];
		assert_false(threads_knows_context(&context));
	}
	assert_int_equal(listen(listening, 1), 0);
	context.fd = listening;
	assert_false(threads_knows_context(&context));
	close(listening);
	close(file);
	close(ends[0]);
	close(ends[1]);
}

static void
the_configuration_can_choose_the_library_s_workers(void **state)
{
	(void)state;
	threads_init(false, 1000);
	assert_null(threads_degraded());
	threads_init(true, 1000);
	assert_non_null(threads_degraded());
	assert_int_equal(threads_sessions(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connected_socket_is_what_a_session_has),
		cmocka_unit_test(
		    anything_else_in_its_place_is_not_taken_for_one),
		cmocka_unit_test(
		    the_configuration_can_choose_the_library_s_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
