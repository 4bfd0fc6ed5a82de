/* SPDX-License-Identifier: ISC */
/* test_directory_read.c - of many objects, each has its own lists and
 * values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directories.h"
#include "directory/kind.h"

/* Of neighbours some have values and some none, and names differ where
 * languages would sort them otherwise. */
#define WORLD "add domain a.example\nadd domain b.example junk=no\n" \
	"add user a@b.example junk=yes limits=out=1/1h,in=2/1d\n" \
	"add user a-b@a.example\nadd user ab@a.example junk=no\n" \
	"add user a.c@b.example greylist=yes\nadd user z@a.example\n" \
	"add user \xc3\xa9@a.example junk=yes\n" \
	"add alias c@a.example to=z@a.example,ab@a.example,x@c.example\n" \
	"add alias d@b.example to=a@b.example\n" \
	"add alias e@a.example to=c@a.example,d@b.example\n"

#define USER_AB "user ab@a.example {\n\tjunk no;\n}\n"
#define USER_E "user \xc3\xa9@a.example {\n\tjunk yes;\n}\n"
#define ALIAS_C "alias c@a.example {\n\tto z@a.example ab@a.example " \
	"x@c.example;\n}\n"
#define ALIAS_E "alias e@a.example {\n\tto c@a.example d@b.example;\n}\n"

static const struct {
	const char *name;
	const struct directory_kind *kind;
	struct directory_query query;
	const char *text;
} cases[] = {
	{ "all users have their own values", &kind_user, { 0 },
	  "user a-b@a.example {\n}\n"
	  "user a.c@b.example {\n\tgreylist yes;\n}\n"
	  "user a@b.example {\n\tjunk yes;\n\tlimits out=1/1h in=2/1d;\n}\n"
	  USER_AB "user z@a.example {\n}\n" USER_E },
	{ "so have those of one domain", &kind_user,
	  { .domain = "a.example" }, "user a-b@a.example {\n}\n" USER_AB
	  "user z@a.example {\n}\n" USER_E },
	{ "so has a page of them", &kind_user, { .domain = "a.example",
	  .after = (const char *const[]){ "a-b@a.example" }, .limit = 2 },
	  USER_AB "user z@a.example {\n}\n" },
	{ "so have those that begin alike", &kind_user, { .prefix = "ab" },
	  USER_AB },
	{ "all aliases have their own targets, in their order", &kind_alias,
	  { 0 }, ALIAS_C "alias d@b.example {\n\tto a@b.example;\n}\n"
	  ALIAS_E },
	{ "so have those of one domain", &kind_alias,
	  { .domain = "a.example" }, ALIAS_C ALIAS_E },
	{ "where there is none, there is none", &kind_user,
	  { .domain = "c.example" }, "" },
	{ "domains have values too", &kind_domain, { 0 },
	  "domain a.example {\n}\ndomain b.example {\n\tjunk no;\n}\n" },
};

static void
each_has_its_own(void **state)
{
	struct directory_lab *lab = *state;

	assert_string_equal(directories_do(lab, lab->directory, WORLD), "");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct db_error error;
		struct vec objects;
		struct buf text;

		vec_init(&objects, lab->arena,
		    sizeof(struct directory_object *));
		buf_init(&text, lab->arena);
		if (directory_list(lab->directory, lab->arena, cases[i].kind,
		    &cases[i].query, &objects, &error) < 0)
			fail_msg("%s: %s", cases[i].name, error.text);
		for (size_t j = 0; j < objects.len; j++)
			buf_add_text(&text, directory_object_print(
			    *(struct directory_object **)vec_at(&objects, j),
			    lab->arena));
		if (!str_is(buf_str(&text), cases[i].text))
			fail_msg("%s:\n%s", cases[i].name, text.data);
	}
}

/* What is listed is added to what stands there already. */
static void
two_lists_stand_one_behind_the_other(void **state)
{
	struct directory_lab *lab = *state;
	const struct directory_object *last;
	struct db_error error;
	struct vec objects;

	assert_string_equal(directories_do(lab, lab->directory, WORLD), "");
	vec_init(&objects, lab->arena, sizeof(struct directory_object *));
	assert_int_equal(directory_list(lab->directory, lab->arena,
	    &kind_domain, &(struct directory_query){ 0 }, &objects,
	    &error), 0);
	assert_int_equal(directory_list(lab->directory, lab->arena,
	    &kind_alias, &(struct directory_query){ 0 }, &objects,
	    &error), 0);
	assert_int_equal(objects.len, 5);
	last = *(struct directory_object **)vec_at(&objects, 4);
	assert_string_equal(directory_object_print(last, lab->arena), ALIAS_E);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(each_has_its_own),
		DIRECTORY_TEST(two_lists_stand_one_behind_the_other),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
