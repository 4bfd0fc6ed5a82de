/* SPDX-License-Identifier: ISC */
/* test_base.c - arena, vec, map, hash: memory that grows, and what is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"
#include "fixture.h"

static void
allocations_are_aligned_and_do_not_overlap(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 2047, 2048,
		2049, 4096, 5000, 300000 };
	char *memory[ARRAY_LEN(sizes) * 3];
	size_t size;

	for (size_t i = 0; i < ARRAY_LEN(memory); i++) {
		size = sizes[i % ARRAY_LEN(sizes)];
		memory[i] = arena_alloc(*state, size);
		assert_int_equal((uintptr_t)memory[i] %
		    _Alignof(max_align_t), 0);
		memset(memory[i], (int)i, size);
	}
	for (size_t i = 0; i < ARRAY_LEN(memory); i++) {
		size = sizes[i % ARRAY_LEN(sizes)];
		for (size_t j = 0; j < size; j++)
			assert_int_equal(memory[i][j], (char)i);
	}
}

static void
cleared_memory_is_cleared(void **state)
{
	for (int i = 0; i < 100; i++) {
		char *memory = arena_alloc(*state, 100);

		memset(memory, 0xff, 100);
		memory = arena_zalloc(*state, 100);
		for (int j = 0; j < 100; j++)
			assert_int_equal(memory[j], 0);
	}
}

static void
the_size_counts_what_was_taken(void **state)
{
	size_t before = arena_size(*state);

	arena_alloc(*state, 1000000);
	assert_in_range(arena_size(*state) - before, 1000000, 1001000);
}

static void
texts_are_copied_whole(void **state)
{
	char from[] = "a\0b";
	char *copy = arena_strndup(*state, from, 3);

	assert_memory_equal(copy, "a\0b", 4);
	assert_string_equal(arena_strdup(*state, ""), "");
	assert_string_equal(arena_printf(*state, "%0300d", 7) + 299, "7");
	assert_non_null(arena_memdup(*state, NULL, 0));
}

struct order {
	int count;
	int seen[3];
};

static struct order order;
static int numbers[] = { 0, 1, 2 };

static void
note(void *arg)
{
	order.seen[order.count++] = *(int *)arg;
}

static void
functions_run_newest_first_when_the_arena_goes(void **state)
{
	struct arena *arena = arena_new(1);

	(void)state;
	for (int i = 0; i < 3; i++)
		arena_on_free(arena, note, &numbers[i]);
	arena_free(&arena);
	assert_null(arena);
	assert_int_equal(order.count, 3);
	assert_int_equal(order.seen[0], 2);
	assert_int_equal(order.seen[2], 0);
	arena_free(&arena);
}

/* A struct in its own arena is freed by its own member. */
static void
an_arena_may_hold_the_pointer_to_itself(void **state)
{
	struct holder {
		struct arena *arena;
	} *holder;
	struct arena *arena = arena_new(0);

	(void)state;
	holder = arena_alloc(arena, sizeof(*holder));
	holder->arena = arena;
	arena_free(&holder->arena);
}

static void
a_vec_keeps_its_items_at_both_ends(void **state)
{
	struct vec vec;

	vec_init(&vec, *state, sizeof(int));
	for (int i = 0; i < 1000; i++) {
		*(int *)vec_push(&vec) = i;
		*(int *)vec_push_front(&vec) = -i - 1;
	}
	assert_int_equal(vec.len, 2000);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(*(int *)vec_at(&vec, (size_t)i), i - 1000);
}

static void
new_items_are_cleared(void **state)
{
	struct vec vec;

	vec_init(&vec, *state, sizeof(int));
	for (int i = 0; i < 100; i++) {
		int *item = vec_push(&vec);

		assert_int_equal(*item, 0);
		*item = -1;
	}
	vec.len = 0;
	for (int i = 0; i < 100; i++)
		assert_int_equal(*(int *)vec_push(&vec), 0);
}

static struct str
key_of(struct arena *arena, size_t i)
{
	return str_from(arena_printf(arena, "key %zu", i));
}

