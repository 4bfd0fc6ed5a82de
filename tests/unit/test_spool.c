/* SPDX-License-Identifier: ISC */
/* test_spool.c - bodies in memory, in a file, and on a full disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/vec.h"
#include "mail/spool.h"
#include "scratch.h"

#define MEMORY_MAX 4096
#define CHILD_SKIP 77

static char directory[SCRATCH_SIZE];

static char
byte_at(size_t i)
{
	return (char)(i * 31 + i / 251);
}

/* Adds bytes until the spool has size of them, in steps of step. */
static int
fill(struct spool *spool, size_t size, size_t step)
{
	char piece[8192];

	while (spool_size(spool) < size) {
		size_t at = spool_size(spool);
		size_t len = size - at < step ? size - at : step;

		for (size_t i = 0; i < len; i++)
			piece[i] = byte_at(at + i);
		if (spool_add(spool, piece, len) < 0)
			return -1;
	}
	return 0;
}

static bool
is_intact(struct spool *spool, size_t size)
{
	struct str data;

	if (spool_data(spool, &data) < 0 || data.len != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (data.data[i] != byte_at(i))
			return false;
	return true;
}

static size_t
count_files(void)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static size_t
count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
bytes_come_back_whatever_their_number(void **state)
{
	static const size_t sizes[] = { 0, 1, MEMORY_MAX - 1, MEMORY_MAX,
		MEMORY_MAX + 1, 2 * MEMORY_MAX, 1000003 };
	static const size_t steps[] = { 1021, 4096, 8192 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(steps); i++) {
		size_t size = sizes[i % ARRAY_LEN(sizes)];
		const char *where = i % 2 == 0 ? directory : NULL;
		struct spool *spool = spool_new(where, MEMORY_MAX);

		assert_int_equal(fill(spool, size,
		    steps[i / ARRAY_LEN(sizes)]), 0);
		assert_int_equal(spool_size(spool), size);
		assert_true(is_intact(spool, size));
		assert_int_equal(count_files(), 0);
		spool_free(&spool);
		assert_null(spool);
	}
}

static void
a_file_is_opened_only_beyond_the_memory(void **state)
{
	size_t before = count_descriptors();
	struct spool *spool = spool_new(directory, MEMORY_MAX);

	(void)state;
	assert_int_equal(fill(spool, MEMORY_MAX, 512), 0);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(fill(spool, MEMORY_MAX + 1, 512), 0);
	assert_int_equal(count_descriptors(), before + 1);
	spool_free(&spool);
	assert_int_equal(count_descriptors(), before);
}

static void
more_may_be_added_after_the_bytes_were_read(void **state)
{
	struct spool *spool = spool_new(directory, MEMORY_MAX);

	(void)state;
	for (size_t size = 1000; size < 5 * MEMORY_MAX; size += 1000) {
		assert_int_equal(fill(spool, size, 700), 0);
		assert_true(is_intact(spool, size));
	}
	spool_free(&spool);
}

static void
without_memory_all_goes_to_the_file(void **state)
{
	struct spool *spool = spool_new(directory, 0);

	(void)state;
	assert_true(is_intact(spool, 0));
	assert_int_equal(fill(spool, 10, 1), 0);
	assert_true(is_intact(spool, 10));
	spool_free(&spool);
}

/* A reader of the file cannot change it, nor does it hang on the spool. */
static void
check_reader(const char *where)
{
	struct spool *spool = spool_new(where, MEMORY_MAX);
	char first[16] = "", path[64];
	struct stat status;
	int fd;

	assert_int_equal(fill(spool, MEMORY_MAX, 512), 0);
	assert_int_equal(spool_open_reader(spool), -1);
	assert_int_equal(errno, ENODATA);
	assert_int_equal(fill(spool, 3 * MEMORY_MAX, 512), 0);
	fd = spool_open_reader(spool);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 3 * MEMORY_MAX);
	assert_int_equal(status.st_mode & 0777, 0400);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (geteuid() != 0)
		assert_int_equal(open(path, O_RDWR), -1);
	/* Positions are their own. */
	assert_int_equal(read(fd, first, sizeof(first)), sizeof(first));
	assert_int_equal(fill(spool, 4 * MEMORY_MAX, 512), 0);
	assert_true(is_intact(spool, 4 * MEMORY_MAX));
	spool_free(&spool);
	for (size_t i = 0; i < sizeof(first); i++)
		assert_int_equal(first[i], byte_at(i));
	assert_int_equal(pread(fd, first, 1, 2 * MEMORY_MAX), 1);
	assert_int_equal(first[0], byte_at(2 * MEMORY_MAX));
	close(fd);
}

