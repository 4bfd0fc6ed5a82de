/* SPDX-License-Identifier: ISC */
/* check_text.c - for tests: a text is what the sentence says it is. */
#include "check_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

void
check_text(const char *sentence, struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("%s: got \"%.*s\", wanted \"%s\"", sentence,
		    STR_ARG(got), wanted);
}

bool
check_text_step(const char *name, size_t step, const char *got,
    const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return true;
	print_error("%s: step %zu gives \"%s\", not \"%s\"\n", name, step + 1,
	    got, wanted);
	return false;
}

void
check_text_in_two(const char *sentence, const char *text,
    const char *(*read)(struct arena *arena, struct str text, size_t cut),
    const char *wanted)
{
	struct arena *arena = arena_new(0);

	for (size_t cut = 0; cut <= strlen(text); cut++) {
		const char *got = read(arena, str_from(text), cut);

		if (strcmp(got, wanted) != 0)
			fail_msg("%s, cut at %zu: %s", sentence, cut, got);
	}
	arena_free(&arena);
}

void
check_text_begins(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("%s", text);
}
