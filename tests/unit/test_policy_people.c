/* SPDX-License-Identifier: ISC */
/* test_policy_people.c - policyd knows who is there, and who sends as whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "policy_host.h"
#include "policyd/rulebook.h"

static const struct {
	const char *sentence, *lines, *action, *reason;
} recipients[] = {
	{ "a user", TO("ann@example.org"), "DUNNO", "ann@example.org exists" },
	{ "in other letters", TO("Ann@EXAMPLE.org"), "DUNNO",
	    "Ann@example.org exists" },
	{ "with an extension", TO("ann+news@example.org"), "DUNNO",
	    "ann+news@example.org exists" },
	{ "nobody: 550 5.1.1 (RFC 3463 3.2)", TO("nobody@example.org"),
	    "550 5.1.1", "nobody@example.org does not exist" },
	{ "in an alias domain", TO("ann@other.example"), "DUNNO",
	    "ann@other.example exists" },
	{ "nobody in an alias domain", TO("nobody@other.example"),
	    "550 5.1.1", "nobody@other.example does not exist" },
	{ "another server knows whom it has", TO("any@relay.example"),
	    "DUNNO", "any@relay.example exists" },
	{ "a catch-all takes everybody", TO("any@all.example"), "DUNNO",
	    "any@all.example exists" },
	{ "an alias", TO("sales@example.org"), "DUNNO",
	    "sales@example.org exists" },
	{ "an alias to several", TO("team@example.org"), "DUNNO",
	    "team@example.org exists" },
	{ "an alias to somewhere else", TO("away@example.org"), "DUNNO",
	    "away@example.org exists" },
	{ "an alias that nobody sends as takes mail", TO("quiet@example.org"),
	    "DUNNO", "quiet@example.org exists" },
	{ "one that is suspended is none", TO("off@example.org"),
	    "550 5.1.1", "off@example.org does not exist" },
	{ "one that has expired is none", TO("past@example.org"),
	    "550 5.1.1", "past@example.org does not exist" },
	{ "postmaster@ is always there (RFC 5321 4.5.1)",
	    TO("Postmaster@example.org"), "DUNNO",
	    "Postmaster@example.org exists" },
	{ "so is abuse@ (RFC 2142 2)", TO("abuse@other.example"), "DUNNO",
	    "abuse@other.example exists" },
	{ "who is suspended: 550 5.2.1 (RFC 3463 3.3)",
	    TO("gone@example.org"), "550 5.2.1",
	    "gone@example.org is suspended" },
	{ "whose mail is kept meanwhile", TO("kept@example.org"), "DUNNO",
	    "kept@example.org is suspended: its mail is kept" },
	{ "whose mail is put off: 450 4.2.1", TO("later@example.org"),
	    "450 4.2.1", "later@example.org is suspended" },
	{ "who may not log in to send may be written to",
	    TO("reader@example.org"), "DUNNO", "reader@example.org exists" },
	{ "an alias to who is suspended", TO("lost@example.org"),
	    "550 5.2.1", "lost@example.org is suspended" },
	{ "who may not send may be written to", TO("mute@example.org"),
	    "DUNNO", "mute@example.org exists" },
	{ "a suspended domain", TO("eve@old.example"), "550 5.2.1",
	    "eve@old.example is suspended" },
	{ "what the directory does not manage", TO("x@else.example"),
	    "DUNNO", "none" },
	{ "no domain at all", TO("root"), "DUNNO", "none" },
}, senders[] = {
	{ "its own address", BY("ann@example.org", "ann@example.org"),
	    "DUNNO", "login ann@example.org owns the sender" },
	{ "without regard to case", BY("Ann@Example.org", "ANN@example.org"),
	    "DUNNO", "login Ann@Example.org owns the sender" },
	{ "its extension", BY("ann@example.org", "ann+x@example.org"),
	    "DUNNO", "login ann@example.org owns the sender" },
	{ "its address in an alias domain",
	    BY("ann@example.org", "ann@other.example"), "DUNNO",
	    "login ann@example.org owns the sender" },
	{ "a login in an alias domain",
	    BY("ann@other.example", "ann@example.org"), "DUNNO",
	    "login ann@other.example owns the sender" },
	{ "an alias that leads to it",
	    BY("ann@example.org", "sales@example.org"), "DUNNO",
	    "login ann@example.org owns the sender" },
	{ "an alias that leads to it and others",
	    BY("bob@example.org", "team@example.org"), "DUNNO",
	    "login bob@example.org owns the sender" },
	{ "an identity", BY("bob@example.org", "office@else.example"),
	    "DUNNO", "login bob@example.org owns the sender" },
	{ "a whole domain", BY("bob@example.org", "any@ours.example"),
	    "DUNNO", "login bob@example.org owns the sender" },
	{ "the null sender (RFC 8098 3)", BY("bob@example.org", ""), "DUNNO",
	    "the null sender is everybody's" },
	{ "somebody else: 553 5.7.1",
	    BY("ann@example.org", "bob@example.org"), "553 5.7.1",
	    "login ann@example.org may not send as <bob@example.org>" },
	{ "somebody else's alias",
	    BY("bob@example.org", "sales@example.org"), "553 5.7.1",
	    "login bob@example.org may not send as <sales@example.org>" },
	{ "somebody else's identity",
	    BY("ann@example.org", "office@else.example"), "553 5.7.1",
	    "login ann@example.org may not send as <office@else.example>" },
	{ "somebody else's domain",
	    BY("ann@example.org", "x@ours.example"), "553 5.7.1",
	    "login ann@example.org may not send as <x@ours.example>" },
	{ "an alias that may not be sent as",
	    BY("ann@example.org", "quiet@example.org"), "553 5.7.1",
	    "login ann@example.org may not send as <quiet@example.org>" },
	{ "what is no address", BY("ann@example.org", "a@b@"), "553 5.7.1",
	    "login ann@example.org may not send as \"<\\\"a@b\\\">\"" },
	{ "nobody's address", BY("ann@example.org", "no@example.org"),
	    "553 5.7.1",
	    "login ann@example.org may not send as <no@example.org>" },
	{ "a login that does not exist",
	    BY("no@example.org", "no@example.org"), "553 5.7.1",
	    "login no@example.org may not send as <no@example.org>" },
	{ "sending is suspended: 550 5.7.13 (RFC 5248 2.4)",
	    BY("mute@example.org", "mute@example.org"), "550 5.7.13",
	    "login mute@example.org: its sending is suspended" },
	{ "who is suspended does not send either",
	    BY("gone@example.org", "gone@example.org"), "550 5.7.13",
	    "login gone@example.org: its sending is suspended" },
	{ "nor does a suspended domain",
	    BY("eve@old.example", "eve@old.example"), "550 5.7.13",
	    "login eve@old.example: its sending is suspended" },
	{ "a login that is not managed",
	    BY("x@else.example", "ann@example.org"), "DUNNO",
	    "the directory does not manage the login" },
	{ "whose service smtp is off: 550 5.7.13 (RFC 5248 2.4)",
	    BY("reader@example.org", "reader@example.org"), "550 5.7.13",
	    "login reader@example.org: its service smtp is off" },
	{ "not even notes of delivery", BY("reader@example.org", "<>"),
	    "550 5.7.13",
	    "login reader@example.org: its service smtp is off" },
	{ "who is suspended may write to a postmaster of ours (DESIGN 5.18)",
	    "sasl_username=mute@example.org\nsender=mute@example.org\n"
	    "recipient=postmaster@example.org\n", "DUNNO",
	    "login mute@example.org: its sending is suspended (but who answers "
	    "for the host is not kept from its mail)" },
	{ "but not to one elsewhere", "sasl_username=mute@example.org\n"
	    "sender=mute@example.org\nrecipient=postmaster@else.example\n",
	    "550 5.7.13", "login mute@example.org: its sending is "
	    "suspended" },
	{ "nor to somebody else beside him", "instance=3.1\n"
	    "sasl_username=mute@example.org\nsender=mute@example.org\n"
	    "recipient=ann@example.org\nrecipient_count=1\n", "550 5.7.13",
	    "login mute@example.org: its sending is suspended" },
	{ "no login", "sender=ann@example.org\nrecipient=x@else.example\n",
	    "DUNNO", "none" },
};

static void
recipients_exist_or_not(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF);

	for (size_t i = 0; i < ARRAY_LEN(recipients); i++) {
		print_message("%s\n", recipients[i].sentence);
		assert_string_equal(policy_host_answer(&host,
		    recipients[i].lines), recipients[i].action);
		assert_string_equal(policy_host_reason(&host, "recipient"),
		    recipients[i].reason);
	}
	policy_host_end(&host);
}

/* Twice: what is kept must say the same. */
static void
logins_send_as_who_they_may(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF);

	for (size_t i = 0; i < 2 * ARRAY_LEN(senders); i++) {
		size_t at = i % ARRAY_LEN(senders);

		print_message("%s\n", senders[at].sentence);
		assert_string_equal(policy_host_answer(&host,
		    senders[at].lines), senders[at].action);
		assert_string_equal(policy_host_reason(&host, "sender_login"),
		    senders[at].reason);
	}
	policy_host_end(&host);
}

