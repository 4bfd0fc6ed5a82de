/* SPDX-License-Identifier: ISC */
/* main.c - mailreeve-milter: options, signals, start and stop. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "daemon/options.h"
#include "milter/engine.h"
#include "milter/serve.h"
#include "milter/serve_rules.h"
#include "milter/settings.h"
#include "milter/stages.h"
#include "milter/threads.h"

#define PROGRAM "mailreeve-milter"
/* Beyond the deadline of a message: what Postfix may need to read the answer. */
#define STOP_GRACE_MS 2000
#define MALLOC_ARENAS 4

static const char usage[] =
    "usage: " PROGRAM " [-c FILE] [--test-clock] [--version]\n"
    "\n"
    "The milter between Postfix and the checks of Mailreeve. It stays in the\n"
    "foreground and logs to standard error; a service manager runs it.\n"
    "\n"
    DAEMON_OPTIONS_USAGE
    "\n"
    "SIGHUP reads the configuration again, SIGTERM ends it when the messages\n"
    "under way have ended. 'mailreeve config check' tries a configuration.\n";

/* What the loop's callbacks need. */
struct daemon {
	struct loop *loop;
	struct server *server;
	bool is_stopping;
	atomic_bool has_stopped;	/* libmilter takes no more */
	bool is_left;		/* threads of others still use the server */
};

/* So long messages under way may take to end. */
static int64_t
drain_ms(const struct daemon *daemon)
{
	struct snapshot *snapshot = server_snapshot(daemon->server);
	int64_t deadline_ms = snapshot_settings(snapshot)->deadline_ms;

	snapshot_unref(&snapshot);
	return STOP_GRACE_MS + deadline_ms;
}

static void
on_late(void *arg)
{
	struct daemon *daemon = arg;

	if (atomic_load(&daemon->has_stopped))
		return;
	log_warn(NULL, "stopped without libmilter, whose workers do not end");
	server_hide(daemon->server);
	_exit(EXIT_SUCCESS);
}

/* The controller of libmilter's own workers destroys their lock at the end,
 * also while its listener waits for it: then stages_run() never returns. */
static void
stop(struct daemon *daemon)
{
	daemon->is_stopping = true;
	log_info(NULL, "stopping: messages under way may end");
	notify_state("STOPPING=1");
	if (threads_degraded() != NULL)
		loop_after(daemon->loop, drain_ms(daemon), on_late, daemon);
	stages_stop();
}

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
		stop(daemon);
	}
	arena_free(&arena);
}

static void *
run_loop(void *arg)
{
	struct daemon *daemon = arg;

	loop_run(daemon->loop);
	return NULL;
}

static int
start_loop(struct daemon *daemon, pthread_t *thread_r, struct arena *arena,
    const char **error_r)
{
	int error = pthread_create(thread_r, NULL, run_loop, daemon);

	if (error == 0)
		return 0;
	*error_r = arena_printf(arena, "there is no thread for signals and "
	    "control: %s; see the limits on processes (ulimit -u, TasksMax)",
	    strerror(error));
	return -1;
}

/* Messages under way may end. */
static void
drain(struct daemon *daemon)
{
	size_t left = threads_drain(clock_steady_ms() + drain_ms(daemon));

	if (left != 0)
		log_warn(NULL, "stopped with sessions=%zu under way: Postfix "
		    "will try their messages again", left);
	/* The library's own workers end when they like. */
	daemon->is_left = left != 0 || threads_degraded() != NULL;
}

/* The settings that hold from start to end; valid while snapshot is held. */
static int
serve(struct daemon *daemon, struct arena *arena, const char **error_r)
{
	struct snapshot *snapshot = server_snapshot(daemon->server);
	const struct milter_settings *settings = snapshot_settings(snapshot);
	pthread_t control;
	int status;

	threads_init(settings->sessions == SESSIONS_POOL,
	    settings->idle_timeout_ms);
	if (stages_open(daemon->server, settings, arena, error_r) < 0 ||
	    start_loop(daemon, &control, arena, error_r) < 0) {
		snapshot_unref(&snapshot);
		return -1;
	}
	log_info(NULL, "ready version=%s listen=%s mode=%s",
	    MAILREEVE_VERSION, settings->listen,
	    mode_text((enum mode)settings->common.mode));
	notify_state("READY=1");
	status = stages_run();
	atomic_store(&daemon->has_stopped, true);
	drain(daemon);
	loop_stop(daemon->loop);
	pthread_join(control, NULL);
	snapshot_unref(&snapshot);
	/* libmilter calls it a failure too when it was stopped before it had
	 * begun. */
	if (status < 0 && !daemon->is_stopping) {
		*error_r = "libmilter gave up, see the lines before";
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT, 0 };
	struct daemon_options options;
	struct daemon daemon = { 0 };
	const char *error = NULL;
	struct arena *arena;
	int status = -1;

	if (argc == 3 && strcmp(argv[1], COMPILE_OPTION) == 0)
		return compile_rules(argv[2]);
	options = daemon_options_read(argc, argv, PROGRAM, usage);
	arena = arena_new(0);
	log_open(PROGRAM, false);
	signal(SIGPIPE, SIG_IGN);
	descriptors_raise();
	/* One malloc arena for each of a thousand sessions would keep what
	 * each of them once used. */
	mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	daemon.loop = loop_new();
	loop_signals(daemon.loop, signals, on_signal, &daemon);
	daemon.server = server_open(options.conf_path, options.has_test_clock,
	    daemon.loop, arena, &error);
	if (daemon.server != NULL)
		status = serve(&daemon, arena, &error);
	if (status < 0)
		log_error(NULL, "%s", error != NULL ? error : strerror(errno));
	else
		log_info(NULL, "stopped");
	status = status < 0 ? DAEMON_EXIT_CONFIGURATION : EXIT_SUCCESS;
	if (daemon.is_left) {
		server_hide(daemon.server);
		_exit(status);
	}
	server_close(&daemon.server);
	loop_free(&daemon.loop);
	arena_free(&arena);
	return status;
}
