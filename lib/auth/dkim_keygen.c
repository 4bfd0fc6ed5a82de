/* SPDX-License-Identifier: ISC */
/* dkim_keygen.c - private keys that sign: made, written, announced. */
#include "auth/dkim_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/arena.h"

#define STRING_MAX 255	/* RFC 1035 3.3 */

/* PEM (PKCS #8) in OpenSSL's memory, which wipes it at the end. NULL: failed. */
static BIO *
make_pem(unsigned bits)
{
	EVP_PKEY *key = bits == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
	    : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	BIO *bio = BIO_new(BIO_s_secmem());

	if (key == NULL || bio == NULL || PEM_write_bio_PrivateKey(bio, key,
	    NULL, NULL, 0, NULL, NULL) != 1) {
		BIO_free(bio);
		bio = NULL;
	}
	EVP_PKEY_free(key);
	return bio;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len != 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			data += written;
			len -= (size_t)written;
		}
	}
	return fsync(fd);
}

/* Does the folder hand its group down to what is made in it? */
static bool
is_shared(struct arena *arena, const char *file)
{
	ptrdiff_t slash = str_find_last(str_from(file), '/');
	struct stat status;

	return stat(slash < 0 ? "." : arena_strndup(arena, file,
	    (size_t)slash + 1), &status) == 0 &&
	    (status.st_mode & S_ISGID) != 0;
}

/* Write to a name of its own, then give it the right one: a link never
 * replaces a file, a rename does. */
static int
write_file(const char *draft, const char *file, mode_t mode, bool may_replace,
    BIO *pem)
{
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char *data;
	long len = BIO_get_mem_data(pem, &data);
	int error = 0;

	if (fd < 0)
		return -1;
	if (write_all(fd, data, (size_t)len) < 0 || fchmod(fd, mode) < 0 ||
	    (may_replace ? rename(draft, file) : link(draft, file)) < 0)
		error = errno;
	close(fd);
	unlink(draft);
	errno = error;
	return error == 0 ? 0 : -1;
}

int
dkim_key_make(struct arena *arena, unsigned bits, const char *file,
    bool may_replace, const char **error_r)
{
	const char *draft = arena_printf(arena, "%s.%ld.new", file,
	    (long)getpid());
	BIO *pem;
	int status;

	if (bits != 0 &&
	    (bits < DKIM_KEY_BITS_MIN || bits > DKIM_KEY_BITS_MAX)) {
		*error_r = arena_printf(arena, "RSA keys have %d to %d bits",
		    DKIM_KEY_BITS_MIN, DKIM_KEY_BITS_MAX);
		return -1;
	}
	if (!may_replace && access(file, F_OK) == 0) {
		*error_r = arena_printf(arena, "%s exists", file);
		return -1;
	}
	pem = make_pem(bits);
	if (pem == NULL) {
		*error_r = "OpenSSL could not make a key";
		return -1;
	}
	status = write_file(draft, file, is_shared(arena, file) ? 0640 : 0600,
	    may_replace, pem);
	if (status < 0)
		*error_r = arena_printf(arena, errno == EEXIST ? "%s exists"
		    : "%s cannot be written: %s", file,
		    strerrordesc_np(errno));
	BIO_free(pem);
	return status;
}

const char *
dkim_key_zone_line(struct arena *arena, const char *selector,
    const char *domain, const char *record)
{
	struct str rest = str_from(record);
	struct buf line;

	buf_init(&line, arena);
	buf_printf(&line, "%s._domainkey.%s. IN TXT (", selector, domain);
	for (; rest.len != 0; rest = str_from_pos(rest, STRING_MAX)) {
		struct str piece = str_sub(rest, 0, STRING_MAX);

		buf_printf(&line, " \"%.*s\"", STR_ARG(piece));
	}
	buf_add_text(&line, " )");
	return buf_str(&line).data;
}
