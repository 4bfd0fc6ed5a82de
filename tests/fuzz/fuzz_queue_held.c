/* SPDX-License-Identifier: ISC */
/* fuzz_queue_held.c - what Postfix prints of mail that strangers wrote, and the
 * notice that is made of it. */
#include <string.h>

#include "base/arena.h"
#include "fuzz.h"
#include "queue/held.h"
#include "queue/notice.h"

#define BOUNDARY "01KAJ3QY7V8Z9ABCDEFGHJKMNP"

/* Is what follows about the boundary not true of it? */
static bool
is_odd(struct str text)
{
	return text.len != 0 && (memchr(text.data, '\0', text.len) != NULL ||
	    memmem(text.data, text.len, "01KAJ", 5) != NULL);
}

static size_t
count_boundaries(const struct buf *text)
{
	const char *at = text->data;
	size_t count = 0;

	while ((at = strstr(at, BOUNDARY)) != NULL) {
		count++;
		at++;
	}
	return count;
}

static void
write_notice(struct arena *arena, struct str envelope_text, struct str header)
{
	struct envelope envelope;
	struct notice notice = { .host = "mx.lab.test", .queue_id = "ABCDEF",
	    .reason = "too much", .envelope = &envelope, .header = header,
	    .boundary = BOUNDARY };
	struct buf out;

	if (envelope_parse(arena, envelope_text, &envelope) < 0)
		return;
	notice.id = held_id(header);
	buf_init(&out, arena);
	if (notice_write(&out, &notice) == 0)
		must(out.len == 0);
	else if (!is_odd(envelope_text) && !is_odd(header))
		/* Where it is named, three parts, the end. */
		must(count_boundaries(&out) == 5);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str text = str_of((const char *)data, size), envelope, header;
	struct vec held;

	held_list(arena, text, &held);
	for (size_t i = 0; i < held.len; i++) {
		const struct held *one = vec_at(&held, i);

		must(one->queue_id != NULL && one->sender != NULL);
	}
	/* An envelope, '~', a header. */
	header = text;
	if (str_cut(&header, '~', &envelope))
		write_notice(arena, envelope, header);
	arena_free(&arena);
	return 0;
}
