/* SPDX-License-Identifier: ISC */
/* options.h - the options that every daemon takes. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>

#include "base/conf.h"

/* For "bad usage or configuration". */
#define DAEMON_EXIT_CONFIGURATION 2

/* The lines of the usage text for them. */
#define DAEMON_OPTIONS_USAGE                                                 \
	"  -c, --config FILE  read FILE instead of " CONF_DEFAULT_PATH "\n"  \
	"      --test-clock   let the verb 'clock' of the control socket "    \
	"set the\n"                                                          \
	"                     time (for tests only)\n"                       \
	"      --version      print the version\n"

struct daemon_options {
	const char *conf_path;		/* CONF_DEFAULT_PATH unless given */
	bool has_test_clock;
};

/* Read them, for a program of this name and usage text. Ends the process where
 * nothing is left to do: --help and --version, with 0, and what it does not
 * understand, said on stderr, with DAEMON_EXIT_CONFIGURATION. */
struct daemon_options daemon_options_read(int argc, char **argv,
    const char *program, const char *usage);

#endif
