/* SPDX-License-Identifier: ISC */
/* lanes_file.c - the file of a cache: databases that were compiled before.
 *
 *   "mailreeve lanes 2\n"  18 octets
 *   key                   32: SHA-256 of what it was made from
 *   length                8: of the content, the lowest octet first
 *   digest                32: SHA-256 of the content
 *   content
 *
 * The name is the key in hexadecimal and ".lanes". A file gets its name when all
 * of it is on the disk, so a half one is nobody's; what a compiler left that was
 * killed ends in ".tmp", and the next one removes it. A disk may damage what is
 * there all the same, and Hyperscan trusts what it is given: nothing of a file
 * is used before its digest is right. */
#include "rules/lanes_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mime/digest.h"

static const char magic[] = "mailreeve lanes 2\n";
#define MAGIC_SIZE (sizeof(magic) - 1)
#define LENGTH_SIZE 8
#define HEADER_SIZE (MAGIC_SIZE + LANES_KEY_SIZE + LENGTH_SIZE + DIGEST_SIZE)
#define LARGEST ((off_t)1 << 30)
/* Rules of yesterday, of another score set, of a rule set on trial. */
#define FILES_KEPT 3

static const char suffix[] = ".lanes", unfinished[] = ".tmp";
static const char lock_name[] = "lock";

static const char *
reason(struct arena *arena, const char *path, const char *what)
{
	return arena_printf(arena, "%s: %s", path, what);
}

static const char *
system_reason(struct arena *arena, const char *path)
{
	return arena_printf(arena, "%s: %s", path, strerrordesc_np(errno));
}

/* --- reading -------------------------------------------------------------- */

/* All of a regular file. Data NULL: *result_r says what it is instead. */
static struct str
read_all(struct arena *arena, int fd, enum lanes_file_result *result_r)
{
	struct stat status;
	struct str all = { NULL, 0 };
	char *data;
	size_t size;

	*result_r = LANES_FILE_UNREADABLE;
	if (fstat(fd, &status) < 0)
		return all;
	errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(status.st_mode))
		return all;
	*result_r = LANES_FILE_DAMAGED;
	if (status.st_size < (off_t)HEADER_SIZE || status.st_size > LARGEST)
		return all;
	size = (size_t)status.st_size;
	data = arena_alloc(arena, size);
	while (all.len < size) {
		ssize_t got = read(fd, data + all.len, size - all.len);

		if (got <= 0)
			return (struct str){ NULL, 0 };
		all.len += (size_t)got;
	}
	all.data = data;
	return all;
}

static void
digest_of(struct arena *arena, struct str content,
    unsigned char digest_r[DIGEST_SIZE])
{
	struct digest *digest = digest_new(arena);

	digest_begin(digest);
	digest_add(digest, content);
	digest_end(digest, digest_r);
}

static void
put_length(unsigned char *place, size_t len)
{
	for (size_t i = 0; i < LENGTH_SIZE; i++)
		place[i] = (unsigned char)(len >> 8 * i);
}

static void
make_header(struct arena *arena, const unsigned char key[LANES_KEY_SIZE],
    struct str content, unsigned char header_r[HEADER_SIZE])
{
	unsigned char *at = header_r;

	memcpy(at, magic, MAGIC_SIZE);
	memcpy(at += MAGIC_SIZE, key, LANES_KEY_SIZE);
	put_length(at += LANES_KEY_SIZE, content.len);
	digest_of(arena, content, at + LENGTH_SIZE);
}

/* What this content would have in front of it, it must have. */
static bool
is_whole(struct arena *arena, struct str all,
    const unsigned char key[LANES_KEY_SIZE])
{
	unsigned char header[HEADER_SIZE];
	size_t front = MAGIC_SIZE + LANES_KEY_SIZE + LENGTH_SIZE;

	memcpy(header, all.data, HEADER_SIZE);
	put_length(header + front - LENGTH_SIZE, all.len - HEADER_SIZE);
	if (memcmp(header, all.data, HEADER_SIZE) != 0 ||
	    memcmp(header, magic, MAGIC_SIZE) != 0 ||
	    memcmp(header + MAGIC_SIZE, key, LANES_KEY_SIZE) != 0)
		return false;
	make_header(arena, key, str_from_pos(all, HEADER_SIZE), header);
	return memcmp(header, all.data, HEADER_SIZE) == 0;
}

