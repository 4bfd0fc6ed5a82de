/* SPDX-License-Identifier: ISC */
/* event_spool_private.h - what the writer and the reader of a spool share. */
#ifndef BASE_EVENT_SPOOL_PRIVATE_H
#define BASE_EVENT_SPOOL_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SPOOL_PATH_MAX 4096

struct event_reader;

struct event_spool {
	pthread_mutex_t lock;
	char *directory, *name;
	int64_t file_max;
	int fd;				/* of the current file */
	int64_t size;
	uint64_t lines;
	uint64_t newest_us;		/* of the full files; 0: none yet */
	atomic_bool is_losing;
	atomic_uint_fast64_t lost;
	struct event_reader *reader;	/* NULL: nobody reads */
};

/* NAME-TIME-LINES.jsonl: their names sort by age. */
struct spool_file {
	char path[SPOOL_PATH_MAX];
	uint64_t us;			/* when it was full */
	uint64_t lines;			/* 0: its name does not tell */
};

/* These with the spool's lock held. */

void spool_current_path(const struct event_spool *spool,
    char path[SPOOL_PATH_MAX]);
/* The oldest full file later than after_us. False: there is none. */
bool spool_find_full(const struct event_spool *spool, uint64_t after_us,
    struct spool_file *file_r);

/* A line was added. */
void event_reader_added(struct event_reader *reader);
/* The file is gone: how many of its lines nobody has read. */
uint64_t event_reader_removed(struct event_reader *reader,
    const struct spool_file *file);

#endif
