/* SPDX-License-Identifier: ISC */
/* config.h - the configuration as the commands see it: every section. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>

#include "base/vec.h"

struct conf;
struct section;
struct setting;

/* The sections of all daemons. Ends with NULL. */
const struct section *const *config_sections(void);

/* Read the file (NULL: the default path). NULL when it is wrong: cli_error()
 * has said why; the command ends with CLI_USAGE. */
struct conf *config_load(const char *path, struct arena *arena);

/* "dns", "check dkim", "domain NAME". Arena text. */
const char *config_title(const struct section *section, struct arena *arena);

/* A section or a setting, with where it stands: "check.dkim",
 * "check.dkim.minimum_bits", "domain.dkim_key.file". */
struct config_entry {
	const char *path;
	const struct section *section;
	const struct setting *row;	/* NULL: the section itself */
};

/* All of them, each section before its settings. Items are config_entry. */
struct vec config_entries(struct arena *arena);

/* Does the value come from above when the section does not set it? */
bool config_is_inherited(const struct section *section,
    const struct setting *row);

#endif
