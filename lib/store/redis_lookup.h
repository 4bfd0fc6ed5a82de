/* SPDX-License-Identifier: ISC */
/* redis_lookup.h - the addresses of a server, without holding up the loop. */
#ifndef STORE_REDIS_LOOKUP_H
#define STORE_REDIS_LOOKUP_H

#include <stddef.h>
#include <sys/socket.h>

#define REDIS_ADDRESSES_MAX 8

struct loop;
struct store_settings;

struct redis_address {
	struct sockaddr_storage address;
	socklen_t len;
};

struct redis_addresses {
	size_t count;
	struct redis_address list[REDIS_ADDRESSES_MAX];
	const char *error;	/* static; NULL: there is one at least */
};

/* Find the addresses of settings->host, and call function once, in the loop,
 * never before this returns; they hold until redis_lookup_end(). A path, an
 * address and "localhost" need no question. A name is asked for as the host
 * does it (/etc/hosts, DNS), in a thread of its own for just that question. */
struct redis_lookup;
struct redis_lookup *redis_lookup_start(
    const struct store_settings *settings, struct loop *loop,
    void (*function)(void *arg, const struct redis_addresses *addresses),
    void *arg);
/* Not wanted any more; function is not called. A thread that waits for the DNS
 * ends by itself later. */
void redis_lookup_end(struct redis_lookup **lookup);

#endif
