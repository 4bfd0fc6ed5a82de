/* SPDX-License-Identifier: ISC */
/* fuzz.h - for fuzz harnesses: their entry, and what must hold whatever comes. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
must(bool holds)
{
	if (!holds)
		abort();
}

static inline bool
is_utf8(struct str text)
{
	while (text.len > 0) {
		size_t len = utf8_char_len(text);

		if (len == 0)
			return false;
		text = str_from_pos(text, len);
	}
	return true;
}

#endif
