/* SPDX-License-Identifier: ISC */
/* fuzz_spf_record.c - an SPF record: what was read stands in it, is right piece
 * by piece, and reads the same once it is put together again. */
#include <string.h>

#include "auth/spf_macro.h"
#include "auth/spf_record.h"
#include "base/arena.h"
#include "fuzz.h"

/* A slice of the record, or nothing at all. */
static void
check_slice(struct str text, struct str slice)
{
	must(slice.data == NULL ? slice.len == 0
	    : slice.data >= text.data &&
	    slice.data + slice.len <= text.data + text.len);
}

static void
check_domain_spec(struct arena *arena, struct str text, struct str domain_spec)
{
	const char *error;

	check_slice(text, domain_spec);
	if (domain_spec.data != NULL)
		must(spf_macro_check(arena, domain_spec, SPF_IN_DOMAIN,
		    &error) == 0);
}

static void
check_term(struct arena *arena, struct str text, const struct spf_term *term)
{
	must(term->text.len != 0);
	check_slice(text, term->text);
	check_domain_spec(arena, text, term->domain_spec);
	must(term->prefix4 <= 32 && term->prefix6 <= 128);
	must(term->network.len == (term->mechanism == SPF_IP4 ? 4
	    : term->mechanism == SPF_IP6 ? 16 : 0));
	must(term->result == RESULT_PASS || term->result == RESULT_FAIL ||
	    term->result == RESULT_SOFTFAIL || term->result == RESULT_NEUTRAL);
	if (term->mechanism == SPF_INCLUDE || term->mechanism == SPF_EXISTS)
		must(term->domain_spec.data != NULL);
}

static struct str
put_together(struct arena *arena, const struct spf_record *record)
{
	struct buf text;

	buf_init(&text, arena);
	buf_add_text(&text, "v=spf1");
	for (size_t i = 0; i < record->terms.len; i++) {
		const struct spf_term *term = vec_at(&record->terms, i);

		buf_add_char(&text, ' ');
		buf_add_str(&text, term->text);
	}
	if (record->redirect.data != NULL) {
		buf_add_text(&text, " redirect=");
		buf_add_str(&text, record->redirect);
	}
	if (record->exp.data != NULL) {
		buf_add_text(&text, " exp=");
		buf_add_str(&text, record->exp);
	}
	return buf_str(&text);
}

static void
check_same_term(const struct spf_term *a, const struct spf_term *b)
{
	must(a->mechanism == b->mechanism && a->result == b->result);
	must(str_eq(a->text, b->text));
	must((a->domain_spec.data == NULL) == (b->domain_spec.data == NULL));
	must(str_eq(a->domain_spec, b->domain_spec));
	must(a->prefix4 == b->prefix4 && a->prefix6 == b->prefix6);
	must(netaddr_eq(&a->network, &b->network));
}

static void
check_record(struct arena *arena, struct str text,
    const struct spf_record *record)
{
	struct str again_text = put_together(arena, record);
	struct spf_record again;
	const char *error;

	check_domain_spec(arena, text, record->redirect);
	check_domain_spec(arena, text, record->exp);
	must(spf_record_is(again_text));
	must(spf_record_parse(arena, again_text, &again, &error) == 0);
	must(again.terms.len == record->terms.len);
	must(str_eq(again.redirect, record->redirect));
	must(str_eq(again.exp, record->exp));
	for (size_t i = 0; i < record->terms.len; i++) {
		check_term(arena, text, vec_at(&record->terms, i));
		check_same_term(vec_at(&record->terms, i),
		    vec_at(&again.terms, i));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct str text = str_of((const char *)data, size);
	struct spf_record record;
	const char *error = NULL;
	struct buf made;

	if (!spf_record_is(text)) {
		buf_init(&made, arena);
		buf_add_text(&made, "v=spf1 ");
		buf_add_str(&made, text);
		text = buf_str(&made);
	}
	if (spf_record_parse(arena, text, &record, &error) == 0) {
		check_record(arena, text, &record);
	} else {
		/* Fit for a log and an event. */
		must(error != NULL && strlen(error) < 200);
		for (const char *at = error; *at != '\0'; at++)
			must(*at >= ' ' && *at <= '~');
	}
	arena_free(&arena);
	return 0;
}
