/* SPDX-License-Identifier: ISC */
/* test_store_snapshot.c - the store in memory survives a restart, and every
 * way in which a file can be broken. */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "store/charge.h"
#include "store/greylist.h"
#include "store/mail_id.h"
#include "store/memory.h"

#define BASE_MS INT64_C(1795000320000)
#define PATIENCE_MS 60000

struct lab {
	struct arena *arena;
	char folder[64];
	char path[80], old_path[96];
	char log[4096];
};

static void
keep_line(void *arg, enum log_level level, const char *line)
{
	struct lab *lab = arg;
	size_t len = strlen(lab->log);

	(void)level;
	snprintf(lab->log + len, sizeof(lab->log) - len, "%s\n", line);
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	lab->arena = arena_new(0);
	strcpy(lab->folder, "/tmp/mailreeve-memory-XXXXXX");
	assert_non_null(mkdtemp(lab->folder));
	snprintf(lab->path, sizeof(lab->path), "%s/memory", lab->folder);
	snprintf(lab->old_path, sizeof(lab->old_path), "%s.old", lab->path);
	log_set_sink(keep_line, lab);
	/* memory_save() looks for what has expired by this clock. */
	clock_set(BASE_MS);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	log_set_sink(NULL, NULL);
	clock_set(-1);
	unlink(arena_printf(lab->arena, "%s.new", lab->path));
	unlink(lab->path);
	unlink(lab->old_path);
	rmdir(lab->folder);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static struct store *
open_store(struct lab *lab)
{
	const char *error = "";
	struct store *store = memory_open(lab->path, lab->arena, &error);

	if (store == NULL)
		fail_msg("%s", error);
	return store;
}

/* What the counter has used after the charge, or before it when amount is 0. */
static int64_t
charge(struct lab *lab, struct store *store, int number, int64_t amount)
{
	const struct charge_item item = {
		str_from(arena_printf(lab->arena, "mr:{a}:count:%d", number)),
		3600000, -1, amount };
	const struct charge asked = {
		.name = str_from(arena_printf(lab->arena, "mr:{a}:charge:%d",
		    number)),
		.now_ms = BASE_MS, .items = &item, .item_count = 1 };
	struct store_call *call = amount == 0 ?
	    usage_ask(store, lab->arena, &asked, NULL) :
	    charge_ask(store, lab->arena, &asked, NULL);
	struct charge_result result;
	const char *error = "";

	assert_int_equal(charge_read(lab->arena, store_call_answer(call),
	    &result, &error), 0);
	store_call_unref(&call);
	return result.items[0].used;
}

/* Charge it by 1 under a name of its own. */
static void
charge_again(struct lab *lab, struct store *store, int number, int round)
{
	const struct charge_item item = {
		str_from(arena_printf(lab->arena, "mr:{a}:count:%d", number)),
		3600000, -1, 1 };
	const struct charge asked = {
		.name = str_from(arena_printf(lab->arena,
		    "mr:{a}:charge:%d/%d", number, round)),
		.now_ms = BASE_MS, .items = &item, .item_count = 1 };
	struct store_call *call = charge_ask(store, lab->arena, &asked, NULL);

	assert_int_equal(store_call_answer(call)->status, STORE_DONE);
	store_call_unref(&call);
}

static void
save_now(struct lab *lab, struct store *store)
{
	const char *error = "";

	if (memory_save_now(store, lab->arena, &error) != 0)
		fail_msg("%s", error);
}

static struct str
read_file(struct lab *lab, const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = arena_alloc(lab->arena, 1 << 16);
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, 1 << 16, file);
	assert_true(len < 1 << 16);
	fclose(file);
	return str_of(bytes, len);
}

static void
write_file(const char *path, struct str bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
	fclose(file);
}

/* --- what works ---------------------------------------------------------- */

