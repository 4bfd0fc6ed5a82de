/* SPDX-License-Identifier: ISC */
/* options.c - the options that every daemon takes. */
#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPTION_TEST_CLOCK = 256, OPTION_VERSION };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test-clock", no_argument, NULL, OPTION_TEST_CLOCK },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct daemon_options
daemon_options_read(int argc, char **argv, const char *program,
    const char *usage)
{
	struct daemon_options options = { .conf_path = CONF_DEFAULT_PATH };
	int option;

	while ((option = getopt_long(argc, argv, "c:h", long_options,
	    NULL)) != -1) {
		switch (option) {
		case 'c':
			options.conf_path = optarg;
			break;
		case OPTION_TEST_CLOCK:
			options.has_test_clock = true;
			break;
		case OPTION_VERSION:
			printf("%s %s\n", program, MAILREEVE_VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(DAEMON_EXIT_CONFIGURATION);
		}
	}
	if (optind != argc) {
		fprintf(stderr, "%s: unexpected argument '%s'\n%s", program,
		    argv[optind], usage);
		exit(DAEMON_EXIT_CONFIGURATION);
	}
	return options;
}
