/* SPDX-License-Identifier: ISC */
/* event_spool.c - decisions as JSON lines in files of bounded size. */
#include "base/event_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"

/* So many files together make the bound. */
#define SPOOL_FILES 8
#define SPOOL_PATH_MAX 4096
#define SPOOL_TIME_DIGITS 16	/* microseconds since 1970 */

struct event_spool {
	pthread_mutex_t lock;
	char *directory, *name;
	int64_t file_max;
	int fd;
	int64_t size;
	atomic_bool is_losing;
	atomic_uint_fast64_t lost;
};

static void
current_path(const struct event_spool *spool, char path[SPOOL_PATH_MAX])
{
	snprintf(path, SPOOL_PATH_MAX, "%s/%s.jsonl", spool->directory,
	    spool->name);
}

static int
open_current(struct event_spool *spool)
{
	char path[SPOOL_PATH_MAX];
	struct stat status;

	current_path(spool, path);
	spool->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0640);
	if (spool->fd < 0 || fstat(spool->fd, &status) < 0)
		return -1;
	spool->size = status.st_size;
	return 0;
}

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
	if (open_current(spool) == 0)
		return spool;
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

/* NAME-TIME.jsonl: their names sort by age. */
static bool
is_full_file(const struct event_spool *spool, const char *file)
{
	size_t len = strlen(spool->name);

	return strncmp(file, spool->name, len) == 0 && file[len] == '-' &&
	    str_has_suffix_nocase(str_from(file), STR(".jsonl"));
}

/* Remove the oldest full files until keep are left. */
static void
remove_oldest(const struct event_spool *spool, int keep)
{
	struct dirent **entries;
	int count = scandir(spool->directory, &entries, NULL, alphasort);
	int full = 0;

	for (int i = 0; i < count; i++)
		full += is_full_file(spool, entries[i]->d_name);
	for (int i = 0; i < count; i++) {
		char path[SPOOL_PATH_MAX];

		if (full > keep && is_full_file(spool, entries[i]->d_name)) {
			snprintf(path, sizeof(path), "%s/%s",
			    spool->directory, entries[i]->d_name);
			unlink(path);
			full--;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* The time in the name of the newest full file; 0: there is none. */
static uint64_t
newest_us(const struct event_spool *spool)
{
	DIR *dir = opendir(spool->directory);
	struct dirent *entry;
	uint64_t newest = 0, time_us;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct str digits = str_from(entry->d_name);

		if (!is_full_file(spool, entry->d_name))
			continue;
		digits = str_sub(digits, strlen(spool->name) + 1,
		    SPOOL_TIME_DIGITS);
		if (str_to_u64(digits, UINT64_MAX, &time_us) == 0 &&
		    time_us > newest)
			newest = time_us;
	}
	if (dir != NULL)
		closedir(dir);
	return newest;
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

	current_path(spool, from);
	snprintf(to, sizeof(to), "%s/%s-%0*" PRIu64 ".jsonl",
	    spool->directory, spool->name, SPOOL_TIME_DIGITS, name_us(spool));
	if (rename(from, to) < 0)
		return;			/* the next line tries again */
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
		spool->is_losing = false;
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
