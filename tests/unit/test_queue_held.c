/* SPDX-License-Identifier: ISC */
/* test_queue_held.c - what Postfix prints of held mail, read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "fixture.h"
#include "queue/held.h"

#define ULID "01KAJ3QY7V8Z9ABCDEFGHJKMNP"

static const struct held *
held_at(const struct vec *held, size_t i)
{
	return vec_at(held, i);
}

static void
the_listing_gives_what_is_on_hold_oldest_first(void **state)
{
	static const char listing[] =
	    "{\"queue_name\": \"hold\", \"queue_id\": \"NEW111\", "
	    "\"arrival_time\": 1795288932, \"message_size\": 238, "
	    "\"forced_expire\": false, \"sender\": \"ann@lab.test\", "
	    "\"recipients\": [{\"address\": \"bob@lab.test\"}, "
	    "{\"address\": \"x@remote.test\", \"delay_reason\": \"no\"}]}\n"
	    "{\"queue_name\": \"deferred\", \"queue_id\": \"DEF222\", "
	    "\"arrival_time\": 1, \"message_size\": 1, "
	    "\"sender\": \"a@b\", \"recipients\": []}\n"
	    "what is no message's line\n"
	    "{\"queue_name\": \"hold\"}\n"
	    "{\"queue_name\": \"hold\", \"queue_id\": \"OLD333\", "
	    "\"arrival_time\": 1795288632, \"message_size\": 70000000000, "
	    "\"sender\": \"MAILER-DAEMON\", "
	    "\"recipients\": [{\"address\": \"\xe9@lab.test\"}]}\n";
	struct vec held;

	held_list(*state, str_from(listing), &held);
	assert_int_equal(held.len, 2);
	assert_string_equal(held_at(&held, 0)->queue_id, "OLD333");
	assert_int_equal(held_at(&held, 0)->size_bytes, 70000000000);
	/* The null sender; what is not UTF-8 is replaced. */
	assert_string_equal(held_at(&held, 0)->sender, "");
	assert_string_equal(*(const char **)vec_at(&held_at(&held, 0)->rcpts,
	    0), "\xef\xbf\xbd@lab.test");
	assert_string_equal(held_at(&held, 1)->queue_id, "NEW111");
	assert_int_equal(held_at(&held, 1)->arrival_s, 1795288932);
	assert_string_equal(held_at(&held, 1)->sender, "ann@lab.test");
	assert_int_equal(held_at(&held, 1)->rcpts.len, 2);
	held_list(*state, STR(""), &held);
	assert_int_equal(held.len, 0);
}

static const char records[] =
    "*** ENVELOPE RECORDS hold/4jX2Bt2S8Cz1cHvt ***\n"
    "message_size:             238             879               2\n"
    "message_arrival_time: Sun Nov  1 19:21:58 2026\n"
    "create_time: Sun Nov  1 19:21:58 2026\n"
    "named_attribute: log_ident=4jX2Bt2S8Cz1cHvt\n"
    "named_attribute: envelope_id=QQ+314=5\n"
    "named_attribute: ret_flags=2\n"
    "sender: ann@lab.test\n"
    "named_attribute: log_client_name=mail.sender.test\n"
    "named_attribute: notify_flags=6\n"
    "named_attribute: dsn_orig_rcpt=rfc822;bob+x@lab.test\n"
    "original_recipient: bob@lab.test\n"
    "recipient: robert@lab.test\n"
    "named_attribute: notify_flags=6\n"
    "named_attribute: dsn_orig_rcpt=rfc822;bob+x@lab.test\n"
    "original_recipient: bob@lab.test\n"
    "recipient: rob@second.test\n"
    "original_recipient: done@lab.test\n"
    "done_recipient: done@lab.test\n"
    "named_attribute: notify_flags=1\n"
    "recipient: late@lab.test\n"
    "recipient: last@lab.test\n"
    "*** MESSAGE CONTENTS hold/4jX2Bt2S8Cz1cHvt ***\n"
    "*** MESSAGE FILE END hold/4jX2Bt2S8Cz1cHvt ***\n";

static void
assert_rcpt(const struct envelope *envelope, size_t i, const char *address,
    const char *orcpt, unsigned notify)
{
	const struct held_rcpt *rcpt = vec_at(&envelope->rcpts, i);

	assert_true(str_is(rcpt->address, address));
	assert_true(str_is(rcpt->orcpt, orcpt));
	assert_int_equal(rcpt->notify, notify);
}

