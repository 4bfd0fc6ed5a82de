/* SPDX-License-Identifier: ISC */
/* channel_verify.c - is it what was published, and by whom? */
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "rules/channel.h"

#define ARCHIVE_MAX ((size_t)32 << 20)
#define KEYRING_MAX ((size_t)8 << 20)
#define STATUS_MAX ((size_t)1 << 20)
#define DIGEST_LEN 64

static int
fail(const char **error_r, const char *reason)
{
	*error_r = reason;
	return -1;
}

/* --- the digest -------------------------------------------------------------------- */

static struct str
hex_of(struct arena *arena, const unsigned char *bytes, size_t len)
{
	struct buf hex;

	buf_init(&hex, arena);
	for (size_t i = 0; i < len; i++)
		buf_printf(&hex, "%02x", bytes[i]);
	return buf_str(&hex);
}

/* As sha512sum prints it: the digits, then the name. */
int
channel_check_digest(struct arena *arena, const char *path,
    const char *digest_path, const char **error_r)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct str content, stated;
	unsigned len;

	if (channel_read_file(arena, path, ARCHIVE_MAX, &content,
	    error_r) < 0 || channel_read_file(arena, digest_path, 4096,
	    &stated, error_r) < 0)
		return -1;
	if (EVP_Digest(content.data, content.len, digest, &len, EVP_sha512(),
	    NULL) != 1)
		return fail(error_r, "SHA-512 is not to be had");
	stated = str_sub(str_trim(stated), 0, (size_t)2 * DIGEST_LEN);
	if (len != DIGEST_LEN ||
	    !str_eq_nocase(stated, hex_of(arena, digest, len)))
		return fail(error_r, "its SHA-512 is not the one that is "
		    "published beside it: it is damaged, or half written");
	return 0;
}

/* --- keys ---------------------------------------------------------------------------- */

static const char begin_armour[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
static const char end_armour[] = "-----END PGP PUBLIC KEY BLOCK-----";

/* The body of a block: what stands behind the blank line, without the line of
 * the checksum (RFC 9580 6.2). data NULL: it has no end. */
static struct str
cut_armour(struct str *text)
{
	const char *end = memmem(text->data, text->len, end_armour,
	    sizeof(end_armour) - 1);
	struct str block, line;
	size_t from, len;

	if (end == NULL)
		return (struct str){ NULL, 0 };
	block = str_sub(*text, 0, (size_t)(end - text->data));
	*text = str_from_pos(*text, block.len + sizeof(end_armour) - 1);
	while (str_cut(&block, '\n', &line) && str_trim(line).len != 0)
		;
	from = 0;
	for (len = 0; len < block.len; len = from) {
		ptrdiff_t next = str_find(str_from_pos(block, from), '\n');

		if (block.data[from] == '=')
			break;
		from = next < 0 ? block.len : from + (size_t)next + 1;
	}
	return str_sub(block, 0, len);
}

/* All blocks of the text, without their armour, one behind the other: so gpgv
 * wants them. */
static int
remove_armour(struct arena *arena, struct str text, struct buf *keys,
    const char **error_r)
{
	const char *begin;

	while ((begin = memmem(text.data, text.len, begin_armour,
	    sizeof(begin_armour) - 1)) != NULL) {
		struct str body, bytes;

		text = str_from_pos(text, (size_t)(begin - text.data));
		body = cut_armour(&text);
		if (body.data == NULL ||
		    base64_decode(arena, body, &bytes) < 0)
			return fail(error_r, "the keyring's armour is broken");
		buf_add_str(keys, bytes);
	}
	return 0;
}

/* A keyring that gpgv reads: *keyring, or what stands under its armour. */
static int
plain_keyring(struct arena *arena, const char **keyring, const char *work,
    const char **error_r)
{
	struct str content;
	struct buf keys;

	if (channel_read_file(arena, *keyring, KEYRING_MAX, &content,
	    error_r) < 0)
		return -1;
	if (memmem(content.data, content.len, begin_armour,
	    sizeof(begin_armour) - 1) == NULL)
		return 0;
	buf_init(&keys, arena);
	if (remove_armour(arena, content, &keys, error_r) < 0)
		return -1;
	*keyring = arena_printf(arena, "%s/keyring.gpg", work);
	return channel_write_file(arena, *keyring, buf_str(&keys), error_r);
}

/* --- the signature ---------------------------------------------------------------------- */

static bool
has_status(struct str output, const char *word)
{
	struct str line, prefix = STR("[GNUPG:] ");

	while (str_cut(&output, '\n', &line)) {
		struct str said = str_from_pos(line, prefix.len);

		if (str_has_prefix_nocase(line, prefix) &&
		    str_has_prefix_nocase(said, str_from(word)))
			return true;
	}
	return false;
}

/* What gpgv says (GnuPG, doc/DETAILS) in words. */
static const struct {
	const char *status, *reason;
} refusals[] = {
	{ "BADSIG ", "its signature is wrong: it is not what was signed" },
	{ "REVKEYSIG ", "it is signed by a key that was revoked" },
	{ "EXPKEYSIG ", "it is signed by a key that has expired" },
	{ "EXPSIG ", "its signature has expired" },
	{ "NO_PUBKEY ", "it is signed by a key that is not in the keyring" },
};

int
channel_check_signature(struct arena *arena, const char *path,
    const char *signature, const char *keyring, const char *work,
    const char **error_r)
{
	struct str output;
	int nothing, status;

	if (plain_keyring(arena, &keyring, work, error_r) < 0)
		return -1;
	if (keyring[0] != '/')
		return fail(error_r, "the keyring needs its whole path");
	nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	status = channel_run(arena, (const char *const []){ "gpgv",
	    "--status-fd", "1", "--homedir", work, "--keyring", keyring,
	    signature, path, NULL }, nothing, STATUS_MAX, &output, error_r);
	close(nothing);
	if (status < 0)
		return -1;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (has_status(output, refusals[i].status))
			return fail(error_r, refusals[i].reason);
	if (status == 0 && has_status(output, "GOODSIG ") &&
	    has_status(output, "VALIDSIG "))
		return 0;
	return fail(error_r, "it has no signature that gpgv can read");
}
