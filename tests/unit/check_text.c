/* SPDX-License-Identifier: ISC */
/* check_text.c - for tests: a text is what the sentence says it is. */
#include "check_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

void
check_text(const char *sentence, struct str got, const char *wanted)
{
	if (!str_is(got, wanted))
		fail_msg("%s: got \"%.*s\", wanted \"%s\"", sentence,
		    STR_ARG(got), wanted);
}

void
check_text_begins(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("%s", text);
}
