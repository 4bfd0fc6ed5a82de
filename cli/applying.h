/* SPDX-License-Identifier: ISC */
/* applying.h - objects into the directory, with what changes shown. */
#ifndef CLI_APPLYING_H
#define CLI_APPLYING_H

#include <stdbool.h>

struct command_run;
struct vec;

struct applying {
	const struct vec *objects;	/* struct directory_text */
	const char *config;
	bool is_dry_run;
	bool wants_json;
	bool wants_prune;		/* directory_apply.h */
	const char *domain;
	bool is_sure;			/* or what prune removes is asked for */
};

/* All of it or nothing. An enum cli_exit; cli_error() has said what went
 * wrong. */
int applying_run(struct command_run *run, const struct applying *applying);

#endif
