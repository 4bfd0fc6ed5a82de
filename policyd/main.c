/* SPDX-License-Identifier: ISC */
/* main.c - mailreeve-policyd: options, signals, start and stop. */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "mail/verdict.h"
#include "policyd/serve.h"
#include "policyd/settings.h"

#define PROGRAM "mailreeve-policyd"
#define EXIT_CONFIGURATION 2

static const char usage[] =
    "usage: " PROGRAM " [-c FILE] [--test-clock] [--version]\n"
    "\n"
    "The daemon that Postfix asks about each recipient and each message, by\n"
    "its policy protocol. It stays in the foreground and logs to standard\n"
    "error; a service manager runs it.\n"
    "\n"
    "  -c, --config FILE  read FILE instead of " CONF_DEFAULT_PATH "\n"
    "      --test-clock   let the verb 'clock' of the control socket set the\n"
    "                     time (for tests only)\n"
    "      --version      print the version\n"
    "\n"
    "SIGHUP reads the configuration again, SIGTERM ends it when the requests\n"
    "under way are answered. 'mailreeve config check' tries a configuration.\n";

struct options {
	const char *conf_path;
	bool has_test_clock;
};

enum { OPTION_TEST_CLOCK = 256, OPTION_VERSION };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test-clock", no_argument, NULL, OPTION_TEST_CLOCK },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
parse_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:h", long_options,
	    NULL)) != -1) {
		switch (option) {
		case 'c':
			options->conf_path = optarg;
			break;
		case OPTION_TEST_CLOCK:
			options->has_test_clock = true;
			break;
		case OPTION_VERSION:
			puts(PROGRAM " " MAILREEVE_VERSION);
			exit(EXIT_SUCCESS);
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(EXIT_CONFIGURATION);
		}
	}
	if (optind != argc) {
		fprintf(stderr, PROGRAM ": unexpected argument '%s'\n%s",
		    argv[optind], usage);
		exit(EXIT_CONFIGURATION);
	}
}

/* What the loop's callbacks need. */
struct daemon {
	struct server *server;		/* NULL: not open yet */
	bool is_stopping;
};

static void
on_signal(void *arg, int number)
{
	struct daemon *daemon = arg;
	struct arena *arena = arena_new(0);
	const char *error;

	if (number == SIGHUP) {
		notify_reloading();
		server_reload(daemon->server, arena, &error);
		notify_state("READY=1");
	} else if (!daemon->is_stopping) {
		daemon->is_stopping = true;
		log_info(NULL, "stopping: requests that have come are "
		    "answered");
		notify_state("STOPPING=1");
		server_stop(daemon->server);
	}
	arena_free(&arena);
}

static void
log_ready(const struct server *server)
{
	const struct policyd_settings *settings = server_settings(server);

	log_info(NULL, "ready version=%s listen=%s%s mode=%s",
	    MAILREEVE_VERSION, settings->listen.texts[0],
	    settings->listen.count > 1 ? ",…" : "",
	    mode_text((enum mode)settings->mode));
	notify_state("READY=1");
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT, 0 };
	struct options options = { .conf_path = CONF_DEFAULT_PATH };
	struct arena *arena = arena_new(0);
	struct loop *loop = loop_new();
	struct daemon daemon = { 0 };
	const char *error = NULL;
	bool is_open;

	parse_options(argc, argv, &options);
	log_open(PROGRAM, false);
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	loop_signals(loop, signals, on_signal, &daemon);
	daemon.server = server_open(options.conf_path, options.has_test_clock,
	    loop, arena, &error);
	is_open = daemon.server != NULL;
	if (is_open) {
		log_ready(daemon.server);
		loop_run(loop);
		log_info(NULL, "stopped");
	} else {
		log_error(NULL, "%s", error);
	}
	server_close(&daemon.server);
	loop_free(&loop);
	arena_free(&arena);
	return is_open ? EXIT_SUCCESS : EXIT_CONFIGURATION;
}
