/* SPDX-License-Identifier: ISC */
/* fuzz_dkim_key.c - a key record from the DNS, alone and among others. */
#include "auth/dkim_key_record.h"
#include "auth/dkim_signature.h"
#include "base/arena.h"
#include "dns/dns.h"
#include "fuzz.h"

static void
check_record(const struct dkim_key_record *record)
{
	must(record->public_key[0] != '\0');
	must(record->bits != 0);
	/* An RSA key is decoded, an Ed25519 key is its bytes. */
	must((record->key == NULL) == (record->bytes.len == 32 &&
	    record->bits == 256));
}

/* The record beside another one: never both, never a guess. */
static void
check_answer(struct arena *arena, struct str text)
{
	struct dns_record records[2] = { { .data = text },
		{ .data = STR("v=DKIM1; p=") } };
	struct dns_answer answer = { .status = DNS_FOUND, .count = 2,
		.records = records };
	struct dkim_key_record record;
	enum result result = RESULT_NONE;
	const char *reason = NULL;

	must(dkim_key_record_read(arena, &answer, &record, &result,
	    &reason) == -1);
	must(result == RESULT_PERMERROR && reason != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dkim_signature signature = {
		.algorithm = DKIM_RSA_SHA256, .algorithm_text = "rsa-sha256" };
	struct arena *arena = arena_new(0);
	struct str text = str_of((const char *)data, size);
	struct dkim_key_record record;
	enum result result = RESULT_NONE;
	const char *reason = NULL;

	if (dkim_key_record_parse(arena, text, &record, &reason) < 0)
		must(reason != NULL);
	else {
		check_record(&record);
		must((dkim_key_record_judge(arena, &record, &signature, 1024,
		    &result, &reason) < 0) == (reason != NULL));
	}
	check_answer(arena, text);
	arena_free(&arena);
	return 0;
}
