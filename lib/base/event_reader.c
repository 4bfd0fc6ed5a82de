/* SPDX-License-Identifier: ISC */
/* event_reader.c - the lines of an event spool, in order, to be handed on.
 *
 * The reader stands in the first file that is later than after_us: the oldest
 * full one, or else the current one. It keeps that file open, so it does not
 * care when the writer renames it. When the writer removes it, what was not read
 * of it is lost.
 *
 * After a restart the numbers go on for the lines that waited: some of them may
 * have been handed on, and their taker knows. Then a new series begins. For
 * after a crash, or from an old image of the host, the files may lack lines that
 * were handed on before, and other lines must not get their numbers. */
#include "base/event_reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/event_position.h"
#include "base/event_spool_private.h"
#include "base/wait.h"

/* All but the batch and the descriptor under the spool's lock. */
struct event_reader {
	struct event_spool *spool;
	struct wait *wait;
	struct event_position at;
	bool is_idle;			/* nothing was left */
	bool is_removed;		/* the file that fd is of */
	int fd;				/* of the file to read on in; -1: not
					 * open yet */
	atomic_uint_fast64_t waiting;
	/* The series is that of an earlier start, and so many lines of it are
	 * still to be read. */
	bool is_old;
	uint64_t old_lines;

	/* What was read last. */
	char *bytes;
	size_t capacity;
	uint64_t first;
	struct str lines[EVENT_BATCH_LINES];
	size_t count;			/* 0: it is handed on */
	bool is_unreadable;		/* the disk gave an error */
};

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* --- files ---------------------------------------------------------------- */

/* The file that comes after what is read: full, or the current one. */
static void
find_file(const struct event_reader *reader, struct spool_file *file_r)
{
	const struct event_spool *spool = reader->spool;

	/* A look into the directory at each turn would be a waste. */
	if (spool->newest_us > reader->at.after_us &&
	    spool_find_full(spool, reader->at.after_us, file_r))
		return;
	spool_current_path(spool, file_r->path);
	file_r->us = reader->at.after_us;
}

static bool
is_inode(const struct event_reader *reader, const struct stat *status)
{
	return (uint64_t)status->st_ino == reader->at.inode;
}

/* Is what was read of the first file still that of this one? */
static void
fit_position(struct event_reader *reader)
{
	struct spool_file file;
	struct stat status;

	if (reader->at.offset == 0)
		return;
	find_file(reader, &file);
	if (stat(file.path, &status) == 0 &&
	    is_inode(reader, &status) &&
	    (uint64_t)status.st_size >= reader->at.offset)
		return;
	reader->at.offset = reader->at.lines = 0;
	event_position_begin_series(&reader->at);
}

static void
count_waiting(struct event_reader *reader)
{
	struct spool_file file = { .us = reader->at.after_us };
	uint64_t lines = reader->spool->lines;

	while (spool_find_full(reader->spool, file.us, &file))
		lines += file.lines;
	atomic_store(&reader->waiting, less(lines, reader->at.lines));
}

/* Open the file to read on in, unless it is. */
static void
open_file(struct event_reader *reader)
{
	struct spool_file file;
	struct stat status;

	if (reader->is_removed) {
		close(reader->fd);
		reader->fd = -1;
		reader->is_removed = false;
	}
	if (reader->fd >= 0)
		return;
	find_file(reader, &file);
	reader->fd = open(file.path, O_RDONLY | O_CLOEXEC);
	if (reader->fd >= 0 && fstat(reader->fd, &status) == 0)
		reader->at.inode = status.st_ino;
}

/* Is it the one that gets lines? */
static bool
is_current(const struct event_reader *reader)
{
	struct stat status;

	return fstat(reader->spool->fd, &status) == 0 &&
	    is_inode(reader, &status);
}

/* All of it is read. If somebody has taken it away, what follows is still the
 * first file after after_us. */
static void
leave_file(struct event_reader *reader)
{
	struct spool_file file;
	struct stat status;

	find_file(reader, &file);
	if (stat(file.path, &status) == 0 && is_inode(reader, &status))
		reader->at.after_us = file.us;
	reader->at.offset = reader->at.lines = 0;
	close(reader->fd);
	reader->fd = -1;
}

/* --- lines ---------------------------------------------------------------- */

/* Take the whole lines of len bytes, but not too many. How many bytes they
 * have. */
static size_t
split(struct event_reader *reader, size_t len, uint64_t most)
{
	struct str rest = str_of(reader->bytes, len);
	ptrdiff_t end;

	while (reader->count < EVENT_BATCH_LINES && reader->count < most &&
	    (end = str_find(rest, '\n')) >= 0) {
		reader->lines[reader->count++] = str_sub(rest, 0, (size_t)end);
		rest = str_from_pos(rest, (size_t)end + 1);
	}
	return len - rest.len;
}

/* The lines at offset; 0: there is none. One that is too long for the buffer
 * makes it larger. */
static size_t
read_lines(struct event_reader *reader, uint64_t offset, uint64_t most)
{
	size_t taken = 0;
	ssize_t len;

	while (reader->fd >= 0 && taken == 0) {
		len = pread(reader->fd, reader->bytes, reader->capacity,
		    (off_t)offset);
		reader->is_unreadable = len < 0;
		if (len > 0)
			taken = split(reader, (size_t)len, most);
		if (taken != 0 || len < (ssize_t)reader->capacity)
			break;
		reader->capacity *= 2;
		reader->bytes = realloc(reader->bytes, reader->capacity);
		if (reader->bytes == NULL)
			abort();
	}
	return taken;
}

