/* SPDX-License-Identifier: ISC */
/* history.c - the last decisions, in a ring.
 *
 * The records stand one behind the other in one block of memory, so that what
 * thousands of messages leave behind is not strewn over the heap. A record is
 * never torn: what does not fit before the end of the block begins at its
 * front. */
#include "base/history.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/ulid.h"

/* Postfix's long queue ids have 15 to 20 characters. */
#define QUEUE_ID_SIZE 32

struct record {
	char id[ULID_SIZE];
	char queue_id[QUEUE_ID_SIZE];
	size_t len;
	char event[];
};

struct history {
	pthread_mutex_t lock;
	char *block;
	size_t bytes;
	size_t end;		/* of the newest record in the block */
	size_t *places;		/* of the records: a ring, too */
	size_t size;		/* of it */
	size_t oldest, count;
};

struct history *
history_new(size_t count, size_t bytes)
{
	struct history *history = must(calloc(1, sizeof(*history)));

	history->places = must(calloc(count, sizeof(*history->places)));
	history->size = count;
	/* A page that is not written to is none. */
	history->block = must(malloc(bytes));
	history->bytes = bytes;
	pthread_mutex_init(&history->lock, NULL);
	return history;
}

void
history_free(struct history **history)
{
	struct history *old = *history;

	if (old == NULL)
		return;
	pthread_mutex_destroy(&old->lock);
	free(old->block);
	free(old->places);
	free(old);
	*history = NULL;
}

static void
forget_oldest(struct history *history)
{
	history->oldest = (history->oldest + 1) % history->size;
	history->count--;
}

/* Does the oldest one begin between these places? */
static bool
is_oldest_within(const struct history *history, size_t from, size_t to)
{
	size_t place = history->places[history->oldest];

	return history->count != 0 && place >= from && place < to;
}

/* Where so much is free; the oldest ones make room. */
static struct record *
take_place(struct history *history, size_t size)
{
	size_t *place;

	if (size > history->bytes - history->end) {
		while (is_oldest_within(history, history->end,
		    history->bytes))
			forget_oldest(history);
		history->end = 0;
	}
	while (history->count == history->size ||
	    is_oldest_within(history, history->end, history->end + size))
		forget_oldest(history);
	place = &history->places[(history->oldest + history->count) %
	    history->size];
	*place = history->end;
	history->count++;
	history->end += size;
	return (struct record *)(void *)(history->block + *place);
}

/* Cut to the room that is there. */
static void
copy_text(char *to, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(to, text, len);
	to[len] = '\0';
}

void
history_add(struct history *history, const char *id, const char *queue_id,
    struct str event)
{
	const size_t unit = alignof(struct record);
	size_t size = (sizeof(struct record) + event.len + unit - 1) / unit *
	    unit;
	struct record *record;

	if (size > history->bytes)
		return;
	pthread_mutex_lock(&history->lock);
	record = take_place(history, size);
	copy_text(record->id, sizeof(record->id), id);
	copy_text(record->queue_id, sizeof(record->queue_id),
	    queue_id != NULL ? queue_id : "");
	record->len = event.len;
	memcpy(record->event, event.data, event.len);
	pthread_mutex_unlock(&history->lock);
}

size_t
history_find(struct history *history, struct str id, struct buf *out)
{
	size_t found = 0;

	buf_add_char(out, '[');
	pthread_mutex_lock(&history->lock);
	for (size_t i = history->count; i-- > 0;) {
		const struct record *record = (const void *)(history->block +
		    history->places[(history->oldest + i) % history->size]);

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
