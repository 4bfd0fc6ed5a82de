/* SPDX-License-Identifier: ISC */
/* db_pgsql_state.c - what an error of PostgreSQL means to us. */
#include <string.h>

#include "base/vec.h"
#include "directory/db_private.h"

/* By SQLSTATE, or by its first two letters, its class. */
static const struct {
	const char *state;
	enum db_trouble trouble;
} states[] = {
	{ "08", DB_GONE },		/* connection */
	{ "28", DB_GONE },		/* login */
	{ "3D", DB_GONE },		/* no such database */
	{ "53100", DB_FULL },		/* disk */
	{ "53200", DB_FULL },		/* memory */
	{ "53", DB_GONE },		/* too many connections */
	{ "57P0", DB_GONE },		/* it is shut down, or starts */
	{ "40", DB_BUSY },		/* serialization, deadlock */
	{ "55P03", DB_BUSY },		/* lock_timeout */
	{ "25006", DB_READ_ONLY },	/* a standby */
	{ "42501", DB_READ_ONLY },	/* privileges */
	{ "XX001", DB_CORRUPT },
	{ "XX002", DB_CORRUPT },
	{ "23505", DB_CONFLICT },
	{ "23503", DB_REFERENCE },
	{ "0A000", DB_GONE },		/* a prepared statement has aged */
	{ "26000", DB_GONE },		/* so has it, or a pooler lost it */
};

enum db_trouble
db_pgsql_judge(const char *state)
{
	for (size_t i = 0; state != NULL && i < ARRAY_LEN(states); i++)
		if (strncmp(state, states[i].state,
		    strlen(states[i].state)) == 0)
			return states[i].trouble;
	return DB_OTHER;
}
