/* SPDX-License-Identifier: ISC */
/* test_policy_request.c - what Postfix asks, and what else may come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "fixture.h"
#include "policyd/request.h"

#define ASK "request=smtpd_access_policy\n"
#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct {
	const char *sentence;
	struct str text;
	const char *error;		/* NULL: it is read */
	enum policy_stage stage;
	const char *sender, *recipient, *helo, *login;
	uint64_t size, recipient_count;
} requests[] = {
	{ "RCPT names one recipient", TEXT(ASK "protocol_state=RCPT\n"
	    "sender=joe@example.net\nrecipient=ann@example.org\n"
	    "helo_name=mx\nsasl_username=joe\nsize=12\nrecipient_count=0\n"),
	    NULL, POLICY_RCPT, "joe@example.net", "ann@example.org", "mx",
	    "joe", 12, 0 },
	{ "DATA", TEXT(ASK "protocol_state=DATA\nrecipient=\n"
	    "recipient_count=3\n"), NULL, POLICY_DATA, "", "", "", "", 0, 3 },
	{ "END-OF-MESSAGE knows the size", TEXT(ASK
	    "protocol_state=END-OF-MESSAGE\nsize=99999999999\n"), NULL,
	    POLICY_END, "", "", "", "", UINT64_C(99999999999), 0 },
	{ "a stage where no rule runs", TEXT(ASK "protocol_state=VRFY\n"),
	    NULL, POLICY_OTHER, "", "", "", "", 0, 0 },
	{ "a stage in other letters is none of Postfix's",
	    TEXT(ASK "protocol_state=rcpt\n"), NULL, POLICY_OTHER, "", "", "",
	    "", 0, 0 },
	{ "no stage", TEXT(ASK), NULL, POLICY_OTHER, "", "", "", "", 0, 0 },
	{ "what we do not know is passed over", TEXT("policy_context=x\n"
	    ASK "ccert_subject=a=b\nfuture=1\nprotocol_state=RCPT\n"), NULL,
	    POLICY_RCPT, "", "", "", "", 0, 0 },
	{ "of a repeated one the first counts", TEXT(ASK
	    "sender=first@example.net\nsender=second@example.net\n"
	    "protocol_state=RCPT\nprotocol_state=DATA\n"), NULL, POLICY_RCPT,
	    "first@example.net", "", "", "", 0, 0 },
	{ "the first counts when it is empty, too", TEXT(ASK
	    "sender=\nsender=second@example.net\n"), NULL, POLICY_OTHER, "",
	    "", "", "", 0, 0 },
	{ "a VERP and an SRS sender have '=' inside", TEXT(ASK
	    "sender=SRS0=x=y=example.com=joe=b=c@example.net\n"), NULL,
	    POLICY_OTHER, "SRS0=x=y=example.com=joe=b=c@example.net", "", "",
	    "", 0, 0 },
	{ "a value of '=' alone", TEXT(ASK "helo_name==\n"), NULL,
	    POLICY_OTHER, "", "", "=", "", 0, 0 },
	{ "a sender that looks like an attribute stays a value", TEXT(ASK
	    "sender=recipient=evil@example.net\n"), NULL, POLICY_OTHER,
	    "recipient=evil@example.net", "", "", "", 0, 0 },
	{ "UTF-8 and other bytes (RFC 6531 3.3)", TEXT(ASK
	    "sender=j\xc3\xb6rg@\xff.example\n"), NULL, POLICY_OTHER,
	    "j\xc3\xb6rg@\xff.example", "", "", "", 0, 0 },
	{ "a bare CR belongs to its value", TEXT(ASK
	    "helo_name=a\rsender=x\n"), NULL, POLICY_OTHER, "", "",
	    "a\rsender=x", "", 0, 0 },
	{ "a value with blanks", TEXT(ASK "helo_name= a b \n"), NULL,
	    POLICY_OTHER, "", "", " a b ", "", 0, 0 },
	{ "an attribute without a name", TEXT(ASK "=x\n"), NULL, POLICY_OTHER,
	    "", "", "", "", 0, 0 },
	{ "nothing", TEXT("\n"), "not a request=smtpd_access_policy", 0, NULL,
	    NULL, NULL, NULL, 0, 0 },
	{ "no request=", TEXT("protocol_state=RCPT\n"),
	    "not a request=smtpd_access_policy", 0, NULL, NULL, NULL, NULL, 0,
	    0 },
	{ "another request=", TEXT("request=junk\n" ASK),
	    "not a request=smtpd_access_policy", 0, NULL, NULL, NULL, NULL, 0,
	    0 },
	{ "request= in another value", TEXT("sender=" ASK),
	    "not a request=smtpd_access_policy", 0, NULL, NULL, NULL, NULL, 0,
	    0 },
	{ "a line without '='", TEXT(ASK "RCPT\n"), "a line without '='", 0,
	    NULL, NULL, NULL, NULL, 0, 0 },
	{ "HTTP", TEXT("GET / HTTP/1.1\r\n"), "a line without '='", 0, NULL,
	    NULL, NULL, NULL, 0, 0 },
	{ "a NUL", TEXT(ASK "sender=a\0b\n"), "a NUL byte", 0, NULL, NULL,
	    NULL, NULL, 0, 0 },
	{ "a negative size", TEXT(ASK "size=-1\n"),
	    "size or recipient_count is no number", 0, NULL, NULL, NULL, NULL,
	    0, 0 },
	{ "a size that no mail has", TEXT(ASK "size=99999999999999999\n"),
	    "size or recipient_count is no number", 0, NULL, NULL, NULL, NULL,
	    0, 0 },
	{ "a count with a letter", TEXT(ASK "recipient_count=1x\n"),
	    "size or recipient_count is no number", 0, NULL, NULL, NULL, NULL,
	    0, 0 },
};

