/* SPDX-License-Identifier: ISC */
/* test_dkim_body.c - canonical forms are those of others (RFC 6376 3.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/dkim.h"
#include "auth/dkim_body.h"
#include "base/arena.h"
#include "base/vec.h"
#include "dkim_bench.h"
#include "fixture.h"

#define NOW_S 1700000000

static void
append(void *arg, struct str piece)
{
	buf_add_str(arg, piece);
}

/* The header by hash: who signed the canonical header that they expect must be
 * verified in the message as it came. The names are taken from there too. */
static void
check_header(struct arena *arena, const struct dkim_forger *forger,
    struct dkim_message *message, struct str header, const char *canon,
    struct str body, const char *number)
{
	struct buf names, zone;
	struct str tags, rest = header, line, name;
	const struct dkim_verdicts *verdicts;

	buf_init(&names, arena);
	buf_add_text(&names, "");
	while (str_cut(&rest, '\n', &line)) {
		if (line.len == 0 || line.data[0] == ' ' ||
		    line.data[0] == '\t')
			continue;
		str_cut(&line, ':', &name);
		buf_printf(&names, "%.*s:", STR_ARG(str_trim(name)));
	}
	/* Signatures without From are none; what is not there adds nothing. */
	buf_add_text(&names, "from");
	tags = str_from(arena_printf(arena, "v=1; a=rsa-sha256; c=%s/%s; "
	    "d=example.net; s=s; h=%s; bh=%s; b=", canon, canon, names.data,
	    dkim_forge_body_hash(arena, body)));
	header_list_add(&message->headers, STR("dkim-signature"),
	    dkim_forge(arena, forger, header, tags));
	buf_init(&zone, arena);
	dkim_zone_add(&zone, STR("s._domainkey.example.net"),
	    str_from(forger->record));
	verdicts = dkim_verify_with(arena, message, buf_str(&zone),
	    NOW_S, &dkim_usual);
	assert_int_equal(verdicts->count, 1);
	if (verdicts->verdicts[0].result != RESULT_PASS)
		fail_msg("case %s, %s: %s", number, canon,
		    verdicts->verdicts[0].reason);
}

static void
check_form(struct arena *arena, const struct dkim_forger *forger,
    const char *folder, const char *number, enum dkim_canon canon)
{
	const char *word = canon == DKIM_SIMPLE ? "simple" : "relaxed";
	struct str bytes = dkim_file_read(arena, arena_printf(arena,
	    "%s/email.%s", folder, number));
	struct dkim_message *message = dkim_message_read(arena, bytes);
	struct str wanted = dkim_file_read(arena, arena_printf(arena,
	    "%s/%s.expected.%s", folder, word, number));
	size_t header_len = 0;
	struct buf body;

	/* They leave a last line without an end as it is; no mail server does. */
	if (bytes.len != 0 && bytes.data[bytes.len - 1] != '\n')
		message->body.len -= 2;
	/* Theirs is the header, an empty line, the body. */
	while (wanted.data[header_len] != '\r')
		header_len += (size_t)str_find(str_from_pos(wanted,
		    header_len), '\n') + 1;
	buf_init(&body, arena);
	buf_add_text(&body, "");
	dkim_body_canonicalize(message->body, canon, append, &body);
	if (!str_eq(buf_str(&body), str_from_pos(wanted, header_len + 2)))
		fail_msg("case %s, %s body: \"%s\"", number, word, body.data);
	check_header(arena, forger, message, str_sub(wanted, 0, header_len),
	    word, buf_str(&body), number);
}

static void
canonical_forms_are_theirs(void **state)
{
	static const char *const numbers[] = { "01", "02", "03", "04", "05",
		"06", "07", "08", "09", "10", "11", "12", "13", "14", "19",
		"20", "21", "22", "23", "24", "25" };
	const char *folder = dkim_data_path(*state,
	    "dkim/flanker-canonicalization/tests/fixtures/messages/dkim");
	const struct dkim_forger *forger;

	if (folder == NULL)
		skip();
	forger = dkim_forger_new(*state, 2048);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		check_form(*state, forger, folder, numbers[i], DKIM_SIMPLE);
		check_form(*state, forger, folder, numbers[i], DKIM_RELAXED);
	}
	printf("counted: flanker: %zu of %zu canonicalization cases, simple and "
	    "relaxed\n", ARRAY_LEN(numbers), ARRAY_LEN(numbers));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ARENA_TEST(canonical_forms_are_theirs),
	};
	struct arena *arena = arena_new(0);

	if (dkim_data_path(arena, "dkim") == NULL)
		printf("skipped: canonical forms of DKIM: no test data of "
		    "others in $MAILREEVE_DATA or ../shared/data\n");
	arena_free(&arena);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
