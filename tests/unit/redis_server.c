/* SPDX-License-Identifier: ISC */
/* redis_server.c - redis-server in a folder and on ports of its own. */
#include "redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/net.h"
#include "base/random.h"
#include "base/str.h"
#include "child.h"
#include "scratch.h"
#include "store/store.h"

#define REDIS "/usr/bin/redis-server"
#define START_MS 60000
#define PORT_FIRST 20000
#define PORT_COUNT 12000
#define PORT_TRIES 1000

struct redis_server {
	char folder[SCRATCH_SIZE], path[80], where[96];
	unsigned port, tls_port;
	pid_t pid;			/* 0: it does not run */
};

/* A TCP port that is free now; fd keeps it until it is closed. Not one that the
 * system gives to whoever connects: it may be gone before the server starts. */
static unsigned
find_port(int *fd)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	uint16_t random;

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < PORT_TRIES; i++) {
		random_bytes(&random, sizeof(random));
		address.sin_port = htons((uint16_t)(PORT_FIRST + random %
		    PORT_COUNT));
		if (bind(*fd, (struct sockaddr *)&address,
		    sizeof(address)) == 0)
			return ntohs(address.sin_port);
	}
	abort();
}

struct redis_server *
redis_server_new(const char **reason_r)
{
	struct redis_server *server;
	int first, second;

	if (access(REDIS, X_OK) != 0) {
		*reason_r = "redis-server is not installed";
		return NULL;
	}
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		abort();
	scratch_folder(server->folder, "redis");
	snprintf(server->path, sizeof(server->path), "%s/socket",
	    server->folder);
	snprintf(server->where, sizeof(server->where), "unix:%s",
	    server->path);
	server->port = find_port(&first);
	server->tls_port = find_port(&second);
	close(first);
	close(second);
	return server;
}

static void
write_conf(const struct redis_server *server, const char *conf)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/conf", server->folder);
	file = fopen(path, "w");
	if (file == NULL)
		abort();
	fprintf(file, "dir %s\nunixsocket socket\nunixsocketperm 600\n"
	    "bind 127.0.0.1\nport %u\nlogfile log\nsave \"\"\n"
	    "appendonly no\ndaemonize no\nenable-debug-command yes\n%s\n",
	    server->folder, server->port, conf);
	fclose(file);
}

static pid_t
spawn(const struct redis_server *server)
{
	char conf[96];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(conf, sizeof(conf), "%s/conf", server->folder);
	execl(REDIS, REDIS, conf, NULL);
	_exit(127);
}

static int
connect_to(const struct redis_server *server)
{
	struct arena *arena = arena_new(0);
	const char *error;
	/* No time-out: a read that has one does not outlive a stop of this
	 * process (signal(7)). */
	int fd = net_connect_unix(server->path, 0, arena, &error);

	arena_free(&arena);
	return fd;
}

/* One reply: its first line, or what that line announces. */
static const char *
read_reply(FILE *stream, struct arena *arena)
{
	char line[4096], *text;
	size_t len;

	if (fgets(line, sizeof(line), stream) == NULL)
		return "no reply";
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] != '$')
		return arena_strdup(arena, line + 1);
	if (line[1] == '-')
		return "";
	len = strtoul(line + 1, NULL, 10) + 2;
	text = arena_zalloc(arena, len + 1);
	if (fread(text, 1, len, stream) != len)
		return "no reply";
	text[len - 2] = '\0';
	return text;
}

const char *
redis_server_say(const struct redis_server *server, struct arena *arena,
    const char *lines)
{
	struct str rest = str_from(lines), line;
	const char *reply = "no connection";
	int fd = connect_to(server);
	FILE *stream;

	if (fd < 0)
		return reply;
	stream = fdopen(fd, "r");
	if (stream == NULL)
		abort();
	while (str_cut(&rest, '\n', &line)) {
		const char *text = arena_printf(arena, "%.*s\r\n",
		    STR_ARG(line));

		if (net_write_all(fd, text, strlen(text)) < 0)
			break;
		reply = read_reply(stream, arena);
	}
	fclose(stream);
	return reply;
}

/* A refusal for want of a password is an answer too, and that it loads. */
static bool
is_answering(const struct redis_server *server)
{
	struct arena *arena = arena_new(0);
	struct str reply = str_from(redis_server_say(server, arena, "PING"));
	bool is_there = str_has_prefix_nocase(reply, STR("PONG")) ||
	    str_has_prefix_nocase(reply, STR("NOAUTH")) ||
	    str_has_prefix_nocase(reply, STR("LOADING"));

	arena_free(&arena);
	return is_there;
}

void
redis_server_start(struct redis_server *server, const char *conf)
{
	int64_t until_ms = clock_steady_ms() + START_MS;

	write_conf(server, conf);
	/* The one of a server that was killed. */
	unlink(server->path);
	server->pid = spawn(server);
	while (!is_answering(server)) {
		if (clock_steady_ms() > until_ms ||
		    waitpid(server->pid, NULL, WNOHANG) != 0) {
			fprintf(stderr, "redis-server does not start: see "
			    "%s/log\n", server->folder);
			abort();
		}
		usleep(5000);
	}
}

void
redis_server_await(struct store *store)
{
	int64_t until_ms = clock_steady_ms() + START_MS;

	while (store_degraded(store) != NULL) {
		if (clock_steady_ms() > until_ms) {
			fprintf(stderr, "%s\n", store_degraded(store));
			abort();
		}
		usleep(1000);
	}
}

void
redis_server_kill(struct redis_server *server)
{
	child_end(&server->pid, SIGKILL);
}

void
redis_server_pause(struct redis_server *server)
{
	int status;

	kill(server->pid, SIGSTOP);
	waitpid(server->pid, &status, WUNTRACED);
}

void
redis_server_resume(struct redis_server *server)
{
	kill(server->pid, SIGCONT);
}

void
redis_server_free(struct redis_server **server)
{
	struct redis_server *old = *server;

	*server = NULL;
	if (old == NULL)
		return;
	redis_server_kill(old);
	scratch_remove(old->folder);
	free(old);
}

const char *
redis_server_folder(const struct redis_server *server)
{
	return server->folder;
}

const char *
redis_server_path(const struct redis_server *server)
{
	return server->path;
}

const char *
redis_server_where(const struct redis_server *server)
{
	return server->where;
}

unsigned
redis_server_port(const struct redis_server *server)
{
	return server->port;
}

unsigned
redis_server_tls_port(const struct redis_server *server)
{
	return server->tls_port;
}
