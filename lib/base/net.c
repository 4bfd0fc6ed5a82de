/* SPDX-License-Identifier: ISC */
/* net.c - sockets, opened with their traps in mind. */
#include "base/net.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"

/* As many as the kernel allows: a thousand clients may come at once, and who
 * finds a UNIX socket's queue full is turned away. */
#define NET_BACKLOG SOMAXCONN

static int
unix_address(const char *path, struct sockaddr_un *address,
    struct arena *arena, const char **error_r)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path)) {
		*error_r = arena_printf(arena, "%s: a socket path has at most "
		    "%zu bytes", path, sizeof(address->sun_path) - 1);
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address->sun_path, path, strlen(path) + 1);
	return 0;
}

static int
unix_socket(const char *path, struct arena *arena, const char **error_r)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		*error_r = arena_printf(arena, "%s: cannot make a socket: %s",
		    path, strerror(errno));
	return fd;
}

/* Does somebody answer on the socket that stands there? */
static bool
is_answered(int fd, const struct sockaddr_un *address)
{
	return connect(fd, (const struct sockaddr *)address,
	    sizeof(*address)) == 0;
}

/* One that a dead process left; nothing that is no socket. */
static void
remove_socket(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
}

int
net_listen_unix(const char *path, mode_t mode, struct arena *arena,
    const char **error_r)
{
	struct sockaddr_un address;
	int fd, probe;
	bool is_taken;

	if (unix_address(path, &address, arena, error_r) < 0)
		return -1;
	probe = unix_socket(path, arena, error_r);
	if (probe < 0)
		return -1;
	is_taken = is_answered(probe, &address);
	close(probe);
	if (is_taken) {
		*error_r = arena_printf(arena, "%s: another process listens "
		    "here; stop it, or choose another path", path);
		return -1;
	}
	fd = unix_socket(path, arena, error_r);
	if (fd < 0)
		return -1;
	remove_socket(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(path, mode) < 0 || listen(fd, NET_BACKLOG) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		*error_r = arena_printf(arena, "%s: cannot listen: %s; does "
		    "the directory exist, and may this user write there?",
		    path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

static int
bind_tcp(const struct addrinfo *info)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	/* A port whose last connections still close is free for us. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
	    listen(fd, NET_BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

int
net_listen_tcp(const char *address, const char *port, struct arena *arena,
    const char **error_r)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *info;
	int fd;

	if (getaddrinfo(address, port, &hints, &info) != 0) {
		*error_r = arena_printf(arena, "%s port %s: not an address and "
		    "a port", address, port);
		return -1;
	}
	fd = bind_tcp(info);
	if (fd < 0)
		*error_r = arena_printf(arena, "%s port %s: cannot listen: "
		    "%s%s", address, port, strerror(errno),
		    errno == EADDRINUSE ? "; another process has the port"
		    : "");
	freeaddrinfo(info);
	return fd;
}

static int
share_with(const char *path, const struct group *group)
{
	if (group != NULL && chown(path, (uid_t)-1, group->gr_gid) < 0)
		return -1;
	return chmod(path, 0660);
}

int
net_share_unix(const char *path, const char *group_name, const char *key,
    struct arena *arena, const char **error_r)
{
	const struct group *group = NULL;

	if (group_name != NULL)
		group = getgrnam(group_name);
	if (group_name != NULL && group == NULL) {
		*error_r = arena_printf(arena, "%s: there is no group '%s' on "
		    "this host", key, group_name);
		return -1;
	}
	if (share_with(path, group) == 0)
		return 0;
	*error_r = arena_printf(arena, "%s: cannot give it to the group '%s': "
	    "%s; is the daemon's user a member of it?", path,
	    group_name != NULL ? group_name : "of its own", strerror(errno));
	return -1;
}

static const char *
remedy_for(int error)
{
	if (error == ENOENT || error == ECONNREFUSED)
		return "; is the daemon running?";
	if (error == EACCES)
		return "; this user may not open it: try as root";
	return "";
}

int
net_connect_unix(const char *path, int timeout_ms, struct arena *arena,
    const char **error_r)
{
	struct timeval patience = { timeout_ms / 1000,
	    timeout_ms % 1000 * 1000 };
	struct sockaddr_un address;
	int fd, why;

	if (unix_address(path, &address, arena, error_r) < 0)
		return -1;
	fd = unix_socket(path, arena, error_r);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		why = errno;
		*error_r = arena_printf(arena, "%s: %s%s", path,
		    strerror(why), remedy_for(why));
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

int
net_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len != 0) {
		ssize_t done = send(fd, at, len, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}
