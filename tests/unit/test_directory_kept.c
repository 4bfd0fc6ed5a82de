/* SPDX-License-Identifier: ISC */
/* test_directory_kept.c - rows that many questions need, kept while they
 * hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/db.h"
#include "mail/policy.h"

/* More than are kept. */
#define MANY 10500

#define WORLD "add class staff junk=no\nadd domain example.org class=staff " \
	"description=old\nadd user ann@example.org\n"

/* Another program writes, and tells nobody. */
static void
write_past(struct directory_lab *lab, const char *sql)
{
	struct db *db = directory_db(lab->directory);
	struct db_error error;

	assert_int_equal(db_begin(db, DB_TXN_WRITE, lab->arena, &error), 0);
	assert_int_equal(db_run(db, lab->arena, sql, NULL, NULL, &error), 0);
	assert_int_equal(db_commit(db, lab->arena, &error), 0);
}

static const struct directory_object *
find(struct directory *directory, struct arena *arena,
    const struct directory_kind *kind, const char *name)
{
	struct directory_object *object;
	struct db_error error;

	if (directory_find(directory, arena, kind, &name, &object,
	    &error) < 0)
		fail_msg("%s", error.text);
	return object;
}

static const char *
description(const struct directory_object *domain)
{
	return domain == NULL ? "none" :
	    ((const struct directory_domain *)domain->values)->description;
}

/* As inquiry.c reads: one state, whose generation is known. */
static void
begin_read(struct directory *directory, struct arena *arena)
{
	struct db_error error;
	int64_t generation;

	assert_int_equal(directory_read_begin(directory, arena, &error), 0);
	assert_int_equal(directory_generation(directory, arena, &generation,
	    &error), 0);
}

static const char *
read_domain(struct directory *directory, struct arena *arena)
{
	const char *text;

	begin_read(directory, arena);
	text = description(find(directory, arena, &kind_domain,
	    "example.org"));
	directory_read_end(directory);
	return text;
}

static void
a_domain_is_read_once_in_a_generation(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *reader = directories_connect(lab, DB_READ);

	directories_must_do(lab, WORLD);
	assert_string_equal(read_domain(reader, lab->arena), "old");
	write_past(lab, "UPDATE domains SET description = 'past'");
	assert_string_equal(read_domain(reader, lab->arena), "old");
	directories_must_do(lab, "set domain example.org description=new");
	assert_string_equal(read_domain(reader, lab->arena), "new");
	directories_must_do(lab, "purge domain example.org");
	assert_string_equal(read_domain(reader, lab->arena), "none");
	directories_must_do(lab, "add domain example.org description=again");
	assert_string_equal(read_domain(reader, lab->arena), "again");
	directory_close(&reader);
}

static void
a_user_is_read_each_time(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *reader = directories_connect(lab, DB_READ);
	const struct directory_user *user;

	directories_must_do(lab, WORLD);
	for (int i = 0; i < 2; i++) {
		begin_read(reader, lab->arena);
		user = find(reader, lab->arena, &kind_user,
		    "ann@example.org")->values;
		assert_int_equal(user->status, i == 0 ? STATUS_ACTIVE :
		    STATUS_SUSPENDED);
		directory_read_end(reader);
		write_past(lab, "UPDATE users SET status = 'suspended'");
	}
	directory_close(&reader);
}

static void
without_a_generation_nothing_is_kept(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *reader = directories_connect(lab, DB_READ);

	directories_must_do(lab, WORLD);
	assert_string_equal(read_domain(reader, lab->arena), "old");
	write_past(lab, "UPDATE domains SET description = 'past'");
	assert_string_equal(description(find(reader, lab->arena, &kind_domain,
	    "example.org")), "past");
	directory_close(&reader);
}

static void
values_of_a_class_change_with_the_generation(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *reader = directories_connect(lab, DB_READ);

	directories_must_do(lab, WORLD);
	begin_read(reader, lab->arena);
	assert_false(find(reader, lab->arena, &kind_class,
	    "staff")->policy->junk);
	directory_read_end(reader);
	directories_must_do(lab, "set class staff junk=yes");
	begin_read(reader, lab->arena);
	assert_true(find(reader, lab->arena, &kind_class,
	    "staff")->policy->junk);
	directory_read_end(reader);
	directory_close(&reader);
}

static void
what_was_found_outlives_what_is_kept(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *reader = directories_connect(lab, DB_READ);
	const struct directory_object *first, *kept;

	directories_must_do(lab, WORLD);
	begin_read(reader, lab->arena);
	first = find(reader, lab->arena, &kind_domain, "example.org");
	kept = find(reader, lab->arena, &kind_domain, "example.org");
	directory_read_end(reader);
	directory_close(&reader);
	assert_string_equal(description(first), "old");
	assert_string_equal(description(kept), "old");
}

static void
more_names_than_are_kept_are_still_right(void **state)
{
	struct directory_lab *lab = *state;
	struct directory *reader = directories_connect(lab, DB_READ);

	directories_must_do(lab, WORLD);
	begin_read(reader, lab->arena);
	for (int i = 0; i < MANY; i++) {
		struct arena *arena = arena_new(0);

		assert_null(find(reader, arena, &kind_domain,
		    arena_printf(arena, "d%d.example", i)));
		arena_free(&arena);
	}
	assert_string_equal(description(find(reader, lab->arena, &kind_domain,
	    "example.org")), "old");
	directory_read_end(reader);
	directory_close(&reader);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(a_domain_is_read_once_in_a_generation),
		DIRECTORY_TEST(a_user_is_read_each_time),
		DIRECTORY_TEST(without_a_generation_nothing_is_kept),
		DIRECTORY_TEST(values_of_a_class_change_with_the_generation),
		DIRECTORY_TEST(what_was_found_outlives_what_is_kept),
		DIRECTORY_TEST(more_names_than_are_kept_are_still_right),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
