/* SPDX-License-Identifier: ISC */
/* test_directory_file_faults.c - a file that is missing, full, corrupt, not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "check_text.h"
#include "directory_ann.h"
#include "directory/schema.h"

/* Of somebody who is nobody here. */
#define OTHER_ID 65534
/* Long beside a statement. */
#define WHILE_US 200000
#define PATIENCE_MS 60000

/* --- SQLite ---------------------------------------------------------------- */

static void
without_a_file_it_says_what_makes_one(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *other;

	lab->settings.place = arena_printf(lab->arena, "%s/absent",
	    lab->folder);
	other = directories_connect(lab, DB_READ);
	check_text_begins(directory_ann_read(lab, other), "gone: ");
	assert_non_null(strstr(directory_ann_read(lab, other),
	    "'mailreeve directory upgrade' makes a new one"));
	directory_close(&other);
	assert_int_not_equal(access(lab->settings.place, F_OK), 0);
}

static void
in_a_full_database_nothing_is_half_done(void **state)
{
	struct directory_lab *lab = *state;
	struct db *db = directory_db(lab->directory);
	const char *before;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	before = directories_dump(lab, lab->directory);
	directories_must_run(lab, db, "PRAGMA max_page_count = 1");
	check_text_begins(directories_do(lab, lab->directory,
	    directory_ann_others(lab, 0, 500)), "full: ");
	assert_string_equal(directories_dump(lab, lab->directory), before);
	directories_must_run(lab, db, "PRAGMA max_page_count = 100000");
	directories_must_do(lab, directory_ann_others(lab, 0, 500));
}

#define CANNOT_MOUNT 77
#define DISK_OPTIONS "size=1m"
#define BALLAST_SIZE 262144

/* In a child: on a disk that is small. A file on it makes room in the end. */
static int
fill_a_disk(struct directory_lab *lab)
{
	const char *folder = arena_printf(lab->arena, "%s/disk", lab->folder);
	const char *ballast = arena_printf(lab->arena, "%s/ballast", folder);
	const char *before, *result;
	struct directory *own;
	struct db_error error;
	struct db *db;
	int64_t from;

	if (mkdir(folder, 0700) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", folder, "tmpfs", 0, DISK_OPTIONS) < 0)
		return CANNOT_MOUNT;
	if (posix_fallocate(open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600), 0, BALLAST_SIZE) != 0)
		return 1;
	lab->settings.place = arena_printf(lab->arena, "%s/db", folder);
	db = db_new(&lab->settings, DB_CREATE);
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		return 2;
	db_free(&db);
	own = directories_connect(lab, DB_WRITE);
	if (*directories_do(lab, own, DIRECTORY_ANN_WORLD) != '\0')
		return 3;
	before = directories_dump(lab, own);
	result = directories_do(lab, own, directory_ann_others(lab, 0, 4000));
	if (strncmp(result, "full: ", strlen("full: ")) != 0) {
		fprintf(stderr, "%s\n", result);
		return 4;
	}
	if (strcmp(directories_dump(lab, own), before) != 0)
		return 5;
	unlink(ballast);
	return *directories_do(lab, own,
	    directory_ann_others(lab, 0, 10)) != '\0';
}

static void
on_a_full_disk_nothing_is_half_done(void **state)
{
	struct directory_lab *lab = *state;
	int status;
	pid_t pid;

	directory_close(&lab->directory);
	pid = fork();
	if (pid == 0)
		_exit(fill_a_disk(lab));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT) {
		printf("skipped: no disk can be mounted here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void
overwrite(const char *path, off_t from, size_t len)
{
	char garbage[4096];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0 && len <= sizeof(garbage));
	memset(garbage, 0x5a, sizeof(garbage));
	assert_int_equal(pwrite(fd, garbage, len, from), len);
	close(fd);
}

static void
what_is_corrupt_is_told_and_a_backup_is_seen(void **state)
{
	static const struct {
		const char *name;
		off_t from;
		size_t len;
	} cases[] = {
		{ "no database at all", 0, 100 },
		{ "the pages of the schema", 100, 3900 },
	};
	struct directory_lab *lab = *state;
	const char *path = lab->settings.place;
	const char *backup = arena_printf(lab->arena, "%s.backup", path);
	struct directory *reader;

	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	directories_must_run(lab, directory_db(lab->directory),
	    arena_printf(lab->arena, "VACUUM INTO '%s'", backup));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		directory_close(&lab->directory);
		unlink(arena_printf(lab->arena, "%s-wal", path));
		unlink(arena_printf(lab->arena, "%s-shm", path));
		overwrite(path, cases[i].from, cases[i].len);
		lab->directory = directories_connect(lab, DB_WRITE);
		check_text_begins(directory_ann_read(lab, lab->directory),
		    "corrupt: ");
		assert_non_null(strstr(directory_ann_read(lab, lab->directory),
		    "restore it from a backup"));
		unlink(path);
		assert_int_equal(link(backup, path), 0);
		assert_string_equal(directory_ann_read(lab, lab->directory),
		    DIRECTORY_ANN);
		directory_close(&lab->directory);
		/* Not the backup itself, which has two names now. */
		unlink(path);
		assert_int_equal(rename(backup, path), 0);
		reader = directories_connect(lab, DB_WRITE);
		directories_must_run(lab, directory_db(reader),
		    arena_printf(lab->arena, "VACUUM INTO '%s'", backup));
		directory_close(&reader);
	}
}

