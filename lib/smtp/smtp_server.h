/* SPDX-License-Identifier: ISC */
/* smtp_server.h - the server of this host to which mail is handed. */
#ifndef SMTP_SMTP_SERVER_H
#define SMTP_SMTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "mail/netlist.h"

struct arena;

/* What is spoken to it is neither encrypted nor is it asked who it is: so it is
 * a UNIX socket or a loopback address. */
struct smtp_server {
	const char *path;		/* NULL: TCP */
	struct netaddr address;
	uint16_t port;
	bool is_lmtp;			/* RFC 2033 instead of RFC 5321 */
	const char *helo;		/* our own name */
	/* How long the answer to MAIL is waited for; for other steps in the
	 * proportions of RFC 5321 4.5.3.2, which has five minutes for it. */
	int64_t timeout_ms;
};

/* "unix:/PATH" or "inet:PORT@ADDRESS" into path, address and port; the path
 * lives in arena. -1 with the reason. */
int smtp_server_parse(const char *text, struct smtp_server *server_r,
    struct arena *arena, const char **error_r);

/* A non-blocking socket that connects, or has; -1 and errno. */
int smtp_server_connect(const struct smtp_server *server);

#endif
