/* SPDX-License-Identifier: ISC */
/* event_spool.c - decisions as JSON lines in files of bounded size. */
#include "base/event_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/event_spool_private.h"
#include "base/log.h"

/* So many files together make the bound. */
#define SPOOL_FILES 8
#define SPOOL_TIME_DIGITS 16	/* microseconds since 1970 */
#define SCAN_SIZE 65536

void
spool_current_path(const struct event_spool *spool, char path[SPOOL_PATH_MAX])
{
	snprintf(path, SPOOL_PATH_MAX, "%s/%s.jsonl", spool->directory,
	    spool->name);
}

/* Count what stands in the current file. What a crash has left of a line is
 * taken back. */
static int
scan_current(struct event_spool *spool)
{
	char *bytes = malloc(SCAN_SIZE);
	int64_t at = 0;
	ssize_t len;

	if (bytes == NULL)
		abort();
	spool->size = 0;
	spool->lines = 0;
	while ((len = pread(spool->fd, bytes, SCAN_SIZE, at)) > 0) {
		for (ssize_t i = 0; i < len; i++)
			if (bytes[i] == '\n') {
				spool->lines++;
				spool->size = at + i + 1;
			}
		at += len;
	}
	free(bytes);
	return len < 0 ? -1 : ftruncate(spool->fd, spool->size);
}

static int
open_current(struct event_spool *spool)
{
	char path[SPOOL_PATH_MAX];

	spool_current_path(spool, path);
	spool->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (spool->fd < 0)
		return -1;
	return scan_current(spool);
}

/* --- full files ----------------------------------------------------------- */

/* Is this the name of one? */
static bool
parse_full(const struct event_spool *spool, const char *name,
    struct spool_file *file_r)
{
	size_t len = strlen(spool->name);
	struct str rest, digits;

	if (strncmp(name, spool->name, len) != 0 || name[len] != '-' ||
	    !str_has_suffix_nocase(str_from(name), STR(".jsonl")))
		return false;
	rest = str_from(name + len + 1);
	digits = str_sub(rest, 0, SPOOL_TIME_DIGITS);
	if (str_to_u64(digits, UINT64_MAX, &file_r->us) != 0)
		return false;
	rest = str_from_pos(rest, SPOOL_TIME_DIGITS + 1);
	str_cut(&rest, '.', &digits);
	if (str_to_u64(digits, UINT64_MAX, &file_r->lines) != 0)
		file_r->lines = 0;
	snprintf(file_r->path, sizeof(file_r->path), "%s/%s",
	    spool->directory, name);
	return true;
}

bool
spool_find_full(const struct event_spool *spool, uint64_t after_us,
    struct spool_file *file_r)
{
	DIR *dir = opendir(spool->directory);
	struct spool_file file;
	struct dirent *entry;
	bool is_found = false;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!parse_full(spool, entry->d_name, &file) ||
		    file.us <= after_us || (is_found && file.us >= file_r->us))
			continue;
		*file_r = file;
		is_found = true;
	}
	if (dir != NULL)
		closedir(dir);
	return is_found;
}

static uint64_t
newest_us(const struct event_spool *spool)
{
	struct spool_file file = { .us = 0 };

	while (spool_find_full(spool, file.us, &file))
		;
	return file.us;
}

/* --- opening and closing -------------------------------------------------- */

struct event_spool *
event_spool_open(const char *directory, const char *name, int64_t size_max,
    struct arena *arena, const char **error_r)
{
	struct event_spool *spool = calloc(1, sizeof(*spool));

	if (spool == NULL)
		abort();
	pthread_mutex_init(&spool->lock, NULL);
	spool->directory = strdup(directory);
	spool->name = strdup(name);
	spool->file_max = size_max / SPOOL_FILES;
	if (open_current(spool) == 0) {
		spool->newest_us = newest_us(spool);
		return spool;
	}
	*error_r = arena_printf(arena, "%s/%s.jsonl: cannot write events: %s; "
	    "does the directory exist, and may this user write there?",
	    directory, name, strerror(errno));
	event_spool_close(&spool);
	return NULL;
}

