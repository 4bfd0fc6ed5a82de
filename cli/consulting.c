/* SPDX-License-Identifier: ISC */
/* consulting.c - the directory as a daemon asks it, for commands that judge as
 * one does. */
#include "cli/consulting.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/wait.h"
#include "directory/directory_settings.h"
#include "directory/inquiry.h"
#include "directory/lists.h"
#include "directory/served_directory.h"

static struct lists *
read_lists(struct inquiry *inquiry, int64_t timeout_ms, struct arena *arena,
    const char **error_r)
{
	int64_t deadline_ms = clock_steady_ms() + timeout_ms;
	struct wait *wait = wait_new();
	struct inquiry_call *call = lists_ask(inquiry, deadline_ms, wait);
	struct lists *lists;

	while (inquiry_call_answer(call) == NULL &&
	    wait_sleep(wait, deadline_ms) == 1)
		continue;
	lists = lists_take(&call, error_r);
	/* The reason lives as long as the call. */
	if (lists == NULL)
		*error_r = arena_strdup(arena, *error_r);
	inquiry_call_unref(&call);
	wait_unref(&wait);
	return lists;
}

int
consulting_begin(struct consulting *consulting, const struct conf *conf,
    char delimiter, struct arena *arena, const char **error_r)
{
	const struct directory_settings *settings =
	    conf_get(conf, &directory_section);

	*consulting = (struct consulting){ 0 };
	if (settings->kind == DIRECTORY_NONE)
		return 0;
	consulting->directory = served_directory_open(settings, delimiter,
	    arena, error_r);
	if (consulting->directory == NULL)
		return -1;
	consulting->policies =
	    served_directory_policies(consulting->directory);
	consulting->lists = read_lists(served_directory_inquiry(
	    consulting->directory), settings->timeout_ms, arena, error_r);
	if (consulting->lists != NULL)
		return 0;
	consulting_end(consulting);
	return -1;
}

void
consulting_end(struct consulting *consulting)
{
	lists_unref(&consulting->lists);
	served_directory_close(&consulting->directory);
	consulting->policies = NULL;
}
