/* SPDX-License-Identifier: ISC */
/* dkim_bench.c - for the tests of DKIM: messages, zones, data of others. */
#include "dkim_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "auth/dkim.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/wait.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "mail/message.h"

const struct dkim_verify_settings dkim_usual = { .minimum_bits = 1024,
	.clock_skew_s = 300 };

struct dkim_message *
dkim_message_read(struct arena *arena, struct str bytes)
{
	struct dkim_message *message = arena_zalloc(arena, sizeof(*message));
	struct message reader;
	struct str name, value;
	struct buf body;

	header_list_init(&message->headers, arena);
	message_begin(&reader, arena, bytes);
	while (message_next_field(&reader, &name, &value))
		header_list_add(&message->headers, name, value);
	buf_init(&body, arena);
	while (message_next_piece(&reader, &value))
		buf_add_str(&body, value);
	message->body = buf_str(&body);
	return message;
}

static void
add_field(struct buf *out, struct str name, struct str value)
{
	buf_add_str(out, name);
	buf_add_char(out, ':');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\n')
			buf_add_char(out, '\r');
		buf_add_char(out, value.data[i]);
	}
	buf_add_text(out, "\r\n");
}

struct str
dkim_message_write(struct arena *arena, const struct dkim_message *message,
    struct str signature)
{
	struct buf out;

	buf_init(&out, arena);
	if (signature.len != 0)
		add_field(&out, STR("DKIM-Signature"), signature);
	for (size_t i = 0; i < message->headers.fields.len; i++) {
		const struct header *header = vec_at(&message->headers.fields,
		    i);

		add_field(&out, header->name, header->value);
	}
	buf_add_text(&out, "\r\n");
	buf_add_str(&out, message->body);
	return buf_str(&out);
}

const struct dkim_verdicts *
dkim_verify_with(struct arena *arena, const struct dkim_message *message,
    struct str zone, int64_t now_s,
    const struct dkim_verify_settings *settings)
{
	const char *error;
	struct dns_source *source = zone_source_parse("zone", zone, arena,
	    &error);
	struct wait *wait = wait_new();
	struct dkim_verifier *verifier;
	const struct dkim_verdicts *verdicts;

	if (source == NULL)
		fail_msg("%s", error);
	verifier = dkim_verifier_new(arena, &message->headers,
	    dns_view_new(arena, source, wait), now_s * 1000, settings);
	wait_unref(&wait);
	assert_true(dkim_verifier_is_ready(verifier));
	verdicts = dkim_verifier_finish(verifier, message->body);
	dns_source_free(&source);
	return verdicts;
}

static void
unref(void *key)
{
	EVP_PKEY_free(key);
}

struct dkim_forger *
dkim_forger_new(struct arena *arena, unsigned bits)
{
	struct dkim_forger *forger = arena_zalloc(arena, sizeof(*forger));
	unsigned char raw[32], *der = raw;
	size_t len = sizeof(raw);

	forger->bits = bits;
	forger->key = bits == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
	    : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	assert_non_null(forger->key);
	arena_on_free(arena, unref, forger->key);
	if (bits == 0) {
		EVP_PKEY_get_raw_public_key(forger->key, raw, &len);
	} else {
		der = NULL;
		len = (size_t)i2d_PUBKEY(forger->key, &der);
	}
	forger->public_key = base64_encode(arena,
	    str_of((const char *)der, len)).data;
	forger->record = arena_printf(arena, "v=DKIM1; k=%s; p=%s",
	    bits == 0 ? "ed25519" : "rsa", forger->public_key);
	if (bits != 0)
		OPENSSL_free(der);
	return forger;
}

struct str
dkim_forge(struct arena *arena, const struct dkim_forger *forger,
    struct str canonical_header, struct str tags)
{
	unsigned char hash[32], signature[1024];
	size_t len = sizeof(signature);
	EVP_MD_CTX *state = EVP_MD_CTX_new();
	struct buf data;
	int status;

	buf_init(&data, arena);
	buf_add_str(&data, canonical_header);
	buf_add_text(&data, "dkim-signature:");
	buf_add_str(&data, tags);
	/* RFC 8463 3: the hash is what Ed25519 signs. */
	EVP_Digest(data.data, data.len, hash, NULL, EVP_sha256(), NULL);
	assert_int_equal(EVP_DigestSignInit(state, NULL, forger->bits == 0
	    ? NULL : EVP_sha256(), NULL, forger->key), 1);
	status = forger->bits == 0
	    ? EVP_DigestSign(state, signature, &len, hash, sizeof(hash))
	    : EVP_DigestSign(state, signature, &len,
	    (const unsigned char *)data.data, data.len);
	assert_int_equal(status, 1);
	EVP_MD_CTX_free(state);
	buf_clear(&data);
	buf_add_str(&data, tags);
	buf_add_str(&data, base64_encode(arena,
	    str_of((const char *)signature, len)));
	return buf_str(&data);
}

const char *
dkim_forge_body_hash(struct arena *arena, struct str body)
{
	unsigned char hash[32];

	EVP_Digest(body.data, body.len, hash, NULL, EVP_sha256(), NULL);
	return base64_encode(arena, str_of((const char *)hash,
	    sizeof(hash))).data;
}

void
dkim_zone_add(struct buf *zone, struct str name, struct str text)
{
	buf_add_str(zone, name);
	buf_add_text(zone, "\tTXT\t");
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\')
			buf_add_char(zone, '\\');
		buf_add_char(zone, text.data[i]);
	}
	buf_add_char(zone, '\n');
}

const char *
dkim_data_path(struct arena *arena, const char *path)
{
	const char *root = getenv("MAILREEVE_DATA");
	const char *full = arena_printf(arena, "%s/%s",
	    root != NULL ? root : "../shared/data", path);

	return access(full, R_OK) == 0 ? full : NULL;
}

struct str
dkim_file_read(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	char piece[65536];
	struct buf text;
	size_t len;

	if (file == NULL)
		return str_of(NULL, 0);
	buf_init(&text, arena);
	buf_add_text(&text, "");
	while ((len = fread(piece, 1, sizeof(piece), file)) != 0)
		buf_add(&text, piece, len);
	fclose(file);
	return buf_str(&text);
}