static void
a_message_has_so_many_recipients(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "rule recipient { max_recipients 2; }\n");

	for (int i = 0; i < 2; i++)
		assert_string_equal(policy_host_answer(&host, arena_printf(
		    host.bench.arena, "instance=7.1\nrecipient=x%d@else.example"
		    "\n", i)), "DUNNO");
	assert_string_equal(policy_host_answer(&host, "instance=7.1\n"
	    TO("x3@else.example")), "452 4.5.3");
	assert_string_equal(policy_host_answer(&host, "instance=7.2\n"
	    TO("x3@else.example")), "DUNNO");
	policy_host_end(&host);
}

/* Of the login, not of whom it says it is. */
static void
a_login_has_its_own_number_of_them(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "rule recipient { max_recipients 2; }\n");
	static const struct {
		const char *login;
		int most;
	} cases[] = { { "few@example.org", 1 }, { "bob@example.org", 2 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (int k = 0; k <= cases[i].most; k++)
			assert_string_equal(policy_host_answer(&host,
			    arena_printf(host.bench.arena, "instance=8.%zu\n"
			    "sasl_username=%s\nsender=%s\n"
			    "recipient=x%d@else.example\n", i, cases[i].login,
			    cases[i].login, k)), k < cases[i].most ? "DUNNO" :
			    "452 4.5.3");
	policy_host_end(&host);
}

static void
who_is_suspended_may_be_deferred(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "rule recipient { suspended defer; }\n");

	assert_string_equal(policy_host_answer(&host, TO("gone@example.org")),
	    "450 4.2.1");
	policy_host_end(&host);
}

