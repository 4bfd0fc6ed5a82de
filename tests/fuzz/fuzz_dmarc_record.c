/* SPDX-License-Identifier: ISC */
/* fuzz_dmarc_record.c - a DMARC record from the DNS, alone and beside one. */
#include "auth/dmarc_record.h"
#include "base/arena.h"
#include "dns/dns.h"
#include "fuzz.h"

/* A value is a slice of the record, without bytes that do harm in a log. */
static void
check_value(struct str text, struct str value)
{
	if (value.data == NULL)
		return;
	must(value.len != 0 && value.data >= text.data &&
	    value.data + value.len <= text.data + text.len);
	for (size_t i = 0; i < value.len; i++)
		must(value.data[i] == '\t' || (value.data[i] >= ' ' &&
		    value.data[i] <= '~' && value.data[i] != ';'));
}

/* What holds of a record that can be applied, and of one that cannot. */
static void
check_record(struct str text, const struct dmarc_record *record, int status)
{
	check_value(text, record->rua);
	check_value(text, record->ruf);
	check_value(text, record->fo);
	must(record->policy <= DMARC_REJECT);
	must(record->subdomain_policy <= DMARC_REJECT);
	must(record->missing_policy <= DMARC_REJECT);
	if (status < 0)
		must(record->defect == NULL);
	if (status == 0 && record->defect == NULL)
		return;
	/* Nothing is wanted of anybody. */
	must(record->policy == DMARC_NONE &&
	    record->subdomain_policy == DMARC_NONE &&
	    record->missing_policy == DMARC_NONE);
	must(record->defect == NULL || record->rua.data != NULL);
}

/* Beside a good record it is one too many, or nothing. */
static void
check_answer(struct arena *arena, struct str text, bool is_dmarc)
{
	struct dns_record records[2] = { { .data = text },
		{ .data = STR("v=DMARC1; p=reject") } };
	struct dns_answer answer = { .status = DNS_FOUND, .count = 2,
		.records = records };
	struct dmarc_record record;
	const char *error = NULL;

	must(dmarc_record_find(arena, &answer, &record, &error) ==
	    (is_dmarc ? DMARC_FIND_MANY : DMARC_FIND_ONE));
	must(record.policy == (is_dmarc ? DMARC_NONE : DMARC_REJECT));
	must((error != NULL) == is_dmarc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str text = str_of((const char *)data, size);
	struct dmarc_record record;
	const char *error = NULL;
	bool is_dmarc = false;
	int status = dmarc_record_parse(arena, text, &record, &is_dmarc,
	    &error);

	must((status < 0) == (error != NULL));
	must(status < 0 || is_dmarc);
	check_record(text, &record, status);
	check_answer(arena, text, is_dmarc);
	arena_free(&arena);
	return 0;
}
