/* SPDX-License-Identifier: ISC */
/* spf_name.h - for tests: what spf_macro_domain() must give of an expansion. */
#ifndef TESTS_SPF_NAME_H
#define TESTS_SPF_NAME_H

#include <stddef.h>

#include "base/str.h"

/* Of one that is all there: labels go from the left until it fits (RFC 7208
 * 7.3). */
static inline struct str
spf_name_cut(struct str name)
{
	ptrdiff_t dot;

	if (name.len != 0 && name.data[name.len - 1] == '.')
		name.len--;
	while (name.len > 253) {
		dot = str_find(name, '.');
		name = dot < 0 ? STR("") : str_from_pos(name, (size_t)dot + 1);
	}
	return name;
}

#endif
