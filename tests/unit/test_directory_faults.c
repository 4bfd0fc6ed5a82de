/* SPDX-License-Identifier: ISC */
/* test_directory_faults.c - locked, full, corrupt, gone, killed: nothing half-done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "check_text.h"
#include "directory_ann.h"
#include "pgsql_server.h"

/* So short that waiting is seen to end. */
#define SHORT_MS 1000

static const struct directory_author author = { "root", DIRECTORY_NOW };

/* --- in the way ------------------------------------------------------------ */

static void
who_writes_waits_for_who_writes_but_readers_do_not(void **state)
{
	struct directory_lab *lab = *state;
	struct directory_settings hasty_settings = lab->settings;
	struct directory *other = directories_connect(lab, DB_WRITE), *hasty;
	struct db_error error;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	/* SQLite is told at the opening; PostgreSQL may be slow to open. */
	if (lab->is_sqlite)
		hasty_settings.timeout_ms = 2 * SHORT_MS;
	hasty = directory_open(&hasty_settings, DB_WRITE);
	assert_string_equal(directory_ann_read(lab, hasty), DIRECTORY_ANN);
	hasty_settings.timeout_ms = 2 * SHORT_MS;
	assert_int_equal(directory_begin(lab->directory, &author, lab->arena,
	    &error), 0);
	assert_int_equal(directory_put(lab->directory, lab->arena,
	    directories_object(lab->arena, "user ann@example.org"), PUT_ANY,
	    &error), 0);
	check_text_begins(directories_do(lab, hasty, "add class gold"),
	    "busy: ");
	assert_string_equal(directory_ann_read(lab, other), DIRECTORY_ANN);
	assert_int_equal(directory_commit(lab->directory, lab->arena,
	    &error), 0);
	assert_string_equal(directories_do(lab, other, "add class gold"), "");
	assert_string_equal(directory_ann_read(lab, other),
	    "user ann@example.org {\n}\n");
	directory_close(&other);
	directory_close(&hasty);
}

/* A change in a process of its own, which says on a pipe that it is under way,
 * and then does what it is told. */
