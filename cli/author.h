/* SPDX-License-Identifier: ISC */
/* author.h - who gives this command, for the audit. */
#ifndef CLI_AUTHOR_H
#define CLI_AUTHOR_H

struct arena;

/* "ann"; "root(ann)" behind sudo; "uid 1234" without a name. */
const char *author_name(struct arena *arena);

#endif
