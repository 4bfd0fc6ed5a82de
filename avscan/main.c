/* SPDX-License-Identifier: ISC */
/* main.c - mailreeve-avscan: options, signals, start and stop. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "avscan/serve.h"
#include "avscan/settings.h"
#include "avscan/worker.h"
#include "avscan/zygote.h"
#include "base/arena.h"
#include "base/conf.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "daemon/options.h"

#define PROGRAM "mailreeve-avscan"

static const char usage[] =
    "usage: " PROGRAM " [-c FILE] [--test-clock] [--version]\n"
    "\n"
    "The daemon whose sandboxed workers read what strangers attach to their\n"
    "messages: archives and documents. It stays in the foreground and logs to\n"
    "standard error; a service manager runs it.\n"
    "\n"
    DAEMON_OPTIONS_USAGE
    "\n"
    "SIGHUP reads the configuration again, SIGTERM ends it when the files that\n"
    "have come are read. 'mailreeve config check' tries a configuration.\n";

/* What the loop's callbacks need. */
struct daemon {
	struct server *server;		/* NULL: not open yet */
	bool is_stopping;
};

static void
reload(struct daemon *daemon)
{
	struct arena *arena = arena_new(0);
	const char *error;

	server_reload(daemon->server, arena, &error);
	arena_free(&arena);
}

static void
on_signal(void *arg, int number)
{
	struct daemon *daemon = arg;

	if (number == SIGHUP) {
		reload(daemon);
	} else if (!daemon->is_stopping) {
		daemon->is_stopping = true;
		log_info(NULL, "stopping: files that have come are read");
		notify_state("STOPPING=1");
		server_stop(daemon->server);
	}
}

static int
serve(const struct daemon_options *options, struct zygote *zygote,
    struct loop *loop, struct daemon *daemon)
{
	struct arena *arena = arena_new(0);
	int status = DAEMON_EXIT_CONFIGURATION;
	const char *error;

	daemon->server = server_open(options->conf_path,
	    options->has_test_clock, zygote, loop, arena, &error);
	if (daemon->server != NULL) {
		log_info(NULL, "ready version=%s socket=%s workers=%lld",
		    MAILREEVE_VERSION,
		    server_settings(daemon->server)->socket,
		    (long long)server_settings(daemon->server)->workers);
		notify_state("READY=1");
		loop_run(loop);
		log_info(NULL, "stopped");
		status = server_is_broken(daemon->server) ? EXIT_FAILURE
		    : EXIT_SUCCESS;
	} else {
		log_error(NULL, "%s", error);
	}
	server_close(&daemon->server);
	arena_free(&arena);
	return status;
}

/* The zygote is forked before anything else is there. */
int
main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT, 0 };
	struct daemon_options options = daemon_options_read(argc, argv,
	    PROGRAM, usage);
	struct daemon daemon = { 0 };
	const char *error = NULL;
	struct zygote *zygote = zygote_start(worker_prepare, worker_run,
	    &error);
	struct loop *loop;
	int status;

	log_open(PROGRAM, false);
	if (zygote == NULL) {
		log_error(NULL, "%s", error);
		return EXIT_FAILURE;
	}
	loop = loop_new();
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	loop_signals(loop, signals, on_signal, &daemon);
	status = serve(&options, zygote, loop, &daemon);
	loop_free(&loop);
	zygote_stop(&zygote);
	return status;
}
