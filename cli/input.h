/* SPDX-License-Identifier: ISC */
/* input.h - a whole file, or standard input, for the commands. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/str.h"

struct arena;

/* path "-": standard input. At most 1 GB; NUL-terminated behind its end. -1
 * with the reason, which names the file. */
int input_read(const char *path, struct arena *arena, struct str *text_r,
    const char **error_r);

#endif
