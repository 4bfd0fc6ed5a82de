/* SPDX-License-Identifier: ISC */
/* test_directory_random.c - both databases give the same answers to anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directories.h"
#include "directory_dice.h"
#include "directory/schema.h"

#define SEEDS 6
#define CHANGES 300

static const char *
audit(struct directory_lab *lab)
{
	struct db_error error;
	struct vec entries;
	struct buf out;

	vec_init(&entries, lab->arena, sizeof(struct directory_audit));
	buf_init(&out, lab->arena);
	assert_int_equal(directory_audit_list(lab->directory, lab->arena,
	    NULL, NULL, 0, 100000, &entries, &error), 0);
	for (size_t i = 0; i < entries.len; i++) {
		const struct directory_audit *one = vec_at(&entries, i);

		buf_printf(&out, "%s %s %s\n%s-> %s", one->action, one->kind,
		    one->name, one->before != NULL ? one->before : "",
		    one->after != NULL ? one->after : "");
	}
	return out.data;
}

/* A lab on SQLite beside the one that the test has. */
static struct directory_lab
make_twin(struct directory_lab *lab)
{
	struct directory_lab twin = *lab;
	struct db_error error;
	struct db *db;
	int64_t from;

	twin.settings.kind = DIRECTORY_SQLITE;
	twin.settings.place = arena_printf(lab->arena, "%s/twin", lab->folder);
	twin.is_sqlite = true;
	db = db_new(&twin.settings, DB_CREATE);
	if (schema_upgrade(db, lab->arena, &from, &error) < 0)
		fail_msg("%s", error.text);
	db_free(&db);
	return twin;
}

static size_t
run_seed(struct directory_lab *lab, struct directory_lab *twin, uint64_t seed)
{
	struct dice dice = { seed, lab->arena };
	size_t done = 0;

	for (int i = 0; i < CHANGES; i++) {
		struct buf lines;
		const char *here, *there;

		buf_init(&lines, lab->arena);
		for (size_t j = dice_roll(&dice, 4) == 0 ? 3 : 1; j > 0; j--)
			buf_printf(&lines, "%s\n", dice_line(&dice));
		here = directories_do(lab, lab->directory, lines.data);
		there = directories_do(twin, twin->directory, lines.data);
		if (strcmp(here, there) != 0)
			fail_msg("seed %d, change %d: %s%s\n%s", (int)seed, i,
			    lines.data, here, there);
		if (*here != '\0' && strncmp(here, "refused: ", 9) != 0)
			fail_msg("seed %d, change %d: %s%s", (int)seed, i,
			    lines.data, here);
		done += *here == '\0';
	}
	return done;
}

static void
both_databases_answer_and_end_alike(void **state)
{
	struct directory_lab *lab = *state;
	struct directory_lab twin = make_twin(lab);
	size_t done = 0;

	twin.directory = directories_connect(&twin, DB_WRITE);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		done += run_seed(lab, &twin, seed);
		assert_string_equal(directories_dump(lab, lab->directory),
		    directories_dump(&twin, twin.directory));
	}
	assert_string_equal(audit(lab), audit(&twin));
	/* Neither all refused nor all taken. */
	assert_in_range(done, SEEDS * CHANGES / 10, SEEDS * CHANGES * 9 / 10);
	printf("counted: %zu of %d random changes done, the others refused, "
	    "alike on both\n", done, SEEDS * CHANGES);
	directory_close(&twin.directory);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		PGSQL_TEST(both_databases_answer_and_end_alike),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
