/* SPDX-License-Identifier: ISC */
/* scan_files.c - files judged on all cores, told in the order given. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/clean.h"
#include "cli/output.h"
#include "cli/scan.h"

#define SCAN_READ_SIZE 65536
#define SCAN_STREAM_MAX ((size_t)1 << 28)	/* some have no end */
/* To unmap a file stops the other threads for a moment: a small one is read. */
#define SCAN_MAP_MIN (1 << 20)
/* So many messages may be judged that wait for an earlier one to be told. */
#define SCAN_AHEAD_MAX 1024

struct job {
	const char *file;
	struct arena *arena;		/* of out; freed once it is printed */
	struct buf out;
	int error;			/* errno: it could not be read */
	bool is_done;
};

struct pool {
	const struct scan *scan;
	struct job *jobs;
	size_t count;
	pthread_mutex_t lock;		/* of all below, and is_done */
	pthread_cond_t told;		/* some jobs were */
	size_t next_count, told_count;
	bool is_telling;		/* a thread prints */
	size_t unread_count;		/* of that thread */
};

/* A small file, a pipe, standard input. 0, or errno. */
static int
scan_stream(const struct scan *scan, struct job *job, int fd)
{
	struct arena *arena = arena_new(0);
	struct buf bytes;
	ssize_t got;
	int error;

	buf_init(&bytes, arena);
	do {
		buf_reserve(&bytes, SCAN_READ_SIZE);
		got = read(fd, bytes.data + bytes.len, SCAN_READ_SIZE);
		bytes.len += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && bytes.len < SCAN_STREAM_MAX) ||
	    (got < 0 && errno == EINTR));
	error = got < 0 ? errno : got > 0 ? EFBIG : 0;
	if (error == 0)
		scan_message(scan, job->file, buf_str(&bytes), &job->out);
	arena_free(&arena);
	return error;
}

static int
scan_regular(const struct scan *scan, struct job *job, int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		return errno;
	scan_message(scan, job->file, str_of(map, size), &job->out);
	munmap(map, size);
	return 0;
}

static int
scan_descriptor(const struct scan *scan, struct job *job, int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return errno;
	if (S_ISREG(status.st_mode) && status.st_size >= SCAN_MAP_MIN &&
	    lseek(fd, 0, SEEK_CUR) == 0)
		return scan_regular(scan, job, fd, (size_t)status.st_size);
	return scan_stream(scan, job, fd);
}

static void
run_job(const struct scan *scan, struct job *job)
{
	int fd;

	job->arena = arena_new(0);
	buf_init(&job->out, job->arena);
	if (strcmp(job->file, "-") == 0) {
		job->error = scan_descriptor(scan, job, STDIN_FILENO);
		return;
	}
	fd = open(job->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		job->error = errno;
		return;
	}
	job->error = scan_descriptor(scan, job, fd);
	close(fd);
}

/* The next job, or NULL: there are no more. */
static struct job *
take_job(struct pool *pool)
{
	struct job *job = NULL;

	pthread_mutex_lock(&pool->lock);
	while (pool->next_count < pool->count &&
	    pool->next_count >= pool->told_count + SCAN_AHEAD_MAX)
		pthread_cond_wait(&pool->told, &pool->lock);
	if (pool->next_count < pool->count)
		job = &pool->jobs[pool->next_count++];
	pthread_mutex_unlock(&pool->lock);
	return job;
}

/* Print what came out. False: the file could not be read. */
static bool
tell_job(struct job *job)
{
	bool is_read = job->error == 0;

	if (is_read)
		fwrite(job->out.data, 1, job->out.len, stdout);
	else
		cli_error("cannot read '%s': %s",
		    clean_text(job->arena, job->file), strerror(job->error));
	arena_free(&job->arena);
	return is_read;
}

/* Print what is ready, in the order given. One thread does at a time; what gets
 * ready meanwhile is left to it. */
static void
tell_ready(struct pool *pool)
{
	size_t first;

	if (pool->is_telling)
		return;
	pool->is_telling = true;
	while (pool->told_count < pool->count &&
	    pool->jobs[pool->told_count].is_done) {
		first = pool->told_count;
		pthread_mutex_unlock(&pool->lock);
		pool->unread_count += !tell_job(&pool->jobs[first]);
		pthread_mutex_lock(&pool->lock);
		pool->told_count++;
	}
	pool->is_telling = false;
	pthread_cond_broadcast(&pool->told);
}

static void *
work(void *arg)
{
	struct pool *pool = arg;
	struct job *job;

	while ((job = take_job(pool)) != NULL) {
		run_job(pool->scan, job);
		pthread_mutex_lock(&pool->lock);
		job->is_done = true;
		tell_ready(pool);
		pthread_mutex_unlock(&pool->lock);
	}
	return NULL;
}

static size_t
start_workers(struct pool *pool, pthread_t *workers, size_t count)
{
	size_t started = 0;

	while (started < count && pthread_create(&workers[started], NULL,
	    work, pool) == 0)
		started++;
	return started;
}

size_t
scan_files(const struct scan *scan, const char *const *files, size_t count,
    unsigned threads)
{
	struct arena *arena = arena_new(0);
	struct pool pool = {
		.scan = scan,
		.jobs = arena_zalloc(arena, count * sizeof(*pool.jobs)),
		.count = count,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.told = PTHREAD_COND_INITIALIZER,
	};
	pthread_t *workers = arena_alloc(arena, threads * sizeof(*workers));
	size_t started;

	for (size_t i = 0; i < count; i++)
		pool.jobs[i].file = files[i];
	/* This thread works too. */
	started = start_workers(&pool, workers,
	    (threads < count ? threads : count) - 1);
	work(&pool);
	for (size_t i = 0; i < started; i++)
		pthread_join(workers[i], NULL);
	arena_free(&arena);
	return pool.unread_count;
}
