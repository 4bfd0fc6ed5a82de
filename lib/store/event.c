/* SPDX-License-Identifier: ISC */
/* event.c - the operation that appends to the stream of events.
 *
 * A stream numbers its entries by the server's clock, and many daemons write
 * into one; so what makes a line known again is its own number, and beside the
 * stream stands the last one of each series. Both change in one script: who
 * never hears the answer asks again with the same numbers, and adds nothing.
 *
 * The stream's name has no tag; to a cluster all of it is its tag, and so the
 * series' entry has that for its tag and lies on the same node. */
#include "store/event.h"

#include "base/arena.h"
#include "store/op.h"
#include "store/request.h"

#include "store/event.lua.h"

extern const struct store_op store_op_event;

/* What is kept in memory would be lost with it, and the files last longer. */
static int
run(struct memory *memory, const struct store_request *request,
    struct vec *values, const char **error_r)
{
	(void)memory;
	(void)request;
	(void)values;
	*error_r = "a store in memory has no stream of events: they stay in "
	    "their files";
	return -1;
}

const struct store_op store_op_event = {
	.name = "event",
	.lua = event_lua,
	.lua_len = sizeof(event_lua) - 1,
	.run = run,
};

struct store_call *
event_ask(struct store *store, struct arena *arena,
    const struct event_lines *lines, struct wait *wait)
{
	struct request request;

	request_init(&request, arena);
	request_check(&request, lines->first > 0 && lines->stream_max > 0 &&
	    request_is_number(lines->first) &&
	    request_is_number(lines->stream_max),
	    "a number makes no sense");
	request_check(&request, lines->count != 0, "there are no lines");
	request_key(&request, STR(EVENT_STREAM));
	request_key(&request, str_from(arena_printf(arena,
	    "mr:{" EVENT_STREAM "}:series:%.*s", STR_ARG(lines->series))));
	request_number(&request, lines->stream_max);
	request_number(&request, EVENT_REMEMBER_MS);
	request_number(&request, lines->first);
	for (size_t i = 0; i < lines->count; i++)
		request_text(&request, lines->lines[i]);
	return request_ask(&request, &store_op_event, store, wait);
}

int
event_read(const struct store_answer *answer, int64_t *last_r,
    const char **error_r)
{
	return answer_number(answer, 0, last_r, error_r);
}