static pid_t
spawn_writer(struct directory_lab *lab, int first, int count, bool is_patient)
{
	int pipes[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		struct directory *own = directories_connect(lab, DB_WRITE);
		struct db_error error;
		int failed = 0;

		if (is_patient) {
			for (int i = first; i < first + count; i++)
				failed |= *directories_do(lab, own,
				    directory_ann_others(lab, i, 1)) != '\0';
			_exit(failed);
		}
		if (directory_begin(own, &author, lab->arena, &error) < 0)
			_exit(1);
		for (int i = 0; i < count; i++)
			if (directory_put(own, lab->arena, directories_object(
			    lab->arena, arena_printf(lab->arena,
			    "user k%d@example.org", i)), PUT_NEW, &error) < 0)
				_exit(1);
		if (write(pipes[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(pipes[1]);
	if (!is_patient)
		assert_int_equal(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	return pid;
}

static void
two_administrators_at_once_lose_nothing(void **state)
{
	enum { EACH = 40 };
	struct directory_lab *lab = *state;
	int64_t before, after, count;
	struct db_error error;
	pid_t pids[2];
	int status;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	assert_int_equal(directory_generation(lab->directory, lab->arena,
	    &before, &error), 0);
	for (int i = 0; i < 2; i++)
		pids[i] = spawn_writer(lab, i * EACH, EACH, true);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(directory_count(lab->directory, lab->arena,
	    &kind_user, NULL, &count, &error), 0);
	assert_int_equal(count, 2 * EACH + 1);
	assert_int_equal(directory_generation(lab->directory, lab->arena,
	    &after, &error), 0);
	assert_int_equal(after, before + 2 * EACH);
}

static void
a_process_killed_in_a_change_leaves_the_old_state(void **state)
{
	struct directory_lab *lab = *state;
	const char *before;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	before = directories_dump(lab, lab->directory);
	for (int i = 0; i < 3; i++) {
		pid_t pid = spawn_writer(lab, 0, 1 + i * 200, false);

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_string_equal(directories_dump(lab, lab->directory),
		    before);
		directories_must_do(lab, "add class gold");
		directories_must_do(lab, "delete class gold");
	}
}

static void
what_one_reads_is_one_state(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *other = directories_connect(lab, DB_READ);
	const char *before;
	struct db_error error;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	assert_int_equal(directory_read_begin(other, lab->arena, &error), 0);
	before = directories_dump(lab, other);
	directories_must_do(lab,
	    "set user ann@example.org quota=1g\nadd class gold");
	assert_string_equal(directories_dump(lab, other), before);
	directory_read_end(other);
	assert_string_not_equal(directories_dump(lab, other), before);
	directory_close(&other);
}

/* --- PostgreSQL ------------------------------------------------------------ */

static void
a_server_stopped_in_a_change_leaves_the_old_state(void **state)
{
	struct directory_lab *lab = *state;
	struct db_error error;
	const char *before;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	before = directories_dump(lab, lab->directory);
	assert_int_equal(directory_begin(lab->directory, &author, lab->arena,
	    &error), 0);
	assert_int_equal(directory_put(lab->directory, lab->arena,
	    directories_object(lab->arena, "class gold"), PUT_NEW, &error),
	    0);
	pgsql_server_stop(directories_server());
	assert_int_equal(directory_put(lab->directory, lab->arena,
	    directories_object(lab->arena, "class tin"), PUT_NEW, &error),
	    -1);
	assert_int_equal(error.trouble, DB_GONE);
	pgsql_server_start(directories_server());
	/* Not in another transaction, as if nothing had been. */
	assert_int_equal(directory_put(lab->directory, lab->arena,
	    directories_object(lab->arena, "class tin"), PUT_NEW, &error),
	    -1);
	assert_int_equal(directory_commit(lab->directory, lab->arena, &error),
	    -1);
	assert_string_equal(directories_dump(lab, lab->directory), before);
	directories_must_do(lab, "add class gold");
}

static void
a_commit_without_an_answer_says_that_nobody_knows(void **state)
{
	struct directory_lab *lab = *state;
	struct db_error error;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	assert_int_equal(directory_begin(lab->directory, &author, lab->arena,
	    &error), 0);
	pgsql_server_stop(directories_server());
	assert_int_equal(directory_commit(lab->directory, lab->arena, &error),
	    -1);
	assert_int_equal(error.trouble, DB_GONE);
	assert_non_null(strstr(error.text, "whether the change was made is "
	    "not known"));
	pgsql_server_start(directories_server());
	assert_string_equal(directory_ann_read(lab, lab->directory),
	    DIRECTORY_ANN);
}

static void
a_server_that_does_not_answer_is_not_waited_for(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);
	struct directory_settings settings = lab->settings;
	struct directory *other = directory_open(&settings, DB_READ);
	struct db_error error;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	settings.timeout_ms = SHORT_MS;
	assert_int_equal(db_begin(db, DB_TXN_WRITE, lab->arena, &error), 0);
	assert_int_equal(db_script(db, lab->arena, "LOCK TABLE users",
	    &error), 0);
	check_text_begins(directory_ann_read(lab, other), "gone: ");
	assert_non_null(strstr(directory_ann_read(lab, other),
	    "no answer within"));
	db_rollback(db);
	settings.timeout_ms = lab->settings.timeout_ms;
	assert_string_equal(directory_ann_read(lab, other), DIRECTORY_ANN);
	directory_close(&other);
}

static void
what_a_server_refuses_is_told(void **state)
{
	static const struct {
		const char *name, *more, *password_file, *trouble, *text;
	} cases[] = {
		{ "no such database", " dbname=absent", NULL, "gone: ",
		  "database \"absent\" does not exist" },
		{ "no such user", " user=absent", NULL, "gone: ",
		  "role \"absent\" does not exist" },
		{ "no such server", " host=/absent", NULL, "gone: ",
		  "is the server running" },
		{ "no password file", "", "/absent", "gone: ",
		  "cannot read password_file /absent" },
		{ "a standby", " options='-c default_transaction_read_only="
		  "on'", NULL, "read-only: ", "read-only transaction" },
		{ "another encoding", " dbname=ascii", NULL, "other: ",
		  "has the encoding SQL_ASCII; make one with ENCODING "
		  "'UTF8'" },
	};
	struct directory_lab *lab = *state;
	const char *place = lab->settings.place;
	struct db *db = directory_db(lab->directory);

	directories_must_run(lab, db, "CREATE DATABASE ascii ENCODING "
	    "'SQL_ASCII' TEMPLATE template0");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct directory *other;
		const char *result;

		lab->settings.place = arena_printf(lab->arena, "%s%s", place,
		    cases[i].more);
		lab->settings.password_file = cases[i].password_file;
		other = directories_connect(lab, DB_WRITE);
		result = directories_do(lab, other, "add class gold");
		if (strncmp(result, cases[i].trouble,
		    strlen(cases[i].trouble)) != 0 ||
		    strstr(result, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].name, result);
		directory_close(&other);
	}
	lab->settings.place = place;
	lab->settings.password_file = NULL;
	directories_must_run(lab, db, "DROP DATABASE ascii");
}

/* What another program has written. */
static void
a_value_that_makes_no_sense_is_told_with_its_place(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	directories_must_run(lab, db, "UPDATE users SET status = 'asleep'");
	check_text_begins(directory_ann_read(lab, lab->directory), "other: ");
	assert_non_null(strstr(directory_ann_read(lab, lab->directory), "user "
	    "ann@example.org has 'asleep' as 'status', which makes no "
	    "sense"));
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(
		    who_writes_waits_for_who_writes_but_readers_do_not),
		DIRECTORY_TEST(two_administrators_at_once_lose_nothing),
		DIRECTORY_TEST(
		    a_process_killed_in_a_change_leaves_the_old_state),
		DIRECTORY_TEST(what_one_reads_is_one_state),
		DIRECTORY_TEST(
		    a_value_that_makes_no_sense_is_told_with_its_place),
		PGSQL_TEST(a_server_stopped_in_a_change_leaves_the_old_state),
		PGSQL_TEST(a_commit_without_an_answer_says_that_nobody_knows),
		PGSQL_TEST(a_server_that_does_not_answer_is_not_waited_for),
		PGSQL_TEST(what_a_server_refuses_is_told),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
