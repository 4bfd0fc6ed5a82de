/* SPDX-License-Identifier: ISC */
/* test_auth_results_data.c - Authentication-Results as others write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "mail/auth_results.h"

struct tally {
	size_t files, well_formed, malformed;
};

static struct str
read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct buf text;
	char block[4096];
	size_t len;

	if (file == NULL)
		fail_msg("%s cannot be read", path);
	buf_init(&text, arena);
	while ((len = fread(block, 1, sizeof(block), file)) != 0)
		buf_add(&text, block, len);
	fclose(file);
	return buf_str(&text);
}

/* The next field with its folds; false: the header ends. */
static bool
next_field(struct str *rest, struct str *field_r)
{
	size_t len = 0;

	do {
		ptrdiff_t end = str_find(str_from_pos(*rest, len), '\n');

		len = end < 0 ? rest->len : len + (size_t)end + 1;
	} while (len < rest->len &&
	    (rest->data[len] == ' ' || rest->data[len] == '\t'));
	*field_r = str_sub(*rest, 0, len);
	*rest = str_from_pos(*rest, len);
	return str_trim(*field_r).len != 0;
}

/* Written by us it says the same: the same results and properties. */
static void
check_written(struct arena *arena, const struct auth_results *read)
{
	const struct auth_result *results[100];
	struct auth_results again;
	const char *error;

	for (size_t i = 0; i < read->count; i++)
		results[i] = &read->results[i];
	assert_int_equal(auth_results_parse(arena, auth_results_write(arena,
	    "mx.example.org", results, read->count), &again, &error), 0);
	assert_int_equal(again.count, read->count);
	for (size_t i = 0; i < read->count; i++) {
		const struct auth_result *a = &read->results[i];
		const struct auth_result *b = &again.results[i];

		assert_string_equal(a->method, b->method);
		assert_string_equal(a->result, b->result);
		assert_int_equal(a->property_count, b->property_count);
		for (size_t k = 0; k < a->property_count; k++)
			assert_string_equal(a->properties[k].value,
			    b->properties[k].value);
	}
}

static void
check_message(struct arena *arena, struct str message, struct tally *tally)
{
	struct str name = STR("Authentication-Results:"), field;

	while (next_field(&message, &field)) {
		struct auth_results results;
		const char *error;

		if (!str_has_prefix_nocase(field, name))
			continue;
		field = str_from_pos(field, name.len);
		if (auth_results_parse(arena, field, &results, &error) < 0) {
			tally->malformed++;
			continue;
		}
		tally->well_formed++;
		assert_true(results.authserv_id.len != 0);
		assert_false(auth_results_is_ours(arena, field,
		    "mx.example.org"));
		assert_true(auth_results_is_ours(arena, field,
		    str_dup(arena, results.authserv_id)));
		check_written(arena, &results);
	}
}

static struct tally
check_folder(const char *folder)
{
	const char *data = getenv("MAILREEVE_DATA");
	struct arena *arena = arena_new(0);
	struct tally tally = { .files = 0 };
	const struct dirent *entry;
	const char *path;
	DIR *dir;

	path = arena_printf(arena, "%s/%s",
	    data != NULL ? data : "../shared/data", folder);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		tally.files++;
		check_message(arena, read_file(arena, arena_printf(arena,
		    "%s/%s", path, entry->d_name)), &tally);
	}
	if (dir != NULL)
		closedir(dir);
	else
		print_message("skipped: %s is not there\n", path);
	arena_free(&arena);
	return tally;
}

/* What Authentication Milter puts in front of its messages. */
static void
fields_of_authentication_milter_are_well_formed(void **state)
{
	struct tally tally = check_folder(
	    "e2e-milter/authentication_milter/t/data/example");

	(void)state;
	if (tally.files == 0)
		skip();
	print_message("%zu fields in %zu files\n", tally.well_formed,
	    tally.files);
	assert_true(tally.well_formed >= 65);
	assert_int_equal(tally.malformed, 0);
}

/* Five fields are malformed on purpose: three without authserv-id, two with
 * "example/net". */
static void
fields_of_dkim_verifier_are_told_apart(void **state)
{
	struct tally tally = check_folder(
	    "dkim/dkim_verifier-lieser/test/data/arh");

	(void)state;
	if (tally.files == 0)
		skip();
	print_message("%zu fields in %zu files\n", tally.well_formed,
	    tally.files);
	assert_true(tally.well_formed >= 21);
	assert_int_equal(tally.malformed, 5);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    fields_of_authentication_milter_are_well_formed),
		cmocka_unit_test(fields_of_dkim_verifier_are_told_apart),
	};

	return cmocka_run_group_tests_name("auth_results_data", tests, NULL,
	    NULL);
}
