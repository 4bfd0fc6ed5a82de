/* SPDX-License-Identifier: ISC */
/* author.c - who gives this command, for the audit. */
#include "cli/author.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

/* What sudo says is worth something where it could have been sudo. */
const char *
author_name(struct arena *arena)
{
	const struct passwd *person = getpwuid(getuid());
	const char *caller = getenv("SUDO_USER");

	if (person == NULL)
		return arena_printf(arena, "uid %lu",
		    (unsigned long)getuid());
	if (getuid() == 0 && caller != NULL && *caller != '\0')
		return arena_printf(arena, "%s(%s)", person->pw_name, caller);
	return arena_strdup(arena, person->pw_name);
}
