/* SPDX-License-Identifier: ISC */
/* libspf2.c - libspf2, led through records of a few short terms. */
#include "auth/libspf2.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>
#include <spf2/spf_dns_rr.h>
#include <spf2/spf_server.h>

/*
 * The library's own parser overruns its stack with long names (CVE-2023-42118),
 * cuts records of more than 511 bytes without a word, and accepts much that RFC
 * 7208 refuses. So it never sees a byte that a stranger wrote, not even an
 * address: it compiles records that are printed here, of at most a dozen terms
 * with names like "17.x", and asks its DNS about these names. What it decides
 * is the order of the terms, what their qualifiers mean, what include makes of
 * a result (5.2), redirect (6.1), and the default (4.7).
 *
 * It counts nothing and asks for nothing by itself: limits, faults, and answers
 * that have not come yet all end the walk from outside, by an answer that it
 * takes for a DNS fault.
 */

/* "v=spf1", and for each term " ?redirect=4294967295.x". */
#define RECORD_SIZE (6 + LIBSPF2_TERMS_MAX * 22 + 1)

static char
qualifier(enum result result)
{
	switch (result) {
	case RESULT_FAIL:
		return '-';
	case RESULT_SOFTFAIL:
		return '~';
	case RESULT_NEUTRAL:
		return '?';
	default:
		assert(result == RESULT_PASS);
		return '+';
	}
}

static void
record_print(const struct libspf2_record *record, char text[RECORD_SIZE])
{
	char *at = text + sprintf(text, "v=spf1");

	assert(record->count <= LIBSPF2_TERMS_MAX);
	for (size_t i = 0; i < record->count; i++) {
		const struct libspf2_term *term = &record->terms[i];

		if (term->kind == LIBSPF2_REDIRECT)
			at += sprintf(at, " redirect=%u.x", term->id);
		else
			at += sprintf(at, " %c%s:%u.x",
			    qualifier(term->result),
			    term->kind == LIBSPF2_INCLUDE
			    ? "include" : "exists", term->id);
	}
}

static unsigned
name_id(const char *name)
{
	return (unsigned)strtoul(name, NULL, 10);
}

/* Never NULL: the library would abort. */
static SPF_dns_rr_t *
lookup(SPF_dns_server_t *dns, const char *name, ns_type type, int should_cache)
{
	const struct libspf2_guide *guide = dns->hook;
	enum libspf2_answer answer = guide->match(guide->arg, name_id(name));
	SPF_dns_rr_t *found;

	(void)should_cache;
	found = SPF_dns_rr_new_init(dns, name, type, 0,
	    answer == LIBSPF2_YES ? NETDB_SUCCESS :
	    answer == LIBSPF2_NO ? NO_DATA : TRY_AGAIN);
	if (found == NULL)
		abort();
	if (answer == LIBSPF2_YES) {
		if (SPF_dns_rr_buf_realloc(found, 0,
		    sizeof(SPF_dns_rr_data_t)) != SPF_E_SUCCESS)
			abort();
		found->rr[0]->a.s_addr = htonl(INADDR_LOOPBACK);
		found->num_rr = 1;
	}
	return found;
}

static SPF_errcode_t
get_record(SPF_server_t *server, SPF_request_t *request,
    SPF_response_t *response, SPF_record_t **record_r)
{
	const struct libspf2_guide *guide = server->resolver->hook;
	const struct libspf2_record *record;
	char text[RECORD_SIZE];

	*record_r = NULL;
	record = guide->record(guide->arg, name_id(request->cur_dom));
	if (record == NULL)
		return SPF_E_DNS_ERROR;
	record_print(record, text);
	return SPF_record_compile(server, response, record_r, text);
}

static SPF_server_t *
server_new(SPF_dns_server_t *dns)
{
	SPF_server_t *server = SPF_server_new_dns(dns, 0);
	SPF_response_t *response = NULL;

	if (server == NULL)
		abort();
	/* Ours are the counters and the explanation: keep it from counting,
	 * and from expanding its own long one. */
	SPF_server_set_max_dns_mech(server, 1000);
	SPF_server_set_explanation(server, "x", &response);
	if (response != NULL)
		SPF_response_free(response);
	return server;
}

static enum result
result_of(const SPF_response_t *response)
{
	switch (response->result) {
	case SPF_RESULT_PASS:
		return RESULT_PASS;
	case SPF_RESULT_FAIL:
		return RESULT_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return RESULT_SOFTFAIL;
	case SPF_RESULT_NEUTRAL:
		return RESULT_NEUTRAL;
	case SPF_RESULT_TEMPERROR:
		return RESULT_TEMPERROR;
	default:
		return RESULT_PERMERROR;
	}
}

enum result
libspf2_walk(const struct libspf2_record *record,
    const struct libspf2_guide *guide, bool *is_default_r)
{
	SPF_dns_server_t dns = { .name = "guide", .lookup = lookup,
		.get_spf = get_record, .hook = (void *)guide };
	SPF_server_t *server = server_new(&dns);
	SPF_request_t *request = SPF_request_new(server);
	struct in_addr nobody = { htonl(0xc0000201) };	/* 192.0.2.1 */
	SPF_response_t *response = NULL;
	char text[RECORD_SIZE];
	enum result result;

	if (request == NULL)
		abort();
	record_print(record, text);
	SPF_request_set_ipv4(request, nobody);
	SPF_request_set_env_from(request, "x@x.x");
	SPF_request_query_fallback(request, &response, text);
	if (response == NULL)
		abort();
	result = result_of(response);
	*is_default_r = response->reason == SPF_REASON_DEFAULT;
	SPF_response_free(response);
	SPF_request_free(request);
	SPF_server_free(server);
	return result;
}
