/* SPDX-License-Identifier: ISC */
/* dkim_key_record.c - the record at selector._domainkey.domain, judged. */
#include "auth/dkim_key_record.h"

#include <string.h>

#include "auth/dkim_pubkey.h"
#include "auth/dkim_signature.h"
#include "auth/dkim_tag.h"
#include "base/arena.h"
#include "base/base64.h"
#include "dns/dns.h"

#define ED25519_KEY_SIZE 32

/* v= must be DKIM1 and stand first when it is there; such a record begins with
 * it, or with any other tag (RFC 6376 3.6.1). */
static int
check_version(const struct dkim_tags *tags, const char **reason_r)
{
	const struct dkim_tag *first = vec_at(&tags->list, 0);
	const struct dkim_tag *v = dkim_tag_find(tags, "v");

	if (v == NULL || (v == first && str_is(v->value, "DKIM1")))
		return 0;
	*reason_r = v == first ? "v= of the key is not DKIM1"
	    : "v= is not the first tag of the key";
	return -1;
}

/* h= and s= narrow down what the key is for; unknown words count for nothing. */
static int
check_purpose(const struct dkim_tags *tags, const char **reason_r)
{
	struct str services = dkim_tag_packed(tags, "s");

	if (dkim_tag_find(tags, "h") != NULL &&
	    !dkim_tag_has_word(dkim_tag_packed(tags, "h"), "sha256")) {
		*reason_r = "the key is not for SHA-256";
		return -1;
	}
	if (dkim_tag_find(tags, "s") != NULL &&
	    !dkim_tag_has_word(services, "*") &&
	    !dkim_tag_has_word(services, "email")) {
		*reason_r = "the key is not for mail";
		return -1;
	}
	return 0;
}

static int
read_public_key(struct arena *arena, struct dkim_key_record *record,
    const char **reason_r)
{
	if (base64_decode(arena, str_from(record->public_key),
	    &record->bytes) < 0) {
		*reason_r = "p= of the key is not base 64";
		return -1;
	}
	if (strcmp(record->type, "ed25519") == 0) {
		record->bits = 8 * ED25519_KEY_SIZE;
		/* RFC 8463 4: the key itself, without a wrapping. */
		if (record->bytes.len == ED25519_KEY_SIZE)
			return 0;
		*reason_r = "an Ed25519 key has 32 bytes";
		return -1;
	}
	if (strcmp(record->type, "rsa") != 0) {
		*reason_r = "k= is not a known key type";
		return -1;
	}
	record->key = dkim_pubkey_decode(arena, record->bytes, reason_r);
	if (record->key == NULL)
		return -1;
	record->bits = dkim_pubkey_bits(record->key);
	return 0;
}

int
dkim_key_record_parse(struct arena *arena, struct str text,
    struct dkim_key_record *record_r, const char **reason_r)
{
	struct dkim_tags tags;

	*record_r = (struct dkim_key_record){ .text = text, .type = "",
		.public_key = "" };
	if (str_trim(text).len == 0) {
		*reason_r = "the key record is empty";
		return -1;
	}
	if (dkim_tags_parse(arena, text, &tags, reason_r) < 0) {
		*reason_r = arena_printf(arena, "key record: %s", *reason_r);
		return -1;
	}
	record_r->type = dkim_tag_find(&tags, "k") != NULL
	    ? dkim_tag_packed(&tags, "k").data : "rsa";
	record_r->public_key = dkim_tag_packed(&tags, "p").data;
	record_r->is_test_key = dkim_tag_has_word(dkim_tag_packed(&tags, "t"),
	    "y");
	record_r->is_strict = dkim_tag_has_word(dkim_tag_packed(&tags, "t"),
	    "s");
	if (check_version(&tags, reason_r) < 0)
		return -1;
	if (dkim_tag_find(&tags, "p") == NULL) {
		*reason_r = "p= of the key is missing";
		return -1;
	}
	if (record_r->public_key[0] == '\0') {
		*reason_r = "the key is revoked";
		return -1;
	}
	if (check_purpose(&tags, reason_r) < 0)
		return -1;
	return read_public_key(arena, record_r, reason_r);
}

/* Does it look like a key record at all? */
static bool
is_key_record(struct arena *arena, struct str text)
{
	struct dkim_tags tags;
	const char *reason;

	return dkim_tags_parse(arena, text, &tags, &reason) == 0 &&
	    check_version(&tags, &reason) == 0 &&
	    dkim_tag_find(&tags, "p") != NULL;
}

/* The one record to read: the only one, or the only key record. NULL: there
 * are several key records. */
static const struct dns_record *
choose(struct arena *arena, const struct dns_answer *answer)
{
	const struct dns_record *chosen = NULL;

	if (answer->count == 1)
		return &answer->records[0];
	for (size_t i = 0; i < answer->count; i++) {
		if (!is_key_record(arena, answer->records[i].data))
			continue;
		if (chosen != NULL)
			return NULL;
		chosen = &answer->records[i];
	}
	return chosen != NULL ? chosen : &answer->records[0];
}

int
dkim_key_record_read(struct arena *arena, const struct dns_answer *answer,
    struct dkim_key_record *record_r, enum result *result_r,
    const char **reason_r)
{
	const struct dns_record *record;
	int status;

	*record_r = (struct dkim_key_record){ .type = "", .public_key = "" };
	*result_r = RESULT_PERMERROR;
	switch (answer->status) {
	case DNS_FOUND:
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		*reason_r = "no key in the DNS";
		return -1;
	default:
		*result_r = RESULT_TEMPERROR;
		*reason_r = arena_printf(arena, "no answer for the key: %s",
		    answer->error != NULL ? answer->error
		    : dns_status_text(answer->status));
		return -1;
	}
	record = choose(arena, answer);
	if (record == NULL) {
		*reason_r = "several key records in the DNS";
		return -1;
	}
	status = dkim_key_record_parse(arena, record->data, record_r, reason_r);
	record_r->is_secure = answer->is_secure;
	return status;
}

int
dkim_key_record_judge(struct arena *arena,
    const struct dkim_key_record *record,
    const struct dkim_signature *signature, int64_t minimum_bits,
    enum result *result_r, const char **reason_r)
{
	bool is_rsa = strcmp(record->type, "rsa") == 0;

	*result_r = RESULT_PERMERROR;
	if (is_rsa != (signature->algorithm != DKIM_ED25519_SHA256)) {
		*reason_r = arena_printf(arena, "k= of the key is %s, a= is %s",
		    record->type, signature->algorithm_text);
		return -1;
	}
	if (record->is_strict && signature->is_identity_below) {
		*reason_r = "i= is below d=, which the key forbids (t=s)";
		return -1;
	}
	*result_r = RESULT_POLICY;
	/* RFC 8301 3.2 */
	if (is_rsa && record->bits < minimum_bits) {
		*reason_r = arena_printf(arena,
		    "RSA key of %u bits, %u are required", record->bits,
		    (unsigned)minimum_bits);
		return -1;
	}
	return 0;
}
