/* SPDX-License-Identifier: ISC */
/* check_text.h - for tests: a text is what the sentence says it is. */
#ifndef TESTS_CHECK_TEXT_H
#define TESTS_CHECK_TEXT_H

#include "base/str.h"

/* Fails with the sentence unless got is wanted. */
void check_text(const char *sentence, struct str got, const char *wanted);

/* Fails with text unless it begins so. */
void check_text_begins(const char *text, const char *beginning);

#endif
