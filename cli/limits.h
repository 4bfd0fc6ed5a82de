/* SPDX-License-Identifier: ISC */
/* limits.h - what the commands about limits have in common. */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include "cli/daemon.h"

/* Ask policyd by this verb about the address and the limit that the command's
 * arguments name. An enum cli_exit: unless it is CLI_OK, cli_error() has said
 * why. */
int limits_ask(struct command_run *run, const struct daemon_options *options,
    const char *verb, struct daemon_answers *answers_r);

#endif
