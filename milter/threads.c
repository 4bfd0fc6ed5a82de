/* SPDX-License-Identifier: ISC */
/* threads.c - one thread for each connection, on Debian's pooled libmilter.
 *
 * Debian builds libmilter with a pool of workers that starts at two: a session
 * that is ready while all workers are inside callbacks waits until one of them
 * returns, whatever that one waits for. Checks that wait for the DNS then starve
 * the mail of others. The library starts its pool and its sessions by calling
 * two of its own public symbols; a program that defines them is called instead.
 * So this file takes over both and runs each session in a thread of its own,
 * asleep between commands, as libmilter without the pool does.
 *
 * It knows two things that are not part of the library's contract: the first
 * two members of its private context (the thread's id and the socket), and
 * that mi_engine() returns MI_CONTINUE when the socket has no command ready.
 * Each session is therefore looked at before it is taken: is that member really
 * a connected socket? At the first that is not, the library's own pool is
 * started and runs all later sessions, and the daemon says that it is degraded.
 *
 * It also gives what the library lacks: a bound on sessions, and a stop that
 * lets messages under way end. For that it takes over a third symbol, which
 * starts the library's own signal thread: there SIGHUP means stop.
 */
#include "milter/threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "milter/rest.h"
#include "milter/wire.h"

#define MI_SUCCESS 0
#define MI_FAILURE (-1)
#define MI_CONTINUE 1

/* What callbacks need, OpenSSL and the resolver's client side included. */
#define THREADS_STACK_SIZE (512 * 1024)
#define THREADS_REST_AFTER_MS 1000
#define THREADS_TELL_EVERY_MS (60 * 1000)
/* Postfix reads an answer as soon as it is there. */
#define THREADS_SEND_MS (60 * 1000)

/* The library's functions that this file replaces or calls. */
int mi_start_session(void *context);
int mi_pool_controller_init(void);
int mi_control_startup(char *name);
int mi_engine(void *context);
void mi_clr_ctx(void *context);

/* How the private context of libmilter 8.14 to 8.18 begins. */
struct context_head {
	unsigned long thread_id;
	int fd;
};

struct session_thread {
	struct session_thread *next, **link;
	void *context;
	int fd;
	struct wire wire;
	struct rest rest;
	bool is_busy;		/* a message is under way */
};

/* A thread that has ended but for its last steps. */
struct ended {
	pthread_t thread;
	bool is_there;
};

/* libmilter gives these functions no argument of the caller's. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct session_thread *list;
	size_t count, max;
	size_t pooled;		/* messages under way at the library's workers */
	struct ended last_ended;
	int64_t silent_ms;
	bool is_draining;
	atomic_size_t refused;
	int64_t told_ms;	/* when a refusal was last logged; 0: never */
	const char *_Atomic degraded;
	pthread_once_t pool_once;
} threads = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.max = SIZE_MAX,
	.silent_ms = 7200 * 1000,
	.pool_once = PTHREAD_ONCE_INIT,
};

static _Thread_local struct session_thread *this_thread;

void
threads_init(bool use_pool, int64_t silent_ms)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&threads.changed, &attr);
	pthread_condattr_destroy(&attr);
	threads.silent_ms = silent_ms;
	if (use_pool)
		atomic_store(&threads.degraded,
		    "the configuration chose libmilter's own workers");
}

void
threads_limit(size_t max_sessions)
{
	pthread_mutex_lock(&threads.lock);
	threads.max = max_sessions;
	pthread_mutex_unlock(&threads.lock);
}

const char *
threads_degraded(void)
{
	return atomic_load(&threads.degraded);
}

size_t
threads_sessions(void)
{
	size_t count;

	pthread_mutex_lock(&threads.lock);
	count = threads.count;
	pthread_mutex_unlock(&threads.lock);
	return count;
}

size_t
threads_refused(void)
{
	return atomic_load(&threads.refused);
}

bool
threads_knows_context(const void *context)
{
	const struct context_head *head = context;
	struct stat status;
	int is_listening = 1;
	socklen_t len = sizeof(is_listening);

	return head->fd > 2 && fstat(head->fd, &status) == 0 &&
	    S_ISSOCK(status.st_mode) &&
	    getsockopt(head->fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening,
	    &len) == 0 && !is_listening;
}

/* Register the session; -1 when there is no room, or no more is wanted. */
static int
enter(struct session_thread *session)
{
	int status = -1;

	pthread_mutex_lock(&threads.lock);
	if (threads.count < threads.max && !threads.is_draining) {
		session->next = threads.list;
		session->link = &threads.list;
		if (session->next != NULL)
			session->next->link = &session->next;
		threads.list = session;
		threads.count++;
		status = 0;
	}
	pthread_mutex_unlock(&threads.lock);
	return status;
}

/* From now on nobody cuts this connection: its descriptor is about to be
 * closed, and may be somebody else's a moment later. */
static void
disown_fd(struct session_thread *session)
{
	pthread_mutex_lock(&threads.lock);
	session->is_busy = true;
	pthread_mutex_unlock(&threads.lock);
}

static void
leave(struct session_thread *session)
{
	pthread_mutex_lock(&threads.lock);
	*session->link = session->next;
	if (session->next != NULL)
		session->next->link = session->link;
	threads.count--;
	pthread_cond_signal(&threads.changed);
	pthread_mutex_unlock(&threads.lock);
}

/* A thread that ends waits for the one that ended before it, and the drain for
 * the last one: so all are gone, with what libraries do at the end of a thread,
 * before the process takes down what that needs. The one to wait for. */
