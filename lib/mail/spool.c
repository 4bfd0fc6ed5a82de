/* SPDX-License-Identifier: ISC */
/* spool.c - a body in memory, moved to an unlinked file once it is large. */
#include "mail/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPOOL_FIRST ((size_t)16 * 1024)

struct spool {
	char *directory;
	size_t memory_max;
	char *memory;		/* NULL once the bytes are in the file */
	size_t capacity;
	int fd;			/* -1: all in memory */
	size_t size;
	void *map;		/* of size bytes; NULL: not mapped */
	int error;
};

static void *
must(void *memory)
{
	if (memory == NULL) {
		fprintf(stderr, "out of memory for a message body\n");
		abort();
	}
	return memory;
}

struct spool *
spool_new(const char *directory, size_t memory_max)
{
	struct spool *spool = must(calloc(1, sizeof(*spool)));

	if (directory != NULL)
		spool->directory = must(strdup(directory));
	spool->memory_max = memory_max;
	spool->fd = -1;
	return spool;
}

struct spool *
spool_new_like(const struct spool *spool)
{
	return spool_new(spool->directory, spool->memory_max);
}

static void
unmap(struct spool *spool)
{
	if (spool->map != NULL)
		munmap(spool->map, spool->size);
	spool->map = NULL;
}

void
spool_free(struct spool **spool)
{
	struct spool *old = *spool;

	if (old == NULL)
		return;
	unmap(old);
	if (old->fd >= 0)
		close(old->fd);
	free(old->memory);
	free(old->directory);
	free(old);
	*spool = NULL;
}

static int
fail(struct spool *spool, int error)
{
	spool->error = errno = error;
	return -1;
}

static int
open_named(const char *directory)
{
	char path[PATH_MAX];
	int fd, len;

	len = snprintf(path, sizeof(path), "%s/body.XXXXXX", directory);
	if (len < 0 || (size_t)len >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int
open_nameless(const char *directory)
{
	int fd;

	if (directory == NULL)
		return memfd_create("mailreeve-body", MFD_CLOEXEC);
	fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* What a file system without O_TMPFILE says, and an old kernel. */
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = open_named(directory);
	return fd;
}

/* Who has a descriptor for reading could open it anew for writing, where the
 * mode allowed that. */
static int
open_file(const char *directory)
{
	int fd = open_nameless(directory);

	if (fd >= 0 && fchmod(fd, 0400) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len != 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

static int
move_to_file(struct spool *spool)
{
	spool->fd = open_file(spool->directory);
	if (spool->fd < 0 ||
	    write_all(spool->fd, spool->memory, spool->size) < 0)
		return -1;
	free(spool->memory);
	spool->memory = NULL;
	return 0;
}

static void
add_to_memory(struct spool *spool, const void *data, size_t len)
{
	size_t needed = spool->size + len;

	if (needed > spool->capacity) {
		size_t more = spool->capacity * 2;

		if (more < SPOOL_FIRST)
			more = SPOOL_FIRST;
		if (more > spool->memory_max)
			more = spool->memory_max;
		spool->capacity = more < needed ? needed : more;
		spool->memory = must(realloc(spool->memory, spool->capacity));
	}
	memcpy(spool->memory + spool->size, data, len);
}

int
spool_add(struct spool *spool, const void *data, size_t len)
{
	if (spool->error != 0)
		return fail(spool, spool->error);
	if (len == 0)
		return 0;
	unmap(spool);
	if (spool->fd < 0 && len <= spool->memory_max &&
	    spool->size <= spool->memory_max - len) {
		add_to_memory(spool, data, len);
	} else {
		if (spool->fd < 0 && move_to_file(spool) < 0)
			return fail(spool, errno);
		if (write_all(spool->fd, data, len) < 0)
			return fail(spool, errno);
	}
	spool->size += len;
	return 0;
}

size_t
spool_size(const struct spool *spool)
{
	return spool->size;
}

int
spool_data(struct spool *spool, struct str *data_r)
{
	void *map;

	if (spool->error != 0)
		return fail(spool, spool->error);
	if (spool->fd < 0) {
		*data_r = spool->size != 0 ? str_of(spool->memory, spool->size)
				       : STR("");
		return 0;
	}
	if (spool->map == NULL) {
		map = mmap(NULL, spool->size, PROT_READ, MAP_SHARED, spool->fd,
		    0);
		if (map == MAP_FAILED)
			return fail(spool, errno);
		spool->map = map;
	}
	*data_r = str_of(spool->map, spool->size);
	return 0;
}

int
spool_open_reader(const struct spool *spool)
{
	char path[64];

	if (spool->error != 0 || spool->fd < 0) {
		errno = spool->error != 0 ? spool->error : ENODATA;
		return -1;
	}
	/* dup() would share the right to write, and the position. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", spool->fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}
