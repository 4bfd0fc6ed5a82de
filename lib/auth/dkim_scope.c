/* SPDX-License-Identifier: ISC */
/* dkim_scope.c - overrides of time() and of three functions of libcrypto.
 *
 * libopendkim decodes a key for each signature, which costs more than the
 * signature itself (OpenSSL 3.0: 320 us for a private key, under a lock that
 * keeps a second core idle); it canonicalizes a body at 100 MB/s, a byte at a
 * time; and it judges x= and t= by time(2), though the time of a transaction is
 * a fact of the transaction. It offers no hook for any of that. It does call all
 * four functions through the dynamic linker, so a definition in the program
 * itself takes their place; this file must be linked as an object, not from an
 * archive that might leave it out.
 *
 * The override is the whole process's: TLS of other libraries calls the same
 * functions. It therefore acts only on a thread that is inside a scope, that
 * is between two lines of opendkim.c; everywhere else each function does what
 * libcrypto's own does, by the public function below it, or by itself. */
#include "auth/dkim_scope.h"

#include <assert.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

static _Thread_local struct dkim_scope *current;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int (*libcrypto_final)(unsigned char *hash, SHA256_CTX *state);

void
dkim_scope_open(struct dkim_scope *scope)
{
	assert(current == NULL);
	current = scope;
}

void
dkim_scope_close(struct dkim_scope *scope)
{
	assert(current == scope);
	current = NULL;
}

void
dkim_scope_drop_keys(struct dkim_scope *scope)
{
	for (; scope->keys_given != 0; scope->keys_given--)
		EVP_PKEY_free(scope->key);
}

static EVP_PKEY *
take_key(void)
{
	EVP_PKEY *key = current->key;

	EVP_PKEY_up_ref(key);
	current->keys_given++;
	return key;
}

EVP_PKEY *
PEM_read_bio_PrivateKey(BIO *bio, EVP_PKEY **key, pem_password_cb *callback,
    void *arg)
{
	if (current != NULL && current->key != NULL)
		return take_key();
	return PEM_read_bio_PrivateKey_ex(bio, key, callback, arg, NULL, NULL);
}

EVP_PKEY *
d2i_PUBKEY_bio(BIO *bio, EVP_PKEY **key)
{
	if (current != NULL && current->key != NULL)
		return take_key();
	return ASN1_d2i_bio_of(EVP_PKEY, EVP_PKEY_new, d2i_PUBKEY, bio, key);
}

static void
find_libcrypto(void)
{
	libcrypto_final = (int (*)(unsigned char *, SHA256_CTX *))dlsym(
	    RTLD_NEXT, "SHA256_Final");
	if (libcrypto_final == NULL)
		abort();
}

int
SHA256_Final(unsigned char *hash, SHA256_CTX *state)
{
	if (current != NULL && current->body_hash != NULL && state->Nl == 0 &&
	    state->Nh == 0 && state->num == 0) {
		memcpy(hash, current->body_hash, SHA256_DIGEST_LENGTH);
		return 1;
	}
	pthread_once(&once, find_libcrypto);
	return libcrypto_final(hash, state);
}

time_t
time(time_t *time_r)
{
	struct timespec now;
	time_t seconds;

	if (current != NULL) {
		seconds = (time_t)current->time_s;
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		seconds = now.tv_sec;
	}
	if (time_r != NULL)
		*time_r = seconds;
	return seconds;
}