static struct ended
hand_over(struct ended ended)
{
	struct ended before;

	pthread_mutex_lock(&threads.lock);
	before = threads.last_ended;
	threads.last_ended = ended;
	pthread_mutex_unlock(&threads.lock);
	return before;
}

static void
join(struct ended ended)
{
	if (ended.is_there)
		pthread_join(ended.thread, NULL);
}

static bool
poll_for_command(int fd, int64_t timeout_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int count;

	do
		count = poll(&ready, 1, (int)timeout_ms);
	while (count < 0 && errno == EINTR);
	return count > 0;
}

/* Until something can be read. False: silent for too long, or an error. */
static bool
wait_for_command(struct session_thread *session)
{
	bool is_ready;

	if (wire_wait(&session->wire))
		return true;
	wire_rest(&session->wire);
	rest_begin(&session->rest, threads_sessions());
	is_ready = poll_for_command(session->fd, threads.silent_ms -
	    THREADS_REST_AFTER_MS);
	rest_end();
	return is_ready && wire_wait(&session->wire);
}

static void *
run_session(void *arg)
{
	struct session_thread *session = arg;

	this_thread = session;
	rest_init(&session->rest);
	wire_attach(&session->wire, session->fd, THREADS_REST_AFTER_MS,
	    threads.silent_ms < THREADS_SEND_MS ? threads.silent_ms
	    : THREADS_SEND_MS);
	do {
		/* The engine reads the end then, and closes the session. */
		if (!wait_for_command(session))
			wire_end(&session->wire);
	} while (mi_engine(session->context) == MI_CONTINUE);
	wire_detach(&session->wire);
	disown_fd(session);
	mi_clr_ctx(session->context);
	join(hand_over((struct ended){ pthread_self(), true }));
	leave(session);
	free(session);
	return NULL;
}

static int
start_thread(struct session_thread *session)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREADS_STACK_SIZE);
	error = pthread_create(&thread, &attr, run_session, session);
	pthread_attr_destroy(&attr);
	return error;
}

/* The connection is closed in an orderly way: Postfix sees its end and does
 * what milter_default_action says. Only libmilter's listener comes here. */
static int
refuse(void *context, const char *reason)
{
	atomic_fetch_add(&threads.refused, 1);
	mi_clr_ctx(context);
	if (clock_is_due(&threads.told_ms, THREADS_TELL_EVERY_MS))
		log_warn(NULL, "a session is refused: %s; sessions=%zu, "
		    "refused since the start=%zu", reason, threads_sessions(),
		    threads_refused());
	return MI_SUCCESS;
}

static int
start_session(void *context)
{
	struct session_thread *session = calloc(1, sizeof(*session));
	int error;

	if (session == NULL)
		return refuse(context, "out of memory");
	session->context = context;
	session->fd = ((const struct context_head *)context)->fd;
	if (enter(session) < 0) {
		free(session);
		return refuse(context, "there are max_connections already");
	}
	error = start_thread(session);
	if (error != 0) {
		leave(session);
		free(session);
		return refuse(context, strerror(error));
	}
	return MI_SUCCESS;
}

static void
start_pool(void)
{
	int (*init)(void) = (int (*)(void))dlsym(RTLD_NEXT,
	    "mi_pool_controller_init");

	if (init == NULL || init() != MI_SUCCESS)
		log_error(NULL, "libmilter could not start its workers");
}

/* In the place of libmilter's own: called once for each accepted connection. */
int
mi_start_session(void *context)
{
	int (*library_start)(void *);

	if (atomic_load(&threads.degraded) == NULL &&
	    threads_knows_context(context))
		return start_session(context);
	if (atomic_load(&threads.degraded) == NULL) {
		atomic_store(&threads.degraded, "this libmilter is not built "
		    "as expected; its own workers run the sessions");
		log_warn(NULL, "%s: slow answers will hold up other mail; "
		    "please report the version of libmilter",
		    atomic_load(&threads.degraded));
	}
	pthread_once(&threads.pool_once, start_pool);
	library_start = (int (*)(void *))dlsym(RTLD_NEXT, "mi_start_session");
	return library_start != NULL ? library_start(context) : MI_FAILURE;
}

/* The pool starts when the first session needs it, if ever. */
int
mi_pool_controller_init(void)
{
	return MI_SUCCESS;
}

/* Signals are the program's: its loop reads them. */
int
mi_control_startup(char *name)
{
	(void)name;
	return MI_SUCCESS;
}

void
threads_begin_message(void)
{
	pthread_mutex_lock(&threads.lock);
	if (this_thread != NULL)
		this_thread->is_busy = true;
	else
		threads.pooled++;
	pthread_mutex_unlock(&threads.lock);
}

void
threads_end_message(void)
{
	pthread_mutex_lock(&threads.lock);
	if (this_thread != NULL) {
		this_thread->is_busy = false;
		if (threads.is_draining)
			shutdown(this_thread->fd, SHUT_RD);
	} else {
		threads.pooled--;
		pthread_cond_signal(&threads.changed);
	}
	pthread_mutex_unlock(&threads.lock);
}

size_t
threads_drain(int64_t deadline_ms)
{
	struct timespec until = { deadline_ms / 1000,
	    deadline_ms % 1000 * 1000000 };
	size_t left;
	int error = 0;

	pthread_mutex_lock(&threads.lock);
	threads.is_draining = true;
	for (struct session_thread *s = threads.list; s != NULL; s = s->next)
		if (!s->is_busy)
			shutdown(s->fd, SHUT_RD);
	while (threads.count + threads.pooled != 0 && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&threads.changed, &threads.lock,
		    &until);
	left = threads.count + threads.pooled;
	pthread_mutex_unlock(&threads.lock);
	join(hand_over((struct ended){ .is_there = false }));
	return left;
}
