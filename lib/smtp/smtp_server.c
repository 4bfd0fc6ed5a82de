/* SPDX-License-Identifier: ISC */
/* smtp_server.c - the server of this host to which mail is handed. */
#include "smtp/smtp_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"

static int
parse_path(struct str path, struct smtp_server *server, struct arena *arena,
    const char **error_r)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	*error_r = "the path of a socket begins with '/', as in "
	    "unix:/run/dovecot/lmtp";
	if (path.len == 0 || path.data[0] != '/')
		return -1;
	*error_r = arena_printf(arena, "a socket path has at most %zu bytes",
	    most);
	if (path.len > most)
		return -1;
	server->path = str_dup(arena, path);
	return 0;
}

int
smtp_server_parse(const char *text, struct smtp_server *server_r,
    struct arena *arena, const char **error_r)
{
	struct str rest = str_from(text), kind, port;
	uint64_t number;

	str_cut(&rest, ':', &kind);
	server_r->path = NULL;
	if (str_is(kind, "unix"))
		return parse_path(rest, server_r, arena, error_r);
	str_cut(&rest, '@', &port);
	if (str_is(kind, "inet") &&
	    str_to_u64(port, UINT16_MAX, &number) == 0 && number != 0 &&
	    netaddr_parse(rest, &server_r->address) == 0 &&
	    netaddr_is_loopback(&server_r->address)) {
		server_r->port = (uint16_t)number;
		return 0;
	}
	*error_r = arena_printf(arena, "'%s' is neither unix:/PATH nor "
	    "inet:PORT@ADDRESS with an address of this host alone, such as "
	    "inet:25@127.0.0.1", text);
	return -1;
}

static socklen_t
address_of(const struct smtp_server *server, struct sockaddr_storage *address)
{
	struct sockaddr_un *local = (struct sockaddr_un *)address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (server->path != NULL) {
		local->sun_family = AF_UNIX;
		strncpy(local->sun_path, server->path,
		    sizeof(local->sun_path) - 1);
		return sizeof(*local);
	}
	if (server->address.len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(server->port);
		memcpy(&v4->sin_addr, server->address.bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(server->port);
	memcpy(&v6->sin6_addr, server->address.bytes, 16);
	return sizeof(*v6);
}

int
smtp_server_connect(const struct smtp_server *server)
{
	struct sockaddr_storage address;
	socklen_t len = address_of(server, &address);
	int fd = socket(address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1, error;

	if (fd < 0)
		return -1;
	/* Each command is a write of its own that is answered. */
	if (server->path == NULL)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (connect(fd, (const struct sockaddr *)&address, len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}
