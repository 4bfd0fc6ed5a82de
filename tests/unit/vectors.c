/* SPDX-License-Identifier: ISC */
/* vectors.c - for tests: sets of vectors that others made. */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "dkim_bench.h"
#include "json/read.h"

void
vectors_need(struct arena *arena, const char *name)
{
	if (dkim_data_path(arena, name) != NULL)
		return;
	printf("skipped: %s: no test data of others in $MAILREEVE_DATA or "
	    "../shared/data\n", name);
	skip();
}

const struct node *
vectors_read(struct vectors *judge, const char *file)
{
	const char *path = dkim_data_path(judge->arena, file);
	struct str text = path != NULL ? dkim_file_read(judge->arena, path)
	    : str_of(NULL, 0);
	const char *error;
	const struct node *root;

	if (text.data == NULL)
		fail_msg("%s cannot be read", file);
	root = json_read(judge->arena, text, &error);
	if (root == NULL)
		fail_msg("%s: %s", file, error);
	return root;
}

void
vectors_complain(struct vectors *judge, const char *vector, const char *what,
    const char *got)
{
	print_error("%s: %s: %s: %s\n", judge->set, vector, what, got);
	judge->wrong++;
}

const struct vector_ruling *
vectors_ruling(struct vectors *judge, const char *vector, const char *path)
{
	for (size_t i = 0; i < judge->ruling_count; i++) {
		const struct vector_ruling *ruling = &judge->rulings[i];

		if (strcmp(ruling->vector, vector) == 0 &&
		    strcmp(ruling->path, path) == 0) {
			judge->is_used[i] = true;
			return ruling;
		}
	}
	return NULL;
}

void
vectors_end(struct vectors *judge, size_t wanted_total)
{
	assert_true(judge->ruling_count <= ARRAY_LEN(judge->is_used));
	for (size_t i = 0; i < judge->ruling_count; i++) {
		if (!judge->is_used[i])
			vectors_complain(judge, judge->rulings[i].vector,
			    judge->rulings[i].path, "no vector needs this row");
		printf("apart: %s: \"%s\" %s: %s\n", judge->set,
		    judge->rulings[i].vector, judge->rulings[i].path,
		    judge->rulings[i].why);
	}
	assert_int_equal(judge->wrong, 0);
	assert_int_equal(judge->total, wanted_total);
}
