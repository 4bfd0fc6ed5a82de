/* SPDX-License-Identifier: ISC */
/* test_directory_audit.c - every object that changes is told: before and after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "directories.h"

#define WORLD "add class staff junk=no\nadd class gold\n" \
	"add domain example.org class=gold\nadd domain example.net\n" \
	"add user ann@example.org class=staff greylist=yes\n" \
	"add user bob@example.org\n"

/* "set user ann@example.org by root: BEFORE -> AFTER" */
static const char *
audit(struct directory_lab *lab, const char *kind, const char *name,
    int64_t below, size_t limit, int64_t *last_r)
{
	char at[CLOCK_TEXT_SIZE];
	struct db_error error;
	struct vec entries;
	struct buf out;

	vec_init(&entries, lab->arena, sizeof(struct directory_audit));
	buf_init(&out, lab->arena);
	assert_int_equal(directory_audit_list(lab->directory, lab->arena,
	    kind, name, below, limit, &entries, &error), 0);
	for (size_t i = 0; i < entries.len; i++) {
		const struct directory_audit *one = vec_at(&entries, i);

		assert_string_equal(one->at, clock_format(DIRECTORY_NOW, at));
		buf_printf(&out, "%s %s %s by %s: %s-> %s", one->action,
		    one->kind, one->name, one->who,
		    one->before != NULL ? one->before : "",
		    one->after != NULL ? one->after : "\n");
		*last_r = one->id;
	}
	return out.data;
}

/* Rows behind one. */
static size_t
count_since(struct directory_lab *lab, int64_t id)
{
	struct db_error error;
	struct vec entries;
	size_t count = 0;

	vec_init(&entries, lab->arena, sizeof(struct directory_audit));
	assert_int_equal(directory_audit_list(lab->directory, lab->arena,
	    NULL, NULL, 0, 10000, &entries, &error), 0);
	while (count < entries.len && ((const struct directory_audit *)
	    vec_at(&entries, count))->id > id)
		count++;
	return count;
}

static size_t
count_texts(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		count++;
	return count;
}

static void
every_change_of_an_object_is_in_the_audit(void **state)
{
	struct directory_lab *lab = *state;
	int64_t last;

	directories_must_do(lab, "add class staff\nset class staff junk=no");
	directories_must_do(lab, "put class staff junk=no");
	directories_must_do(lab, "rename class staff people");
	directories_must_do(lab, "delete class people");
	directories_do(lab, lab->directory, "add class tin\nadd class tin");
	assert_string_equal(audit(lab, NULL, NULL, 0, 100, &last),
	    "delete class people by root: class people {\n\tjunk no;\n}\n"
	    "-> \n"
	    "rename class staff by root: class staff {\n\tjunk no;\n}\n"
	    "-> class people {\n\tjunk no;\n}\n"
	    "set class staff by root: class staff {\n}\n"
	    "-> class staff {\n\tjunk no;\n}\n"
	    "add class staff by root: -> class staff {\n}\n");
	assert_string_equal(audit(lab, "class", "people", 0, 100, &last),
	    "delete class people by root: class people {\n\tjunk no;\n}\n"
	    "-> \n");
	audit(lab, NULL, NULL, 0, 3, &last);
	assert_string_equal(audit(lab, NULL, NULL, last, 3, &last),
	    "add class staff by root: -> class staff {\n}\n");
}

/* What goes with a domain is told of each. */
static void
what_goes_along_is_in_the_audit_too(void **state)
{
	struct directory_lab *lab = *state;
	const char *text;
	int64_t last;

	directories_must_do(lab, WORLD);
	directories_must_do(lab,
	    "add alias s@example.net to=ann@example.org,x@b.example\n"
	    "purge domain example.org");
	text = audit(lab, NULL, NULL, 0, 4, &last);
	assert_non_null(strstr(text, "delete user ann@example.org"));
	assert_non_null(strstr(text, "delete user bob@example.org"));
	assert_non_null(strstr(text, "set alias s@example.net"));
	assert_non_null(strstr(text, "delete domain example.org"));
}

/* The last line of each story is the change; rows: what it tells beside the
 * renamed object itself, the newest first. */
