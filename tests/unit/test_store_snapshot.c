/* SPDX-License-Identifier: ISC */
/* test_store_snapshot.c - the store in memory survives a restart, and being
 * killed at any time. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "snapshot_lab.h"
#include "store/charge.h"
#include "store/greylist.h"
#include "store/mail_id.h"
#include "store/memory.h"
#include "store/memory_private.h"
#include "store/request.h"

static void
everything_survives_a_restart(void **state)
{
	struct snapshot_lab *lab = *state;
	const struct greylist greylist = { STR("mr:{a}:grey:1"),
	    STR("mr:{a}:client:1"), SNAPSHOT_LAB_MS, 1, 1000, 1000, 0 };
	const struct mail_id mail = { STR("h\0st"), STR("i"), STR("q"),
	    "01JD000000000000000000000A", STR("c"), SNAPSHOT_LAB_MS };
	struct store *store = snapshot_lab_open(lab);
	struct greylist_result again;
	struct mail_id_result id;
	struct store_call *call;
	const char *error;

	for (int i = 0; i < 100; i++)
		snapshot_lab_charge(lab, store, i, i + 1);
	call = greylist_ask(store, lab->arena, &greylist, NULL);
	store_call_unref(&call);
	call = mail_id_ask(store, lab->arena, &mail, NULL);
	store_call_unref(&call);
	snapshot_lab_save(lab, store);
	store_free(&store);

	store = snapshot_lab_open(lab);
	assert_int_equal(memory_count(store), 203);
	for (int i = 0; i < 100; i++)
		assert_int_equal(snapshot_lab_charge(lab, store, i, 0), i + 1);
	/* The names too: a repeat adds nothing. */
	assert_int_equal(snapshot_lab_charge(lab, store, 7, 8), 8);
	call = greylist_ask(store, lab->arena, &greylist, NULL);
	assert_int_equal(greylist_read(store_call_answer(call), &again,
	    &error), 0);
	assert_int_equal(again.first_ms, SNAPSHOT_LAB_MS);
	store_call_unref(&call);
	call = mail_id_ask(store, lab->arena, &mail, NULL);
	assert_int_equal(mail_id_read(lab->arena, store_call_answer(call),
	    &id, &error), 0);
	assert_string_equal(id.id, mail.proposal);
	assert_int_equal(id.charge_count, 1);
	store_call_unref(&call);
	store_free(&store);
	assert_string_equal(lab->log, "");
}

static void
a_child_writes_it_while_the_parent_goes_on(void **state)
{
	struct snapshot_lab *lab = *state;
	struct store *store = snapshot_lab_open(lab), *other;
	const char *error = "";

	snapshot_lab_charge(lab, store, 1, 1);
	assert_int_equal(memory_save(store, lab->arena, &error), 0);
	snapshot_lab_charge(lab, store, 2, 2);
	snapshot_lab_save_until(lab, store, false, &error);
	other = snapshot_lab_open(lab);
	assert_int_equal(snapshot_lab_charge(lab, other, 1, 0), 1);
	store_free(&other);
	snapshot_lab_save(lab, store);
	other = snapshot_lab_open(lab);
	assert_int_equal(snapshot_lab_charge(lab, other, 2, 0), 2);
	store_free(&other);
	store_free(&store);
	assert_string_equal(lab->log, "");
}

static void
nothing_is_written_when_nothing_has_changed(void **state)
{
	struct snapshot_lab *lab = *state;
	struct store *store = snapshot_lab_open(lab);
	ino_t first;

	snapshot_lab_save(lab, store);
	assert_int_equal(snapshot_lab_inode(lab->path), 0);
	snapshot_lab_charge(lab, store, 1, 1);
	snapshot_lab_save(lab, store);
	first = snapshot_lab_inode(lab->path);
	snapshot_lab_save(lab, store);
	snapshot_lab_charge(lab, store, 1, 0);
	snapshot_lab_save(lab, store);
	assert_int_equal(snapshot_lab_inode(lab->path), first);
	store_free(&store);
	store = snapshot_lab_open(lab);
	snapshot_lab_save(lab, store);
	assert_int_equal(snapshot_lab_inode(lab->path), first);
	snapshot_lab_charge(lab, store, 2, 1);
	snapshot_lab_save(lab, store);
	assert_int_not_equal(snapshot_lab_inode(lab->path), first);
	assert_int_equal(snapshot_lab_inode(lab->old_path), first);
	store_free(&store);
}

static void
without_a_file_there_is_nothing_to_write(void **state)
{
	struct snapshot_lab *lab = *state;
	const char *error = "";
	struct store *store = memory_open(NULL, lab->arena, &error);

	snapshot_lab_charge(lab, store, 1, 1);
	assert_int_equal(memory_save(store, lab->arena, &error), 0);
	assert_int_equal(memory_save_now(store, lab->arena, &error), 0);
	store_free(&store);
}