/* Without a directory it is the map alone, and only where that is wanted. */
static void
logins_that_are_not_managed_have_the_map(void **state)
{
	struct policy_host host = policy_host_begin(state, POLICY_HOST_CONF
	    "rule sender_login { by_login_map yes; }\n");

	assert_string_equal(policy_host_answer(&host, BY("x@else.example",
	    "y@else.example")), "DUNNO");
	assert_string_equal(policy_host_answer(&host, BY("x@else.example",
	    "ann@example.org")), "553 5.7.1");
	assert_string_equal(policy_host_answer(&host, BY("ann@example.org",
	    "bob@example.org")), "553 5.7.1");
	rulebook_set_policies(host.bench.rulebook, NULL);
	assert_string_equal(policy_host_answer(&host, BY("ann@example.org",
	    "bob@example.org")), "DUNNO");
	assert_string_equal(policy_host_answer(&host, BY("ann@example.org",
	    "bob@else.example")), "553 5.7.1");
	policy_host_end(&host);
}

int
main(void)
{
	static const struct directory_test tests[] = {
		DIRECTORY_TEST(recipients_exist_or_not),
		DIRECTORY_TEST(logins_send_as_who_they_may),
		DIRECTORY_TEST(a_message_has_so_many_recipients),
		SQLITE_TEST(a_login_has_its_own_number_of_them),
		SQLITE_TEST(who_is_suspended_may_be_deferred),
		SQLITE_TEST(logins_that_are_not_managed_have_the_map),
	};

	return directories_run(tests, ARRAY_LEN(tests));
}