static const struct {
	const char *name, *before, *change, *rows;
} stories[] = {
	{ "nothing names it", "add class tin", "rename class tin lead",
	  "rename class tin by root: class tin {\n}\n"
	  "-> class lead {\n}\n" },
	{ "a class: the user and the domain that have it, and an entry for it",
	  "add access x for=staff sender=a@b.example\n"
	  "set domain example.net class=staff",
	  "rename class staff people",
	  "set access x by root: access x {\n\tfor staff;\n"
	  "\tsender a@b.example;\n}\n"
	  "-> access x {\n\tfor people;\n\tsender a@b.example;\n}\n"
	  "set user ann@example.org by root: user ann@example.org {\n"
	  "\tclass staff;\n\tgreylist yes;\n}\n"
	  "-> user ann@example.org {\n\tclass people;\n"
	  "\tgreylist yes;\n}\n"
	  "set domain example.net by root: domain example.net {\n"
	  "\tclass staff;\n}\n"
	  "-> domain example.net {\n\tclass people;\n}\n"
	  "rename class staff by root: class staff {\n\tjunk no;\n}\n"
	  "-> class people {\n\tjunk no;\n}\n" },
	{ "a user: aliases to him, by two ways at once a catch-all, identities "
	  "of his and as him",
	  "add alias s@example.org to=x@b.example,bob@example.org\n"
	  "set domain example.net catch_all=bob@example.org "
	  "postmaster=bob@example.org\n"
	  "add identity bob@example.org y@b.example\n"
	  "add identity ann@example.org bob@example.org",
	  "rename user bob@example.org rob@example.org",
	  "set alias s@example.org by root: alias s@example.org {\n"
	  "\tto x@b.example bob@example.org;\n}\n"
	  "-> alias s@example.org {\n"
	  "\tto x@b.example rob@example.org;\n}\n"
	  "rename identity bob@example.org y@b.example by root: "
	  "identity bob@example.org y@b.example {\n}\n"
	  "-> identity rob@example.org y@b.example {\n}\n"
	  "rename identity ann@example.org bob@example.org by root: "
	  "identity ann@example.org bob@example.org {\n}\n"
	  "-> identity ann@example.org rob@example.org {\n}\n"
	  "set domain example.net by root: domain example.net {\n"
	  "\tcatch_all bob@example.org;\n\tpostmaster bob@example.org;\n}\n"
	  "-> domain example.net {\n\tcatch_all rob@example.org;\n"
	  "\tpostmaster rob@example.org;\n}\n"
	  "rename user bob@example.org by root: user bob@example.org {\n}\n"
	  "-> user rob@example.org {\n}\n" },
	{ "a domain: each object once, however often it follows",
	  "add alias s@example.org to=ann@example.org,bob@example.org\n"
	  "add identity bob@example.org ann@example.org\n"
	  "add dkim_key example.org k file=/k.pem\n"
	  "add admin eve domains=example.org",
	  "rename domain example.org new.example",
	  "rename user bob@example.org by root: user bob@example.org {\n}\n"
	  "-> user bob@new.example {\n}\n"
	  "rename alias s@example.org by root: alias s@example.org {\n"
	  "\tto ann@example.org bob@example.org;\n}\n"
	  "-> alias s@new.example {\n"
	  "\tto ann@new.example bob@new.example;\n}\n"
	  "rename identity bob@example.org ann@example.org by root: "
	  "identity bob@example.org ann@example.org {\n}\n"
	  "-> identity bob@new.example ann@new.example {\n}\n"
	  "rename user ann@example.org by root: user ann@example.org {\n"
	  "\tclass staff;\n\tgreylist yes;\n}\n"
	  "-> user ann@new.example {\n\tclass staff;\n"
	  "\tgreylist yes;\n}\n"
	  "set admin eve by root: admin eve {\n\tdomains example.org;\n}\n"
	  "-> admin eve {\n\tdomains new.example;\n}\n"
	  "rename dkim_key example.org k by root: dkim_key example.org k {\n"
	  "\tfile /k.pem;\n}\n"
	  "-> dkim_key new.example k {\n\tfile /k.pem;\n}\n"
	  "rename domain example.org by root: domain example.org {\n"
	  "\tclass gold;\n}\n-> domain new.example {\n\tclass gold;\n}\n" },
};

static void
what_follows_a_name_is_in_the_audit(void **state)
{
	struct directory_lab *lab = *state;
	int64_t start, last;

	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const char *text;
		struct str rest, told;

		directories_must_do(lab, WORLD);
		directories_must_do(lab, stories[i].before);
		audit(lab, NULL, NULL, 0, 1, &start);
		directories_must_do(lab, stories[i].change);
		text = audit(lab, NULL, NULL, 0, 100, &last);
		rest = str_from(stories[i].rows);
		told = str_sub(str_from(text), 0, rest.len);
		if (!str_eq(told, rest))
			fail_msg("%s: %s", stories[i].name, text);
		/* There are no more. */
		assert_int_equal(count_since(lab, start),
		    count_texts(stories[i].rows, " by root: "));
		directories_clear(lab);
	}
}

/* A page of them, and a page of those that follow. */
static void
of_many_that_follow_each_is_told(void **state)
{
	struct directory_lab *lab = *state;
	struct buf lines;
	int64_t start;

	directories_must_do(lab, WORLD);
	buf_init(&lines, lab->arena);
	for (int i = 0; i < 250; i++)
		buf_printf(&lines, "add user u%d@example.net class=gold\n"
		    "add identity u%d@example.net u@b.example\n", i, i);
	directories_must_do(lab, lines.data);
	audit(lab, NULL, NULL, 0, 1, &start);
	directories_must_do(lab, "rename class gold silver");
	assert_int_equal(count_since(lab, start), 1 + 1 + 250);
	audit(lab, NULL, NULL, 0, 1, &start);
	directories_must_do(lab, "rename domain example.net new.example");
	assert_int_equal(count_since(lab, start), 1 + 250 + 250);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(every_change_of_an_object_is_in_the_audit),
		DIRECTORY_TEST(what_goes_along_is_in_the_audit_too),
		DIRECTORY_TEST(what_follows_a_name_is_in_the_audit),
		DIRECTORY_TEST(of_many_that_follow_each_is_told),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
