/* SPDX-License-Identifier: ISC */
/* test_directory_lists.c - what daemons keep whole: read when it has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/wait.h"
#include "directories.h"
#include "directory/inquiry.h"
#include "directory/lists.h"

/* Patience for a busy machine. */
#define AT_MOST_MS 60000

#define WORLD "add class staff\nadd domain example.org class=staff\n" \
	"add user ann@example.org\nadd user bob@example.org\n" \
	"add access hers for=ann@example.org sender=@a.example\n" \
	"add access all for=staff client=192.0.2.1\n" \
	"add throttle t limit=1/1h\n" \
	"add dkim_key example.org k file=/k.pem\n"

/* NULL: those that are known still hold. */
static struct lists *
ask(struct inquiry *inquiry, const struct lists *known)
{
	int64_t deadline_ms = clock_steady_ms() + AT_MOST_MS;
	struct wait *wait = wait_new();
	struct inquiry_call *call = lists_ask_newer(inquiry, known,
	    deadline_ms, wait);
	const char *error;
	struct lists *lists;

	while (inquiry_call_answer(call) == NULL)
		wait_sleep(wait, deadline_ms);
	lists = lists_take(&call, &error);
	if (error != NULL)
		fail_msg("%s", error);
	inquiry_call_unref(&call);
	wait_unref(&wait);
	return lists;
}

static const struct {
	const char *name, *lines;
	bool is_read;
} changes[] = {
	{ "another user", "add user cid@example.org", false },
	{ "a user changes", "set user ann@example.org quota=1g", false },
	{ "another class", "add class gold", false },
	{ "another alias", "add alias s@example.org to=ann@example.org",
	  false },
	{ "a policy", "put policy global junk=no", false },
	{ "another entry", "add access x sender=@b.example", true },
	{ "an entry goes", "delete access x", true },
	{ "a throttle changes", "set throttle t limit=2/1h", true },
	{ "another key", "add dkim_key example.org l file=/l.pem", true },
	{ "the name of a user that an entry has",
	  "rename user ann@example.org eve@example.org", true },
	{ "that of one that none has",
	  "rename user bob@example.org rob@example.org", false },
	{ "the name of a class that an entry has", "rename class staff people",
	  true },
	{ "a user that an entry has goes", "purge user eve@example.org",
	  true },
	{ "the name of a domain that has a key",
	  "rename domain example.org new.example", true },
};

static void
they_are_read_when_one_of_them_has_changed(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	struct lists *known = NULL;

	directories_must_do(lab, WORLD);
	known = ask(inquiry, NULL);
	assert_non_null(known);
	assert_int_equal(known->accesses->len, 2);
	assert_int_equal(known->throttles->len, 1);
	assert_int_equal(known->dkim_keys->len, 1);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct lists *fresh;

		assert_null(ask(inquiry, known));
		directories_must_do(lab, changes[i].lines);
		fresh = ask(inquiry, known);
		if ((fresh != NULL) != changes[i].is_read)
			fail_msg("%s", changes[i].name);
		if (fresh == NULL)
			continue;
		lists_unref(&known);
		known = fresh;
	}
	assert_int_equal(known->accesses->len, 1);
	assert_int_equal(known->dkim_keys->len, 2);
	lists_unref(&known);
	inquiry_free(&inquiry);
}

/* In an empty directory there is a first time, too. */
static void
none_at_all_are_lists_as_well(void **state)
{
	struct directory_lab *lab = *state;
	struct inquiry *inquiry = directories_inquiry(lab);
	struct lists *lists = ask(inquiry, NULL);

	assert_non_null(lists);
	assert_int_equal(lists->accesses->len, 0);
	assert_null(ask(inquiry, lists));
	lists_unref(&lists);
	inquiry_free(&inquiry);
}

#define NUMBERS "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT " \
	"i + 1 FROM n WHERE i < %d) SELECT i FROM n) AS numbers"

static void
there_are_so_many_and_no_more(void **state)
{
	struct directory_lab *lab = *state;

	directories_must_script(lab, arena_printf(lab->arena,
	    "INSERT INTO access_entries (name, action, final) "
	    "SELECT 'e' || i, 'deny', '0' " NUMBERS ";"
	    "INSERT INTO throttles (name, unit, per, direction, action, soft) "
	    "SELECT 't' || i, 'messages', 'user', 'outbound', 'defer', 0 "
	    NUMBERS, LISTS_MAX - 1, LISTS_MAX - 1));
	directories_must_do(lab, "add access last sender=@b.example\n"
	    "add throttle last limit=1/1h\n");
	assert_non_null(strstr(directories_do(lab, lab->directory,
	    "add access more sender=@b.example"), "refused: there are 10000 "
	    "access entries already, and the directory has no more: put long "
	    "lists into files"));
	assert_non_null(strstr(directories_do(lab, lab->directory,
	    "add throttle more limit=1/1h"), "refused: there are 10000 "
	    "throttles already"));
	directories_must_do(lab, "set access last sender=@c.example\n"
	    "rename access last other\ndelete access e1\n"
	    "add access more sender=@b.example");
}

static void
an_entry_names_so_many_and_no_more(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;

	buf_init(&lines, lab->arena);
	for (int i = 0; i < 500; i++)
		buf_printf(&lines, "%s%d@b.example", i == 0 ?
		    "sender=" : ",", i);
	for (int i = 0; i < 500; i++)
		buf_printf(&lines, "%s%d@b.example", i == 0 ?
		    " recipient=" : ",", i);
	directories_must_do(lab,
	    arena_printf(lab->arena, "add access x %s", lines.data));
	assert_non_null(strstr(directories_do(lab, lab->directory,
	    arena_printf(lab->arena, "add access y helo=a.example %s",
	    lines.data)), "names 1000 owners, clients, senders and so on at "
	    "most: put long lists into files"));
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(they_are_read_when_one_of_them_has_changed),
		DIRECTORY_TEST(none_at_all_are_lists_as_well),
		DIRECTORY_TEST(there_are_so_many_and_no_more),
		DIRECTORY_TEST(an_entry_names_so_many_and_no_more),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
