/* SPDX-License-Identifier: ISC */
/* serve_rules.c - the databases of patterns, compiled beside the daemon. */
#include "milter/serve_rules.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/must.h"
#include "base/str.h"
#include "daemon/verbs.h"
#include "rules/pattern.h"
#include "rules/ruleset.h"

/* It is looked at so often whether the process has ended. */
#define LOOK_MS INT64_C(200)
#define AGAIN_MS (INT64_C(5) * 60 * 1000)

/* This program itself, also where its file was replaced. */
#define PROGRAM "/proc/self/exe"

struct served_rules {
	struct loop *loop;
	const char *conf_path;
	void (*changed)(void *arg);
	void *arg;
	struct loop_timer *timer;	/* to look at pid, or to try again */
	pid_t pid;			/* 0: none is at work */
	bool is_again;			/* other rules came meanwhile */
	bool has_failed;
	char failure[160];
	bool is_fresh;			/* one has just ended well */
	uint64_t compiled, failed;
};

static void start(struct served_rules *served);

static void
fail(struct served_rules *served, const char *why)
{
	struct arena *arena = arena_new(0);
	const char *text = arena_printf(arena, "the patterns of rules were not "
	    "compiled (%s), and are matched one by one", why);

	served->has_failed = true;
	served->failed++;
	memcpy(served->failure, text, strlen(text) + 1 <
	    sizeof(served->failure) ? strlen(text) + 1 :
	    sizeof(served->failure) - 1);
	log_warn(NULL, "%s; tried again in %d minutes, or at a reload", text,
	    (int)(AGAIN_MS / 60000));
	arena_free(&arena);
}

static void
on_again(void *arg)
{
	struct served_rules *served = arg;

	served->timer = NULL;
	start(served);
}

/* No process after process, where they end well and leave nothing. */
static void
fail_for_now(struct served_rules *served, const char *why)
{
	fail(served, why);
	served->timer = loop_after(served->loop, AGAIN_MS, on_again, served);
}

static void
tell(struct served_rules *served)
{
	served->is_fresh = true;
	served->changed(served->arg);
	served->is_fresh = false;
}

/* What became of it. */
static void
judge_end(struct served_rules *served, int status)
{
	struct arena *arena = arena_new(0);

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
		served->has_failed = false;
		served->compiled++;
		log_info(NULL, "the patterns of rules are compiled");
	} else if (WIFEXITED(status) &&
	    WEXITSTATUS(status) == COMPILE_TOO_LARGE) {
		fail(served, "more memory than rules { compile_memory } allows");
	} else if (WIFSIGNALED(status)) {
		fail(served, arena_printf(arena, "killed by signal %d",
		    WTERMSIG(status)));
	} else {
		fail(served, "see the log for why");
	}
	arena_free(&arena);
}

static void
on_look(void *arg)
{
	struct served_rules *served = arg;
	int status;

	served->timer = NULL;
	if (waitpid(served->pid, &status, WNOHANG) == 0) {
		served->timer = loop_after(served->loop, LOOK_MS, on_look,
		    served);
		return;
	}
	served->pid = 0;
	judge_end(served, status);
	if (served->is_again)
		start(served);
	else if (served->has_failed)
		served->timer = loop_after(served->loop, AGAIN_MS, on_again,
		    served);
	else
		tell(served);
}

/* It has nothing of ours but where we log: sockets that it held open would not
 * close when we close them. */
static int
spawn(struct served_rules *served)
{
	char *const args[] = { (char *)(uintptr_t)"mailreeve-milter",
		(char *)(uintptr_t)COMPILE_OPTION,
		(char *)(uintptr_t)served->conf_path, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int error;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn(&served->pid, PROGRAM, &actions, &attributes, args,
	    environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return error;
}

static void
start(struct served_rules *served)
{
	int error = spawn(served);

	served->is_again = false;
	if (error != 0) {
		served->pid = 0;
		fail_for_now(served, strerror(error));
		return;
	}
	log_info(NULL, "the patterns of rules are being compiled pid=%d",
	    (int)served->pid);
	served->timer = loop_after(served->loop, LOOK_MS, on_look, served);
}

struct served_rules *
served_rules_open(struct loop *loop, const char *conf_path,
    void (*changed)(void *arg), void *arg)
{
	struct served_rules *served = must(calloc(1, sizeof(*served)));

	served->loop = loop;
	served->conf_path = conf_path;
	served->changed = changed;
	served->arg = arg;
	if (!pattern_has_jit())
		log_warn(NULL, "PCRE2 has no JIT here, the patterns of rules "
		    "match several times slower: is MemoryDenyWriteExecute=yes "
		    "in the unit?");
	return served;
}

void
served_rules_close(struct served_rules **served)
{
	struct served_rules *old = *served;

	*served = NULL;
	if (old == NULL)
		return;
	loop_cancel(&old->timer);
	if (old->pid != 0) {
		kill(old->pid, SIGKILL);
		waitpid(old->pid, NULL, 0);
	}
	free(old);
}

void
served_rules_look(struct served_rules *served, const struct ruleset *ruleset)
{
	enum lanes_state state = LANES_READY;
	const char *words;

	if (ruleset != NULL)
		state = ruleset_state(ruleset, &words);
	if (served->pid != 0) {
		served->is_again = state == LANES_COMPILING;
		return;
	}
	loop_cancel(&served->timer);
	served->has_failed = false;
	if (state == LANES_FAILED)
		fail(served, words);
	else if (state == LANES_COMPILING && served->is_fresh)
		fail_for_now(served, "what was compiled is not there");
	else if (state == LANES_COMPILING && ruleset_has_cache(ruleset))
		start(served);
}

const char *
served_rules_degraded(const struct served_rules *served, struct arena *arena)
{
	return served->has_failed ? arena_strdup(arena, served->failure)
				  : NULL;
}

void
served_rules_put_status(struct json_writer *json,
    const struct ruleset *ruleset)
{
	const char *words = "off";

	if (ruleset != NULL)
		ruleset_state(ruleset, &words);
	json_put_int(json, "rules", ruleset == NULL ? 0 :
	    (int64_t)ruleset_count(ruleset));
	json_put_text(json, "rules_matched", words);
}

void
served_rules_write_metrics(const struct served_rules *served,
    const struct ruleset *ruleset, struct buf *out)
{
	const char *words;

	verb_put_figure(out, "milter", "rules", "gauge", "Rules in force.",
	    ruleset == NULL ? 0 : ruleset_count(ruleset));
	verb_put_figure(out, "milter", "rules_at_once", "gauge",
	    "1: all patterns are matched in one pass, 0: one by one.",
	    ruleset != NULL &&
	    ruleset_state(ruleset, &words) == LANES_READY);
	verb_put_figure(out, "milter", "rules_compiled_total", "counter",
	    "How often patterns were compiled.", served->compiled);
	verb_put_figure(out, "milter", "rules_not_compiled_total", "counter",
	    "How often that failed.", served->failed);
}
