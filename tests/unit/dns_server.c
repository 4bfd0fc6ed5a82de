/* SPDX-License-Identifier: ISC */
/* dns_server.c - nsd in a folder and on a port of its own. */
#include "dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include "child.h"
#include "scratch.h"

#define NSD "/usr/sbin/nsd"
#define START_MS 60000	/* only a failure waits so long */

struct dns_server {
	char folder[SCRATCH_SIZE];
	struct arena *arena;
	unsigned port;
	pid_t pid;
};

static struct sockaddr_in
loopback(unsigned port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* A port that is free for UDP and TCP. */
static unsigned
find_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);
	unsigned port = 0;

	if (bind(udp, (struct sockaddr *)&address, len) == 0 &&
	    getsockname(udp, (struct sockaddr *)&address, &len) == 0 &&
	    bind(tcp, (struct sockaddr *)&address, len) == 0)
		port = ntohs(address.sin_port);
	close(udp);
	close(tcp);
	return port;
}

const char *
dns_server_write(const struct dns_server *server, struct arena *arena,
    const char *name, const char *text)
{
	const char *path = arena_printf(arena, "%s/%s", server->folder, name);
	FILE *file = fopen(path, "w");

	if (file == NULL)
		abort();
	fputs(text, file);
	fclose(file);
	return path;
}

static const char *
write_files(struct dns_server *server, const struct dns_server_zone *zones,
    size_t count)
{
	const char *dir = server->folder;
	struct buf conf;

	buf_init(&conf, server->arena);
	buf_printf(&conf, "server:\n ip-address: 127.0.0.1@%u\n"
	    " username: \"\"\n chroot: \"\"\n database: \"\"\n"
	    " zonesdir: \"%s\"\n pidfile: \"%s/pid\"\n"
	    " xfrdfile: \"%s/xfrd\"\n zonelistfile: \"%s/zonelist\"\n"
	    " xfrdir: \"%s\"\n logfile: \"%s/log\"\n server-count: 1\n"
	    " rrl-ratelimit: 0\n rrl-whitelist-ratelimit: 0\n"
	    "remote-control:\n control-enable: no\n",
	    server->port, dir, dir, dir, dir, dir, dir);
	for (size_t i = 0; i < count; i++) {
		buf_printf(&conf, "zone:\n name: \"%s\"\n"
		    " zonefile: \"zone%zu\"\n", zones[i].name, i);
		if (zones[i].text != NULL)
			dns_server_write(server, server->arena,
			    arena_printf(server->arena, "zone%zu", i),
			    zones[i].text);
	}
	return dns_server_write(server, server->arena, "conf", conf.data);
}

static pid_t
spawn(const char *conf)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	close(STDERR_FILENO);
	open("/dev/null", O_WRONLY);
	execl(NSD, NSD, "-d", "-c", conf, NULL);
	_exit(127);
}

/* Does anybody answer a question for the root there? */
static bool
is_answering(unsigned port)
{
	static const char question[] = "\0\1\0\0\0\1\0\0\0\0\0\0\0\0\1\0\1";
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char answer[512];
	bool is_there;

	is_there = connect(fd, (struct sockaddr *)&address,
	    sizeof(address)) == 0 &&
	    send(fd, question, sizeof(question) - 1, 0) > 0 &&
	    poll(&poll_fd, 1, 50) == 1 &&
	    recv(fd, answer, sizeof(answer), 0) > 0;
	close(fd);
	return is_there;
}

static bool
wait_until_ready(const struct dns_server *server)
{
	int64_t until_ms = clock_steady_ms() + START_MS;

	while (!is_answering(server->port)) {
		if (clock_steady_ms() > until_ms ||
		    waitpid(server->pid, NULL, WNOHANG) != 0)
			return false;
		usleep(10000);
	}
	return true;
}

struct dns_server *
dns_server_start(const struct dns_server_zone *zones, size_t count,
    const char **reason_r)
{
	struct dns_server *server;

	if (access(NSD, X_OK) != 0) {
		*reason_r = "nsd is not installed";
		return NULL;
	}
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		abort();
	server->arena = arena_new(0);
	server->port = find_port();
	scratch_folder(server->folder, "nsd");
	server->pid = spawn(write_files(server, zones, count));
	if (wait_until_ready(server))
		return server;
	dns_server_stop(&server);
	*reason_r = "nsd does not start";
	return NULL;
}

unsigned
dns_server_port(const struct dns_server *server)
{
	return server->port;
}

void
dns_server_stop(struct dns_server **server)
{
	struct dns_server *old = *server;

	*server = NULL;
	if (old == NULL)
		return;
	child_end(&old->pid, SIGTERM);
	scratch_remove(old->folder);
	arena_free(&old->arena);
	free(old);
}
