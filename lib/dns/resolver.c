/* SPDX-License-Identifier: ISC */
/* resolver.c - libunbound and its event loop in a thread of their own. */
#include "dns/resolver.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <unbound.h>
#include <unbound-event.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "dns/dns.h"
#include "dns/dns_settings.h"
#include "dns/questions.h"
#include "dns/resolver_options.h"
#include "dns/wire.h"
#include "dns/zone.h"

#define CLASS_IN 1
#define LOG_LINES_MAX 5	/* in a second */

/* What libunbound says of an answer's validation. */
enum { INSECURE = 0, BOGUS = 1, SECURE = 2 };

struct resolver {
	struct dns_source source;	/* first */
	const struct dns_settings *settings;
	struct questions *questions;
	struct event_base *base;
	struct event *wake_event;	/* wake_fd reads ready */
	struct event *run_event;	/* a deadline, or room for the next */
	struct ub_ctx *unbound;
	FILE *unbound_log;
	int64_t log_second;		/* in which log_lines were written */
	int log_lines;
	int wake_fd;
	atomic_bool is_stopping;
	pthread_t thread;
	bool has_thread;
};

/* --- libunbound --- */

static int
set_servers(struct resolver *resolver)
{
	const struct setting_list *servers = &resolver->settings->servers;
	int error = 0;

	switch (resolver->settings->servers_kind) {
	case DNS_SERVERS_RECURSE:
		return 0;
	case DNS_SERVERS_SYSTEM:
		return ub_ctx_resolvconf(resolver->unbound, NULL);
	case DNS_SERVERS_LISTED:
		break;
	}
	for (size_t i = 0; i < servers->count && error == 0; i++)
		error = ub_ctx_set_fwd(resolver->unbound, servers->texts[i]);
	return error;
}

/* Lines of libunbound go to our log, a few in a second: out of descriptors it
 * would write one for each question. */
static ssize_t
write_log(void *cookie, const char *data, size_t len)
{
	struct resolver *resolver = cookie;
	struct str line = str_trim(str_of(data, len));
	int64_t second = clock_steady_ms() / 1000;

	if (second != resolver->log_second) {
		resolver->log_second = second;
		resolver->log_lines = 0;
	}
	if (line.len != 0 && resolver->log_lines++ < LOG_LINES_MAX)
		log_warn(NULL, "%.*s", STR_ARG(line));
	return (ssize_t)len;
}

static int
open_log(struct resolver *resolver)
{
	static const cookie_io_functions_t functions = { .write = write_log };

	resolver->unbound_log = fopencookie(resolver, "w", functions);
	if (resolver->unbound_log == NULL)
		return UB_NOMEM;
	setvbuf(resolver->unbound_log, NULL, _IOLBF, BUFSIZ);
	return ub_ctx_debugout(resolver->unbound, resolver->unbound_log);
}

static void
ignore_answer(void *arg, int rcode, void *packet, int len, int security,
    char *why_bogus, int was_ratelimited)
{
	(void)arg;
	(void)rcode;
	(void)packet;
	(void)len;
	(void)security;
	(void)why_bogus;
	(void)was_ratelimited;
}

/* libunbound reads its trust anchors and so on at the first question: ask one
 * that it answers by itself, so that trouble shows at start. */
static int
try_unbound(struct resolver *resolver)
{
	return ub_resolve_event(resolver->unbound, RESOLVER_LOCAL_NAME, DNS_A,
	    CLASS_IN, NULL, ignore_answer, NULL);
}

static int
open_unbound(struct resolver *resolver,
    const struct resolver_options *options, const char **error_r)
{
	int error;

	resolver->unbound = ub_ctx_create_event(resolver->base);
	error = resolver->unbound == NULL ? UB_NOMEM : open_log(resolver);
	for (size_t i = 0; i < options->count && error == 0; i++)
		error = ub_ctx_set_option(resolver->unbound,
		    options->items[i].name, options->items[i].value);
	if (error == 0)
		error = set_servers(resolver);
	if (error == 0)
		error = try_unbound(resolver);
	*error_r = ub_strerror(error);
	return error == 0 ? 0 : -1;
}

/* --- answers and questions, in the thread --- */

static void
run(struct resolver *resolver)
{
	int64_t next_ms = questions_run(resolver->questions);
	struct timeval wait = {
		.tv_sec = next_ms / 1000,
		.tv_usec = next_ms % 1000 * 1000,
	};

	if (next_ms >= 0)
		event_add(resolver->run_event, &wait);
}

static void
on_run(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *resolver = arg;
	eventfd_t count;

	(void)what;
	eventfd_read(fd, &count);
	if (atomic_load(&resolver->is_stopping))
		event_base_loopbreak(resolver->base);
	else
		run(resolver);
}

