/* SPDX-License-Identifier: ISC */
/* main.c - mailreeve-policyd: options, signals, start and stop. */
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
#include "daemon/options.h"
#include "mail/verdict.h"
#include "policyd/serve.h"
#include "policyd/settings.h"

#define PROGRAM "mailreeve-policyd"

static const char usage[] =
    "usage: " PROGRAM " [-c FILE] [--test-clock] [--version]\n"
    "\n"
    "The daemon that Postfix asks about each recipient and each message, by\n"
    "its policy protocol. It stays in the foreground and logs to standard\n"
    "error; a service manager runs it.\n"
    "\n"
    DAEMON_OPTIONS_USAGE
    "\n"
    "SIGHUP reads the configuration again, SIGTERM ends it when the requests\n"
    "under way are answered. 'mailreeve config check' tries a configuration.\n";

/* What the loop's callbacks need. */
struct daemon {
	struct server *server;		/* NULL: not open yet */
	bool is_stopping;
};

static void
on_signal(void *arg, int number)
{
	struct daemon *daemon = arg;

	if (number == SIGHUP) {
		server_reload(daemon->server, NULL);
	} else if (!daemon->is_stopping) {
		daemon->is_stopping = true;
		log_info(NULL, "stopping: requests that have come are "
		    "answered");
		notify_state("STOPPING=1");
		server_stop(daemon->server);
	}
}

static void
log_ready(const struct server *server)
{
	const struct policyd_settings *settings = server_settings(server);

	log_info(NULL, "ready version=%s listen=%s%s mode=%s",
	    MAILREEVE_VERSION, settings->listen.texts[0],
	    settings->listen.count > 1 ? ",…" : "",
	    mode_text((enum mode)settings->common.mode));
	notify_state("READY=1");
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT, 0 };
	struct daemon_options options = daemon_options_read(argc, argv,
	    PROGRAM, usage);
	struct arena *arena = arena_new(0);
	struct loop *loop = loop_new();
	struct daemon daemon = { 0 };
	const char *error = NULL;
	bool is_open;

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
	return is_open ? EXIT_SUCCESS : DAEMON_EXIT_CONFIGURATION;
}
