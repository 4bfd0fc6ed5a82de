/* SPDX-License-Identifier: ISC */
/* smtp_script.c - for tests: an SMTP server that says what is written. */
#include "scratch.h"
#include "smtp_script.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/net.h"

struct smtp_script {
	char folder[SCRATCH_SIZE], path[SCRATCH_SIZE + 2];
	int listener;
	pthread_t thread;
	const char *const *replies;
	bool torn;
	FILE *said_stream;
	char *said;
	size_t said_len;
};

static void
say(const struct smtp_script *script, int fd, const char *text, size_t len)
{
	size_t step = script->torn ? 1 : len;

	for (size_t at = 0; at < len; at += step)
		if (send(fd, text + at, step, MSG_NOSIGNAL) < 0)
			return;
}

/* False: that was the last word. */
static bool
reply(const struct smtp_script *script, int fd, const char *text)
{
	struct pollfd gone = { .fd = fd, .events = POLLRDHUP };
	bool is_deaf;

	if (text == SMTP_SCRIPT_CLOSE)
		return false;
	if (*text == '\0')
		return true;
	if (*text == *SMTP_SCRIPT_TORN) {
		say(script, fd, text + 1, strlen(text + 1));
		return false;
	}
	is_deaf = *text == *SMTP_SCRIPT_DEAF;
	say(script, fd, text + is_deaf, strlen(text + is_deaf));
	say(script, fd, "\r\n", 2);
	if (!is_deaf)
		return true;
	poll(&gone, 1, -1);
	return false;
}

/* Without its CRLF, which must be there. */
static void
note(const struct smtp_script *script, const char *line, size_t len)
{
	bool is_whole = len >= 2 && strcmp(line + len - 2, "\r\n") == 0;

	fprintf(script->said_stream, "%.*s%s\n", (int)(len - 2), line,
	    is_whole ? "" : " (no CRLF)");
}

static void
serve(struct smtp_script *script, int fd)
{
	FILE *lines = fdopen(dup(fd), "r");
	const char *const *next = script->replies;
	bool is_in_content = false, goes_on = reply(script, fd, *next);
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (goes_on && (len = getline(&line, &size, lines)) > 0) {
		note(script, line, (size_t)len);
		if (is_in_content && strcmp(line, ".\r\n") != 0)
			continue;
		if (**next != '\0')
			next++;
		is_in_content = strcmp(line, "DATA\r\n") == 0 &&
		    *next != NULL && strncmp(*next, "354", 3) == 0;
		goes_on = reply(script, fd, *next);
	}
	free(line);
	fclose(lines);
}

static void *
run(void *arg)
{
	struct smtp_script *script = arg;
	struct pollfd client = { .fd = script->listener, .events = POLLIN };
	int fd;

	poll(&client, 1, -1);
	fd = accept4(script->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		serve(script, fd);
		close(fd);
	}
	return NULL;
}

struct smtp_script *
smtp_script_start(const char *const *replies, bool torn)
{
	struct smtp_script *script = calloc(1, sizeof(*script));
	struct arena *arena = arena_new(0);
	const char *error;

	scratch_folder(script->folder, "smtp-script");
	snprintf(script->path, sizeof(script->path), "%s/s", script->folder);
	script->listener = net_listen_unix(script->path, 0600, arena, &error);
	script->replies = replies;
	script->torn = torn;
	script->said_stream = open_memstream(&script->said,
	    &script->said_len);
	if (script->listener < 0)
		abort();
	arena_free(&arena);
	pthread_create(&script->thread, NULL, run, script);
	return script;
}

const char *
smtp_script_path(const struct smtp_script *script)
{
	return script->path;
}

char *
smtp_script_end(struct smtp_script **script)
{
	struct smtp_script *old = *script;
	char *said;

	*script = NULL;
	shutdown(old->listener, SHUT_RDWR);
	pthread_join(old->thread, NULL);
	close(old->listener);
	unlink(old->path);
	rmdir(old->folder);
	fclose(old->said_stream);
	said = old->said;
	free(old);
	return said;
}
