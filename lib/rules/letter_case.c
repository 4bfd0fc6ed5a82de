/* SPDX-License-Identifier: ISC */
/* letter_case.c - which characters are one letter, from ICU's tables. */
#include "rules/letter_case.h"

#include <unicode/uset.h>

/* Ranges of one character or more; texts ("ss") stand behind them. */
static size_t
take_characters(const USet *set, int32_t cases_r[LETTER_CASES])
{
	size_t count = 0;

	for (int32_t i = 0; i < uset_getItemCount(set); i++) {
		UErrorCode code = U_ZERO_ERROR;
		UChar32 first, last;

		if (uset_getItem(set, i, &first, &last, NULL, 0, &code) != 0 ||
		    U_FAILURE(code))
			break;
		for (; first <= last; first++) {
			if (count == LETTER_CASES)
				return 0;
			cases_r[count++] = first;
		}
	}
	return count;
}

size_t
letter_cases(int32_t character, int32_t cases_r[LETTER_CASES])
{
	USet *set = uset_open(character, character);
	size_t count;

	if (set == NULL)
		return 0;
	uset_closeOver(set, USET_CASE_INSENSITIVE);
	count = take_characters(set, cases_r);
	uset_close(set);
	return count;
}
