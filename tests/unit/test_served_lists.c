/* SPDX-License-Identifier: ISC */
/* test_served_lists.c - lists that cannot be read: why, and when they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/db.h"
#include "directory/directory.h"
#include "directory/inquiry.h"
#include "directory/lists.h"
#include "directory/served_lists.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000

#define NOT_READ "access lists, throttles and keys of the directory were not " \
	"read: the directory is unavailable: "

struct story {
	struct directory_lab *lab;
	struct inquiry *inquiry;
	struct loop *loop;
	struct served_lists *lists;
	size_t told;			/* lines of the log */
	char first[400];		/* of them */
	bool has_changed, is_late;
};

static void
on_log(void *arg, enum log_level level, const char *line)
{
	struct story *story = arg;

	assert_int_equal(level, LOG_LEVEL_WARN);
	if (story->told++ == 0)
		strncpy(story->first, line, sizeof(story->first) - 1);
}

static void
on_changed(void *arg)
{
	struct story *story = arg;

	story->has_changed = true;
	loop_stop(story->loop);
}

static void
on_late(void *arg)
{
	struct story *story = arg;

	story->is_late = true;
	loop_stop(story->loop);
}

static void
begin(struct story *story, void **state)
{
	*story = (struct story){ .lab = *state };
	assert_string_equal(directories_do(story->lab,
	    story->lab->directory, "add access x sender=@a.example"), "");
	directories_must_run(story->lab,
	    directory_db(story->lab->directory),
	    "UPDATE access_entries SET action = 'perhaps'");
	log_set_sink(on_log, story);
	story->inquiry = directories_inquiry(story->lab);
	story->loop = loop_new();
	story->lists = served_lists_open(story->inquiry, story->loop,
	    AT_MOST_MS, on_changed, story);
}

static void
end(struct story *story)
{
	served_lists_close(&story->lists);
	inquiry_free(&story->inquiry);
	loop_free(&story->loop);
	log_set_sink(NULL, NULL);
}

/* The reason is the question's: it is told while there is one. */
static void
why_they_were_not_read_is_told(void **state)
{
	struct story story;

	begin(&story, state);
	assert_null(served_lists_get(story.lists));
	assert_int_equal(story.told, 1);
	if (strstr(story.first, NOT_READ) == NULL ||
	    strstr(story.first, "access x has 'perhaps' as 'action', which "
	    "makes no sense") == NULL)
		fail_msg("%s", story.first);
	end(&story);
}

static void
they_come_when_they_can_be_read(void **state)
{
	struct loop_timer *late;
	struct story story;

	begin(&story, state);
	directories_must_run(story.lab,
	    directory_db(story.lab->directory),
	    "UPDATE access_entries SET action = 'deny'");
	late = loop_after(story.loop, AT_MOST_MS, on_late, &story);
	loop_run(story.loop);
	assert_false(story.is_late);
	loop_cancel(&late);
	assert_true(story.has_changed);
	assert_int_equal(served_lists_get(story.lists)->accesses->len, 1);
	end(&story);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(why_they_were_not_read_is_told),
		DIRECTORY_TEST(they_come_when_they_can_be_read),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