static void
everything_survives_a_restart(void **state)
{
	struct lab *lab = *state;
	const struct greylist greylist = { STR("mr:{a}:grey:1"),
	    STR("mr:{a}:client:1"), BASE_MS, 1, 1000, 1000, 0 };
	const struct mail_id mail = { STR("h\0st"), STR("i"), STR("q"),
	    "01JD000000000000000000000A", STR("c"), BASE_MS };
	struct store *store = open_store(lab);
	struct greylist_result again;
	struct mail_id_result id;
	struct store_call *call;
	const char *error;

	for (int i = 0; i < 100; i++)
		charge(lab, store, i, i + 1);
	call = greylist_ask(store, lab->arena, &greylist, NULL);
	store_call_unref(&call);
	call = mail_id_ask(store, lab->arena, &mail, NULL);
	store_call_unref(&call);
	save_now(lab, store);
	store_free(&store);

	store = open_store(lab);
	assert_int_equal(memory_count(store), 203);
	for (int i = 0; i < 100; i++)
		assert_int_equal(charge(lab, store, i, 0), i + 1);
	/* The names too: a repeat adds nothing. */
	assert_int_equal(charge(lab, store, 7, 8), 8);
	call = greylist_ask(store, lab->arena, &greylist, NULL);
	assert_int_equal(greylist_read(store_call_answer(call), &again,
	    &error), 0);
	assert_int_equal(again.first_ms, BASE_MS);
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

static ino_t
inode_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_ino : 0;
}

/* Until a condition of a child's doing holds; it must within a minute. */
static void
save_until(struct lab *lab, struct store *store, bool wants_error,
    const char **error_r)
{
	int64_t until_ms = clock_steady_ms() + PATIENCE_MS;
	bool is_done = false;

	while (!is_done) {
		int rc = memory_save(store, lab->arena, error_r);

		is_done = wants_error ? rc != 0 : inode_of(lab->path) != 0;
		assert_true(wants_error || rc == 0);
		assert_true(clock_steady_ms() < until_ms);
		usleep(2000);
	}
}

static void
a_child_writes_it_while_the_parent_goes_on(void **state)
{
	struct lab *lab = *state;
	struct store *store = open_store(lab), *other;
	const char *error = "";

	charge(lab, store, 1, 1);
	assert_int_equal(memory_save(store, lab->arena, &error), 0);
	charge(lab, store, 2, 2);
	save_until(lab, store, false, &error);
	other = open_store(lab);
	assert_int_equal(charge(lab, other, 1, 0), 1);
	store_free(&other);
	save_now(lab, store);
	other = open_store(lab);
	assert_int_equal(charge(lab, other, 2, 0), 2);
	store_free(&other);
	store_free(&store);
	assert_string_equal(lab->log, "");
}

static void
nothing_is_written_when_nothing_has_changed(void **state)
{
	struct lab *lab = *state;
	struct store *store = open_store(lab);
	ino_t first;

	save_now(lab, store);
	assert_int_equal(inode_of(lab->path), 0);
	charge(lab, store, 1, 1);
	save_now(lab, store);
	first = inode_of(lab->path);
	save_now(lab, store);
	charge(lab, store, 1, 0);
	save_now(lab, store);
	assert_int_equal(inode_of(lab->path), first);
	store_free(&store);
	store = open_store(lab);
	save_now(lab, store);
	assert_int_equal(inode_of(lab->path), first);
	charge(lab, store, 2, 1);
	save_now(lab, store);
	assert_int_not_equal(inode_of(lab->path), first);
	assert_int_equal(inode_of(lab->old_path), first);
	store_free(&store);
}

static void
without_a_file_there_is_nothing_to_write(void **state)
{
	struct lab *lab = *state;
	const char *error = "";
	struct store *store = memory_open(NULL, lab->arena, &error);

	charge(lab, store, 1, 1);
	assert_int_equal(memory_save(store, lab->arena, &error), 0);
	assert_int_equal(memory_save_now(store, lab->arena, &error), 0);
	store_free(&store);
}

