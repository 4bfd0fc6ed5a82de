/* SPDX-License-Identifier: ISC */
/* test_policy_instances.c - what is remembered of a message, and how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "policyd/instances.h"

#define FIRST "01ARZ3NDEKTSV4RRFFQ69G5FA1"
#define SECOND "01ARZ3NDEKTSV4RRFFQ69G5FA2"
#define NAME STR("7f.5e8.0")

static struct instances *
begin(size_t bytes_max)
{
	return instances_new(bytes_max);
}

/* Is this the first request of the message? Then it gets the id proposed. */
static bool
is_new(struct instances *instances, struct str name, int64_t now_ms)
{
	char id[ULID_SIZE], proposed[ULID_SIZE];

	ulid_make(now_ms, proposed);
	memcpy(id, proposed, sizeof(id));
	instances_id(instances, name, now_ms, id);
	return strcmp(id, proposed) == 0;
}

/* "a b c" */
static const char *
rcpts(struct arena *arena, const struct instances *instances, struct str name)
{
	struct str at = STR("");
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "");
	while (instances_next_rcpt(instances, name, &at)) {
		buf_add_text(&text, text.len != 0 ? " " : "");
		buf_add_str(&text, at);
	}
	return text.len != 0 ? text.data : "";
}

static void
all_requests_of_a_message_have_the_id_of_the_first(void **state)
{
	struct instances *instances = begin(65536);
	char id[ULID_SIZE] = FIRST, other[ULID_SIZE] = SECOND;

	(void)state;
	instances_id(instances, NAME, 0, id);
	assert_string_equal(id, FIRST);
	instances_id(instances, NAME, 1000, other);
	assert_string_equal(other, FIRST);
	assert_true(is_new(instances, STR("7f.5e8.1"), 1000));
	assert_int_equal(instances_count(instances), 2);
	instances_free(&instances);
	assert_int_equal(instances == NULL, 1);
}

static void
recipients_are_given_back_in_their_order_each_once(void **state)
{
	struct arena *arena = *state;
	struct instances *instances = begin(65536);

	is_new(instances, NAME, 0);
	assert_string_equal(rcpts(arena, instances, NAME), "");
	instances_add_rcpt(instances, NAME, STR("b@example.org"), 0);
	instances_add_rcpt(instances, NAME, STR("a@example.org"), 0);
	instances_add_rcpt(instances, NAME, STR("b@example.org"), 0);
	instances_add_rcpt(instances, NAME, STR("b@example.or"), 0);
	instances_add_rcpt(instances, NAME, STR(""), 0);
	assert_string_equal(rcpts(arena, instances, NAME),
	    "b@example.org a@example.org b@example.or");
	instances_add_rcpt(instances, STR("unknown"), STR("c"), 0);
	assert_string_equal(rcpts(arena, instances, STR("unknown")), "");
	instances_free(&instances);
}

static void
a_message_is_forgotten_when_nothing_is_heard_of_it(void **state)
{
	struct instances *instances = begin(65536);

	(void)state;
	is_new(instances, NAME, 0);
	instances_add_rcpt(instances, NAME, STR("a"), 1000);
	assert_false(is_new(instances, NAME, 1000 + INSTANCE_OPEN_MS));
	assert_true(is_new(instances, NAME, 1001 + INSTANCE_OPEN_MS));
	instances_free(&instances);
}

static void
a_message_that_has_ended_is_forgotten_soon(void **state)
{
	struct arena *arena = *state;
	struct instances *instances = begin(65536);

	is_new(instances, NAME, 0);
	instances_add_rcpt(instances, NAME, STR("a"), 0);
	instances_end(instances, NAME, 1000);
	instances_end(instances, STR("unknown"), 1000);
	/* Postfix asks again when the answer was lost. */
	assert_false(is_new(instances, NAME, 1000 + INSTANCE_ENDED_MS));
	assert_string_equal(rcpts(arena, instances, NAME), "a");
	assert_true(is_new(instances, NAME, 1001 + INSTANCE_ENDED_MS));
	assert_string_equal(rcpts(arena, instances, NAME), "");
	instances_free(&instances);
}

static void
what_is_beyond_the_limit_of_recipients_is_not_kept(void **state)
{
	struct instances *instances = begin(1 << 20);
	struct str at = STR("");
	char rcpt[64];
	size_t count = 0;

	(void)state;
	is_new(instances, NAME, 0);
	for (int i = 0; i < INSTANCE_RCPTS_MAX + 50; i++) {
		snprintf(rcpt, sizeof(rcpt), "user%d@example.org", i);
		instances_add_rcpt(instances, NAME, str_from(rcpt), 0);
	}
	while (instances_next_rcpt(instances, NAME, &at))
		count++;
	assert_int_equal(count, INSTANCE_RCPTS_MAX);
	assert_true(str_is(at, "user999@example.org"));
	instances_free(&instances);
}

static void
a_flood_of_messages_pushes_out_the_oldest_those_that_ended_first(void **state)
{
	struct instances *instances = begin(20000);
	char name[32];

	(void)state;
	is_new(instances, STR("ended"), 0);
	instances_end(instances, STR("ended"), 0);
	is_new(instances, STR("open"), 0);
	for (int i = 0; instances_bytes(instances) < 19500; i++) {
		snprintf(name, sizeof(name), "flood-%d", i);
		is_new(instances, str_from(name), 1);
	}
	instances_add_rcpt(instances, STR("open"), STR("a"), 2);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "more-%d", i);
		is_new(instances, str_from(name), 3);
		assert_in_range(instances_bytes(instances), 1, 20000);
	}
	assert_false(is_new(instances, STR("open"), 3));
	assert_false(is_new(instances, STR("more-3"), 3));
	assert_true(is_new(instances, STR("ended"), 3));
	assert_true(is_new(instances, STR("flood-0"), 3));
	instances_free(&instances);
}

static void
one_message_alone_is_kept_whatever_it_has(void **state)
{
	struct instances *instances = begin(100);

	(void)state;
	assert_true(is_new(instances, NAME, 0));
	instances_add_rcpt(instances, NAME, STR("a@example.org"), 0);
	assert_false(is_new(instances, NAME, 0));
	assert_true(is_new(instances, STR("another"), 0));
	assert_true(is_new(instances, NAME, 0));
	assert_int_equal(instances_count(instances), 1);
	instances_free(&instances);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(all_requests_of_a_message_have_the_id_of_the_first),
		ARENA_TEST(recipients_are_given_back_in_their_order_each_once),
		ARENA_TEST(a_message_is_forgotten_when_nothing_is_heard_of_it),
		ARENA_TEST(a_message_that_has_ended_is_forgotten_soon),
		ARENA_TEST(what_is_beyond_the_limit_of_recipients_is_not_kept),
		ARENA_TEST(
		    a_flood_of_messages_pushes_out_the_oldest_those_that_ended_first),
		ARENA_TEST(one_message_alone_is_kept_whatever_it_has),
	};

	return cmocka_run_group_tests_name("policy_instances", tests, NULL,
	    NULL);
}
