/* SPDX-License-Identifier: ISC */
/* check.c - the table of checks. */
#include "milter/check.h"

#define CHECK(name) extern const struct check check_##name;
#include "milter/checks.list"
#undef CHECK

const struct check *const checks[] = {
#define CHECK(name) &check_##name,
#include "milter/checks.list"
#undef CHECK
	NULL
};
