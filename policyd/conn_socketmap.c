/* SPDX-License-Identifier: ISC */
/* conn_socketmap.c - connections that speak Postfix's socketmap protocol. */
#include "policyd/conn_socketmap.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "directory/map_answers.h"

#define REASON_MAX 300
#define UNREAD "25:PERM this is no netstring,"

/* The look-up under way, in an arena of its own. */
struct lookup {
	struct arena *arena;
	int64_t deadline_ms;
	struct map_query *query;	/* NULL: there is no such map */
	enum map_state state;
	struct map_answer answer;
	const char *error;
};

static void *
begin(void *arg, struct str text, struct wait *wait,
    struct conn_answer *answer_r)
{
	struct socketmap_service *service = arg;
	struct socketmap_request request;
	struct lookup *lookup;
	struct arena *arena;

	if (socketmap_parse(text, &request) < 0) {
		service->unread++;
		service->failed(service->arg, "what came is no netstring");
		*answer_r = (struct conn_answer){ STR(UNREAD), true };
		return NULL;
	}
	arena = arena_new(0);
	lookup = arena_zalloc(arena, sizeof(*lookup));
	lookup->arena = arena;
	lookup->deadline_ms = service->deadline_ms;
	if (request.map != NULL)
		lookup->query = map_answers_ask(service->answers, arena,
		    request.map, request.key, clock_now_ms(),
		    clock_steady_ms() + service->deadline_ms, wait);
	return lookup;
}

static bool
run(void *work)
{
	struct lookup *lookup = work;

	if (lookup->query == NULL)
		return true;
	lookup->state = map_answers_look(lookup->query, false,
	    &lookup->answer, &lookup->error);
	return lookup->state != MAP_WAIT;
}

static int64_t
deadline_ms(const void *work)
{
	const struct lookup *lookup = work;

	return lookup->deadline_ms;
}

static enum socketmap_status
status_of(struct lookup *lookup, const char **text_r)
{
	bool is_late = lookup->state == MAP_WAIT;

	*text_r = "there is no map of this name";
	if (lookup->query == NULL)
		return SOCKETMAP_PERM;
	if (is_late)
		lookup->state = map_answers_look(lookup->query, true,
		    &lookup->answer, &lookup->error);
	*text_r = lookup->error;
	if (lookup->state == MAP_UNAVAILABLE)
		return is_late ? SOCKETMAP_TIMEOUT : SOCKETMAP_TEMP;
	*text_r = lookup->answer.text;
	if (lookup->answer.result == MAP_FOUND)
		return SOCKETMAP_OK;
	if (lookup->answer.result == MAP_REFUSED)
		return SOCKETMAP_PERM;
	*text_r = "";
	return SOCKETMAP_NOT_FOUND;
}

static struct conn_answer
end(void *arg, void *work)
{
	struct socketmap_service *service = arg;
	struct lookup *lookup = work;
	const char *text;
	enum socketmap_status status = status_of(lookup, &text);

	service->answered[status]++;
	if (status != SOCKETMAP_OK && status != SOCKETMAP_NOT_FOUND)
		service->failed(service->arg, log_wire(lookup->arena,
		    str_from(text), REASON_MAX));
	return (struct conn_answer){ socketmap_answer(lookup->arena, status,
	    text), false };
}

static void
drop(void *work)
{
	struct lookup *lookup = work;
	struct arena *arena = lookup->arena;

	arena_free(&arena);
}

const struct conn_protocol socketmap_protocol = {
	.request_max = SOCKETMAP_REQUEST_MAX,
	.len = socketmap_len,
	.begin = begin,
	.run = run,
	.deadline_ms = deadline_ms,
	.end = end,
	.free = drop,
};
