/* SPDX-License-Identifier: ISC */
/* test_directory_inquiry_away.c - questions from daemons, the database being away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/inquiry.h"
#include "directory_asked.h"
#include "pgsql_server.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000

#define WORLD "add class staff\nadd domain example.org\n" \
	"add user ann@example.org class=staff\n" \
	"add identity ann@example.org a@b.example\n"

/* Ask for what is there, with the file away, and with it back. */
static void
a_file_that_goes_and_comes_back(void **state)
{
	struct directory_lab *lab = *state;
	const char *path = lab->settings.place, *away;
	struct inquiry *inquiry = directories_inquiry(lab);

	away = arena_printf(lab->arena, "%s.away", path);
	directories_must_do(lab, WORLD);
	directory_asked_await(lab, inquiry, "class staff");
	directory_close(&lab->directory);
	assert_int_equal(rename(path, away), 0);
	directory_asked_await(lab, inquiry, "is unavailable: ");
	assert_non_null(strstr(inquiry_degraded(inquiry, lab->arena),
	    "is the path in 'where' right?"));
	assert_int_equal(rename(away, path), 0);
	directory_asked_await(lab, inquiry, "class staff");
	assert_null(inquiry_degraded(inquiry, lab->arena));
	inquiry_free(&inquiry);
}

/* A backup that takes the place of the file is seen without a restart. */
static void
a_file_in_the_place_of_another(void **state)
{
	struct directory_lab *lab = *state;
	const char *path = lab->settings.place, *backup;
	struct directory *directory;
	struct inquiry *inquiry;
	struct db_error error;

	backup = arena_printf(lab->arena, "%s.backup", path);
	directories_must_do(lab, WORLD);
	assert_int_equal(db_run(directory_db(lab->directory), lab->arena,
	    "SELECT 1", NULL, NULL, &error), 0);
	assert_int_equal(db_run(directory_db(lab->directory), lab->arena,
	    arena_printf(lab->arena, "VACUUM INTO '%s'", backup), NULL, NULL,
	    &error), 0);
	directories_must_do(lab, "set user ann@example.org quota=1g");
	inquiry = directories_inquiry(lab);
	directory_asked_await(lab, inquiry, "quota 1g");
	directory_close(&lab->directory);
	unlink(arena_printf(lab->arena, "%s-wal", path));
	unlink(arena_printf(lab->arena, "%s-shm", path));
	assert_int_equal(rename(backup, path), 0);
	directory_asked_await(lab, inquiry, "{\n\tclass staff;\n}");
	directory = directories_connect(lab, DB_WRITE);
	assert_string_equal(directories_do(lab, directory,
	    "set user ann@example.org quota=2g"), "");
	directory_asked_await(lab, inquiry, "quota 2g");
	directory_close(&directory);
	inquiry_free(&inquiry);
}

static void
a_server_that_is_stopped_and_started_again(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);

	directories_must_do(lab, WORLD);
	directory_asked_await(lab, inquiry, "class staff");
	for (int i = 0; i < 2; i++) {
		pgsql_server_stop(directories_server());
		directory_asked_await(lab, inquiry, "is the server running");
		assert_non_null(inquiry_degraded(inquiry, lab->arena));
		pgsql_server_start(directories_server());
		directory_asked_await(lab, inquiry, "class staff");
		assert_null(inquiry_degraded(inquiry, lab->arena));
	}
	directories_must_do(lab, "set user ann@example.org quota=1g");
	directory_asked_await(lab, inquiry, "quota 1g");
	inquiry_free(&inquiry);
}

static void
await_trouble(struct directory_lab *lab, struct inquiry *inquiry,
    bool is_wanted)
{
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS;

	while ((inquiry_degraded(inquiry, lab->arena) != NULL) != is_wanted) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(5000);
	}
}

static void
that_it_is_there_is_seen_though_nobody_asks(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	int64_t until_ms = clock_steady_ms() + AT_MOST_MS, first_ms;

	while ((first_ms = inquiry_seen_ms(inquiry)) == 0) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(5000);
	}
	while (inquiry_seen_ms(inquiry) == first_ms) {
		assert_true(clock_steady_ms() < until_ms);
		usleep(5000);
	}
	inquiry_free(&inquiry);
}

/* It holds its connections, and says nothing. */
static void
a_server_that_hangs_is_noticed_though_nobody_asks(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);
	struct directory_settings hasty = lab->settings;
	struct inquiry *inquiry;
	const char *reason;
	struct db_error error;

	directories_must_do(lab, WORLD);
	assert_int_equal(db_begin(db, DB_TXN_WRITE, lab->arena, &error), 0);
	hasty.timeout_ms = 200;
	inquiry = inquiry_new(&hasty, lab->arena, &reason);
	assert_non_null(inquiry);
	directory_asked_await(lab, inquiry, "class staff");
	assert_int_equal(db_script(db, lab->arena, "LOCK TABLE generation",
	    &error), 0);
	await_trouble(lab, inquiry, true);
	assert_non_null(strstr(inquiry_degraded(inquiry, lab->arena),
	    "no answer within 200 ms"));
	db_rollback(db);
	await_trouble(lab, inquiry, false);
	inquiry_free(&inquiry);
}

/* Restarted between two questions, so that the first after it finds a dead
 * connection: it is asked again over a new one, and nobody notices. */
static void
a_restart_between_two_questions_is_not_noticed(void **state)
{
	const char *key = "ann@example.org";
	struct directory_lab *lab = *state;
	struct directory_object *found;
	struct db_error error;

	directories_must_do(lab, WORLD);
	pgsql_server_stop(directories_server());
	pgsql_server_start(directories_server());
	if (directory_find(lab->directory, lab->arena, &kind_user, &key,
	    &found, &error) < 0)
		fail_msg("%s", error.text);
	pgsql_server_stop(directories_server());
	pgsql_server_start(directories_server());
	directories_must_do(lab, "set user ann@example.org quota=1g");
}

/* A daemon of another release is not surprised. */
static void
a_newer_schema_is_seen_and_not_guessed_at(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);
	struct inquiry *inquiry = directories_inquiry(lab);
	struct db_error error;

	directories_must_do(lab, WORLD);
	directory_asked_await(lab, inquiry, "class staff");
	assert_int_equal(db_begin(db, DB_TXN_WRITE, lab->arena, &error), 0);
	assert_int_equal(db_script(db, lab->arena, "INSERT INTO schema VALUES "
	    "(1000, 'future')", &error), 0);
	assert_int_equal(db_notify(db, lab->arena, &error), 0);
	assert_int_equal(db_commit(db, lab->arena, &error), 0);
	directory_asked_await(lab, inquiry, "its schema 1000 is newer than");
	inquiry_free(&inquiry);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(a_newer_schema_is_seen_and_not_guessed_at),
		DIRECTORY_TEST(that_it_is_there_is_seen_though_nobody_asks),
		SQLITE_TEST(a_file_that_goes_and_comes_back),
		SQLITE_TEST(a_file_in_the_place_of_another),
		PGSQL_TEST(a_server_that_is_stopped_and_started_again),
		PGSQL_TEST(a_server_that_hangs_is_noticed_though_nobody_asks),
		PGSQL_TEST(a_restart_between_two_questions_is_not_noticed),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