static void
a_request_is_read_as_postfix_means_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const char *error = NULL;
		struct request request;
		int status = request_parse(requests[i].text, &request, &error);

		print_message("%s\n", requests[i].sentence);
		assert_int_equal(status, requests[i].error == NULL ? 0 : -1);
		if (requests[i].error != NULL) {
			assert_string_equal(error, requests[i].error);
			continue;
		}
		assert_int_equal(request.stage, requests[i].stage);
		assert_true(str_is(request.sender, requests[i].sender));
		assert_true(str_is(request.recipient, requests[i].recipient));
		assert_true(str_is(request.helo, requests[i].helo));
		assert_true(str_is(request.login, requests[i].login));
		assert_int_equal(request.size, requests[i].size);
		assert_int_equal(request.recipient_count,
		    requests[i].recipient_count);
	}
}

static void
every_attribute_goes_to_its_place(void **state)
{
	static const char text[] = ASK "protocol_state=RCPT\n"
	    "instance=1\nqueue_id=2\nclient_address=3\nclient_name=4\n"
	    "reverse_client_name=5\nserver_address=6\nhelo_name=7\nsender=8\n"
	    "recipient=9\nsasl_username=10\nencryption_protocol=11\n";
	struct request r;
	const char *error;
	const struct str *fields[] = { &r.instance, &r.queue_id,
		&r.client_address, &r.client_name, &r.reverse_client_name,
		&r.server_address, &r.helo, &r.sender, &r.recipient, &r.login,
		&r.tls_version };
	uint64_t number;

	(void)state;
	assert_int_equal(request_parse(str_from(text), &r, &error), 0);
	assert_true(str_is(r.protocol_state, "RCPT"));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		assert_int_equal(str_to_u64(*fields[i], 99, &number), 0);
		assert_int_equal(number, i + 1);
	}
}

static const struct {
	const char *sentence, *text;
	size_t len;
} ends[] = {
	{ "nothing", "", 0 },
	{ "a line", "a=b\n", 0 },
	{ "an empty line ends it", "a=b\n\n", 5 },
	{ "an empty line alone is a request", "\n", 1 },
	{ "what follows belongs to the next", "a=b\n\nc=d\n\n", 5 },
	{ "CR LF is no end", "a=b\r\n\r\n", 0 },
};

static void
the_end_is_found_however_the_bytes_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t looked = 0, whole = 0, len = strlen(ends[i].text);

		print_message("%s\n", ends[i].sentence);
		assert_int_equal(request_len(str_from(ends[i].text), &whole),
		    ends[i].len);
		/* Byte by byte, it is found with its last byte. */
		for (size_t n = 0; n <= len; n++) {
			size_t found = request_len(str_of(ends[i].text, n),
			    &looked);

			assert_int_equal(found, ends[i].len != 0 &&
			    n >= ends[i].len ? ends[i].len : 0);
			if (found != 0)
				break;
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_as_postfix_means_it),
		cmocka_unit_test(every_attribute_goes_to_its_place),
		cmocka_unit_test(the_end_is_found_however_the_bytes_come),
	};

	return cmocka_run_group_tests_name("policy_request", tests, NULL,
	    NULL);
}
