/* SPDX-License-Identifier: ISC */
/* action.c - the table of actions. */
#include "milter/action.h"

#include <stddef.h>

#define ACTION(name) extern const struct action action_##name;
#include "milter/actions.list"
#undef ACTION

const struct action *const actions[] = {
#define ACTION(name) &action_##name,
#include "milter/actions.list"
#undef ACTION
	NULL
};
