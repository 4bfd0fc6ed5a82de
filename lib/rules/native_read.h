/* SPDX-License-Identifier: ISC */
/* native_read.h - rules in the format of the configuration. */
#ifndef RULES_NATIVE_READ_H
#define RULES_NATIVE_READ_H

struct draft;

/* Read one file, or all *.rules of a folder in the order of their names, into
 * draft. -1 with "file:line:column: ...": nothing of it is taken. */
int native_read(struct draft *draft, const char *path, const char **error_r);

#endif
