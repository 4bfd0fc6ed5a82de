/* SPDX-License-Identifier: ISC */
/* login.h - which addresses a login owns. */
#ifndef MAIL_LOGIN_H
#define MAIL_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct address;

/* A map in the text form of Postfix's smtpd_sender_login_maps, read as postmap
 * reads it: "address or @domain, white space, logins separated by commas or
 * blanks"; a line that begins with white space continues the one before; empty
 * lines and lines whose first character is "#" count nowhere, not even between
 * a line and its continuation. The first of several entries for one address
 * holds (one warning in the log tells of the others). Unlike postmap, which
 * passes over a line that it cannot read, that is an error here. */
struct login_map;

/* Read the file; extensions of local parts begin with delimiter (0: none).
 * NULL with "file:line: reason". path NULL gives the empty map, by which a
 * login user@domain owns every address of its domain. */
struct login_map *login_map_load(struct arena *arena, const char *path,
    char delimiter, const char **error_r);
/* The same from a text; name stands for the file in errors. */
struct login_map *login_map_parse(struct arena *arena, const char *name,
    struct str text, char delimiter, const char **error_r);

/* May login use the address as its own? Postfix's order: the address, without
 * its extension, then @domain; the first entry found decides. (A bare "user",
 * which stands for Postfix's own domains, is not looked for.) Where the map was
 * given it alone decides; without one the login must be user@domain of the same
 * domain. Names compare without regard to case. */
bool login_may_use(const struct login_map *map, const char *login,
    const struct address *address);

#endif
