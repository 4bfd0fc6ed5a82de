/* SPDX-License-Identifier: ISC */
/* dkim_verify.c - all signatures of a message, side by side (RFC 6376 6). */
#include "auth/dkim.h"

#include <stdlib.h>
#include <string.h>

#include "auth/dkim_body.h"
#include "auth/dkim_key_record.h"
#include "auth/dkim_signature.h"
#include "auth/opendkim.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dns/dns.h"
#include "mail/header.h"

/* One DKIM-Signature field on its way. */
struct candidate {
	const struct header *field;
	struct dkim_signature signature;
	struct dkim_key_record record;
	struct str key_name;
	bool is_open;			/* no verdict yet */
	uint64_t body_length;		/* of the canonical body */
	struct dkim_body_hash hash;
};

struct dkim_verifier {
	struct arena *arena;
	const struct header_list *headers;
	struct dns_view *dns;
	const struct dkim_verify_settings *settings;
	int64_t now_s;
	size_t count, left_out;
	struct candidate *candidates;	/* room for DKIM_SIGNATURES_MAX */
	struct dkim_verdict *verdicts;
};

static void
decide(struct dkim_verifier *verifier, size_t i, enum result result,
    const char *reason)
{
	verifier->verdicts[i].result = result;
	verifier->verdicts[i].reason = reason;
	verifier->candidates[i].is_open = false;
}

/* Half of all mail has no signature, and no need of this. */
static void
make_room(struct dkim_verifier *verifier)
{
	verifier->candidates = arena_zalloc(verifier->arena,
	    DKIM_SIGNATURES_MAX * sizeof(verifier->candidates[0]));
	verifier->verdicts = arena_zalloc(verifier->arena,
	    DKIM_SIGNATURES_MAX * sizeof(verifier->verdicts[0]));
}

static void
add_candidate(struct dkim_verifier *verifier, const struct header *field)
{
	size_t i = verifier->count++;
	struct candidate *candidate = &verifier->candidates[i];
	struct dkim_signature *signature = &candidate->signature;
	enum result result;
	const char *reason;
	int status = dkim_signature_parse(verifier->arena, field->value,
	    verifier->now_s, verifier->settings->clock_skew_s, signature,
	    &result, &reason);

	candidate->field = field;
	candidate->is_open = true;
	verifier->verdicts[i] = (struct dkim_verdict){
		.domain = signature->domain,
		.selector = signature->selector,
		.algorithm = signature->algorithm_text,
		.identity = signature->identity,
		.signature_start = signature->start,
		.signed_fields = signature->fields,
	};
	if (status < 0) {
		decide(verifier, i, result, reason);
		return;
	}
	candidate->key_name = str_from(arena_printf(verifier->arena,
	    "%s._domainkey.%s", signature->selector, signature->domain));
	dns_ask(verifier->dns, candidate->key_name, DNS_TXT);
}

struct dkim_verifier *
dkim_verifier_new(struct arena *arena, const struct header_list *headers,
    struct dns_view *dns, int64_t now_ms,
    const struct dkim_verify_settings *settings)
{
	struct dkim_verifier *verifier = arena_zalloc(arena,
	    sizeof(*verifier));

	verifier->arena = arena;
	verifier->headers = headers;
	verifier->dns = dns;
	verifier->settings = settings;
	verifier->now_s = now_ms / 1000;
	for (size_t i = 0; i < headers->fields.len; i++) {
		const struct header *field = vec_at(&headers->fields, i);

		if (field->is_ours ||
		    !str_is_nocase(field->name, "DKIM-Signature"))
			continue;
		if (verifier->candidates == NULL)
			make_room(verifier);
		if (verifier->count < DKIM_SIGNATURES_MAX)
			add_candidate(verifier, field);
		else
			verifier->left_out++;
	}
	return verifier;
}

bool
dkim_verifier_is_ready(struct dkim_verifier *verifier)
{
	for (size_t i = 0; i < verifier->count; i++)
		if (verifier->candidates[i].is_open &&
		    dns_ask(verifier->dns, verifier->candidates[i].key_name,
		    DNS_TXT) == NULL)
			return false;
	return true;
}

static void
judge_key(struct dkim_verifier *verifier, size_t i)
{
	struct candidate *candidate = &verifier->candidates[i];
	struct dkim_key_record *record = &candidate->record;
	const struct dns_answer *answer = dns_ask(verifier->dns,
	    candidate->key_name, DNS_TXT);
	enum result result;
	const char *reason;
	int status;

	if (answer == NULL) {
		decide(verifier, i, RESULT_TEMPERROR,
		    "no answer for the key in time");
		return;
	}
	status = dkim_key_record_read(verifier->arena, answer, record, &result,
	    &reason);
	verifier->verdicts[i].is_test_key = record->is_test_key;
	verifier->verdicts[i].is_key_secure = record->is_secure;
	if (record->key != NULL)
		verifier->verdicts[i].key_bits = record->bits;
	if (status == 0)
		status = dkim_key_record_judge(verifier->arena, record,
		    &candidate->signature, verifier->settings->minimum_bits,
		    &result, &reason);
	if (status < 0)
		decide(verifier, i, result, reason);
}

