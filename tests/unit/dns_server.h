/* SPDX-License-Identifier: ISC */
/* dns_server.h - a real name server for tests, and a relay that misbehaves. */
#ifndef UNIT_DNS_SERVER_H
#define UNIT_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A zone, as in a master file. Without a text it is configured but cannot be
 * loaded: SERVFAIL. */
struct dns_server_zone {
	const char *name, *text;
};

/* nsd on a loopback port of its own, with its files in a folder of its own;
 * it answers when this returns. NULL with the reason, "not installed" too. */
struct dns_server;
struct dns_server *dns_server_start(const struct dns_server_zone *zones,
    size_t count, const char **reason_r);
unsigned dns_server_port(const struct dns_server *server);
/* A file in the server's folder, gone when it stops. Arena text. */
const char *dns_server_write(const struct dns_server *server,
    struct arena *arena, const char *name, const char *text);
void dns_server_stop(struct dns_server **server);

/* A thread that carries UDP questions to a server and its answers back. */
struct dns_relay;
struct dns_relay *dns_relay_start(unsigned server_port);
unsigned dns_relay_port(const struct dns_relay *relay);
/* How long answers take from now on: those to names that begin with "slow",
 * from when the name was asked for first, and all others. Negative: they never
 * come. */
void dns_relay_set(struct dns_relay *relay, int delay_ms, int slow_ms);
/* Answers wait on their way until this is taken back. */
void dns_relay_hold(struct dns_relay *relay, bool is_holding);
/* Questions that have come. */
unsigned dns_relay_count(struct dns_relay *relay);
void dns_relay_stop(struct dns_relay **relay);

/* signed.test, and the anchor that its signatures lead to. */
extern const char dns_signed_zone[];
extern const char dns_signed_anchor[];

#endif
