/* SPDX-License-Identifier: ISC */
/* history.c - the last decisions, in a ring. */
#include "base/history.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ulid.h"

/* Postfix's long queue ids have 15 to 20 characters. */
#define QUEUE_ID_SIZE 32

struct record {
	struct record *next;		/* of those to free */
	char id[ULID_SIZE];
	char queue_id[QUEUE_ID_SIZE];
	size_t len;
	char event[];
};

struct history {
	pthread_mutex_t lock;
	struct record **ring;
	size_t size;			/* places */
	size_t oldest, count;
	size_t bytes, bytes_max;
};

struct history *
history_new(size_t count, size_t bytes)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history == NULL)
		abort();
	history->ring = calloc(count, sizeof(struct record *));
	if (history->ring == NULL)
		abort();
	history->size = count;
	history->bytes_max = bytes;
	pthread_mutex_init(&history->lock, NULL);
	return history;
}

static struct record *
take_oldest(struct history *history)
{
	struct record *record = history->ring[history->oldest];

	history->bytes -= sizeof(*record) + record->len;
	history->ring[history->oldest] = NULL;
	history->oldest = (history->oldest + 1) % history->size;
	history->count--;
	return record;
}

void
history_free(struct history **history)
{
	struct history *old = *history;

	if (old == NULL)
		return;
	while (old->count != 0)
		free(take_oldest(old));
	pthread_mutex_destroy(&old->lock);
	free(old->ring);
	free(old);
	*history = NULL;
}

void
history_add(struct history *history, const char *id, const char *queue_id,
    struct str event)
{
	struct record *record = malloc(sizeof(*record) + event.len);
	struct record *forgotten = NULL, *oldest;

	if (record == NULL)
		abort();
	snprintf(record->id, sizeof(record->id), "%s", id);
	snprintf(record->queue_id, sizeof(record->queue_id), "%s",
	    queue_id != NULL ? queue_id : "");
	record->len = event.len;
	memcpy(record->event, event.data, event.len);

	pthread_mutex_lock(&history->lock);
	while (history->count != 0 && (history->count == history->size ||
	    history->bytes + sizeof(*record) + event.len >
	    history->bytes_max)) {
		oldest = take_oldest(history);
		oldest->next = forgotten;
		forgotten = oldest;
	}
	history->ring[(history->oldest + history->count) % history->size] =
	    record;
	history->count++;
	history->bytes += sizeof(*record) + event.len;
	pthread_mutex_unlock(&history->lock);

	/* Not under the lock that every message takes. */
	while ((oldest = forgotten) != NULL) {
		forgotten = oldest->next;
		free(oldest);
	}
}

size_t
history_find(struct history *history, struct str id, struct buf *out)
{
	size_t found = 0;

	buf_add_char(out, '[');
	pthread_mutex_lock(&history->lock);
	for (size_t i = history->count; i-- > 0;) {
		const struct record *record = history->ring[
		    (history->oldest + i) % history->size];

		if (!str_is_nocase(id, record->id) &&
		    (record->queue_id[0] == '\0' ||
		    !str_is(id, record->queue_id)))
			continue;
		buf_add_text(out, found++ > 0 ? "," : "");
		buf_add(out, record->event, record->len);
	}
	pthread_mutex_unlock(&history->lock);
	buf_add_char(out, ']');
	return found;
}
