/* SPDX-License-Identifier: ISC */
/* test_acceptor.c - who connects, also when no descriptor is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/acceptor.h"
#include "base/arena.h"
#include "base/loop.h"
#include "base/net.h"
#include "scratch.h"

#define PATIENCE_MS 60000
#define SHORTAGE_MS 300

struct lab {
	struct arena *arena;
	char folder[SCRATCH_SIZE], path[80];
	struct loop *loop;
	struct acceptor *acceptor;
	int listener;
	struct rlimit limit;		/* as it was */
	bool is_short;			/* of descriptors */
	int wanted, accepted, accepted_short;
};

static void
on_fd(void *arg, int fd)
{
	struct lab *lab = arg;

	close(fd);
	lab->accepted++;
	lab->accepted_short += lab->is_short;
	if (lab->accepted == lab->wanted)
		loop_stop(lab->loop);
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	const char *error = "";

	lab->arena = arena_new(0);
	lab->loop = loop_new();
	scratch_folder(lab->folder, "acceptor");
	snprintf(lab->path, sizeof(lab->path), "%s/s", lab->folder);
	lab->listener = net_listen_unix(lab->path, 0600, lab->arena, &error);
	assert_true(lab->listener >= 0);
	lab->acceptor = acceptor_new(lab->loop, lab->listener, on_fd, lab);
	getrlimit(RLIMIT_NOFILE, &lab->limit);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	acceptor_free(&lab->acceptor);
	close(lab->listener);
	unlink(lab->path);
	rmdir(lab->folder);
	loop_free(&lab->loop);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void
dial(struct lab *lab, int fds[], int count)
{
	const char *error;

	for (int i = 0; i < count; i++) {
		fds[i] = net_connect_unix(lab->path, PATIENCE_MS, lab->arena,
		    &error);
		assert_true(fds[i] >= 0);
	}
	lab->wanted = count;
}

/* The next descriptor would be one too many. */
static void
use_up(struct lab *lab)
{
	int next = dup(lab->listener);
	struct rlimit none = { (rlim_t)next, lab->limit.rlim_max };

	close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	lab->is_short = true;
}

static void
on_relief(void *arg)
{
	struct lab *lab = arg;

	setrlimit(RLIMIT_NOFILE, &lab->limit);
	lab->is_short = false;
}

static void
on_over(void *arg)
{
	struct lab *lab = arg;

	loop_stop(lab->loop);
}

static void
all_that_connect_are_given(void **state)
{
	struct lab *lab = *state;
	int fds[20];

	dial(lab, fds, 20);
	loop_run(lab->loop);
	assert_int_equal(lab->accepted, 20);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

static void
who_comes_in_a_shortage_waits_for_its_end(void **state)
{
	struct lab *lab = *state;
	struct loop_timer *over;
	int fds[2];

	dial(lab, fds, 2);
	use_up(lab);
	loop_after(lab->loop, SHORTAGE_MS, on_relief, lab);
	over = loop_after(lab->loop, PATIENCE_MS, on_over, lab);
	loop_run(lab->loop);
	assert_int_equal(lab->accepted, 2);
	assert_int_equal(lab->accepted_short, 0);
	loop_cancel(&over);
	close(fds[0]);
	close(fds[1]);
}

static void
one_that_ends_in_a_shortage_is_never_called(void **state)
{
	struct lab *lab = *state;
	int fd;

	dial(lab, &fd, 1);
	use_up(lab);
	loop_after(lab->loop, 50, on_over, lab);
	loop_run(lab->loop);
	acceptor_free(&lab->acceptor);
	on_relief(lab);
	loop_after(lab->loop, SHORTAGE_MS, on_over, lab);
	loop_run(lab->loop);
	assert_int_equal(lab->accepted, 0);
	close(fd);
}

#define LAB(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LAB(all_that_connect_are_given),
		LAB(who_comes_in_a_shortage_waits_for_its_end),
		LAB(one_that_ends_in_a_shortage_is_never_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