/* As another user, of the group with this id, in a process of its own. */
static int
as_other(struct directory_lab *lab, gid_t gid,
    int (*function)(struct directory_lab *lab))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setgid(gid) < 0 ||
		    setuid(OTHER_ID) < 0)
			_exit(100);
		_exit(function(lab));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static int
may_read_but_not_write(struct directory_lab *lab)
{
	struct directory *reader = directories_connect(lab, DB_READ);
	struct directory *writer = directories_connect(lab, DB_WRITE);
	const char *result;
	int status = 0;

	if (strcmp(directory_ann_read(lab, reader), DIRECTORY_ANN) != 0) {
		fprintf(stderr, "%s\n", directory_ann_read(lab, reader));
		status |= 1;
	}
	result = directories_do(lab, writer, "add class gold");
	if (strncmp(result, "read-only: ", strlen("read-only: ")) != 0) {
		fprintf(stderr, "%s\n", result);
		status |= 2;
	}
	directory_close(&reader);
	directory_close(&writer);
	return status;
}

static int
may_not_read(struct directory_lab *lab)
{
	struct directory *reader = directories_connect(lab, DB_READ);
	const char *result = directory_ann_read(lab, reader);

	directory_close(&reader);
	return strncmp(result, "read-only: ", strlen("read-only: ")) != 0 ||
	    strstr(result, "'mailreeve directory upgrade', run by its owner, "
	    "makes them") == NULL;
}

/* The group of the folder reads, whether a writer is alive or not. */
static void
another_user_of_the_group_reads(void **state)
{
	struct directory_lab *lab = *state;
	const char *folder = arena_printf(lab->arena, "%s/shared",
	    lab->folder);
	struct db_error error;
	struct db *db;
	int64_t from;

	if (geteuid() != 0) {
		printf("skipped: only root can be another user\n");
		skip();
	}
	directory_close(&lab->directory);
	assert_int_equal(chmod(lab->folder, 0755), 0);
	assert_int_equal(mkdir(folder, 0750), 0);
	assert_int_equal(chown(folder, 0, 12345), 0);
	lab->settings.place = arena_printf(lab->arena, "%s/db", folder);
	umask(077);
	db = db_new(&lab->settings, DB_CREATE);
	assert_int_equal(schema_upgrade(db, lab->arena, &from, &error), 0);
	db_free(&db);
	lab->directory = directories_connect(lab, DB_WRITE);
	directories_must_do(lab, DIRECTORY_ANN_WORLD);
	assert_int_equal(as_other(lab, 12345, may_read_but_not_write), 0);
	directory_close(&lab->directory);
	assert_int_equal(as_other(lab, 12345, may_read_but_not_write), 0);
	assert_int_equal(as_other(lab, OTHER_ID, may_not_read), 0);
	/* A backup that was put there as one file. */
	unlink(arena_printf(lab->arena, "%s/db-wal", folder));
	unlink(arena_printf(lab->arena, "%s/db-shm", folder));
	assert_int_equal(as_other(lab, 12345, may_not_read), 0);
	db = db_new(&lab->settings, DB_CREATE);
	assert_int_equal(schema_upgrade(db, lab->arena, &from, &error), 0);
	db_free(&db);
	assert_int_equal(as_other(lab, 12345, may_read_but_not_write), 0);
	lab->directory = directories_connect(lab, DB_WRITE);
	directories_must_do(lab, "add class gold\ndelete class gold");
	assert_int_equal(as_other(lab, 12345, may_read_but_not_write), 0);
}

/* The file is new, and not in WAL mode yet. In a process of its own, as its
 * locks are: it says when it writes, and goes on doing so for a while. */
static pid_t
write_for_a_while(const char *path)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		sqlite3 *handle;

		/* Who waits for it looks into the file meanwhile. */
		if (sqlite3_open(path, &handle) != SQLITE_OK ||
		    sqlite3_busy_timeout(handle, PATIENCE_MS) != SQLITE_OK ||
		    sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL,
		    NULL) != SQLITE_OK || write(ready[1], "", 1) != 1)
			_exit(1);
		usleep(WHILE_US);
		_exit(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL));
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
who_makes_it_waits_for_another_who_does(void **state)
{
	struct directory_lab *lab = *state;
	struct db_error error;
	int64_t from;
	int status;
	struct db *db;
	pid_t pid;

	lab->settings.place = arena_printf(lab->arena, "%s/new", lab->folder);
	pid = write_for_a_while(lab->settings.place);
	db = db_new(&lab->settings, DB_CREATE);
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		fail_msg("%s", error.text);
	db_free(&db);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
it_does_not_wait_for_ever(void **state)
{
	struct directory_lab *lab = *state;
	struct db_error error;
	int64_t from;
	struct db *db;
	pid_t pid;

	lab->settings.place = arena_printf(lab->arena, "%s/new", lab->folder);
	lab->settings.timeout_ms = 1;
	pid = write_for_a_while(lab->settings.place);
	kill(pid, SIGSTOP);
	db = db_new(&lab->settings, DB_CREATE);
	assert_int_equal(schema_upgrade(db, lab->arena, &from, &error), -1);
	assert_int_equal(error.trouble, DB_BUSY);
	db_free(&db);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		SQLITE_TEST(without_a_file_it_says_what_makes_one),
		SQLITE_TEST(in_a_full_database_nothing_is_half_done),
		SQLITE_TEST(on_a_full_disk_nothing_is_half_done),
		SQLITE_TEST(what_is_corrupt_is_told_and_a_backup_is_seen),
		SQLITE_TEST(another_user_of_the_group_reads),
		SQLITE_TEST(who_makes_it_waits_for_another_who_does),
		SQLITE_TEST(it_does_not_wait_for_ever),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
