/* SPDX-License-Identifier: ISC */
/* dkim_key.c - private keys that sign: loaded, and shown as records. */
#include "auth/dkim_key.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/base64.h"

#define FILE_SIZE_MAX 65536

static const char *
user_name(struct arena *arena, uid_t uid)
{
	struct passwd user, *found = NULL;
	char memory[1024];

	if (getpwuid_r(uid, &user, memory, sizeof(memory), &found) != 0 ||
	    found == NULL)
		return arena_printf(arena, "%u", (unsigned)uid);
	return arena_strdup(arena, user.pw_name);
}

static const char *
why_unreadable(struct arena *arena, const char *file, int error)
{
	struct stat status;
	const char *text = strerrordesc_np(error);

	if (error != EACCES || stat(file, &status) < 0)
		return arena_printf(arena, "%s cannot be read: %s", file,
		    text);
	return arena_printf(arena, "%s cannot be read by user %s: it belongs "
	    "to %s and has mode %04o", file, user_name(arena, geteuid()),
	    user_name(arena, status.st_uid), status.st_mode & 07777);
}

/* The text of the file, which the caller wipes. */
static int
read_file(struct arena *arena, const char *file, struct stat *status,
    struct str *text_r, const char **error_r)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = -1;
	char *text;

	*error_r = NULL;
	if (fd < 0 || fstat(fd, status) < 0) {
		*error_r = why_unreadable(arena, file, errno);
	} else if (!S_ISREG(status->st_mode) ||
	    status->st_size > FILE_SIZE_MAX) {
		*error_r = arena_printf(arena, "%s is not a key file", file);
	} else {
		text = arena_alloc(arena, FILE_SIZE_MAX);
		len = read(fd, text, FILE_SIZE_MAX);
		if (len < 0)
			*error_r = why_unreadable(arena, file, errno);
		else
			*text_r = str_of(text, (size_t)len);
	}
	if (fd >= 0)
		close(fd);
	return *error_r == NULL ? 0 : -1;
}

/* Nobody is there to type a passphrase. */
static int
no_passphrase(char *text, int size, int is_writing, void *was_asked)
{
	(void)text;
	(void)size;
	(void)is_writing;
	*(bool *)was_asked = true;
	return -1;
}

static EVP_PKEY *
decode(struct arena *arena, const char *file, struct str pem,
    const char **error_r)
{
	bool was_asked = false;
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase,
	    &was_asked);

	BIO_free(bio);
	ERR_clear_error();
	if (key == NULL)
		*error_r = arena_printf(arena, was_asked
		    ? "%s is protected by a passphrase"
		    : "%s holds no private key in PEM form", file);
	return key;
}

static void
unref(void *arg)
{
	EVP_PKEY_free(arg);
}

static int
judge(struct arena *arena, struct dkim_key *key, const struct stat *status,
    const char **error_r)
{
	int type = EVP_PKEY_get_base_id(key->key);

	key->algorithm = type == EVP_PKEY_RSA ? DKIM_RSA_SHA256
	    : DKIM_ED25519_SHA256;
	key->bits = type == EVP_PKEY_RSA
	    ? (unsigned)EVP_PKEY_get_bits(key->key) : 256;
	if (type != EVP_PKEY_RSA && type != EVP_PKEY_ED25519) {
		*error_r = arena_printf(arena, "%s is neither an RSA nor an "
		    "Ed25519 key", key->file);
		return -1;
	}
	if (type == EVP_PKEY_RSA && (key->bits < DKIM_KEY_BITS_MIN ||
	    key->bits > DKIM_KEY_BITS_MAX)) {
		*error_r = arena_printf(arena, "%s has %u bits: RSA keys have "
		    "%d to %d", key->file, key->bits, DKIM_KEY_BITS_MIN,
		    DKIM_KEY_BITS_MAX);
		return -1;
	}
	if ((status->st_mode & (S_IRWXO | S_IWGRP)) != 0)
		key->warning = arena_printf(arena, "%s has mode %04o: others "
		    "may read or replace it", key->file,
		    status->st_mode & 07777);
	else if (type == EVP_PKEY_RSA && key->bits < 2048)
		key->warning = arena_printf(arena, "%s has %u bits: RFC 8301 "
		    "asks for 2048", key->file, key->bits);
	return 0;
}

struct dkim_key *
dkim_key_load(struct arena *arena, const char *file, const char **error_r)
{
	struct dkim_key *key = arena_zalloc(arena, sizeof(*key));
	struct stat status;
	struct str pem = STR("");

	key->file = arena_strdup(arena, file);
	if (read_file(arena, file, &status, &pem, error_r) < 0)
		return NULL;
	key->key = decode(arena, file, pem, error_r);
	explicit_bzero((void *)(uintptr_t)pem.data, pem.len);
	if (key->key == NULL)
		return NULL;
	arena_on_free(arena, unref, key->key);
	return judge(arena, key, &status, error_r) == 0 ? key : NULL;
}

const char *
dkim_key_algorithm(const struct dkim_key *key)
{
	return key->algorithm == DKIM_ED25519_SHA256 ? "ed25519-sha256"
	    : "rsa-sha256";
}

const char *
dkim_key_record(const struct dkim_key *key, struct arena *arena)
{
	bool is_rsa = key->algorithm == DKIM_RSA_SHA256;
	unsigned char raw[32], *der = NULL;
	size_t raw_len = sizeof(raw);
	struct str bytes;

	if (is_rsa) {
		bytes.len = (size_t)i2d_PUBKEY(key->key, &der);
		bytes.data = (const char *)der;
	} else {
		/* RFC 8463 4: the key itself, without a wrapping. */
		EVP_PKEY_get_raw_public_key(key->key, raw, &raw_len);
		bytes = str_of((const char *)raw, raw_len);
	}
	bytes = base64_encode(arena, bytes);
	OPENSSL_free(der);
	return arena_printf(arena, "v=DKIM1; k=%s; p=%s",
	    is_rsa ? "rsa" : "ed25519", bytes.data);
}
