/* SPDX-License-Identifier: ISC */
/* log.c - lines for the administrator: facts as key=value, one line each. */
#include "base/log.h"

#include <limits.h>
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

void
log_open(const char *program, bool to_syslog)
{
	log_state.program = program;
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

/* The whole line in one write, of a size that a pipe takes whole too, so that
 * threads do not tear each other's. */
static void
write_stderr(enum log_level level, const char *line)
{
	char full[PIPE_BUF], stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	int len;

	if (log_state.target == TO_JOURNAL) {
		len = snprintf(full, sizeof(full), "<%d>%s\n",
		    log_priorities[level], line);
	} else {
		localtime_r(&now, &tm);
		strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
		len = snprintf(full, sizeof(full), "%s %.64s[%d]: %s\n", stamp,
		    log_state.program, (int)getpid(), line);
	}
	if (write(STDERR_FILENO, full, (size_t)len) < 0)
		return;		/* there is nobody left to tell */
}

static void
emit(enum log_level level, const struct log_context *context,
    const char *format, va_list args)
{
	char line[LOG_LINE_MAX];
	size_t len = 0;

	if (!log_has_level(level))
		return;
	if (context != NULL && context->id != NULL)
		len += (size_t)snprintf(line + len, 64, "id=%.40s ",
		    context->id);
	if (context != NULL && context->queue_id != NULL)
		len += (size_t)snprintf(line + len, 96, "queue_id=%.64s ",
		    context->queue_id);
	vsnprintf(line + len, sizeof(line) - len, format, args);
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	if (log_state.sink != NULL)
		log_state.sink(log_state.sink_arg, level, line);
	else if (log_state.target == TO_SYSLOG)
		syslog(log_priorities[level], "%s", line);
	else
		write_stderr(level, line);
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
	for (size_t i = 0; i < wire.len; i++) {
		unsigned char c = (unsigned char)wire.data[i];

		if (c < 0x20 || c >= 0x7f)
			buf_printf(&out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			buf_printf(&out, "\\%c", c);
		else
			buf_add_char(&out, (char)c);
	}
	buf_add_text(&out, is_cut ? "…" : "");
	if (is_quoted)
		buf_add_char(&out, '"');
	return out.data;
}
