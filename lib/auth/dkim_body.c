/* SPDX-License-Identifier: ISC */
/* dkim_body.c - bodies in canonical form, and their hashes (RFC 6376 3.4).
 *
 * libopendkim could do it, a byte at a time, for each signature anew; but it
 * loses a lone CR (relaxed), a lone LF (simple), and gives up on a body that
 * does not end in CRLF. Here the body is one slice, so its end is trimmed
 * first, and the rest leaves in long pieces that point into it: hashing costs
 * hardly more than SHA-256 itself, and 50 MB are never copied. */
#include "auth/dkim_body.h"

#include <string.h>

#include <openssl/evp.h>

/* Each byte of a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
has_line_end(struct str s)
{
	return s.len >= 2 && s.data[s.len - 2] == '\r' &&
	    s.data[s.len - 1] == '\n';
}

/* The body without the empty lines at its end, without its last CRLF, and, in
 * relaxed form, without the blanks before it. */
static struct str
trim_end(struct str body, enum dkim_canon canon)
{
	while (has_line_end(body)) {
		body.len -= 2;
		while (canon == DKIM_RELAXED && body.len != 0 &&
		    is_blank(body.data[body.len - 1]))
			body.len--;
	}
	return body;
}

/* The high bit of each byte that is a blank or below. */
static uint64_t
find_low(uint64_t word)
{
	return ~(((word & EACH(0x7f)) + EACH(0x5f)) | word) & EACH(0x80);
}

/* Is it certain that the eight bytes at "at" stay as they are, whatever comes
 * behind the ninth? No tab, and no two bytes side by side that are blanks,
 * line ends or the like. */
static bool
is_settled(const char *at)
{
	uint64_t word, next, tabs;

	memcpy(&word, at, sizeof(word));
	memcpy(&next, at + 1, sizeof(next));
	tabs = word ^ EACH('\t');
	return (find_low(word) & find_low(next)) == 0 &&
	    ((tabs - EACH(1)) & ~tabs & EACH(0x80)) == 0;
}

/* The next blank that may have to change, or the end. */
static const char *
skip_settled(const char *at, const char *end)
{
	while (end - at > (ptrdiff_t)sizeof(uint64_t) && is_settled(at))
		at += sizeof(uint64_t);
	while (at < end && !is_blank(*at))
		at++;
	return at;
}

/* Runs of blanks become one, those at the end of a line go. */
static void
relax(struct str text, void (*write)(void *, struct str), void *arg)
{
	const char *from = text.data, *at = from, *end = from + text.len;

	while ((at = skip_settled(at, end)) < end) {
		const char *next;

		for (next = at + 1; next < end && is_blank(*next); next++)
			continue;
		if (end - next >= 2 && next[0] == '\r' && next[1] == '\n') {
			write(arg, str_of(from, (size_t)(at - from)));
			from = next;
		} else if (next != at + 1 || *at != ' ') {
			write(arg, str_of(from, (size_t)(at - from)));
			write(arg, STR(" "));
			from = next;
		}
		at = next;
	}
	write(arg, str_of(from, (size_t)(end - from)));
}

void
dkim_body_canonicalize(struct str body, enum dkim_canon canon,
    void (*write)(void *arg, struct str piece), void *arg)
{
	struct str text = trim_end(body, canon);

	if (canon == DKIM_RELAXED && text.len != 0)
		relax(text, write, arg);
	else
		write(arg, text);
	/* An empty body is empty when relaxed, and CRLF when simple. */
	if (text.len != 0 || canon == DKIM_SIMPLE)
		write(arg, STR("\r\n"));
}

struct hasher {
	EVP_MD_CTX *state;
	uint64_t written;
	struct dkim_body_hash *hashes;
	size_t count, done;
};

/* The hash of what was written so far; more may follow. */
static void
take_hash(struct hasher *hasher, uint8_t hash[DKIM_BODY_HASH_SIZE])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	EVP_MD_CTX_copy_ex(copy, hasher->state);
	EVP_DigestFinal_ex(copy, hash, NULL);
	EVP_MD_CTX_free(copy);
}

static void
hash_piece(void *arg, struct str piece)
{
	struct hasher *hasher = arg;

	for (; hasher->done < hasher->count; hasher->done++) {
		struct dkim_body_hash *next = &hasher->hashes[hasher->done];
		uint64_t left = next->length - hasher->written;

		if (left > piece.len)
			break;
		EVP_DigestUpdate(hasher->state, piece.data, (size_t)left);
		hasher->written += left;
		piece = str_from_pos(piece, (size_t)left);
		take_hash(hasher, next->hash);
	}
	/* Who has all hashes still counts the rest. */
	if (hasher->done < hasher->count)
		EVP_DigestUpdate(hasher->state, piece.data, piece.len);
	hasher->written += piece.len;
}

uint64_t
dkim_body_hash(struct str body, enum dkim_canon canon,
    struct dkim_body_hash *hashes, size_t count)
{
	struct hasher hasher = { .state = EVP_MD_CTX_new(), .hashes = hashes,
		.count = count };

	EVP_DigestInit_ex(hasher.state, EVP_sha256(), NULL);
	dkim_body_canonicalize(body, canon, hash_piece, &hasher);
	for (; hasher.done < count; hasher.done++)
		take_hash(&hasher, hashes[hasher.done].hash);
	EVP_MD_CTX_free(hasher.state);
	return hasher.written;
}
