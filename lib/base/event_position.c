/* SPDX-License-Identifier: ISC */
/* event_position.c - how far the reader of an event spool has come. */
#include "base/event_position.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"

#define POSITION_SIZE 160

static bool
parse(struct event_position *position, struct str text)
{
	uint64_t *const numbers[] = { &position->next, &position->after_us,
		&position->inode, &position->offset, &position->lines };
	struct str line, word;

	if (!str_cut(&text, '\n', &line) || text.data == NULL ||
	    !str_cut(&line, ' ', &word) || !ulid_is_valid(word))
		return false;
	memcpy(position->series, word.data, word.len);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (!str_cut(&line, ' ', &word) ||
		    str_to_u64(word, INT64_MAX, numbers[i]) != 0)
			return false;
	return true;
}

int
event_position_open(struct event_position *position, const char *path,
    struct arena *arena, const char **error_r)
{
	char text[POSITION_SIZE];
	ssize_t len;

	*position = (struct event_position){ .path = path };
	position->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (position->fd < 0) {
		*error_r = arena_printf(arena, "%s: %s", path,
		    strerror(errno));
		return -1;
	}
	len = pread(position->fd, text, sizeof(text), 0);
	if (len > 0 && parse(position, str_of(text, (size_t)len)))
		return 0;
	if (len != 0)
		log_warn(NULL, "%s is no position: all events there are "
		    "forwarded again", path);
	*position = (struct event_position){ .path = path,
		.fd = position->fd };
	event_position_begin_series(position);
	return 0;
}

void
event_position_close(struct event_position *position)
{
	if (position->fd >= 0)
		close(position->fd);
	position->fd = -1;
}

void
event_position_begin_series(struct event_position *position)
{
	ulid_make(clock_now_ms(), position->series);
	position->next = 1;
}

void
event_position_save(struct event_position *position)
{
	char text[POSITION_SIZE];
	int len = snprintf(text, sizeof(text), "%s %020" PRIu64 " %020" PRIu64
	    " %020" PRIu64 " %020" PRIu64 " %020" PRIu64 "\n",
	    position->series, position->next, position->after_us,
	    position->inode, position->offset, position->lines);
	bool is_lost = pwrite(position->fd, text, (size_t)len, 0) != len;

	if (is_lost && !position->is_lost)
		log_warn(NULL, "%s cannot be written: %s; after a restart "
		    "events are forwarded again", position->path,
		    strerror(errno));
	position->is_lost = is_lost;
}
