/* SPDX-License-Identifier: ISC */
/* call.c - the table of calls. */
#include "rules/call.h"

#include "base/vec.h"

#define CALL(name) extern const struct call call_##name;
#include "rules/calls.list"
#undef CALL

const struct call *const calls[] = {
#define CALL(name) &call_##name,
#include "rules/calls.list"
#undef CALL
	NULL
};

const struct call *
call_find(struct str name)
{
	for (size_t i = 0; calls[i] != NULL; i++)
		if (str_is(name, calls[i]->name))
			return calls[i];
	return NULL;
}

static const struct {
	const char *begin, *reason;
} absent[] = {
#define ABSENT(begin, reason) { begin, reason },
#include "rules/calls_absent.list"
#undef ABSENT
};

const char *
call_absent(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		if (str_has_prefix_nocase(name, str_from(absent[i].begin)))
			return absent[i].reason;
	return NULL;
}
