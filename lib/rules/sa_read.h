/* SPDX-License-Identifier: ISC */
/* sa_read.h - rules in the language of SpamAssassin (Mail::SpamAssassin::Conf,
 * version 4.0).
 *
 * Plugins count as loaded that Debian's *.pre files load, and those of any
 * loadplugin line. Options for calls are kept by draft_add_line() under the
 * names of version 4 (welcomelist_from, blocklist_to, ... also where the file
 * has the old ones), what a clear_ or un_ option takes away is gone from them.
 * enlist_uri_host, welcomelist_uri_host and blocklist_uri_host are one option:
 * lines of enlist_uri_host that begin with "(LIST) ". */
#ifndef RULES_SA_READ_H
#define RULES_SA_READ_H

#include <stddef.h>

#include "base/str.h"

struct draft;

/* Read one file, or all *.pre and then all *.cf of a folder in the order of
 * their names (and a channel's: FOLDER/NAME.cf with what it includes). Whatever
 * is not taken is a note of draft. -1 with the reason: the file or folder cannot
 * be read. */
int sa_read(struct draft *draft, const char *path, const char **error_r);
/* Several, in this order, but the *.pre of all folders before any *.cf: so does
 * SpamAssassin. */
int sa_read_paths(struct draft *draft, const char *const *paths, size_t count,
    const char **error_r);

/* A text (copied) whose name stands for the file in notes. */
void sa_parse(struct draft *draft, const char *name, struct str text);

/* Every file of the folders is read: tags replaced, flags and defaults of scores
 * (1; 0.01 for names that begin with T_; nice ones negative) set. Once, behind
 * the last sa_read(). */
void sa_finish(struct draft *draft);

#endif
