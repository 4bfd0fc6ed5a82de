/* SPDX-License-Identifier: ISC */
/* schema.h - the tables of the directory, by numbered migrations.
 *
 * A migration is a file lib/directory/migrations/NNNN_NAME.sql: one text for
 * both databases, run once, in one transaction with the row of table `schema`
 * that says so. It is run by `mailreeve directory upgrade` and never by itself.
 */
#ifndef DIRECTORY_SCHEMA_H
#define DIRECTORY_SCHEMA_H

#include <stdint.h>

#include "directory/db.h"

/* The schema that this program knows. */
int64_t schema_current(void);

/* That of the database; 0: it has none. 0 or -1. */
int schema_read(struct db *db, struct arena *arena, int64_t *version_r,
    struct db_error *error_r);

/* Do they agree? -1 with DB_SCHEMA, and what to run, when they do not. */
int schema_check(struct db *db, struct arena *arena, struct db_error *error_r);

/* Bring the database up to date, in one transaction: all of it or nothing. -1
 * with DB_SCHEMA when it is newer than this program. */
int schema_upgrade(struct db *db, struct arena *arena, int64_t *from_r,
    struct db_error *error_r);
/* The same, up to a schema that was current once. */
int schema_upgrade_to(struct db *db, struct arena *arena, int64_t version,
    int64_t *from_r, struct db_error *error_r);

#endif
