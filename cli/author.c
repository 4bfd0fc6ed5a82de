/* SPDX-License-Identifier: ISC */
/* author.c - who gives this command, for the audit. */
#include "cli/author.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"

#define NAME_LEN_MAX 64

/* As useradd(8) makes names, with those of a domain: ann@EXAMPLE.ORG. */
static bool
is_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!char_is_alnum(*c) && strchr("._-@\\+$", *c) == NULL)
			return false;
	return *name != '\0' && strlen(name) <= NAME_LEN_MAX;
}

/* What sudo says is worth something where it could have been sudo. */
const char *
author_name(struct arena *arena)
{
	const struct passwd *person = getpwuid(getuid());
	const char *caller = getenv("SUDO_USER");

	if (person == NULL)
		return arena_printf(arena, "uid %lu",
		    (unsigned long)getuid());
	if (getuid() == 0 && caller != NULL && is_name(caller))
		return arena_printf(arena, "%s(%s)", person->pw_name, caller);
	return arena_strdup(arena, person->pw_name);
}