static int
by_length(const void *a, const void *b)
{
	const struct candidate *const *left = a, *const *right = b;
	uint64_t x = (*left)->hash.length, y = (*right)->hash.length;

	return x < y ? -1 : x > y;
}

/* Hash the body once for all open signatures that want this form of it. */
static void
hash_body(struct dkim_verifier *verifier, struct str body,
    enum dkim_canon canon)
{
	struct dkim_body_hash hashes[DKIM_SIGNATURES_MAX];
	struct candidate *wanting[DKIM_SIGNATURES_MAX];
	uint64_t body_length;
	size_t count = 0;

	for (size_t i = 0; i < verifier->count; i++) {
		struct candidate *candidate = &verifier->candidates[i];
		const struct dkim_signature *signature = &candidate->signature;

		if (!candidate->is_open || signature->body_canon != canon)
			continue;
		candidate->hash.length = signature->has_length
		    ? signature->length : UINT64_MAX;
		wanting[count++] = candidate;
	}
	if (count == 0)
		return;
	qsort(wanting, count, sizeof(*wanting), by_length);
	for (size_t i = 0; i < count; i++)
		hashes[i] = wanting[i]->hash;
	body_length = dkim_body_hash(body, canon, hashes, count);
	for (size_t i = 0; i < count; i++) {
		wanting[i]->hash = hashes[i];
		wanting[i]->body_length = body_length;
	}
}

/* The body first: it says more about what happened to the message, and costs
 * no public key operation. */
static void
judge_body(struct dkim_verifier *verifier, size_t i)
{
	struct candidate *candidate = &verifier->candidates[i];
	struct dkim_verdict *verdict = &verifier->verdicts[i];
	const struct dkim_signature *signature = &candidate->signature;

	verdict->body_length = candidate->body_length;
	if (signature->has_length &&
	    signature->length > candidate->body_length) {
		decide(verifier, i, RESULT_FAIL,
		    "the body is shorter than l=");
		return;
	}
	if (signature->has_length)
		verdict->body_length = signature->length;
	if (memcmp(signature->body_hash.data, candidate->hash.hash,
	    DKIM_BODY_HASH_SIZE) != 0)
		decide(verifier, i, RESULT_FAIL, "body hash did not verify");
}

static void
judge_signature(struct dkim_verifier *verifier, size_t i)
{
	struct candidate *candidate = &verifier->candidates[i];
	uint64_t unsigned_bytes = candidate->body_length -
	    verifier->verdicts[i].body_length;
	const char *reason = NULL;

	switch (opendkim_verify(verifier->arena, verifier->headers,
	    candidate->field, &candidate->signature, &candidate->record,
	    verifier->now_s, &reason)) {
	case OPENDKIM_UNABLE:
		decide(verifier, i, RESULT_NEUTRAL, reason);
		return;
	case OPENDKIM_BAD:
		decide(verifier, i, RESULT_FAIL, "signature did not verify");
		return;
	case OPENDKIM_GOOD:
		break;
	}
	/* RFC 6376 8.2: what l= leaves out may be anybody's words. */
	if (unsigned_bytes != 0)
		decide(verifier, i, RESULT_POLICY, arena_printf(
		    verifier->arena, "%llu of %llu bytes of the body are not "
		    "signed", (unsigned long long)unsigned_bytes,
		    (unsigned long long)candidate->body_length));
	else
		decide(verifier, i, RESULT_PASS, NULL);
}

const struct dkim_verdicts *
dkim_verifier_finish(struct dkim_verifier *verifier, struct str body)
{
	static void (*const steps[])(struct dkim_verifier *, size_t) = {
		judge_body, judge_signature };
	struct dkim_verdicts *verdicts = arena_alloc(verifier->arena,
	    sizeof(*verdicts));

	for (size_t i = 0; i < verifier->count; i++)
		if (verifier->candidates[i].is_open)
			judge_key(verifier, i);
	hash_body(verifier, body, DKIM_SIMPLE);
	hash_body(verifier, body, DKIM_RELAXED);
	for (size_t step = 0; step < ARRAY_LEN(steps); step++)
		for (size_t i = 0; i < verifier->count; i++)
			if (verifier->candidates[i].is_open)
				steps[step](verifier, i);
	*verdicts = (struct dkim_verdicts){ .count = verifier->count,
		.left_out = verifier->left_out,
		.verdicts = verifier->verdicts };
	return verdicts;
}