static void
what_a_killed_one_left_is_written_over(void **state)
{
	struct lab *lab = *state;
	struct store *store = open_store(lab);

	write_file(arena_printf(lab->arena, "%s.new", lab->path),
	    str_of(arena_zalloc(lab->arena, 100000), 100000));
	charge(lab, store, 1, 1);
	save_now(lab, store);
	store_free(&store);
	store = open_store(lab);
	assert_int_equal(charge(lab, store, 1, 0), 1);
	store_free(&store);
	assert_string_equal(lab->log, "");
}

/* --- what is broken ------------------------------------------------------ */

/* A file with the counter 1 at 1, and before it one with the counter 1 at 0. */
static struct str
two_snapshots(struct lab *lab)
{
	struct store *store = open_store(lab);

	charge(lab, store, 0, 1);
	save_now(lab, store);
	charge(lab, store, 1, 1);
	save_now(lab, store);
	store_free(&store);
	return read_file(lab, lab->path);
}

static void
torn_at_any_byte_the_one_before_it_counts(void **state)
{
	struct lab *lab = *state;
	struct str whole = two_snapshots(lab);

	for (size_t len = 0; len < whole.len; len++) {
		struct store *store;

		lab->log[0] = '\0';
		write_file(lab->path, str_sub(whole, 0, len));
		store = open_store(lab);
		assert_int_equal(charge(lab, store, 0, 0), 1);
		assert_int_equal(charge(lab, store, 1, 0), 0);
		store_free(&store);
		assert_non_null(strstr(lab->log, "the snapshot is torn"));
	}
	printf("counted: torn at %zu places\n", whole.len);
}

static void
torn_without_one_before_it_nothing_counts(void **state)
{
	struct lab *lab = *state;
	struct str whole = two_snapshots(lab);
	struct store *store;

	write_file(lab->path, str_sub(whole, 0, whole.len - 1));
	unlink(lab->old_path);
	store = open_store(lab);
	assert_int_equal(memory_count(store), 0);
	/* And the next one is written as ever. */
	charge(lab, store, 1, 1);
	save_now(lab, store);
	store_free(&store);
	store = open_store(lab);
	assert_int_equal(charge(lab, store, 1, 0), 1);
	store_free(&store);
	write_file(lab->old_path, STR("MRmem"));
	write_file(lab->path, str_sub(whole, 0, 100));
	store = open_store(lab);
	assert_int_equal(memory_count(store), 0);
	store_free(&store);
}

/* Bytes 0 to 7 tell whose file it is, 8 to 11 its version. */
static void
any_changed_byte_is_noticed(void **state)
{
	struct lab *lab = *state;
	struct str whole = two_snapshots(lab);
	char *bytes = arena_memdup(lab->arena, whole.data, whole.len);

	for (size_t i = 0; i < whole.len; i++) {
		const char *error = "";
		struct store *store;

		lab->log[0] = '\0';
		bytes[i] ^= 0x10;
		write_file(lab->path, str_of(bytes, whole.len));
		bytes[i] ^= 0x10;
		store = memory_open(lab->path, lab->arena, &error);
		if (i < 8) {
			assert_null(store);
			assert_non_null(strstr(error, "no snapshot of ours"));
			continue;
		}
		assert_int_equal(memory_count(store), i < 12 ? 0 : 2);
		assert_int_equal(charge(lab, store, 1, 0), 0);
		assert_non_null(strstr(lab->log, i < 12 ?
		    "written by another version" : "the snapshot is torn"));
		store_free(&store);
	}
}

static void
a_file_of_somebody_else_is_left_alone(void **state)
{
	static const struct str foreign[] = {
		{ "hello", 5 },
		{ "\0\0\0\0\0\0\0\0\0\0", 10 },
		{ "REDIS0009", 9 },
	};
	struct lab *lab = *state;
	const char *error;

	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		write_file(lab->path, foreign[i]);
		assert_null(memory_open(lab->path, lab->arena, &error));
		assert_non_null(strstr(error, lab->path));
		assert_non_null(strstr(error, "no snapshot of ours; name "
		    "another file or remove this one"));
		assert_true(str_eq(read_file(lab, lab->path), foreign[i]));
	}
}