static void
a_reader_of_the_file_only_reads(void **state)
{
	(void)state;
	check_reader(directory);
	check_reader(NULL);
}

static void
a_failed_spool_has_no_reader(void **state)
{
	struct spool *spool = spool_new("/nonexistent/spool", 0);

	(void)state;
	assert_int_equal(spool_add(spool, "x", 1), -1);
	assert_int_equal(spool_open_reader(spool), -1);
	assert_int_equal(errno, ENOENT);
	spool_free(&spool);
}

static void
a_directory_that_is_not_there_is_told_and_stays(void **state)
{
	struct spool *spool = spool_new("/nonexistent/spool", MEMORY_MAX);
	struct str data;

	(void)state;
	assert_int_equal(fill(spool, MEMORY_MAX, 512), 0);
	assert_int_equal(spool_add(spool, "x", 1), -1);
	assert_int_equal(errno, ENOENT);
	errno = 0;
	assert_int_equal(spool_add(spool, "x", 1), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(spool_data(spool, &data), -1);
	spool_free(&spool);
	spool_free(&spool);
}

/* Runs function in a child, for what a process cannot take back. Its status. */
static int
in_child(int (*function)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A tmpfs of 64 KB in a mount namespace of our own. The number of the check
 * that failed, 0: none. */
static int
fill_a_small_disk(void)
{
	struct spool *spool;
	struct str data;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", directory, "tmpfs", 0, "size=64k") < 0)
		return CHILD_SKIP;
	spool = spool_new(directory, MEMORY_MAX);
	if (fill(spool, 32 * 1024, 8192) < 0 || !is_intact(spool, 32 * 1024))
		return 1;
	if (fill(spool, 100 * 1024, 8192) == 0 || errno != ENOSPC)
		return 2;
	if (spool_add(spool, "", 1) == 0 || errno != ENOSPC)
		return 3;
	if (spool_data(spool, &data) == 0 || errno != ENOSPC)
		return 4;
	spool_free(&spool);
	/* What the first one held is free again. */
	spool = spool_new(directory, MEMORY_MAX);
	if (fill(spool, 60 * 1024, 8192) < 0)
		return 5;
	spool_free(&spool);
	return 0;
}

static void
a_full_disk_is_told_and_the_spool_stays_failed(void **state)
{
	int status = in_child(fill_a_small_disk);

	(void)state;
	if (status == CHILD_SKIP) {
		printf("skipped: no right to mount a small tmpfs\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* The kernel answers O_TMPFILE as a file system without it does. */
static int
forbid_tmpfile(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
		    O_TMPFILE & ~O_DIRECTORY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_LEN(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1
	    : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int
spool_without_tmpfile(void)
{
	struct spool *spool;

	if (forbid_tmpfile() < 0)
		return CHILD_SKIP;
	if (open(directory, O_TMPFILE | O_RDWR, 0600) >= 0 ||
	    errno != EOPNOTSUPP)
		return 1;
	spool = spool_new(directory, MEMORY_MAX);
	if (fill(spool, 100000, 4096) < 0 || !is_intact(spool, 100000))
		return 2;
	if (count_files() != 0)
		return 3;
	spool_free(&spool);
	return 0;
}

static void
a_file_system_without_nameless_files_serves_too(void **state)
{
	int status = in_child(spool_without_tmpfile);

	(void)state;
	if (status == CHILD_SKIP) {
		printf("skipped: the kernel has no seccomp filters\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static int
make_directory(void **state)
{
	(void)state;
	scratch_folder(directory, "spool");
	return 0;
}

static int
remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back_whatever_their_number),
		cmocka_unit_test(a_file_is_opened_only_beyond_the_memory),
		cmocka_unit_test(more_may_be_added_after_the_bytes_were_read),
		cmocka_unit_test(without_memory_all_goes_to_the_file),
		cmocka_unit_test(a_reader_of_the_file_only_reads),
		cmocka_unit_test(a_failed_spool_has_no_reader),
		cmocka_unit_test(
		    a_directory_that_is_not_there_is_told_and_stays),
		cmocka_unit_test(
		    a_full_disk_is_told_and_the_spool_stays_failed),
		cmocka_unit_test(
		    a_file_system_without_nameless_files_serves_too),
	};

	return cmocka_run_group_tests(tests, make_directory,
	    remove_directory);
}
