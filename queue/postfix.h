/* SPDX-License-Identifier: ISC */
/* postfix.h - Postfix's own commands, run with nothing of our environment. */
#ifndef QUEUE_POSTFIX_H
#define QUEUE_POSTFIX_H

#include "base/str.h"

struct arena;

/* Which Postfix; NULL: the one of main.cf's default place. */
struct postfix {
	const char *config_directory;
};

/* What a command has said. */
struct postfix_ran {
	int status;		/* its exit status, 128 + number of a signal */
	struct str out, err;
};

/* Run words (ends with NULL; the first is the command's name, without a path)
 * with this standard input, and wait for its end. No shell: each word is one
 * argument. 0, whatever its exit status; -1 with the reason when it could not be
 * run. Texts live in arena. */
int postfix_run(const struct postfix *postfix, struct arena *arena,
    const char *const *words, struct str input, struct postfix_ran *ran_r,
    const char **error_r);

/* The last line that it complained with, printable; arena text. */
const char *postfix_complaint(struct arena *arena,
    const struct postfix_ran *ran);

#endif
