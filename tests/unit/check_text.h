/* SPDX-License-Identifier: ISC */
/* check_text.h - for tests: a text is what the sentence says it is. */
#ifndef TESTS_CHECK_TEXT_H
#define TESTS_CHECK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/* Fails with the sentence unless got is wanted. */
void check_text(const char *sentence, struct str got, const char *wanted);

/* Whether step, counted from 0, of a case gives what is wanted; says so unless it
 * does. */
bool check_text_step(const char *name, size_t step, const char *got,
    const char *wanted);

/* What read makes of text in two pieces is wanted, wherever that is cut. */
void check_text_in_two(const char *sentence, const char *text,
    const char *(*read)(struct arena *arena, struct str text, size_t cut),
    const char *wanted);

/* Fails with text unless it begins so. */
void check_text_begins(const char *text, const char *beginning);

#endif