static void
what_cannot_be_read_or_written_is_told(void **state)
{
	struct lab *lab = *state;
	const char *error = "";
	struct store *store;

	assert_null(memory_open(lab->folder, lab->arena, &error));
	assert_non_null(strstr(error, "cannot read the snapshot: "
	    "Is a directory"));
	snprintf(lab->path, sizeof(lab->path), "%s/no/memory", lab->folder);
	store = open_store(lab);
	assert_int_equal(memory_save(store, lab->arena, &error), 0);
	charge(lab, store, 1, 1);
	assert_int_equal(memory_save_now(store, lab->arena, &error), -1);
	assert_non_null(strstr(error, "cannot write the snapshot: "
	    "No such file or directory"));
	error = "";
	save_until(lab, store, true, &error);
	assert_non_null(strstr(error, "No such file or directory"));
	/* The folder is there again: nothing was lost. */
	snprintf(lab->path, sizeof(lab->path), "%s/no", lab->folder);
	assert_int_equal(mkdir(lab->path, 0700), 0);
	snprintf(lab->path, sizeof(lab->path), "%s/no/memory", lab->folder);
	save_now(lab, store);
	store_free(&store);
	assert_int_not_equal(inode_of(lab->path), 0);
	unlink(lab->path);
	rmdir(arena_printf(lab->arena, "%s/no", lab->folder));
}

/* --- killed -------------------------------------------------------------- */

#define KILLS 15
#define KILL_ENTRIES 2000

/* Charge all counters once more and write, again and again: in each snapshot
 * all of them stand at the same value. A byte to ready for each of the first. */
static void
write_forever(struct lab *lab, int ready)
{
	struct store *store = open_store(lab);

	for (int round = 1;; round++) {
		struct arena *arena = lab->arena;

		lab->arena = arena_new(0);
		for (int i = 0; i < KILL_ENTRIES; i++)
			charge_again(lab, store, i, round);
		save_now(lab, store);
		arena_free(&lab->arena);
		lab->arena = arena;
		if (write(ready, "x", 1) != 1)
			_exit(1);
	}
}

/* Kill it while it works on one of its next rounds. */
static void
kill_in_the_middle(struct lab *lab, int rounds)
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
	struct lab *lab = *state;
	int half_written = 0;

	for (int kills = 1; kills <= KILLS; kills++) {
		struct store *store;
		int64_t used;

		unlink(lab->path);
		kill_in_the_middle(lab, 1 + kills % 4);
		half_written += inode_of(arena_printf(lab->arena, "%s.new",
		    lab->path)) != 0;
		store = open_store(lab);
		used = charge(lab, store, 0, 0);
		assert_true(used >= 1 + kills % 4);
		for (int i = 0; i < KILL_ENTRIES; i++)
			assert_int_equal(charge(lab, store, i, 0), used);
		store_free(&store);
	}
	assert_string_equal(lab->log, "");
	printf("counted: killed %d times, %d of them within a file\n", KILLS,
	    half_written);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_survives_a_restart),
		TEST(a_child_writes_it_while_the_parent_goes_on),
		TEST(nothing_is_written_when_nothing_has_changed),
		TEST(without_a_file_there_is_nothing_to_write),
		TEST(what_a_killed_one_left_is_written_over),
		TEST(torn_at_any_byte_the_one_before_it_counts),
		TEST(torn_without_one_before_it_nothing_counts),
		TEST(any_changed_byte_is_noticed),
		TEST(a_file_of_somebody_else_is_left_alone),
		TEST(what_cannot_be_read_or_written_is_told),
		TEST(killed_while_it_writes_a_whole_snapshot_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