static void
on_answer(void *arg, int rcode, void *packet, int len, int security,
    char *why_bogus, int was_ratelimited)
{
	struct question *question = arg;
	struct resolver *resolver = question_carrier_arg(question);
	struct arena *arena = arena_new(0);
	struct dns_answer answer = { .status = DNS_SERVFAIL };

	(void)was_ratelimited;
	if (security == BOGUS) {
		answer.is_bogus = true;
		answer.error = why_bogus != NULL ? why_bogus : "bogus";
	} else if (rcode != 0 || packet == NULL || len < 0) {
		answer.error = dns_rcode_text(rcode);
	} else {
		dns_wire_parse(packet, (size_t)len, question_name(question),
		    question_type(question), arena, &answer);
		answer.is_secure = security == SECURE &&
		    answer.status != DNS_SERVFAIL;
	}
	question_answered(question, &answer);
	arena_free(&arena);
	/* There is room for the next, but not inside libunbound's call. */
	event_active(resolver->run_event, EV_TIMEOUT, 1);
}

static int
send_question(void *arg, const char *name, enum dns_type type,
    struct question *question, int *id_r, const char **error_r)
{
	struct resolver *resolver = arg;
	int error = ub_resolve_event(resolver->unbound, name, type, CLASS_IN,
	    question, on_answer, id_r);

	*error_r = ub_strerror(error);
	return error == 0 ? 0 : -1;
}

static void
cancel_question(void *arg, int id)
{
	struct resolver *resolver = arg;

	ub_cancel(resolver->unbound, id);
}

static void
wake(void *arg)
{
	struct resolver *resolver = arg;

	eventfd_write(resolver->wake_fd, 1);
}

static void *
thread_main(void *arg)
{
	struct resolver *resolver = arg;

	event_base_dispatch(resolver->base);
	return NULL;
}

/* --- the source --- */

static struct dns_query *
resolver_ask(struct dns_source *source, struct str name, enum dns_type type,
    struct wait *wait)
{
	return questions_ask(((struct resolver *)source)->questions, name,
	    type, wait);
}

static void
resolver_count(struct dns_source *source, struct dns_stats *stats)
{
	questions_count(((struct resolver *)source)->questions, stats);
}

static void
resolver_forget(struct dns_source *source)
{
	questions_forget(((struct resolver *)source)->questions);
}

static void
stop_thread(struct resolver *resolver)
{
	if (!resolver->has_thread)
		return;
	atomic_store(&resolver->is_stopping, true);
	wake(resolver);
	pthread_join(resolver->thread, NULL);
}

static void
resolver_free(struct dns_source *source)
{
	struct resolver *resolver = (struct resolver *)source;

	stop_thread(resolver);
	/* Answers what it still has, SERVFAIL: before the questions go. */
	if (resolver->unbound != NULL)
		ub_ctx_delete(resolver->unbound);
	if (resolver->unbound_log != NULL)
		fclose(resolver->unbound_log);
	questions_free(&resolver->questions);
	if (resolver->run_event != NULL)
		event_free(resolver->run_event);
	if (resolver->wake_event != NULL)
		event_free(resolver->wake_event);
	if (resolver->base != NULL)
		event_base_free(resolver->base);
	if (resolver->wake_fd >= 0)
		close(resolver->wake_fd);
	free(resolver);
}

static int
open_loop(struct resolver *resolver, const char **error_r)
{
	resolver->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	resolver->base = event_base_new();
	if (resolver->wake_fd < 0 || resolver->base == NULL) {
		*error_r = "no descriptor for the event loop";
		return -1;
	}
	resolver->run_event = event_new(resolver->base, -1, 0, on_run,
	    resolver);
	resolver->wake_event = event_new(resolver->base, resolver->wake_fd,
	    EV_READ | EV_PERSIST, on_wake, resolver);
	if (resolver->run_event == NULL || resolver->wake_event == NULL ||
	    event_add(resolver->wake_event, NULL) < 0) {
		*error_r = "out of memory";
		return -1;
	}
	return 0;
}

/* Signals are for the main thread. */
static int
start_thread(struct resolver *resolver, const char **error_r)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&resolver->thread, NULL, thread_main, resolver);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		*error_r = strerror(error);
		return -1;
	}
	resolver->has_thread = true;
	pthread_setname_np(resolver->thread, "resolver");
	return 0;
}

static struct resolver *
resolver_alloc(const struct dns_settings *settings, size_t under_way)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	const struct question_carrier carrier = {
		.arg = resolver,
		.send = send_question,
		.cancel = cancel_question,
		.wake = wake,
	};

	if (resolver == NULL)
		abort();
	resolver->source = (struct dns_source){
		.ask = resolver_ask,
		.count = resolver_count,
		.forget = resolver_forget,
		.free = resolver_free,
	};
	resolver->settings = settings;
	resolver->wake_fd = -1;
	resolver->questions = questions_new(settings, under_way, &carrier);
	return resolver;
}

struct dns_source *
resolver_new(const struct dns_settings *settings, struct arena *arena,
    const char **error_r)
{
	struct resolver_options options;
	struct resolver *resolver;
	const char *error;

	if (settings->zone_file != NULL)
		return zone_source_load(settings->zone_file, arena, error_r);
	resolver_options_make(settings, arena, &options);
	resolver = resolver_alloc(settings, options.max_under_way);
	if (open_loop(resolver, &error) < 0 ||
	    open_unbound(resolver, &options, &error) < 0 ||
	    start_thread(resolver, &error) < 0) {
		resolver_free(&resolver->source);
		*error_r = arena_printf(arena, "resolver: %s", error);
		return NULL;
	}
	return &resolver->source;
}