/* RFC 3461 4: NOTIFY and ORCPT are a recipient's, ENVID is the message's. */
static void
an_envelope_is_told_as_its_sender_wrote_it(void **state)
{
	struct envelope envelope;

	assert_int_equal(envelope_parse(*state, str_from(records), &envelope),
	    0);
	assert_true(str_is(envelope.queue, "hold"));
	assert_true(str_is(envelope.sender, "ann@lab.test"));
	assert_true(str_is(envelope.envelope_id, "QQ+314=5"));
	assert_int_equal(envelope.arrival_s, 1793560918);
	/* Who has it already is not told; an alias stands for its members. */
	assert_int_equal(envelope.rcpts.len, 3);
	assert_rcpt(&envelope, 0, "bob@lab.test", "rfc822;bob+x@lab.test",
	    NOTIFY_SUCCESS | NOTIFY_FAILURE);
	assert_rcpt(&envelope, 1, "late@lab.test", "", NOTIFY_NEVER);
	assert_rcpt(&envelope, 2, "last@lab.test", "", 0);
}

static void
what_is_no_envelope_is_refused(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *sender, *queue;
	} cases[] = {
		{ "", -1, NULL, NULL },
		{ "postcat: fatal: open queue file X\n", -1, NULL, NULL },
		{ "*** ENVELOPE RECORDS hold ***\nsender: a\n", -1, NULL,
		    NULL },
		{ "*** ENVELOPE RECORDS hold/X ***\n", -1, NULL, NULL },
		{ "*** ENVELOPE RECORDS hold/X ***\nsender: \n", 0, "",
		    "hold" },
		{ "*** ENVELOPE RECORDS deferred/X ***\nsender: a b@c", 0,
		    "a b@c", "deferred" },
		{ "*** ENVELOPE RECORDS hold/X ***\nnamed_attribute\n"
		    "named_attribute: notify_flags=99999999999\nrecipient\n"
		    "message_arrival_time: yesterday\nsender:x@y\n", 0, "x@y",
		    "hold" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct envelope envelope;

		if (envelope_parse(*state, str_from(cases[i].text),
		    &envelope) != cases[i].result)
			fail_msg("%s", cases[i].text);
		if (cases[i].result < 0)
			continue;
		assert_true(str_is(envelope.sender, cases[i].sender));
		assert_true(str_is(envelope.queue, cases[i].queue));
		assert_int_equal(envelope.arrival_s, 0);
	}
}

/* RFC 3461 4.1 */
static void
notify_says_who_wants_to_hear_of_a_failure(void **state)
{
	static const struct {
		unsigned notify;
		bool wants;
	} cases[] = {
		{ 0, true },
		{ NOTIFY_NEVER, false },
		{ NOTIFY_SUCCESS, false },
		{ NOTIFY_DELAY, false },
		{ NOTIFY_SUCCESS | NOTIFY_DELAY, false },
		{ NOTIFY_FAILURE, true },
		{ NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct held_rcpt rcpt = { .notify = cases[i].notify };

		if (held_rcpt_wants_notice(&rcpt) != cases[i].wants)
			fail_msg("%u", cases[i].notify);
	}
}

static void
our_id_is_read_from_the_header(void **state)
{
	static const struct {
		const char *header, *id;
	} cases[] = {
		{ "From: a@b\nX-Mailreeve-Id: " ULID "\nTo: c@d\n", ULID },
		{ "x-mailreeve-id:" ULID "\r\n", ULID },
		{ "From: a@b\n", "" },
		{ "X-Mailreeve-Id: none\n", "" },
		{ "X-Mailreeve-Id\n", "" },
		{ "Subject: X-Mailreeve-Id: " ULID "\n", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (!str_is(held_id(str_from(cases[i].header)), cases[i].id))
			fail_msg("%s", cases[i].header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ARENA_TEST(the_listing_gives_what_is_on_hold_oldest_first),
		ARENA_TEST(an_envelope_is_told_as_its_sender_wrote_it),
		ARENA_TEST(what_is_no_envelope_is_refused),
		cmocka_unit_test(notify_says_who_wants_to_hear_of_a_failure),
		cmocka_unit_test(our_id_is_read_from_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
