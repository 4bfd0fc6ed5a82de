/* SPDX-License-Identifier: ISC */
/* serve_limits.c - what addresses have used of their limits, for ctl. */
#include "policyd/serve_limits.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "base/arena.h"
#include "base/ctl.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/wait.h"
#include "json/node.h"
#include "json/read.h"
#include "policyd/rule/throttle_usage.h"
#include "policyd/rulebook.h"

/* One that waits; lives in the arena of its answer. */
struct asked {
	struct asked *next, **link;
	struct buf *out;
	struct wait *wait;
	struct throttle_usage *usage;
};

struct serve_limits {
	struct wait_queue *queue;
	struct loop_watch *watch;
	struct asked *first;
};

static void
forget(struct asked *asked)
{
	throttle_usage_free(&asked->usage);
	wait_leave(asked->wait);
	wait_unref(&asked->wait);
}

/* error NULL: the answer is there. */
static void
finish(struct asked *asked, const char *error)
{
	struct buf *out = asked->out;
	int result = error != NULL ? -1
	    : throttle_usage_write(asked->usage, out, &error);

	*asked->link = asked->next;
	if (asked->next != NULL)
		asked->next->link = asked->link;
	forget(asked);
	ctl_answer(out, result, error);
}

static void
on_answer(void *arg, uint32_t events)
{
	struct serve_limits *limits = arg;
	struct asked *asked;

	(void)events;
	while ((asked = wait_queue_next(limits->queue)) != NULL)
		if (throttle_usage_has_come(asked->usage))
			finish(asked, NULL);
}

struct serve_limits *
serve_limits_new(struct loop *loop)
{
	struct wait_queue *queue = wait_queue_new();
	struct serve_limits *limits;

	if (queue == NULL)
		return NULL;
	limits = must(calloc(1, sizeof(*limits)));
	limits->queue = queue;
	limits->watch = loop_watch(loop, wait_queue_fd(queue), EPOLLIN,
	    on_answer, limits);
	return limits;
}

void
serve_limits_free(struct serve_limits **limits)
{
	struct serve_limits *old = *limits;

	if (old == NULL)
		return;
	while (old->first != NULL)
		finish(old->first, "stopping the daemon ends");
	loop_unwatch(&old->watch);
	wait_queue_free(&old->queue);
	free(old);
	*limits = NULL;
}

static int
begin(struct asked *asked, struct rulebook *rulebook, bool is_reset,
    const struct node *node, const char **error_r)
{
	struct str address = str_from(node_text(node, "address"));
	struct str name = str_from(node_text(node, "name"));

	asked->usage = (is_reset ? throttle_usage_reset : throttle_usage_ask)(
	    rulebook, address, name, asked->wait, error_r);
	return asked->usage != NULL ? 0 : -1;
}

int
serve_limits_ask(struct serve_limits *limits, struct rulebook *rulebook,
    bool is_reset, struct str json, struct buf *out, const char **error_r)
{
	const struct node *node = json_read(out->arena, json, error_r);
	struct asked *asked = arena_zalloc(out->arena, sizeof(*asked));
	int result;

	if (node == NULL) {
		*error_r = "bad-request say {\"address\": …}";
		return -1;
	}
	asked->out = out;
	asked->wait = wait_new_in(limits->queue, asked);
	result = begin(asked, rulebook, is_reset, node, error_r);
	if (result == 0 && !throttle_usage_has_come(asked->usage)) {
		asked->next = limits->first;
		asked->link = &limits->first;
		if (asked->next != NULL)
			asked->next->link = &asked->next;
		limits->first = asked;
		return CTL_LATER;
	}
	if (result == 0)
		result = throttle_usage_write(asked->usage, out, error_r);
	forget(asked);
	return result;
}