void
event_spool_close(struct event_spool **spool)
{
	struct event_spool *old = *spool;

	if (old == NULL)
		return;
	if (old->fd >= 0)
		close(old->fd);
	pthread_mutex_destroy(&old->lock);
	free(old->directory);
	free(old->name);
	free(old);
	*spool = NULL;
}

/* --- writing -------------------------------------------------------------- */

/* Nobody will read it any more. Without a reader nobody wanted to. */
static void
forget(struct event_spool *spool, const struct spool_file *file)
{
	uint64_t unread = 0;

	unlink(file->path);
	if (spool->reader != NULL)
		unread = event_reader_removed(spool->reader, file);
	if (unread == 0)
		return;
	atomic_fetch_add(&spool->lost, unread);
	log_error(NULL, "events are lost: the spool is full, and the oldest "
	    "are not forwarded yet: lines=%" PRIu64 "; event_spool_size says "
	    "how many it holds", unread);
}

/* Remove the oldest full files until keep are left. */
static void
remove_oldest(struct event_spool *spool, int keep)
{
	struct spool_file file = { .us = 0 };
	int full = 0;

	while (spool_find_full(spool, file.us, &file))
		full++;
	for (file.us = 0; full > keep &&
	    spool_find_full(spool, file.us, &file); full--)
		forget(spool, &file);
}

/* The real time, which no test clock stops; later than all that are there, if
 * the clock was set back: the oldest go first. */
static uint64_t
name_us(const struct event_spool *spool)
{
	struct timespec now;
	uint64_t now_us, newest = newest_us(spool);

	clock_gettime(CLOCK_REALTIME, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return now_us > newest ? now_us : newest + 1;
}

static void
rotate(struct event_spool *spool)
{
	char from[SPOOL_PATH_MAX], to[SPOOL_PATH_MAX];
	uint64_t now_us = name_us(spool);

	spool_current_path(spool, from);
	snprintf(to, sizeof(to), "%s/%s-%0*" PRIu64 "-%" PRIu64 ".jsonl",
	    spool->directory, spool->name, SPOOL_TIME_DIGITS, now_us,
	    spool->lines);
	if (rename(from, to) < 0)
		return;			/* the next line tries again */
	spool->newest_us = now_us;
	close(spool->fd);
	remove_oldest(spool, SPOOL_FILES - 2);
	open_current(spool);
}

static void
lose(struct event_spool *spool, const char *reason)
{
	atomic_fetch_add(&spool->lost, 1);
	if (!spool->is_losing)
		log_error(NULL, "events are lost: %s/%s.jsonl: %s",
		    spool->directory, spool->name, reason);
	spool->is_losing = true;
}

/* A line is written whole or taken back: a reader never sees half of one. */
static void
write_line(struct event_spool *spool, struct str line)
{
	struct iovec parts[2] = {
		{ (void *)line.data, line.len },
		{ (void *)"\n", 1 },
	};
	ssize_t want = (ssize_t)line.len + 1;
	ssize_t done = writev(spool->fd, parts, 2);

	if (done == want) {
		spool->size += want;
		spool->lines++;
		spool->is_losing = false;
		if (spool->reader != NULL)
			event_reader_added(spool->reader);
		return;
	}
	if (done > 0 && ftruncate(spool->fd, spool->size) < 0)
		log_error(NULL, "half an event stands in %s/%s.jsonl",
		    spool->directory, spool->name);
	lose(spool, done < 0 ? strerror(errno) : "the disk is full");
}

void
event_spool_add(struct event_spool *spool, struct str line)
{
	pthread_mutex_lock(&spool->lock);
	if (spool->fd < 0)
		open_current(spool);
	if (spool->fd >= 0 && spool->size >= spool->file_max)
		rotate(spool);
	if (spool->fd >= 0)
		write_line(spool, line);
	else
		lose(spool, strerror(errno));
	pthread_mutex_unlock(&spool->lock);
}

uint64_t
event_spool_lost(const struct event_spool *spool)
{
	return atomic_load(&spool->lost);
}

bool
event_spool_is_losing(const struct event_spool *spool)
{
	return atomic_load(&spool->is_losing);
}
