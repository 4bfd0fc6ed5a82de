/* SPDX-License-Identifier: ISC */
/* fuzz_dkim_signature.c - a DKIM-Signature field: its tags, its judgement, and
 * what libopendkim makes of it over a small message. A byte 1, which no
 * signature may have, separates it from the value of a From and that of another
 * signature. */
#include <string.h>

#include "auth/dkim_key_record.h"
#include "auth/dkim_signature.h"
#include "auth/opendkim.h"
#include "base/arena.h"
#include "fuzz.h"
#include "mail/header.h"

#define RSA_RECORD "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9Z" \
	"JW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v" \
	"/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmP" \
	"SPDdQPNUYckcQ2QIDAQAB"
#define ED25519_RECORD \
	"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

/* A signature that was judged acceptable must not shake the library, and can be
 * no good one. */
static void
check_verify(struct arena *arena, struct str value, struct str from,
    struct str other, const struct dkim_signature *signature)
{
	struct header_list headers;
	struct dkim_key_record record;
	const char *reason = NULL;
	const struct header *field;
	size_t at = 0;

	must(dkim_key_record_parse(arena, signature->algorithm ==
	    DKIM_ED25519_SHA256 ? STR(ED25519_RECORD) : STR(RSA_RECORD),
	    &record, &reason) == 0);
	header_list_init(&headers, arena);
	header_list_add(&headers, STR("DKIM-Signature"), value);
	header_list_add(&headers, STR("From"), from);
	header_list_add(&headers, STR("To"), STR(" ann@example.net,\n\tb@c.d"));
	header_list_add(&headers, STR("DKIM-Signature"), other);
	header_list_add(&headers, STR("Subject"), STR(" x \0 y\f"));
	header_list_add(&headers, STR("From"), STR(" <eve@example.com"));
	field = header_next(&headers, "DKIM-Signature", &at);
	must(opendkim_verify(arena, &headers, field, signature, &record,
	    1000000, &reason) != OPENDKIM_GOOD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str rest = str_of((const char *)data, size);
	struct str value = STR(""), from = STR(" Joe <joe@example.org>");
	struct str other = STR(" v=1; d=example.org; s=sel");
	struct dkim_signature signature;
	enum result result = RESULT_NONE;
	const char *reason = NULL;
	int status;

	if (str_cut(&rest, '\1', &value) && str_cut(&rest, '\1', &from) &&
	    rest.data != NULL)
		other = rest;
	status = dkim_signature_parse(arena, value, 1000000, 300, &signature,
	    &result, &reason);
	must(signature.domain != NULL && signature.selector != NULL &&
	    signature.identity != NULL && signature.start != NULL &&
	    signature.fields != NULL && signature.algorithm_text != NULL);
	if (status < 0) {
		must(reason != NULL && (result == RESULT_PERMERROR ||
		    result == RESULT_POLICY));
	} else {
		must(signature.algorithm != DKIM_RSA_SHA1);
		must(signature.body_hash.len == 32);
		must(strchr(signature.domain, '.') != NULL);
		must(signature.name_count != 0);
		check_verify(arena, value, from, other, &signature);
	}
	arena_free(&arena);
	return 0;
}
