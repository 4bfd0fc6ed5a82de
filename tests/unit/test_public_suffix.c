/* SPDX-License-Identifier: ISC */
/* test_public_suffix.c - where registrable domains begin. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "mail/address.h"
#include "mail/public_suffix.h"

#define SIXTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *sentence, *domain;
	const char *registrable;	/* NULL: none */
	bool is_suffix;
} cases[] = {
	{ "a top-level domain", "com", NULL, true },
	{ "a domain below it", "example.com", "example.com", false },
	{ "one letter below it", "x.com", "x.com", false },
	{ "a name far below it", "a.b.c.d.e.f.g.h.example.com", "example.com",
	    false },
	{ "a suffix of two labels", "co.uk", NULL, true },
	{ "a domain below that", "mail.example.co.uk", "example.co.uk",
	    false },
	{ "a suffix that is a firm's", "github.io", NULL, true },
	{ "a customer of that firm", "www.me.github.io", "me.github.io",
	    false },
	{ "a wildcard rule", "b.ck", NULL, true },
	{ "a domain below a wildcard", "c.a.b.ck", "a.b.ck", false },
	{ "the exception to a wildcard", "www.ck", "www.ck", false },
	{ "a suffix in A-labels", "xn--p1ai", NULL, true },
	{ "a domain in A-labels", "mail.xn--e1afmkfd.xn--p1ai",
	    "xn--e1afmkfd.xn--p1ai", false },
	{ "a top-level domain that nobody knows", "nowhere", NULL, true },
	{ "a name below that", "mail.site.nowhere", "site.nowhere", false },
	{ "no name at all", "", NULL, false },
	{ "an address literal", "[192.0.2.1]", NULL, false },
	{ "a name of 253 bytes", SIXTY "." SIXTY "." SIXTY "." SIXTY
	    ".bbbbb.com", "bbbbb.com", false },
	{ "more bytes than a name can have", SIXTY "." SIXTY "." SIXTY "."
	    SIXTY ".bbbbbb.com", NULL, false },
};

static void
check_all(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str domain = str_from(cases[i].domain);
		struct str found = public_suffix_registrable(domain);

		if ((found.data == NULL) != (cases[i].registrable == NULL) ||
		    !str_is(found, found.data == NULL ? "" :
		    cases[i].registrable)) {
			printf("%s: %.*s\n", cases[i].sentence,
			    STR_ARG(found));
			abort();
		}
		if (public_suffix_is(domain) != cases[i].is_suffix) {
			printf("%s: is it a suffix?\n", cases[i].sentence);
			abort();
		}
	}
}

static void
registrable_domains_are_found(void **state)
{
	(void)state;
	check_all();
}

static void
the_answer_is_a_slice_of_the_question(void **state)
{
	struct str domain = STR("www.example.org");
	struct str found = public_suffix_registrable(domain);

	(void)state;
	assert_ptr_equal(found.data, domain.data + 4);
	assert_int_equal(found.len, domain.len - 4);
	/* What stands behind a slice is not looked at. */
	found = public_suffix_registrable(str_sub(STR("a.co.uk"), 0, 4));
	assert_true(str_is(found, "a.co"));
}

/* The last answers are kept, each in the place of its name: more names than there
 * are places, asked in turns, all three questions. */
static void
an_answer_is_never_that_of_another_name(void **state)
{
	char name[32];

	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 3000; i++) {
			static const char *const ends[] = { "com", "co.uk",
			    "github.io", "nowhere" };
			const char *end = ends[i % 4];
			struct str domain = str_of(name, (size_t)snprintf(name,
			    sizeof(name), "%s%d.%s", i % 3 == 0 ? "www." : "",
			    i, end));
			struct str own = str_from_pos(domain,
			    i % 3 == 0 ? 4 : 0), found;

			if (i % 7 == round)
				assert_false(public_suffix_is(domain));
			assert_int_equal(public_suffix_is_known(domain),
			    i % 4 != 3);
			found = public_suffix_registrable(domain);
			assert_ptr_equal(found.data, own.data);
			assert_int_equal(found.len, own.len);
			assert_true(public_suffix_is(str_from(end)));
			assert_null(public_suffix_registrable(
			    str_from(end)).data);
		}
}

static void *
run(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++)
		check_all();
	return NULL;
}

static void
threads_share_the_list(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, NULL),
		    0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* "NAME EXPECTED"; "null" is none. What is no canonical name has none. */
static bool
holds(struct arena *arena, struct str line)
{
	struct str expected = line, name, found = { NULL, 0 }, want;

	str_cut(&expected, ' ', &name);
	if (domain_canonical(arena, name, &name) == 0)
		found = public_suffix_registrable(name);
	if (str_is(expected, "null"))
		return found.data == NULL;
	return domain_canonical(arena, expected, &want) == 0 &&
	    str_eq(found, want);
}

/* The test lines that are published with the list. The list of the host may be
 * years older; the names in these lines are older still. */
static void
the_lines_published_with_the_list_hold(void **state)
{
	struct arena *arena = *state;
	const char *data = getenv("MAILREEVE_DATA");
	size_t held = 0, count = 0;
	char line[512];
	FILE *file;

	file = data == NULL ? NULL : fopen(arena_printf(arena,
	    "%s/psl/publicsuffix-list/tests/tests.txt", data), "r");
	if (file == NULL) {
		printf("skipped: no psl/publicsuffix-list in "
		    "MAILREEVE_DATA\n");
		skip();
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		struct str text = str_trim(str_from(line));

		if (text.len == 0 || text.data[0] == '/' ||
		    str_is(text, "null null"))
			continue;
		count++;
		if (holds(arena, text))
			held++;
		else
			printf("%.*s: does not hold\n", STR_ARG(text));
	}
	fclose(file);
	printf("public suffixes: %zu of %zu lines hold\n", held, count);
	assert_int_not_equal(count, 0);
	assert_int_equal(held, count);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(registrable_domains_are_found),
		cmocka_unit_test(the_answer_is_a_slice_of_the_question),
		cmocka_unit_test(an_answer_is_never_that_of_another_name),
		cmocka_unit_test(threads_share_the_list),
		ARENA_TEST(the_lines_published_with_the_list_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