enum lanes_file_result
lanes_file_read(struct arena *arena, const char *path,
    const unsigned char key[LANES_KEY_SIZE], struct str *content_r,
    const char **error_r)
{
	/* A pipe in its place must not be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum lanes_file_result result;
	struct str all;

	*error_r = NULL;
	if (fd < 0 && errno == ENOENT)
		return LANES_FILE_ABSENT;
	if (fd < 0) {
		*error_r = system_reason(arena, path);
		return LANES_FILE_UNREADABLE;
	}
	all = read_all(arena, fd, &result);
	if (result == LANES_FILE_UNREADABLE)
		*error_r = system_reason(arena, path);
	close(fd);
	if (all.data != NULL && is_whole(arena, all, key)) {
		*content_r = str_from_pos(all, HEADER_SIZE);
		return LANES_FILE_GOOD;
	}
	if (result == LANES_FILE_DAMAGED)
		*error_r = reason(arena, path, "damaged, or of another "
		    "version");
	return result;
}

void
lanes_file_touch(const char *path)
{
	/* Who may not write there reads all the same. */
	(void)utimensat(AT_FDCWD, path, NULL, 0);
}

/* --- writing -------------------------------------------------------------- */

static int
write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t done = write(fd, at, len);

		if (done < 0 && errno != EINTR)
			return -1;
		at += done > 0 ? done : 0;
		len -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

static int
write_file(struct arena *arena, const char *path,
    const unsigned char key[LANES_KEY_SIZE], struct str content)
{
	unsigned char header[HEADER_SIZE];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	int result;

	if (fd < 0)
		return -1;
	make_header(arena, key, content, header);
	result = write_all(fd, header, sizeof(header));
	if (result == 0)
		result = write_all(fd, content.data, content.len);
	if (result == 0)
		result = fsync(fd);
	return close(fd) < 0 ? -1 : result;
}

/* The name is on the disk when the folder is. */
static int
sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return result;
}

int
lanes_file_write(struct arena *arena, const char *directory, const char *name,
    const unsigned char key[LANES_KEY_SIZE], struct str content,
    const char **error_r)
{
	const char *path = arena_printf(arena, "%s/%s", directory, name);
	const char *fresh = arena_printf(arena, "%s%s", path, unfinished);

	if (write_file(arena, fresh, key, content) == 0 &&
	    rename(fresh, path) == 0 && sync_directory(directory) == 0)
		return 0;
	*error_r = system_reason(arena, path);
	(void)unlink(fresh);
	return -1;
}

/* --- the folder ----------------------------------------------------------- */

struct file {
	char *path;
	struct timespec used;
};

/* Files of directory whose names end so. */
static void
list(struct arena *arena, const char *directory, const char *end,
    struct vec *files)
{
	DIR *folder = opendir(directory);
	struct dirent *entry;

	vec_init(files, arena, sizeof(struct file));
	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		struct stat status;
		struct file *file;

		if (!str_has_suffix_nocase(str_from(entry->d_name),
		    str_from(end)) || fstatat(dirfd(folder), entry->d_name,
		    &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		file = vec_push(files);
		file->path = arena_printf(arena, "%s/%s", directory,
		    entry->d_name);
		file->used = status.st_mtim;
	}
	closedir(folder);
}

int
lanes_file_lock(struct arena *arena, const char *directory,
    const char **error_r)
{
	const char *path = arena_printf(arena, "%s/%s", directory, lock_name);
	struct vec files;
	int fd;

	if (mkdir(directory, 0750) < 0 && errno != EEXIST) {
		*error_r = system_reason(arena, directory);
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		*error_r = system_reason(arena, path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	list(arena, directory, unfinished, &files);
	for (size_t i = 0; i < files.len; i++)
		(void)unlink(((struct file *)vec_at(&files, i))->path);
	return fd;
}

static int
by_newest(const void *a, const void *b)
{
	const struct timespec *x = &((const struct file *)a)->used;
	const struct timespec *y = &((const struct file *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

void
lanes_file_prune(struct arena *arena, const char *directory)
{
	struct vec files;

	list(arena, directory, suffix, &files);
	if (files.len <= FILES_KEPT)
		return;
	qsort(files.items, files.len, sizeof(struct file), by_newest);
	for (size_t i = FILES_KEPT; i < files.len; i++)
		(void)unlink(((struct file *)vec_at(&files, i))->path);
}
