/* SPDX-License-Identifier: ISC */
/* dkim_bench.h - for the tests of DKIM: messages, zones, data of others. */
#ifndef TESTS_DKIM_BENCH_H
#define TESTS_DKIM_BENCH_H

#include <stdint.h>

#include "base/str.h"
#include "mail/header.h"

struct arena;
struct dkim_verdicts;
struct dkim_verify_settings;
struct evp_pkey_st;

/* A message, read as the daemon would get it from Postfix. */
struct dkim_message {
	struct header_list headers;
	struct str body;
};

struct dkim_message *dkim_message_read(struct arena *arena, struct str bytes);

/* The whole message again, CRLF line ends, with field on top of its header. */
struct str dkim_message_write(struct arena *arena,
    const struct dkim_message *message, struct str signature);

/* minimum_bits 1024, clock_skew_s 300. */
extern const struct dkim_verify_settings dkim_usual;

/* Verify with the answers of a zone text (zone.h) at now_s. A zone that cannot
 * be read, or an answer that does not come, fails the test. */
const struct dkim_verdicts *dkim_verify_with(struct arena *arena,
    const struct dkim_message *message, struct str zone, int64_t now_s,
    const struct dkim_verify_settings *settings);

/* A key that signs as the test wants it, made by OpenSSL alone. */
struct dkim_forger {
	struct evp_pkey_st *key;
	unsigned bits;			/* 0: Ed25519 */
	const char *record;		/* "v=DKIM1; k=rsa; p=…" */
	const char *public_key;		/* its p= */
};

struct dkim_forger *dkim_forger_new(struct arena *arena, unsigned bits);

/* The value of a field named "dkim-signature": tags, which end in "b=", and
 * what the key makes of canonical_header (the signed fields, each with its
 * CRLF) and the field itself. tags stand as relaxed form has them, so both
 * forms of the field are one. */
struct str dkim_forge(struct arena *arena, const struct dkim_forger *forger,
    struct str canonical_header, struct str tags);

/* bh= of a canonical body. */
const char *dkim_forge_body_hash(struct arena *arena, struct str body);

/* A zone line: name TAB TXT TAB text, escaped. */
void dkim_zone_add(struct buf *zone, struct str name, struct str text);

/* The path below the folder of others' test data ($MAILREEVE_DATA, or
 * ../shared/data), or NULL where that is absent. */
const char *dkim_data_path(struct arena *arena, const char *path);

/* A whole file; NULL data: it cannot be read. */
struct str dkim_file_read(struct arena *arena, const char *path);

#endif
