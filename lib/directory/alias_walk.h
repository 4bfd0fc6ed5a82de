/* SPDX-License-Identifier: ISC */
/* alias_walk.h - does the mail of an alias come to an end? */
#ifndef DIRECTORY_ALIAS_WALK_H
#define DIRECTORY_ALIAS_WALK_H

struct arena;
struct db_error;
struct directory;
struct directory_alias;
struct directory_domain;

/* To so many addresses an alias may lead, by way of others too: what one
 * message becomes has a bound. */
#define ALIAS_FAN_OUT_MAX 1000

/* Follow an alias that is to be written, through others and through alias
 * domains. -1 with DB_REFUSED when it leads back to itself or to too many, or
 * with trouble. */
int alias_walk_check(struct directory *directory,
    const struct directory_alias *alias, struct arena *arena,
    struct db_error *error_r);
/* The same when an alias has gone: what was its own address may be an extension
 * of another alias now, a+b@x.example of a@x.example. */
int alias_walk_check_gone(struct directory *directory,
    const struct directory_alias *gone, struct arena *arena,
    struct db_error *error_r);
/* The same for all aliases that lead to addresses of a domain, as if this stood
 * there already. */
int alias_walk_check_domain(struct directory *directory,
    const struct directory_domain *domain, struct arena *arena,
    struct db_error *error_r);

#endif
