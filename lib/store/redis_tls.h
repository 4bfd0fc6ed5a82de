/* SPDX-License-Identifier: ISC */
/* redis_tls.h - TLS over bytes that somebody else carries. */
#ifndef STORE_REDIS_TLS_H
#define STORE_REDIS_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct redis_bytes;
struct store_settings;

/* The client's side of one connection (TLS 1.2 or later). The server must show
 * a certificate for settings->host (a name or an address) that is trusted:
 * tls_ca, or what the host trusts. Files are read now. NULL with the reason. */
struct redis_tls;
struct redis_tls *redis_tls_new(const struct store_settings *settings,
    struct arena *arena, const char **error_r);
void redis_tls_free(struct redis_tls **tls);

/* Bytes have come from the peer. Adds what they say to plain, and what is to be
 * sent because of them to wire. -1 with the reason: the connection is of no
 * use; arena text. At first with len 0: to begin. */
int redis_tls_receive(struct redis_tls *tls, const void *data, size_t len,
    struct redis_bytes *plain, struct redis_bytes *wire, struct arena *arena,
    const char **error_r);
/* Are both sides agreed, so that redis_tls_send() may be called? */
bool redis_tls_is_ready(const struct redis_tls *tls);
/* Take all of plain, and add it to wire as it is to be sent. */
int redis_tls_send(struct redis_tls *tls, struct redis_bytes *plain,
    struct redis_bytes *wire, struct arena *arena, const char **error_r);

#endif