/* What was read counts as lost if the file went meanwhile: then it is
 * forgotten. */
static void
take(struct event_reader *reader, size_t bytes)
{
	if (reader->is_removed) {
		reader->count = 0;
		return;
	}
	reader->first = reader->at.next;
	reader->at.next += reader->count;
	reader->at.offset += bytes;
	reader->at.lines += reader->count;
	reader->old_lines = less(reader->old_lines, reader->count);
}

/* A new series once all of an old one is handed on; known before a line of it
 * is. */
static void
end_old_series(struct event_reader *reader)
{
	if (!reader->is_old || reader->old_lines != 0)
		return;
	event_position_begin_series(&reader->at);
	event_position_save(&reader->at);
	reader->is_old = false;
}

/* Nothing stood at the offset; does more follow? */
static bool
look_further(struct event_reader *reader, bool was_full)
{
	bool is_readable = reader->fd >= 0 && !reader->is_unreadable;

	if (reader->is_removed)
		return true;
	if (is_readable && was_full) {
		leave_file(reader);
		return true;
	}
	/* It may have become full, or got a line, just now. */
	if (is_readable && (!is_current(reader) ||
	    (uint64_t)reader->spool->size > reader->at.offset))
		return true;
	reader->is_idle = true;
	if (!is_readable)
		return false;		/* the next line tries again */
	/* Files that others took away are not waited for. */
	atomic_store(&reader->waiting, 0);
	reader->old_lines = 0;
	return false;
}

/* One try: false when there is nothing more. */
static bool
read_on(struct event_reader *reader)
{
	struct event_spool *spool = reader->spool;
	bool is_full, goes_on = true;
	uint64_t offset, most;
	size_t bytes;

	pthread_mutex_lock(&spool->lock);
	end_old_series(reader);
	open_file(reader);
	is_full = reader->fd >= 0 && !is_current(reader);
	offset = reader->at.offset;
	most = reader->is_old ? reader->old_lines : UINT64_MAX;
	pthread_mutex_unlock(&spool->lock);

	/* Not under the lock that every message takes. */
	bytes = read_lines(reader, offset, most);

	pthread_mutex_lock(&spool->lock);
	if (bytes != 0)
		take(reader, bytes);
	else
		goes_on = look_further(reader, is_full);
	pthread_mutex_unlock(&spool->lock);
	return goes_on;
}

/* --- for the writer ------------------------------------------------------- */

void
event_reader_added(struct event_reader *reader)
{
	atomic_fetch_add(&reader->waiting, 1);
	if (reader->is_idle)
		wait_post(reader->wait);
	reader->is_idle = false;
}

/* Those that wait as a batch are not among them: they are in memory. */
uint64_t
event_reader_removed(struct event_reader *reader,
    const struct spool_file *file)
{
	uint64_t unread;

	if (file->us <= reader->at.after_us)
		return 0;
	unread = less(file->lines, reader->at.lines);
	reader->at.after_us = file->us;
	reader->at.offset = reader->at.lines = 0;
	reader->at.next += unread;
	reader->old_lines = less(reader->old_lines, unread);
	reader->is_removed = reader->fd >= 0;
	atomic_store(&reader->waiting, less(reader->waiting, unread));
	return unread;
}

/* --- for who hands on ----------------------------------------------------- */

struct event_reader *
event_reader_open(struct event_spool *spool, struct wait *wait,
    struct arena *arena, const char **error_r)
{
	struct event_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		abort();
	reader->spool = spool;
	reader->fd = -1;
	reader->wait = wait_ref(wait);
	reader->capacity = EVENT_BATCH_BYTES;
	reader->bytes = malloc(reader->capacity);
	if (reader->bytes == NULL)
		abort();
	if (event_position_open(&reader->at, arena_printf(arena,
	    "%s/%s.position", spool->directory, spool->name), arena,
	    error_r) < 0) {
		event_reader_close(&reader);
		return NULL;
	}
	pthread_mutex_lock(&spool->lock);
	fit_position(reader);
	count_waiting(reader);
	reader->is_old = true;
	reader->old_lines = reader->waiting;
	event_position_save(&reader->at);
	spool->reader = reader;
	pthread_mutex_unlock(&spool->lock);
	return reader;
}

void
event_reader_close(struct event_reader **reader)
{
	struct event_reader *old = *reader;

	if (old == NULL)
		return;
	pthread_mutex_lock(&old->spool->lock);
	old->spool->reader = NULL;
	pthread_mutex_unlock(&old->spool->lock);
	if (old->fd >= 0)
		close(old->fd);
	event_position_close(&old->at);
	wait_unref(&old->wait);
	free(old->bytes);
	free(old);
	*reader = NULL;
}

bool
event_reader_next(struct event_reader *reader, struct event_batch *batch_r)
{
	while (reader->count == 0)
		if (!read_on(reader))
			return false;
	*batch_r = (struct event_batch){
		.series = str_from(reader->at.series),
		.first = (int64_t)reader->first,
		.lines = reader->lines,
		.count = reader->count,
	};
	return true;
}

void
event_reader_done(struct event_reader *reader)
{
	struct event_position at;

	pthread_mutex_lock(&reader->spool->lock);
	atomic_store(&reader->waiting, less(reader->waiting, reader->count));
	reader->count = 0;
	at = reader->at;
	pthread_mutex_unlock(&reader->spool->lock);

	/* No message waits for this disk. */
	event_position_save(&at);
	reader->at.is_lost = at.is_lost;
}

uint64_t
event_reader_waiting(const struct event_reader *reader)
{
	return atomic_load(&reader->waiting);
}
