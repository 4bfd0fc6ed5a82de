/* SPDX-License-Identifier: ISC */
/* directory_settings.h - section directory: where people and policy stand. */
#ifndef DIRECTORY_DIRECTORY_SETTINGS_H
#define DIRECTORY_DIRECTORY_SETTINGS_H

#include <stdint.h>

#include "base/setting.h"

struct directory_settings {
	/* sqlite:/PATH, pgsql:CONNINFO. Text of the setting `where`. */
	const char *where;
	const char *password_file;	/* of PostgreSQL; NULL: none */
	int64_t timeout_ms;		/* of one statement, waiting included */
	/* How long the last answers serve when it cannot be asked, and for how
	 * many addresses they are kept: policies.h. */
	int64_t stale_ms, cache_size;

	/* Follow from where. */
	enum { DIRECTORY_NONE, DIRECTORY_SQLITE, DIRECTORY_PGSQL } kind;
	const char *place;		/* the path; the connection string */
};

extern const struct section directory_section;

/* Fill what follows from where: for settings that no file was read for. NULL,
 * or what is wrong. Arena text. */
const char *directory_settings_parse(struct directory_settings *settings,
    struct arena *arena);

#endif