static void
what_a_killed_one_left_is_written_over(void **state)
{
	struct snapshot_lab *lab = *state;
	struct store *store = snapshot_lab_open(lab);

	snapshot_lab_write(arena_printf(lab->arena, "%s.new", lab->path),
	    str_of(arena_zalloc(lab->arena, 100000), 100000));
	snapshot_lab_charge(lab, store, 1, 1);
	snapshot_lab_save(lab, store);
	store_free(&store);
	store = snapshot_lab_open(lab);
	assert_int_equal(snapshot_lab_charge(lab, store, 1, 0), 1);
	store_free(&store);
	assert_string_equal(lab->log, "");
}

/* --- killed -------------------------------------------------------------- */

#define KILLS 15
#define KILL_ENTRIES 2000

/* Charge all counters once more and write, again and again: in each
 * snapshot all of them stand at the same value. A byte to ready for each of the
 * first. */
static void
write_forever(struct snapshot_lab *lab, int ready)
{
	struct store *store = snapshot_lab_open(lab);

	for (int round = 1;; round++) {
		struct arena *arena = lab->arena;

		lab->arena = arena_new(0);
		for (int i = 0; i < KILL_ENTRIES; i++)
			snapshot_lab_charge_as(lab, store,
			    arena_printf(lab->arena, "%d/%d", i, round), i, 1);
		snapshot_lab_save(lab, store);
		arena_free(&lab->arena);
		lab->arena = arena;
		if (write(ready, "x", 1) != 1)
			_exit(1);
	}
}

/* Kill it while it works on one of its next rounds. */
static void
kill_in_the_middle(struct snapshot_lab *lab, int rounds)
{
	int ready[2];
	pid_t writer;
	char byte;

	assert_int_equal(pipe(ready), 0);
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		write_forever(lab, ready[1]);
	}
	close(ready[1]);
	for (int i = 0; i < rounds; i++)
		assert_int_equal(read(ready[0], &byte, 1), 1);
	/* Somewhere in a round, most of which is writing. */
	usleep((useconds_t)(rounds * 977 % 5000));
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	close(ready[0]);
}

static void
killed_while_it_writes_a_whole_snapshot_is_there(void **state)
{
	struct snapshot_lab *lab = *state;
	int half_written = 0;

	for (int kills = 1; kills <= KILLS; kills++) {
		struct store *store;
		int64_t used;

		unlink(lab->path);
		kill_in_the_middle(lab, 1 + kills % 4);
		half_written += snapshot_lab_inode(arena_printf(lab->arena, "%s.new",
		    lab->path)) != 0;
		store = snapshot_lab_open(lab);
		used = snapshot_lab_charge(lab, store, 0, 0);
		assert_true(used >= 1 + kills % 4);
		for (int i = 0; i < KILL_ENTRIES; i++)
			assert_int_equal(snapshot_lab_charge(lab, store, i, 0), used);
		store_free(&store);
	}
	assert_string_equal(lab->log, "");
	printf("counted: killed %d times, %d of them within a file\n", KILLS,
	    half_written);
}

/* Numbers of a file may be anything that STORE_NEVER allows, and a sum of two of
 * them more: one such entry must not cost all others. */
static void
what_is_kept_longer_than_for_ever_is_read_again(void **state)
{
	struct memory *memory = memory_new(), *again = memory_new();
	int fd = memfd_create("snapshot", 0);
	char bytes[256];
	ssize_t len;

	(void)state;
	memory_put(memory, STR("long"), 8, 1000, 2 * STORE_NEVER);
	memory_put(memory, STR("short"), 8, 1000, 2000);
	assert_int_equal(memory_snapshot_write(memory, fd), 0);
	len = pread(fd, bytes, sizeof(bytes), 0);
	assert_true(len > 0);
	assert_int_equal(memory_snapshot_parse(again, str_of(bytes,
	    (size_t)len)), SNAPSHOT_LOADED);
	assert_int_equal(again->count, 2);
	close(fd);
	memory_drop(memory);
	memory_drop(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SNAPSHOT_LAB_TEST(everything_survives_a_restart),
		SNAPSHOT_LAB_TEST(a_child_writes_it_while_the_parent_goes_on),
		SNAPSHOT_LAB_TEST(nothing_is_written_when_nothing_has_changed),
		SNAPSHOT_LAB_TEST(without_a_file_there_is_nothing_to_write),
		SNAPSHOT_LAB_TEST(what_a_killed_one_left_is_written_over),
		SNAPSHOT_LAB_TEST(killed_while_it_writes_a_whole_snapshot_is_there),
		cmocka_unit_test(what_is_kept_longer_than_for_ever_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
