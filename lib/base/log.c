/* SPDX-License-Identifier: ISC */
/* log.c - lines for the administrator: facts as key=value, one line each. */
#include "base/log.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

/* The time, the program, the process. */
#define LOG_HEAD_MAX 128
#define LOG_LINE_MAX (PIPE_BUF - LOG_HEAD_MAX)

static struct {
	const char *program;
	enum { TO_STDERR, TO_JOURNAL, TO_SYSLOG } target;
	atomic_int level;
	atomic_int pid;		/* 0: nobody has asked yet */
	void (*sink)(void *, enum log_level, const char *);
	void *sink_arg;
} log_state = { .program = "mailreeve", .level = LOG_LEVEL_INFO };

static const int log_priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
	LOG_DEBUG };

/* Is standard error the journal's stream, or just inherited from somebody whose
 * was (systemd.exec(5), JOURNAL_STREAM)? */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL &&
	    sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	    st.st_ino == inode;
}

static void
forget_pid(void)
{
	atomic_store(&log_state.pid, 0);
}

/* The kernel is asked once a process, not once a line. */
static int
own_pid(void)
{
	int pid = atomic_load(&log_state.pid);

	if (pid == 0) {
		pid = (int)getpid();
		atomic_store(&log_state.pid, pid);
	}
	return pid;
}

void
log_open(const char *program, bool to_syslog)
{
	log_state.program = program;
	pthread_atfork(NULL, NULL, forget_pid);
	log_state.target = is_journal() ? TO_JOURNAL : TO_STDERR;
	if (to_syslog) {
		log_state.target = TO_SYSLOG;
		openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
	}
}

void
log_set_level(enum log_level level)
{
	atomic_store(&log_state.level, (int)level);
}

bool
log_has_level(enum log_level level)
{
	return (int)level <= atomic_load(&log_state.level);
}

void
log_set_sink(void (*sink)(void *, enum log_level, const char *), void *arg)
{
	log_state.sink = sink;
	log_state.sink_arg = arg;
}

/* What stands before a line on standard error: the priority for the journal;
 * time, program and process for everybody else. */
static size_t
put_head(char head[LOG_HEAD_MAX], enum log_level level)
{
	time_t now = time(NULL);
	struct tm tm;
	size_t len;

	if (log_state.sink != NULL || log_state.target == TO_SYSLOG)
		return 0;
	if (log_state.target == TO_JOURNAL)
		return (size_t)snprintf(head, LOG_HEAD_MAX, "<%d>",
		    log_priorities[level]);
	localtime_r(&now, &tm);
	len = strftime(head, LOG_HEAD_MAX, "%b %e %H:%M:%S", &tm);
	return len + (size_t)snprintf(head + len, LOG_HEAD_MAX - len,
	    " %.64s[%d]: ", log_state.program, own_pid());
}

/* "key=value ", the value cut; without one nothing. */
static size_t
put_context(char *to, struct str key, const char *value, size_t most)
{
	size_t len;

	if (value == NULL)
		return 0;
	len = strnlen(value, most);
	memcpy(to, key.data, key.len);
	memcpy(to + key.len, value, len);
	to[key.len + len] = ' ';
	return key.len + len + 1;
}

/* The line has room for a newline behind it. On standard error that is one
 * write, of a size that a pipe takes whole too, so that threads do not tear
 * each other's. */
static void
hand_over(enum log_level level, char *full, char *line, size_t len)
{
	if (log_state.sink != NULL) {
		log_state.sink(log_state.sink_arg, level, line);
	} else if (log_state.target == TO_SYSLOG) {
		syslog(log_priorities[level], "%s", line);
	} else {
		line[len] = '\n';
		if (write(STDERR_FILENO, full,
		    (size_t)(line - full) + len + 1) < 0)
			return;		/* there is nobody left to tell */
	}
}

static void
emit(enum log_level level, const struct log_context *context,
    const char *format, va_list args)
{
	char full[PIPE_BUF], *line;
	size_t len = 0;

	if (!log_has_level(level))
		return;
	line = full + put_head(full, level);
	if (context != NULL) {
		len += put_context(line, STR("id="), context->id, 40);
		len += put_context(line + len, STR("queue_id="),
		    context->queue_id, 64);
	}
	vsnprintf(line + len, LOG_LINE_MAX - len, format, args);
	for (len = 0; line[len] != '\0'; len++)
		if ((unsigned char)line[len] < 0x20 || line[len] == 0x7f)
			line[len] = '?';
	hand_over(level, full, line, len);
}

void
log_error(const struct log_context *context, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_ERROR, context, format, args);
	va_end(args);
}

void
log_warn(const struct log_context *context, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_WARN, context, format, args);
	va_end(args);
}

void
log_info(const struct log_context *context, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_INFO, context, format, args);
	va_end(args);
}

void
log_debug(const struct log_context *context, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_DEBUG, context, format, args);
	va_end(args);
}

static bool
wants_quotes(struct str s)
{
	return s.len == 0 || str_find(s, ' ') >= 0 || str_find(s, '"') >= 0 ||
	    str_find(s, '=') >= 0;
}

/* What stands for itself; most texts are nothing else. */
static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static void
add_plain(struct buf *out, struct str *rest)
{
	size_t len = 0;

	while (len < rest->len && is_plain(rest->data[len]))
		len++;
	buf_add(out, rest->data, len);
	*rest = str_from_pos(*rest, len);
}

static void
add_escaped(struct buf *out, char c)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", c);
	else
		buf_printf(out, "\\x%02x", (unsigned)(unsigned char)c);
}

const char *
log_wire(struct arena *arena, struct str wire, size_t cap)
{
	bool is_cut = wire.len > cap;
	bool is_quoted;
	struct buf out;

	wire = str_sub(wire, 0, cap);
	is_quoted = wants_quotes(wire);
	buf_init(&out, arena);
	if (is_quoted)
		buf_add_char(&out, '"');
	for (add_plain(&out, &wire); wire.len != 0; add_plain(&out, &wire)) {
		add_escaped(&out, wire.data[0]);
		wire = str_from_pos(wire, 1);
	}
	buf_add_text(&out, is_cut ? "…" : "");
	if (is_quoted)
		buf_add_char(&out, '"');
	return out.data;
}