static void
a_map_finds_what_was_put(void **state)
{
	struct map *map = map_new(*state);
	size_t values[1000];

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		values[i] = i;
		assert_null(map_find(map, key_of(*state, i)));
		assert_null(map_put(map, key_of(*state, i), &values[i]));
	}
	assert_int_equal(map_len(map), ARRAY_LEN(values));
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		assert_ptr_equal(map_find(map, key_of(*state, i)), &values[i]);
	assert_null(map_find(map, STR("key 1000")));
	assert_null(map_find(map, STR("KEY 1")));
}

static void
a_second_value_replaces_the_first(void **state)
{
	struct map *map = map_new(*state);
	int one, two;

	assert_null(map_put(map, STR("x"), &one));
	assert_ptr_equal(map_put(map, STR("x"), &two), &one);
	assert_ptr_equal(map_find(map, STR("x")), &two);
	assert_int_equal(map_len(map), 1);
}

static void
a_place_is_made_for_what_is_new(void **state)
{
	struct map *map = map_new(*state);
	int one;

	assert_null(*map_slot(map, STR("x")));
	*map_slot(map, STR("x")) = &one;
	assert_ptr_equal(*map_slot(map, STR("x")), &one);
	assert_ptr_equal(map_find(map, STR("x")), &one);
	assert_int_equal(map_len(map), 1);
}

static void
any_bytes_are_a_key(void **state)
{
	struct map *map = map_new(*state);
	int empty, zero, zeros;

	map_put(map, str_of(NULL, 0), &empty);
	map_put(map, STR("\0"), &zero);
	map_put(map, STR("\0\0"), &zeros);
	assert_ptr_equal(map_find(map, STR("")), &empty);
	assert_ptr_equal(map_find(map, STR("\0")), &zero);
	assert_ptr_equal(map_find(map, STR("\0\0")), &zeros);
}

static void
a_map_copies_its_keys(void **state)
{
	struct map *map = map_new(*state);
	char key[] = "abc";
	int value;

	map_put(map, str_from(key), &value);
	key[0] = 'x';
	assert_ptr_equal(map_find(map, STR("abc")), &value);
	assert_null(map_find(map, STR("xbc")));
}

static void
pairs_come_in_the_order_of_arrival(void **state)
{
	struct map *map = map_new(*state);
	size_t at = 0, count = 0;
	struct str key;
	void *value;
	int any;

	for (size_t i = 0; i < 100; i++)
		map_put(map, key_of(*state, i), &any);
	map_put(map, key_of(*state, 50), &any);
	while (map_next(map, &at, &key, &value)) {
		assert_true(str_eq(key, key_of(*state, count++)));
		assert_ptr_equal(value, &any);
	}
	assert_int_equal(count, 100);
}

static void
equal_bytes_have_equal_hashes_and_others_differ(void **state)
{
	char bytes[64] = { 0 };
	uint64_t seen[64];

	(void)state;
	for (size_t len = 0; len < ARRAY_LEN(seen); len++) {
		seen[len] = hash_bytes(bytes, len);
		assert_int_equal(seen[len], hash_bytes(bytes, len));
		for (size_t j = 0; j < len; j++)
			assert_int_not_equal(seen[j], seen[len]);
	}
	for (size_t bit = 0; bit < 64 * 8; bit++) {
		bytes[bit / 8] = (char)(1 << bit % 8);
		assert_int_not_equal(hash_bytes(bytes, 64),
		    hash_bytes("\0", 1));
		bytes[bit / 8] = 0;
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(allocations_are_aligned_and_do_not_overlap),
		ARENA_TEST(cleared_memory_is_cleared),
		ARENA_TEST(the_size_counts_what_was_taken),
		ARENA_TEST(texts_are_copied_whole),
		ARENA_TEST(functions_run_newest_first_when_the_arena_goes),
		ARENA_TEST(an_arena_may_hold_the_pointer_to_itself),
		ARENA_TEST(a_vec_keeps_its_items_at_both_ends),
		ARENA_TEST(new_items_are_cleared),
		ARENA_TEST(a_map_finds_what_was_put),
		ARENA_TEST(a_second_value_replaces_the_first),
		ARENA_TEST(a_place_is_made_for_what_is_new),
		ARENA_TEST(any_bytes_are_a_key),
		ARENA_TEST(a_map_copies_its_keys),
		ARENA_TEST(pairs_come_in_the_order_of_arrival),
		ARENA_TEST(equal_bytes_have_equal_hashes_and_others_differ),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
