/* SPDX-License-Identifier: ISC */
/* letter_case.h - which characters are one letter where case does not count. */
#ifndef RULES_LETTER_CASE_H
#define RULES_LETTER_CASE_H

#include <stddef.h>
#include <stdint.h>

#define LETTER_CASES 8

/* The character itself, and all that are the same letter (Unicode's
 * CaseFolding.txt, single characters): at most LETTER_CASES, how many. 0: more
 * than that, or it cannot be told. */
size_t letter_cases(int32_t character, int32_t cases_r[LETTER_CASES]);

#endif
