/* SPDX-License-Identifier: ISC */
/* ownership.c - which addresses a user may send as, by the directory. */
#include "directory/ownership.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "directory/directory.h"
#include "mail/address.h"
#include "mail/policy.h"

static bool
is_target(const struct directory_alias *list, const char *login)
{
	for (size_t i = 0; list != NULL && i < list->to.count; i++)
		if (strcmp(list->to.texts[i], login) == 0)
			return true;
	return false;
}

/* What no identity can be called is none. */
static int
has_identity(struct directory *directory, struct arena *arena,
    const char *login, const char *address, bool *is_owned_r,
    struct db_error *error_r)
{
	const char *const key[] = { login, address };
	struct directory_object *found = NULL;

	if (directory_find(directory, arena, &kind_identity, key, &found,
	    error_r) < 0 && error_r->trouble != DB_REFUSED)
		return -1;
	*is_owned_r = found != NULL;
	return 0;
}

int
ownership_find(struct directory *directory, struct arena *arena,
    const struct ownership *ask, bool *is_owned_r, struct db_error *error_r)
{
	const struct address *address = ask->address;
	const struct policy *policy = ask->policy;
	const char *const names[] = {
		str_dup(arena, address_canonical(arena, address, '\0')),
		str_dup(arena, address_canonical(arena, address,
		    ask->delimiter)),
		arena_printf(arena, "@%.*s", STR_ARG(address->domain)),
		arena_printf(arena, "@%.*s", STR_ARG(policy->domain)),
	};

	*is_owned_r = (policy->is_known_user &&
	    str_is(policy->address, ask->login)) ||
	    is_target(ask->list, ask->login);
	for (size_t i = 0; i < ARRAY_LEN(names) && !*is_owned_r; i++)
		if (has_identity(directory, arena, ask->login, names[i],
		    is_owned_r, error_r) < 0)
			return -1;
	return 0;
}
