/* SPDX-License-Identifier: ISC */
/* wire_buffer.c - buffers that busy connections use and resting ones do not.
 *
 * From malloc they would stand between the small things of a session and keep
 * whole pages of an idle one in memory; from the system for each connection
 * they would cost more than the message. */
#include "milter/wire_buffer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define KEPT_MAX 64

/* What stands in a buffer that nobody uses. */
struct spare {
	struct spare *next;
};

static struct {
	pthread_mutex_t lock;
	struct spare *spares;
	size_t count;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct spare *
take_spare(void)
{
	struct spare *spare;

	pthread_mutex_lock(&pool.lock);
	spare = pool.spares;
	if (spare != NULL) {
		pool.spares = spare->next;
		pool.count--;
	}
	pthread_mutex_unlock(&pool.lock);
	return spare;
}

char *
wire_buffer_take(void)
{
	void *buffer = take_spare();

	if (buffer != NULL)
		return buffer;
	buffer = mmap(NULL, WIRE_BUFFER_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED) {
		perror("mmap");
		abort();
	}
	return buffer;
}

void
wire_buffer_give(char *buffer)
{
	struct spare *spare = (struct spare *)(void *)buffer;
	bool is_kept;

	if (buffer == NULL)
		return;
	pthread_mutex_lock(&pool.lock);
	is_kept = pool.count < KEPT_MAX;
	if (is_kept) {
		spare->next = pool.spares;
		pool.spares = spare;
		pool.count++;
	}
	pthread_mutex_unlock(&pool.lock);
	if (!is_kept)
		munmap(buffer, WIRE_BUFFER_SIZE);
}
