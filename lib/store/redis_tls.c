/* SPDX-License-Identifier: ISC */
/* redis_tls.c - TLS over bytes that somebody else carries (OpenSSL). */
#include "store/redis_tls.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "store/redis_bytes.h"
#include "store/store_settings.h"

#define CHUNK_BYTES 16384

/* OpenSSL never meets the socket: it reads from and writes to memory, so that
 * writes of one turn are one, and none of them can raise SIGPIPE. */
struct redis_tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *from_peer, *to_peer;	/* the ssl's own */
};

/* What OpenSSL says first is nearest to the cause. */
static const char *
why(struct arena *arena, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return arena_printf(arena, "%s: %s", what, reason != NULL ? reason :
	    "no reason given");
}

/* A key with a passphrase is refused: OpenSSL would ask the terminal for it. */
static int
give_no_passphrase(char *text, int size, int is_to_write, void *arg)
{
	(void)text;
	(void)size;
	(void)is_to_write;
	(void)arg;
	return -1;
}

static int
load_files(SSL_CTX *context, const struct store_settings *settings,
    struct arena *arena, const char **error_r)
{
	int done;

	done = settings->tls_ca != NULL ?
	    SSL_CTX_load_verify_locations(context, settings->tls_ca, NULL) :
	    SSL_CTX_set_default_verify_paths(context);
	if (done != 1) {
		*error_r = why(arena, settings->tls_ca != NULL ?
		    settings->tls_ca : "the host's certificates");
		return -1;
	}
	if (settings->tls_certificate == NULL)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(context,
	    settings->tls_certificate) != 1) {
		*error_r = why(arena, settings->tls_certificate);
		return -1;
	}
	if (SSL_CTX_use_PrivateKey_file(context, settings->tls_key,
	    SSL_FILETYPE_PEM) != 1) {
		*error_r = why(arena, settings->tls_key);
		return -1;
	}
	return 0;
}

/* Whose certificate it must be (RFC 9525 6). */
static int
expect_host(SSL *ssl, const char *host)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    host);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(ssl, host) == 1;
}

static int
open_ssl(struct redis_tls *tls, const struct store_settings *settings,
    struct arena *arena, const char **error_r)
{
	tls->context = SSL_CTX_new(TLS_client_method());
	if (tls->context == NULL)
		abort();
	SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_passwd_cb(tls->context, give_no_passphrase);
	if (load_files(tls->context, settings, arena, error_r) < 0)
		return -1;
	tls->ssl = SSL_new(tls->context);
	tls->from_peer = BIO_new(BIO_s_mem());
	tls->to_peer = BIO_new(BIO_s_mem());
	if (tls->ssl == NULL || tls->from_peer == NULL ||
	    tls->to_peer == NULL)
		abort();
	/* An empty one asks to be read again later: it is no end. */
	BIO_set_mem_eof_return(tls->from_peer, -1);
	SSL_set_bio(tls->ssl, tls->from_peer, tls->to_peer);
	SSL_set_connect_state(tls->ssl);
	if (expect_host(tls->ssl, settings->host) != 1) {
		*error_r = why(arena, settings->host);
		return -1;
	}
	return 0;
}

struct redis_tls *
redis_tls_new(const struct store_settings *settings, struct arena *arena,
    const char **error_r)
{
	struct redis_tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL)
		abort();
	ERR_clear_error();
	if (open_ssl(tls, settings, arena, error_r) < 0)
		redis_tls_free(&tls);
	return tls;
}

void
redis_tls_free(struct redis_tls **tls)
{
	struct redis_tls *old = *tls;

	*tls = NULL;
	if (old == NULL)
		return;
	SSL_free(old->ssl);
	SSL_CTX_free(old->context);
	free(old);
}

bool
redis_tls_is_ready(const struct redis_tls *tls)
{
	return SSL_is_init_finished(tls->ssl) == 1;
}

static void
move_to_wire(struct redis_tls *tls, struct redis_bytes *wire)
{
	size_t waiting;

	while ((waiting = BIO_ctrl_pending(tls->to_peer)) != 0) {
		int got = BIO_read(tls->to_peer,
		    redis_bytes_room(wire, waiting), (int)waiting);

		if (got <= 0)
			abort();
		wire->end += (size_t)got;
	}
}

static const char *
why_failed(struct redis_tls *tls, struct arena *arena, int error)
{
	long verdict = SSL_get_verify_result(tls->ssl);

	if (error == SSL_ERROR_ZERO_RETURN)
		return "the server closed the connection";
	if (verdict == X509_V_OK)
		return why(arena, "TLS");
	ERR_clear_error();
	return arena_printf(arena, "the server's certificate is not "
	    "accepted: %s; see tls_ca and the host's name in `where`",
	    X509_verify_cert_error_string(verdict));
}

/* SSL_read() does the handshake on its way too. */
static int
read_plain(struct redis_tls *tls, struct redis_bytes *plain,
    struct arena *arena, const char **error_r)
{
	int got, error;

	for (;;) {
		ERR_clear_error();
		got = SSL_read(tls->ssl, redis_bytes_room(plain, CHUNK_BYTES),
		    CHUNK_BYTES);
		if (got <= 0)
			break;
		plain->end += (size_t)got;
	}
	error = SSL_get_error(tls->ssl, got);
	if (error == SSL_ERROR_WANT_READ)
		return 0;
	*error_r = why_failed(tls, arena, error);
	return -1;
}

int
redis_tls_receive(struct redis_tls *tls, const void *data, size_t len,
    struct redis_bytes *plain, struct redis_bytes *wire, struct arena *arena,
    const char **error_r)
{
	int result;

	if (len != 0 && BIO_write(tls->from_peer, data, (int)len) != (int)len)
		abort();
	result = read_plain(tls, plain, arena, error_r);
	/* After a failure too: the alert tells the server why. */
	move_to_wire(tls, wire);
	return result;
}

int
redis_tls_send(struct redis_tls *tls, struct redis_bytes *plain,
    struct redis_bytes *wire, struct arena *arena, const char **error_r)
{
	size_t len;

	while ((len = redis_bytes_count(plain)) != 0) {
		int most = len > CHUNK_BYTES ? CHUNK_BYTES : (int)len;
		int done;

		ERR_clear_error();
		done = SSL_write(tls->ssl, redis_bytes_first(plain), most);
		if (done <= 0) {
			*error_r = why_failed(tls, arena,
			    SSL_get_error(tls->ssl, done));
			return -1;
		}
		redis_bytes_take(plain, (size_t)done);
	}
	move_to_wire(tls, wire);
	return 0;
}
