/* SPDX-License-Identifier: ISC */
/* rules_trial.h - would new rules do? Tried before they come into use. */
#ifndef CLI_RULES_TRIAL_H
#define CLI_RULES_TRIAL_H

#include <stddef.h>

struct command_run;
struct rules_settings;

struct rules_trial {
	size_t rules;		/* that load, in all */
	size_t errors;		/* in the channels */
	size_t canaries, changed;
};

/* Load the rules with the set of channels in place of the one in use, and judge
 * the canaries by both. config as the command has it. -1 with the reason why the
 * set is turned down. */
int rules_try(struct command_run *run, const char *config,
    const struct rules_settings *settings, const char *set,
    struct rules_trial *trial_r, const char **error_r);

#endif
